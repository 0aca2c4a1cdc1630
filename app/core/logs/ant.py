"""Reads what ant's junit tasks print through their formatters `plain` and `brief` (junitlauncher: `legacy-…`).

`plain` names every test and says on the next line how it ended, where it did not pass; `brief` names those alone.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.told import ToldTest, milliseconds, result
from app.core.model import Outcome

_TASK = re.compile(r" {0,20}\[[\w.-]{1,30}\](?: |$)")
_SUITE = re.compile(r"Testsuite: ([\w.$]{1,500})")
_TIMED = re.compile(r"Testcase: (\S.{0,1500}) took (\d[\d.,]{0,20} sec)")
_BRIEF = re.compile(
    r"Testcase: (\S.{0,1500}?)(?:\(([\w.$]{1,500})\))?: ?\t?(FAILED|Caused an ERROR|SKIPPED)(?:: (.*))?"
)
_ENDED = re.compile(r"Tests run: (\d{1,9}), Failures: (\d{1,9}), Errors: (\d{1,9})(?:, Skipped: (\d{1,9}))?")
_LOST = re.compile(r"Test ([\w.$]{1,500}) FAILED \((crashed|timeout)\)")
_HALTED = re.compile(r".{1,1000}:\d{1,9}: Test ([\w.$]{1,500}) failed$")
_OUTCOMES = {"FAILED": Outcome.FAILED, "Caused an ERROR": Outcome.ERROR, "SKIPPED": Outcome.SKIPPED}


class AntReader:
    """Reads the junit tasks of one step as one session."""

    marks: ClassVar[tuple[bytes, ...]] = (b"Testsuite: ", b"Testcase: ")

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._tests: list[ToldTest] = []
        self._suite = ""
        self._block: Block | None = None
        self._pending: ToldTest | None = None
        self._begun = self._ended = self._bad = self._passes = 0
        self._stopped: str | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        task = _TASK.match(text) if "[" in text[:21] else None
        text = text[task.end() :] if task else text
        if text.startswith("Test"):
            self._read_named(text, line.number)
        elif self._pending is not None:
            self._read_outcome(text)
        elif text.startswith(("-----", "BUILD ")):
            self._block = None
        elif self._block is not None:
            self._block.add(text)
        elif self._begun and text.endswith(" failed") and _HALTED.match(text):
            self._stopped = "ant stopped at a test that failed"

    def finish(self) -> list[Session]:
        """Return the session of the step that ends here, and forget it."""
        tests, begun = self._tests, self._begun
        session = Session(
            runner="ant",
            results=tuple(map(result, tests)),
            is_complete=0 < begun <= self._ended,
            stopped_early=self._stopped,
            passes=self._passes,
            failures=self._bad,
        )
        self._start()
        return [session] if tests or begun else []

    def _read_named(self, text: str, number: int) -> None:
        """Read a line of a formatter's own, else one of a failure's."""
        suite = _SUITE.fullmatch(text)
        timed = _TIMED.fullmatch(text)
        brief = _BRIEF.fullmatch(text) if timed is None and suite is None else None
        lost = _LOST.fullmatch(text)
        if suite is not None:
            self._suite, self._block, self._pending = suite[1], None, None
            self._begun += 1
        elif timed is not None:
            test = ToldTest(self._suite, timed[1], Outcome.PASSED, number, self._suite, milliseconds(timed[2]))
            self._add(test)
            self._pending = test
        elif brief is not None:
            self._read_brief(brief, number)
        elif lost is not None:
            self._add(ToldTest(lost[1], lost[1], Outcome.ERROR, number, lost[1]))
            self._stopped = (
                "a test class of ant's crashed" if lost[2] == "crashed" else "a test class of ant's timed out"
            )
        elif ended := _ENDED.match(text):
            bad = int(ended[2]) + int(ended[3])
            self._ended += 1
            self._bad += bad
            self._passes += max(int(ended[1]) - bad - int(ended[4] or 0), 0)
            self._block = None
        elif self._block is not None:
            self._block.add(text)

    def _read_brief(self, brief: re.Match[str], number: int) -> None:
        class_name = brief[2] or self._suite or brief[1]
        outcome = _OUTCOMES[brief[3]]
        test = ToldTest(class_name, brief[1], outcome, number, self._suite or class_name)
        self._add(test)
        if brief[4] and test.block is not None:
            test.block.add(brief[4])

    def _add(self, test: ToldTest) -> None:
        self._block = self._pending = None
        if len(self._tests) >= MOST_TESTS:
            return
        if test.outcome is not Outcome.PASSED and len(self._tests) < MOST_FAILURES:
            test.block = self._block = Block(test.name, test.number)
        self._tests.append(test)

    def _read_outcome(self, text: str) -> None:
        """Read the line below a timed test: it says how the test ended, or the test passed."""
        test, self._pending = self._pending, None
        word, _, reason = text.strip().partition(": ")
        if test is not None and word in _OUTCOMES:
            test.outcome = _OUTCOMES[word]
            test.block = self._block = Block(test.name, test.number)
            if reason:
                self._block.add(reason)
