"""The XML of Check, the unit test framework for C."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions, first_line, milliseconds
from app.core.reports.xml_case import Records, number
from app.core.reports.xml_records import Node

FORMAT = "check"
_OUTCOMES = {"success": Outcome.PASSED, "failure": Outcome.FAILED, "error": Outcome.ERROR}


class LibCheck(Records):
    """Shares its root with JUnit, and is told from it by its namespace.

    An `error` is a signal, a timeout or an early exit. Each iteration of a loop test is a test of its own.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"testsuites"})
    marks: ClassVar[tuple[str, ...]] = ("://check.sourceforge.net/ns", "://libcheck.github.io/check/ns")
    records: ClassVar[frozenset[str]] = frozenset({"title", "test"})

    __slots__ = ("_suite",)

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._suite = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002  a suite has none
        if name == "suite":
            self._suite = ""

    def record(self, node: Node) -> None:
        if node.name == "title":
            self._suite = node.text.strip()
            return
        outcome = _OUTCOMES.get(node.get("result"), Outcome.ERROR)
        file, _, line = node.words("fn").rpartition(":")
        iteration = node.words("iteration")
        text = node.words("message") if outcome.is_bad else None
        self.executions.add(
            self._suite,
            self._suite,
            node.words("id") + (f"[{iteration}]" if iteration not in ("", "0") else ""),
            outcome,
            _joined(node.words("path"), file),
            number(line),
            milliseconds(node.words("duration")),
            first_line(text),
            text,
        )


def _joined(folder: str, file: str) -> str:
    return f"{folder}/{file}" if file and folder not in ("", ".") and not file.startswith("/") else file
