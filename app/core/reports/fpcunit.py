"""FPCUnit of Free Pascal: `TestResults` with a `TestListing`, as written since 2007 and, in lists apart, before."""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from app.core.model import Outcome
from app.core.reports.dotnet import line_number, span_ms
from app.core.reports.executions import MOST_EXECUTIONS, NO_END, Executions
from app.core.reports.open_elements import OpenElements
from app.core.reports.xml_records import Node

FORMAT = "fpcunit"
_OUTCOMES = {"ok": Outcome.PASSED, "failed": Outcome.FAILED, "error": Outcome.ERROR}
"""Whatever else there is (Ignored) did not run."""

_LISTED = {"Failure": Outcome.FAILED, "Error": Outcome.ERROR, "IgnoredTest": Outcome.SKIPPED}
_NOTHING = Node("", {})


class _Listed(NamedTuple):
    """A test of the old form: how it ended stands in lists after all tests."""

    suite: str
    full_name: str
    duration_ms: int | None


class FpcunitFormat:
    """Names a test by its class, which is the innermost suite: FPCUnit's own JUnit writer does."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"TestResults"})
    marks: ClassVar[tuple[str, ...]] = ("<TestListing", "<NumberOfRunTests")
    records: ClassVar[frozenset[str]] = frozenset({"Test", *_LISTED})

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._suites = OpenElements[str]()
        self._listed: list[_Listed] = []
        self._ends: dict[str, tuple[Outcome, Node]] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "TestSuite":
            self._suites.begin(attributes.get("Name") or self._suites.innermost or "")

    def end(self, name: str) -> None:
        if name == "TestSuite":
            self._suites.end()

    def record(self, node: Node) -> None:
        suite, result = self._suites.innermost or "", node.get("Result").lower()
        if node.name in _LISTED:
            # The message begins with the name of the test.
            self._ends[node.words("Message").partition(":")[0]] = _LISTED[node.name], node
        elif result:
            took = span_ms(node.get("ElapsedTime"))
            self._add(suite, node.get("Name"), _OUTCOMES.get(result, Outcome.SKIPPED), took, node)
        elif node.find("ElapsedTime"):
            self._listed.append(_Listed(suite, node.get("Name"), span_ms(node.words("ElapsedTime"))))
            if len(self._listed) > MOST_EXECUTIONS:
                self.finish()
        else:
            self._executions.add(suite, suite, node.get("Name"), Outcome.ERROR, message=NO_END)

    def finish(self) -> None:
        listed, self._listed = self._listed, []
        for test in listed:
            outcome, details = self._ends.get(test.full_name, (Outcome.PASSED, _NOTHING))
            name = test.full_name.removeprefix(f"{test.suite}.")
            self._add(test.suite, name, outcome, test.duration_ms, details)

    def _add(self, suite: str, name: str, outcome: Outcome, duration_ms: int | None, details: Node) -> None:
        if not outcome.is_bad:
            self._executions.add(suite, suite, name, outcome, duration_ms=duration_ms)
            return
        self._executions.add(
            suite,
            suite,
            name,
            outcome,
            file=details.words("SourceUnitName"),
            line=line_number(details.words("LineNumber")),
            duration_ms=duration_ms,
            message=details.words("ExceptionMessage") or details.words("Message"),
            stack_trace=_stack_trace(details),
        )


def _stack_trace(test: Node) -> str:
    parts = (test.words(name) for name in ("ExceptionClass", "ExceptionMessage", "FailedMethodName"))
    return "\n".join(part for part in parts if part)
