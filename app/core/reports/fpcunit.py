"""FPCUnit of Free Pascal: `TestResults` with a `TestListing`."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.dotnet import line_number, span_ms
from app.core.reports.executions import Executions
from app.core.reports.open_elements import OpenElements
from app.core.reports.xml_records import Node

FORMAT = "fpcunit"
NO_END = "no result: the run ended before the test did"
_OUTCOMES = {"ok": Outcome.PASSED, "failed": Outcome.FAILED, "error": Outcome.ERROR, "": Outcome.ERROR}
"""Whatever else there is (Ignored) did not run."""


class FpcunitFormat:
    """Names a test by its class, which is the innermost suite: FPCUnit's own JUnit writer does."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"TestResults"})
    marks: ClassVar[tuple[str, ...]] = ("<TestListing", "<NumberOfRunTests")
    records: ClassVar[frozenset[str]] = frozenset({"Test"})

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._suites = OpenElements[str]()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "TestSuite":
            self._suites.begin(attributes.get("Name") or self._suites.innermost or "")

    def end(self, name: str) -> None:
        if name == "TestSuite":
            self._suites.end()

    def record(self, node: Node) -> None:
        outcome = _OUTCOMES.get(node.get("Result").lower(), Outcome.SKIPPED)
        suite = self._suites.innermost or ""
        if not outcome.is_bad:
            self._executions.add(suite, suite, node.get("Name"), outcome, duration_ms=span_ms(node.get("ElapsedTime")))
            return
        message = node.words("ExceptionMessage") or node.words("Message")
        self._executions.add(
            suite,
            suite,
            node.get("Name"),
            outcome,
            file=node.words("SourceUnitName"),
            line=line_number(node.words("LineNumber")),
            duration_ms=span_ms(node.get("ElapsedTime")),
            message=message or (None if node.get("Result") else NO_END),
            stack_trace=_stack_trace(node),
        )

    def finish(self) -> None:
        """Take note of the end, at which nothing is left to say."""


def _stack_trace(test: Node) -> str:
    parts = (test.words(name) for name in ("ExceptionClass", "ExceptionMessage", "FailedMethodName", "CallStack"))
    return "\n".join(part for part in parts if part)
