"""Robot Framework's output.xml, of versions 3 to 7."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, NamedTuple

import msgspec

from app.core.model import Outcome
from app.core.reports.executions import NO_END, Executions, bounded_ms, milliseconds
from app.core.reports.robot_merge import Ended, ends
from app.core.reports.xml_case import Nest, number
from app.core.reports.xml_records import Node

FORMAT = "robot"
_OUTCOMES = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED, "SKIP": Outcome.SKIPPED, "NOT RUN": Outcome.SKIPPED}
_NOT_THE_TEST = (
    "Setup failed:",
    "Teardown failed:",
    "Parent suite setup failed:",
    "Parent suite teardown failed:",
    "Test timeout ",
    "Task timeout ",
)
"""What Robot writes before the words of a failure that is none of the test's own checks."""

_TEARDOWN = "Suite teardown failed:\n"
_TESTS = ("test", "task")


class _Suite(NamedTuple):
    name: str
    full_name: str
    file: str
    first: int
    """Where the results of its tests begin."""


class Robot:
    """Names are those of Robot's own xUnit file: the nearest suite, the full name of it as the class, the test.

    Keywords are passed by unread: a test's loops may hold millions. The failure of a suite's teardown stands behind its
    tests, and fails them all, as Robot does where it reads its own file. A merged output is taken apart into its runs.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"robot"})
    marks: ClassVar[tuple[str, ...]] = ("<suite ", "<suite>")
    records: ClassVar[frozenset[str]] = frozenset({"status", "statistics", "errors"})

    __slots__ = ("_executions", "_names", "_open", "_passed", "_suites", "_test")

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._open: list[str] = []
        self._suites = [_Suite("", "", "", 0)]
        self._names = Nest(".")
        self._passed: list[int] = []
        self._test: Mapping[str, str] | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._open.append(name)
        if name == "suite":
            own = attributes.get("name", "")
            self._names.push(own)
            file = attributes.get("source") or self._suites[-1].file
            self._suites.append(_Suite(own, self._names.joined, file, len(self._executions.results)))
        elif name in _TESTS:
            self.finish()
            self._test = dict(attributes)

    def record(self, node: Node) -> None:
        parent = self._open[-1] if self._open else ""
        if node.name != "status":
            return
        if parent in _TESTS and self._test is not None:
            outcome = _OUTCOMES.get(node.get("status"), Outcome.ERROR)
            self._add(ends(outcome, node.text.strip()), _duration(node))
        elif parent == "suite" and _TEARDOWN in node.text:
            self._fail_suite(node.text.partition(_TEARDOWN)[2].strip())

    def end(self, name: str) -> None:
        # A parser that recovers tells of no end of an element in whose tag it met an error.
        while self._open and self._open.pop() != name:
            pass
        if name == "suite" or name in _TESTS:
            self.finish()
        if name == "suite" and len(self._suites) > 1:
            self._suites.pop()
            self._names.pop()

    def finish(self) -> None:
        """Add the test in whose middle the file ends."""
        if self._test is not None:
            self._add([Ended(Outcome.ERROR, NO_END)], None)

    def _add(self, ended: list[Ended], took: int | None) -> None:
        """Add the executions of the open test; the time is the last one's."""
        test, self._test = self._test or {}, None
        suite = self._suites[-1]
        for index, (outcome, message) in enumerate(ended, 1):
            is_hook = outcome is Outcome.FAILED and message.startswith(_NOT_THE_TEST)
            self._executions.add(
                suite.name,
                suite.full_name,
                test.get("name", ""),
                Outcome.ERROR if is_hook else outcome,
                suite.file,
                number(test.get("line", "")),
                took if index == len(ended) else None,
                message if outcome.is_bad else None,
            )
        if ended[-1].outcome is Outcome.PASSED:
            self._passed.append(len(self._executions.results) - 1)

    def _fail_suite(self, reason: str) -> None:
        results = self._executions.results
        message = f"Parent suite teardown failed:\n{reason}"[:4000]
        while self._passed and self._passed[-1] >= self._suites[-1].first:
            index = self._passed.pop()
            results[index] = msgspec.structs.replace(results[index], outcome=Outcome.ERROR, message=message)


def _duration(status: Node) -> int | None:
    """Return milliseconds: `elapsed` is in seconds since version 7, before it there are the start's and the end's stamp."""
    if elapsed := status.get("elapsed"):
        return milliseconds(elapsed)
    start, end = _stamp(status.get("starttime")), _stamp(status.get("endtime"))
    return bounded_ms((end - start).total_seconds() * 1000) if start and end else None


def _stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d %H:%M:%S.%f")  # noqa: DTZ007  both stamps are of the same clock
    except ValueError:
        return None
