"""CppUnit's XML, which embUnit and tools of companies write as well: lists of failed, successful and skipped tests."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions, milliseconds
from app.core.reports.xml_case import Records, number
from app.core.reports.xml_records import Node

FORMAT = "cppunit"
_LISTS = {"FailedTests": Outcome.FAILED, "SuccessfulTests": Outcome.PASSED, "SkippedTests": Outcome.SKIPPED}


class CppUnit(Records):
    """Each list is an element around its tests; embUnit has an element a suite instead, named after it.

    A failure's type is Assertion, or Error for an exception (CppUnit's XmlOutputter).
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"TestRun"})
    marks: ClassVar[tuple[str, ...]] = ("<FailedTests", "<SuccessfulTests", "<FailedTest ", "<Statistics>")
    records: ClassVar[frozenset[str]] = frozenset({"Test", "FailedTest", "Statistics", "SuiteInfo"})

    __slots__ = ("_outcome", "_suite")

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._outcome = Outcome.PASSED
        self._suite = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002  the lists have none
        if name != "TestRun":
            self._outcome = _LISTS.get(name, Outcome.PASSED)
            self._suite = "" if name in _LISTS else name

    def record(self, node: Node) -> None:
        """Take one test; Jenkins' xUnit plugin splits its name into class and method in the same way."""
        if node.name in ("Statistics", "SuiteInfo"):
            return
        outcome = self._outcome
        if node.name == "FailedTest" or outcome is Outcome.FAILED:
            outcome = Outcome.ERROR if node.words("FailureType") == "Error" else Outcome.FAILED
        class_name, name = _names(node.words("Name"))
        text = node.words("Message") or node.words("FailureType") if outcome.is_bad else ""
        self.executions.add(
            self._suite,
            class_name,
            name,
            outcome,
            node.words("Location", "File"),
            number(node.words("Location", "Line")),
            milliseconds(node.words("Time")),
            text,
            text,
        )


def _names(full: str) -> tuple[str, str]:
    for separator in ("::", "."):
        class_name, found, name = full.partition(separator)
        if found:
            return class_name, name
    return "", full
