"""AUnit of Ada: `TestRun` with `Test` elements that carry no number, unlike those of CppUnit."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.dotnet import line_number
from app.core.reports.executions import Executions, milliseconds
from app.core.reports.xml_records import Node

FORMAT = "aunit"


class AunitFormat:
    """Reads the lists of successful and of failed tests."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"TestRun"})
    marks: ClassVar[tuple[str, ...]] = ("<Test>", "<Test elapsed=", "<TestRun elapsed=")
    records: ClassVar[frozenset[str]] = frozenset({"Test"})

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._has_failed = False

    def start(self, name: str, _attributes: Mapping[str, str]) -> None:
        if name in {"FailedTests", "SuccessfulTests"}:
            self._has_failed = name == "FailedTests"

    def end(self, name: str) -> None:
        """Take the end of a list, after which another begins with its own name."""

    def record(self, node: Node) -> None:
        class_name, name = _names(node.words("Name"))
        duration_ms = milliseconds(node.get("elapsed"))
        if not self._has_failed:
            self._executions.add(FORMAT, class_name, name, Outcome.PASSED, duration_ms=duration_ms)
            return
        is_error = node.words("FailureType").lower() == "error"
        self._executions.add(
            FORMAT,
            class_name,
            name,
            Outcome.ERROR if is_error else Outcome.FAILED,
            file=node.words("Location", "File"),
            line=line_number(node.words("Location", "Line")),
            duration_ms=duration_ms,
            message=node.words("Message") or node.words("Exception", "Message"),
            stack_trace=_stack_trace(node),
        )

    def finish(self) -> None:
        """Take note of the end, at which nothing is left to say."""


def _names(full: str) -> tuple[str, str]:
    """Split `Case : Routine` as AUnit writes it, else at the first dot as Jenkins does, who calls the others TestClass."""
    separator = " : " if " : " in full else "."
    class_name, found, name = full.partition(separator)
    return (class_name.strip(), name.strip()) if found else ("TestClass", full)


def _stack_trace(test: Node) -> str:
    parts = (test.words("Exception", part) for part in ("Message", "Information", "Traceback"))
    return "\n".join(part for part in parts if part)
