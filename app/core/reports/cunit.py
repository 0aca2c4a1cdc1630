"""CUnit's automated results (CUnitAutomated-Results.xml)."""

from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions
from app.core.reports.xml_case import OpenCase, Records, number
from app.core.reports.xml_records import Node

FORMAT = "cunit"
_SUITE_NAMES = frozenset({"SUITE_NAME", "GROUP_NAME"})


class CUnit(Records):
    """CUnit writes a record for each assertion that failed, so those of one test follow each other under its name."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"CUNIT_TEST_RUN_REPORT"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = _SUITE_NAMES | {"CUNIT_RUN_TEST_RECORD", "CUNIT_RUN_SUITE_FAILURE"}

    __slots__ = ("_failing", "_name", "_suite")

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._suite = self._name = ""
        self._failing: OpenCase | None = None

    def record(self, node: Node) -> None:
        if node.name in _SUITE_NAMES:
            self.finish()
            self._suite = _one_line(node.text)
        elif node.name == "CUNIT_RUN_SUITE_FAILURE":
            self._lost_suite(node)
        else:
            for test in node.children:
                self._test(test)

    def end(self, name: str) -> None:
        if name == "CUNIT_RUN_SUITE":
            self.finish()

    def finish(self) -> None:
        """Add the test that failed last, since no further assertion of it can follow."""
        if self._failing is None:
            return
        case, self._failing = self._failing, None
        self.executions.add(
            self._suite,
            self._suite,
            self._name,
            case.outcome or Outcome.FAILED,
            case.file,
            case.line,
            message=case.message,
            stack_trace=case.stack_trace,
        )

    def _test(self, test: Node) -> None:
        name = _one_line(test.words("TEST_NAME"))
        if test.name != "CUNIT_RUN_TEST_FAILURE":
            self.finish()
            self.executions.add(self._suite, self._suite, name, Outcome.PASSED)
            return
        if self._failing is None or self._name != name:
            self.finish()
            self._name, self._failing = name, OpenCase({})
        line = number(test.words("LINE_NUMBER"))
        self._failing.went_wrong(Outcome.FAILED, test.words("CONDITION"), test.words("FILE_NAME"), line)

    def _lost_suite(self, node: Node) -> None:
        """Take a suite none of whose tests ran, since it could not be set up or taken down."""
        self.finish()
        name, reason = _one_line(node.words("SUITE_NAME")), node.words("FAILURE_REASON")
        self.executions.add(name, name, name, Outcome.ERROR, message=reason, stack_trace=reason)


def _one_line(text: str) -> str:
    return " ".join(text.split())
