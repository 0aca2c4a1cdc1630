"""The report of Parasoft's C++test."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions, bounded_ms
from app.core.reports.xml_case import Nest, OpenCase, Records, number
from app.core.reports.xml_records import Node

FORMAT = "cpptest"
_UNVERIFIED = "6"
"""The category of an outcome that nobody has yet said is right: no failure."""


class CppTest(Records):
    """Tests stand in ExecutedTestsDetails, what went wrong in them in ExecViols below it, joined by the test's id.

    Version 7 without details has the second only, where each test that ran has one violation at least, if only the
    value that it returned. Jenkins' xUnit plugin reads both in the same way.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"ResultsSession"})
    marks: ClassVar[tuple[str, ...]] = ("C++test", "c++test", "<ExecViol")
    records: ClassVar[frozenset[str]] = frozenset({"Test", "ExecViol"})

    __slots__ = ("_cases", "_has_details", "_suites")

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._cases: dict[str, tuple[str, str, OpenCase]] = {}
        self._has_details = False
        self._suites = Nest(".")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "ExecutedTestsDetails":
            self._has_details = True
        elif name in ("Project", "TestSuite") and self._has_details:
            self._suites.push(attributes.get("name", ""))

    def end(self, name: str) -> None:
        if name in ("Project", "TestSuite"):
            self._suites.pop()

    def record(self, node: Node) -> None:
        if node.name == "Test":
            self._test(node)
        else:
            self._violation(node)

    def _test(self, node: Node) -> None:
        suite, found, name = node.get("name").partition("::")
        if not found or not self._suites.joined.endswith(suite):
            name = node.get("name")
        case = OpenCase(node.attributes)
        if node.get("pass") != "1":
            case.outcome = Outcome.FAILED
        self._cases[node.get("id")] = (self._suites.joined, name, case)

    def _violation(self, node: Node) -> None:
        class_name, _, name = node.get("testName").partition("::")
        if self._has_details:
            case = self._cases.get(node.get("testId"), ("", "", OpenCase({})))[2]
        else:
            case = self._cases.setdefault(node.get("testCaseId"), (class_name, name, OpenCase({})))[2]
        if node.get("cat") != _UNVERIFIED and (case.outcome or not self._has_details):
            part = node.find("Thr", "ThrPart")
            text = part.get("detMsg") if part else ""
            case.outcome = None if case.message is None else case.outcome
            case.went_wrong(Outcome.FAILED, text, node.get("locFile"), number(node.get("ln")))

    def finish(self) -> None:
        """Add the tests, all of whose violations are known only now."""
        for class_name, name, case in self._cases.values():
            self.executions.add(
                class_name.partition(".")[0],
                class_name,
                name,
                case.outcome or Outcome.PASSED,
                case.file,
                case.line,
                _milliseconds(case.attributes.get("time", "")),
                case.message,
                case.stack_trace,
            )


def _milliseconds(text: str) -> int | None:
    """Read hours, minutes and seconds: `0:00:01.250`, with a comma in some languages."""
    try:
        hours, minutes, seconds = (float(part) for part in text.replace(",", ".").split(":"))
    except ValueError:
        return None
    return bounded_ms(((hours * 60 + minutes) * 60 + seconds) * 1000)
