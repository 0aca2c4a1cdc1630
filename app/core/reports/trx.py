"""Visual Studio test results: `.trx` of vstest, MSTest and Microsoft.Testing.Platform."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from app.core.model import Outcome
from app.core.reports.dotnet import module_name, span_ms, split_full_name, without_class
from app.core.reports.executions import MOST_EXECUTIONS, Executions, first_line
from app.core.reports.open_elements import OpenElements
from app.core.reports.xml_records import Node

FORMAT = "trx"
_OUTCOMES = {
    "Passed": Outcome.PASSED,
    "Warning": Outcome.PASSED,
    "Completed": Outcome.PASSED,
    "PassedButRunAborted": Outcome.PASSED,
    "Failed": Outcome.FAILED,
    "Error": Outcome.ERROR,
    "Timeout": Outcome.ERROR,
    "Aborted": Outcome.ERROR,
    "Disconnected": Outcome.ERROR,
    "InProgress": Outcome.ERROR,
    # The writer leaves out the enumeration's first value, which is Error.
    "": Outcome.ERROR,
}
"""Whatever else there is (NotExecuted, Inconclusive, NotRunnable, Pending) did not run to an end that says anything."""

_RUN_OUTCOMES = frozenset({"Error", "Failed", "Aborted", "Timeout"})
_DEFINITIONS = frozenset({"UnitTest", "WebTest", "OrderedTest", "GenericTest", "ManualTest", "LoadTest"})
_CLEANUP = re.compile(r"\[Test [\w ]{0,40}Cleanup Failure\b")
_CRASH = re.compile(r"\b(?:abort|crash)", re.IGNORECASE)
_KEPT_MESSAGE = 4_000
_KEPT_STACK = 16_000


@dataclass(slots=True)
class _Open:
    """A result whose end was not seen yet, with what is known of its inner results."""

    attributes: Mapping[str, str]
    output: Node | None = None
    has_inner: bool = False
    has_bad: bool = False


class _Result(NamedTuple):
    """A result that waits for the definitions, which may stand after it."""

    test_id: str
    name: str
    kind: str
    outcome: Outcome
    duration_ms: int | None
    message: str
    stack_trace: str


class TrxFormat:
    """Joins results with the definitions of their tests; of data-driven and ordered tests the inner results count."""

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"TestRun"})
    marks: ClassVar[tuple[str, ...]] = (
        "schemas/VisualStudio/TeamTest",
        "<UnitTestResult",
        "<TestDefinitions",
        "<ResultSummary",
    )
    records: ClassVar[frozenset[str]] = _DEFINITIONS | {"Output", "RunInfo"}

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._open = OpenElements[_Open]()
        self._results: list[_Result] = []
        self._places: dict[str, tuple[str, str]] = {}
        self._run_error: str | None = None
        self._crash: str | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if _is_result(name):
            self._open.begin(_Open(dict(attributes)))

    def end(self, name: str) -> None:
        ended = self._open.end() if _is_result(name) else None
        if ended is None:
            return
        outcome = _outcome(ended.attributes)
        outer = self._open.innermost
        if outer is not None:
            outer.has_inner = True
            outer.has_bad |= ended.has_bad or outcome.is_bad
        if not ended.has_inner:
            self._keep(ended, outcome)
        elif outcome.is_bad and not ended.has_bad:
            # All rows passed, so what went wrong was around them: a source of data, a clean-up.
            self._keep(ended, Outcome.ERROR)

    def record(self, node: Node) -> None:
        if node.name == "Output":
            if (result := self._open.innermost) is not None:
                result.output = node
        elif node.name == "RunInfo":
            if node.get("outcome") in _RUN_OUTCOMES:
                self._keep_run_error(node.words("Text"))
        else:
            self._places[node.get("id").lower()] = _place(node)

    def finish(self) -> None:
        self._add_all()
        results = self._executions.results
        if any(result.outcome.is_bad for result in results):
            return
        # xUnit repeats its failures here, and collectors complain: only what kept tests from running is missing.
        why = self._crash if results else self._run_error
        if why is not None:
            self._executions.miss(f"the test run failed as a whole: {first_line(why) or 'it says no more'}")

    def _keep_run_error(self, text: str) -> None:
        if self._run_error is None:
            self._run_error = text
        if self._crash is None and _CRASH.search(text):
            self._crash = text

    def _keep(self, ended: _Open, outcome: Outcome) -> None:
        get = ended.attributes.get
        output = ended.output if outcome.is_bad else None
        self._results.append(
            _Result(
                test_id=get("testId", "").lower(),
                name=_name(ended.attributes),
                kind=get("resultType", ""),
                outcome=outcome,
                duration_ms=span_ms(get("duration", "")),
                message=output.words("ErrorInfo", "Message")[:_KEPT_MESSAGE] if output else "",
                stack_trace=output.words("ErrorInfo", "StackTrace")[:_KEPT_STACK] if output else "",
            )
        )
        if len(self._results) > MOST_EXECUTIONS:
            self._add_all()

    def _add_all(self) -> None:
        results, self._results = self._results, []
        with_rows = {result.test_id for result in results if result.kind == "DataDrivenDataRow"}
        for result in results:
            if result.kind != "DataDrivenTest" or result.test_id not in with_rows:
                self._add(result)

    def _add(self, result: _Result) -> None:
        suite, class_name = self._places.get(result.test_id, ("", ""))
        name = without_class(result.name, class_name)
        if not class_name:
            class_name, name = split_full_name(result.name)
        self._executions.add(
            suite,
            class_name,
            name,
            result.outcome,
            duration_ms=result.duration_ms,
            message=result.message,
            stack_trace=result.stack_trace,
        )


def _is_result(name: str) -> bool:
    return name.endswith("TestResult") or name == "TestResultAggregation"


def _outcome(attributes: Mapping[str, str]) -> Outcome:
    outcome = _OUTCOMES.get(attributes.get("outcome", "").strip(), Outcome.SKIPPED)
    if outcome is Outcome.FAILED and _CLEANUP.match(attributes.get("testName", "")):
        return Outcome.ERROR
    return outcome


def _name(attributes: Mapping[str, str]) -> str:
    """Return the test's name; rows of older Visual Studio share one and differ by their number alone."""
    name, row = attributes.get("testName", "").strip(), attributes.get("dataRowInfo", "")
    return f"{name} row {row}" if row and "(" not in name else name


def _place(definition: Node) -> tuple[str, str]:
    """Return assembly and class; MSTest writes the class as `Ns.Class, Assembly, Version=…`."""
    method = definition.find("TestMethod")
    path = (method.get("codeBase") if method else "") or definition.get("storage")
    return module_name(path), method.get("className").partition(",")[0].strip() if method else ""
