"""Boost.Test's two XML documents: the log of all test cases, and the report of how they ended."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import NO_END, Executions, milliseconds
from app.core.reports.xml_case import Nest, OpenCase, number, place
from app.core.reports.xml_records import Node

FORMAT = "boost"
_GLOBAL = "boost_test"
_LOG, _RESULT = "TestLog", "TestResult"
_PROBLEMS = {"Error": Outcome.FAILED, "FatalError": Outcome.FAILED, "Exception": Outcome.ERROR}
_RESULTS = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    "aborted": Outcome.ERROR,
    "timed-out": Outcome.ERROR,
}


class Boost:
    """A case is named as by Boost's own JUnit log: its suites below the module joined by dots are its class.

    FatalError is BOOST_REQUIRE that failed, Exception whatever else ended a case. Where one file holds both documents,
    the log has told of each case already.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({_LOG, _RESULT})
    marks: ClassVar[tuple[str, ...]] = ("<TestSuite", "<TestCase", "<TestLog", "assertions_passed")
    records: ClassVar[frozenset[str]] = frozenset({*_PROBLEMS, "TestingTime", "Info", "Message", "Warning"})

    __slots__ = ("_case", "_duration", "_executions", "_fixtures", "_is_log", "_is_told", "_module", "_suites")

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._module = ""
        self._suites = Nest(".")
        self._fixtures: list[OpenCase] = []
        self._case: OpenCase | None = None
        self._duration: int | None = None
        self._is_log = self._is_told = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in (_LOG, _RESULT):
            self._is_log = name == _LOG
            self._is_told = name == _RESULT and bool(self._executions.results)
            self._suites, self._fixtures = Nest("."), [OpenCase({"name": _GLOBAL})]
        elif name == "TestSuite":
            self._enter(attributes)
        elif name == "TestCase" and not self._is_told:
            self._case = OpenCase(attributes, attributes.get("file", ""), number(attributes.get("line", "")))
            self._duration = None

    def _enter(self, attributes: Mapping[str, str]) -> None:
        """Open a suite; the outermost one is the module, whose fixtures are the global ones."""
        name = attributes.get("name", "")
        if len(self._suites):
            self._suites.push(name)
            self._fixtures.append(OpenCase(attributes, attributes.get("file", ""), number(attributes.get("line", ""))))
        else:
            self._module = name
            self._suites.push("")
            self._fixtures.append(OpenCase({"name": _GLOBAL}))

    def _leave(self) -> None:
        """Close the innermost suite; what failed in it and in none of its cases did so in its fixture."""
        self._suites.pop()
        fixture = self._fixtures.pop()
        if fixture.outcome is not None:
            self._duration = None
            self._add(fixture, Outcome.ERROR, "-setup-teardown")

    def record(self, node: Node) -> None:
        """Take what a case says while it runs; the log's times are microseconds."""
        if node.name == "TestingTime":
            took = milliseconds(node.text.strip())
            self._duration = None if took is None else took // 1_000_000
        elif node.name in _PROBLEMS and self._fixtures:
            (self._case or self._fixtures[-1]).went_wrong(_PROBLEMS[node.name], _text(node), *_place(node))

    def end(self, name: str) -> None:
        if name in ("TestSuite", _LOG) and self._fixtures:
            self._leave()
        elif name == "TestCase" and self._case is not None:
            self._add(self._case, self._outcome(self._case))
            self._case = None

    def finish(self) -> None:
        """Add the case or the fixture in whose middle the log ends: its program crashed there."""
        if self._case is not None:
            self._case.went_wrong(Outcome.ERROR, NO_END)
            self._add(self._case, Outcome.ERROR)
        while self._fixtures:
            self._leave()

    def _outcome(self, case: OpenCase) -> Outcome:
        if not self._is_log:
            outcome = _RESULTS.get(case.attributes.get("result", ""), Outcome.PASSED)
            if outcome.is_bad:
                case.went_wrong(outcome, _counts(case.attributes))
            return outcome
        if case.attributes.get("skipped") in ("yes", "true"):
            return Outcome.SKIPPED
        return case.outcome or Outcome.PASSED

    def _add(self, case: OpenCase, outcome: Outcome, addition: str = "") -> None:
        self._executions.add(
            self._module,
            self._suites.joined,
            case.attributes.get("name", "") + addition,
            outcome,
            case.file,
            case.line,
            self._duration,
            case.message,
            case.stack_trace,
        )


def _text(node: Node) -> str:
    context = "\n".join(frame.text.strip() for frames in node.all("Context") for frame in frames.children)
    checkpoint = node.find("LastCheckpoint")
    near = (
        f"last checkpoint: {checkpoint.get('file')}:{checkpoint.get('line')}: {checkpoint.text.strip()}"
        if checkpoint
        else ""
    )
    return "\n".join(text for text in (node.text.strip(), context, near) if text)


def _place(node: Node) -> tuple[str, int | None]:
    """Return where a problem was seen; an exception is of an unknown location, but not far from the last checkpoint."""
    file, line = place(node)
    checkpoint = node.find("LastCheckpoint")
    if checkpoint and (not file or file == "unknown location"):
        return place(checkpoint)
    return ("", None) if file == "unknown location" else (file, line)


def _counts(attributes: Mapping[str, str]) -> str:
    return f"{attributes.get('result')}, {attributes.get('assertions_failed', '0')} assertions failed"
