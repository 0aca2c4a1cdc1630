"""Reads what ant's junit tasks print through their formatters `plain` and `brief` (junitlauncher: `legacy-…`).

`plain` names every test and says on the next line how it ended, where it did not pass; `brief` names those alone. Where the
formatters write into files, a build may print a summary that counts the tests of each class: what failed there is the class.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_TASK = re.compile(r" {0,20}\[[\w.-]{1,30}\](?: |$)")
_SUITE = re.compile(r"Testsuite: ([\w.$]{1,500})")
_TIMED = re.compile(r"Testcase: (\S.{0,1500}) took (\d[\d.,]{0,20} sec)")
_BRIEF = re.compile(
    r"Testcase: (\S.{0,1500}?)(?:\(([\w.$]{1,500})\))?: ?\t?(FAILED|Caused an ERROR|SKIPPED)(?:: (.*))?"
)
_RUNNING = re.compile(r"Running ([\w.$]{1,500})")
_ENDED = re.compile(r"Tests run: (\d{1,9}), Failures: (\d{1,9}), Errors: (\d{1,9})(?:, Skipped: (\d{1,9}))?")
_LOST = re.compile(r"Test(?:s| ([\w.$]{1,500})) FAILED \((crashed|timeout)\)")
_FAILED_CLASS = re.compile(r"Test ([\w.$]{1,500}) FAILED")
_HALTED = re.compile(r".{1,1000}:\d{1,9}: Test ([\w.$]{1,500}) failed$")
_OUTCOMES = {"FAILED": Outcome.FAILED, "Caused an ERROR": Outcome.ERROR, "SKIPPED": Outcome.SKIPPED}


class AntReader:
    """Reads the junit tasks of one step as one session."""

    marks: ClassVar[tuple[bytes, ...]] = (b"Testsuite: ", b"Testcase: ", b"[junit] Running ", b"[junit] Test ")

    def __init__(self) -> None:
        self._telling = Telling("ant", above_stack)
        self._start()

    def _start(self) -> None:
        self._telling.forget()
        self._suite = self._running = ""
        self._failed_classes: dict[str, int] = {}
        self._is_counted = False
        self._block: Block | None = None
        self._pending: Told | None = None
        self._begun = self._ended = self._bad = self._passes = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        task = _TASK.match(text) if "[" in text[:21] else None
        text = text[task.end() :] if task else text
        if (
            text.endswith(" FAILED")
            and task is not None
            and "junit" in task[0]
            and (failed := _FAILED_CLASS.fullmatch(text))
        ):
            # All that a quiet build says whose formatters write into files.
            self._block = self._pending = None
            if len(self._failed_classes) < MOST_FAILURES:
                self._failed_classes.setdefault(failed[1], line.number)
        elif text.startswith("Test"):
            self._read_named(text, line.number)
        elif task is not None and "junit" in task[0] and (running := _RUNNING.fullmatch(text)):
            self._running, self._block, self._pending = running[1], None, None
            self._begun += 1
            self._is_counted = False
        elif self._pending is not None:
            self._read_outcome(text)
        elif text.startswith(("-----", "BUILD ")):
            self._block = None
        elif self._block is not None:
            self._block.add(text)
        elif self._begun and text.endswith(" failed") and _HALTED.match(text):
            self._telling.stopped = "ant stopped at a test that failed"

    def finish(self) -> list[Session]:
        """Return the session of the step that ends here, and forget it."""
        self._tell_classes()
        if self._telling.tests or self._begun:
            is_complete = 0 < self._begun <= self._ended
            self._telling.close(is_complete=is_complete, passes=self._passes, failures=self._bad)
        self._start()
        return self._telling.take()

    def _read_named(self, text: str, number: int) -> None:
        """Read a line of a formatter's own, else one of a failure's."""
        suite = _SUITE.fullmatch(text)
        timed = _TIMED.fullmatch(text)
        brief = _BRIEF.fullmatch(text) if timed is None and suite is None else None
        lost = _LOST.fullmatch(text)
        if suite is not None:
            self._suite, self._block, self._pending = suite[1], None, None
            if suite[1] != self._running:
                self._running = ""
                self._begun += 1
        elif timed is not None:
            test = of_class(self._suite, timed[1], Outcome.PASSED, number, milliseconds(timed[2]))
            self._add(test)
            self._pending = test
        elif brief is not None:
            self._read_brief(brief, number)
        elif lost is not None:
            name = lost[1] or self._running
            if name:
                self._add(of_class(name, name, Outcome.ERROR, number))
            self._telling.stopped = (
                "a test class of ant's crashed" if lost[2] == "crashed" else "a test class of ant's timed out"
            )
        elif ended := _ENDED.match(text):
            self._read_counts(*(int(count or 0) for count in ended.groups()), number=number)
            self._block = None
        elif self._block is not None:
            self._block.add(text)

    def _read_counts(self, tests: int, failures: int, errors: int, skipped: int, *, number: int) -> None:
        """Count the tests of a class, which a formatter and the summary both may do."""
        self._ended += 1
        if self._running and self._is_counted:
            return
        self._is_counted = True
        bad = failures + errors
        self._bad += bad
        self._passes += max(tests - bad - skipped, 0)
        if bad and self._running and len(self._failed_classes) < MOST_FAILURES:
            self._failed_classes.setdefault(self._running, number)

    def _tell_classes(self) -> None:
        """Tell the classes of which a summary counts failures that nothing names."""
        named = {one for test in self._telling.tests if test.outcome.is_bad for one in (test.suite, test.class_name)}
        for name, number in self._failed_classes.items():
            if name not in named:
                self._add(of_class(name, name, Outcome.ERROR, number))

    def _read_brief(self, brief: re.Match[str], number: int) -> None:
        class_name = brief[2] or self._suite or brief[1]
        test = of_class(class_name, brief[1], _OUTCOMES[brief[3]], number)
        test.suite = self._suite or class_name
        # What was skipped has words, too: why.
        test.block = test.block or Block(test.name, number)
        self._add(test)
        if brief[4] and self._block is not None:
            self._block.add(brief[4])

    def _add(self, test: Told) -> None:
        self._block, self._pending = self._telling.add(test), None

    def _read_outcome(self, text: str) -> None:
        """Read the line below a timed test: it says how the test ended, or the test passed."""
        test, self._pending = self._pending, None
        word, _, reason = text.strip().partition(": ")
        if test is not None and word in _OUTCOMES:
            test.outcome = _OUTCOMES[word]
            test.block = self._block = Block(test.name, test.number)
            if reason:
                self._block.add(reason)
