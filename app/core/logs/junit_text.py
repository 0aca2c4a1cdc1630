"""Reads what JUnit 3 and 4 print without a build tool: `java org.junit.runner.JUnitCore`, bazel's runner for Java, Android's.

Each test is a dot, what failed is told in numbered blocks behind the time, and the counts stand at the end.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_STARTS = ("JUnit version ", "JUnit4 Test Runner")
# On a device (`am instrument`) each failure is told when it comes, too, and nothing stands before the dots.
_ON_DEVICE = re.compile(
    r"(?:Error|Failure) in \w{1,300}\([\w.$]{1,300}\):|INSTRUMENTATION_(?:STATUS|RESULT): .{0,1000}"
)
_TIME = re.compile(r"Time: \d[\d.,]{0,20}")
_SECTION = re.compile(r"There (?:was|were) \d{1,7} (failure|error)s?:")
_HEAD = re.compile(r"(\d{1,7})\) (?:(\S.{0,500}?)\(([\w.$]{1,300})\)(\S.*)?|([\w.$]{1,300}))")
_ALL_PASSED = re.compile(r"OK \((\d{1,7}) tests?\)")
_COUNTS = re.compile(r"Tests run: {1,4}(\d{1,7}), {1,4}Failures: {1,4}(\d{1,7})(?:, {1,4}Errors: {1,4}(\d{1,7}))?")
_FRAME = re.compile(r"\s{1,40}at \S|\s{0,40}\.\.\. \d{1,4} (?:more|trimmed)|Caused by: ")
_THROWN = re.compile(r"[\w.$]{1,300}(?:Exception|Error)(?:$|:)")
_OF_ASSERTIONS = ("AssertionError", "AssertionFailedError", "ComparisonFailure")


class JunitTextReader:
    """Reads the runs of JUnit's text runner of one step; each is a session."""

    marks: ClassVar[tuple[bytes, ...]] = (b"JUnit version ", b"JUnit4 Test Runner", b"FAILURES!!!")

    def __init__(self) -> None:
        self._telling = Telling("junit")
        self._is_device = False
        self._start(is_running=False)

    def _start(self, *, is_running: bool) -> None:
        self._is_running = is_running
        self._is_timed = False
        self._section: str | None = None
        self._number = 0
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith(_STARTS):
            self._close(is_complete=False)
            self._start(is_running=True)
        elif not self._is_running:
            self._wait(text)
        elif text.startswith("There ") and (section := _SECTION.fullmatch(text)):
            self._section, self._number, self._block = section[1], 0, None
        elif self._section and text[:1].isdigit() and (head := _HEAD.fullmatch(text)) and self._is_next(head):
            self._open(head, line.number)
        elif text.startswith("OK (") and (passed := _ALL_PASSED.fullmatch(text)):
            self._close(is_complete=True, passes=int(passed[1]))
        elif text.startswith("Tests run: ") and (counts := _COUNTS.fullmatch(text)):
            ran, *bad = (int(count or 0) for count in counts.groups())
            self._close(is_complete=True, passes=ran - sum(bad), failures=sum(bad))
        elif self._block is not None and text != "FAILURES!!!":
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close(is_complete=False)
        self._is_device = False
        return self._telling.take()

    def _wait(self, text: str) -> None:
        """Look for the time of a run on a device, with the failures right below it."""
        section = _SECTION.fullmatch(text) if self._is_timed else None
        if section is not None:
            self._start(is_running=True)
            self._section = section[1]
        elif text:
            self._is_timed = self._is_device and text.startswith("Time: ") and _TIME.fullmatch(text) is not None
            if text.startswith(("Error in ", "Failure in ", "INSTRUMENTATION_")) and _ON_DEVICE.fullmatch(text):
                self._is_device = True

    def _is_next(self, head: re.Match[str]) -> bool:
        # The blocks of a list are counted, so that a line of a message that looks like a head is none.
        return int(head[1]) == self._number + 1

    def _open(self, head: re.Match[str], number: int) -> None:
        """Open the block of a failure; a class that could not be run has no test before it."""
        _, name, class_name, said, alone = head.groups()
        self._number += 1
        self._block = Block(name or alone, number) if len(self._telling.tests) < MOST_FAILURES else None
        is_error = self._section == "error" or not name
        told = Told(
            suite=class_name or alone,
            class_name=class_name or alone,
            name=name or alone,
            outcome=Outcome.ERROR if is_error else Outcome.FAILED,
            number=number,
            block=self._block,
        )
        if self._block is not None and said:
            self._block.add(said)
        self._telling.add(told)

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        if self._is_running and (is_complete or self._telling.tests):
            for told in self._telling.tests:
                _judge(told)
            self._telling.close(is_complete=is_complete, passes=passes, failures=failures)
        self._start(is_running=False)


def _judge(told: Told) -> None:
    """Tell an assertion from any other exception, as JUnit 3 does and JUnit 4 does not."""
    lines = told.block.lines if told.block else []
    end = next((at for at, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    told.message = cut(lines[:end], LONGEST_MESSAGE)
    thrown = _THROWN.match(told.message or "")
    if thrown is not None and not thrown[0].removesuffix(":").endswith(_OF_ASSERTIONS):
        told.outcome = Outcome.ERROR
