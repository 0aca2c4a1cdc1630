"""Reads what TestNG's own text reporter prints (verbosity 2 and more): each test with how it ended, then totals.

Until 7 it names a test by its method alone; the class of one that failed stands in its stack.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, of_class, without_namesakes
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_TEST = re.compile(r"(PASSED|FAILED|SKIPPED)(?: (CONFIGURATION))?: (?:@\w{1,40} )?(\S.{0,1500})")
_OUTCOMES = {"PASSED": Outcome.PASSED, "FAILED": Outcome.FAILED, "SKIPPED": Outcome.SKIPPED}
_QUALIFIED = re.compile(r"((?:[a-z_]\w{0,100}\.){0,40}[A-Z][\w$]{0,200})\.(\w{1,300}(?:[(\[].*)?)")
_FRAME = re.compile(r"\s*at ([\w.$]{1,500})\.([\w$]{1,300})\(")
_TOTALS = re.compile(r"Total tests run: (\d{1,9}),(?: Passes: \d{1,9},)? Failures: (\d{1,9}), Skips: (\d{1,9})")
_RULE = "====="


class TestngReader:
    """Reads the TestNG suites of one step; each is a session."""

    marks: ClassVar[tuple[bytes, ...]] = (b"Total tests run: ",)

    def __init__(self) -> None:
        self._telling = Telling("testng", above_stack)
        self._start()

    def _start(self) -> None:
        self._telling.forget()
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith(("PASSED", "FAILED", "SKIPPED")) and (test := _TEST.fullmatch(text)):
            self._read_test(test, line.number)
        elif text.startswith("Total tests run: ") and (totals := _TOTALS.match(text)):
            self._close(int(totals[1]) - int(totals[2]) - int(totals[3]), int(totals[2]))
        elif text.startswith(_RULE):
            self._block = None
        elif self._block is not None:
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the suites of the step that ends here, and forget them: without totals such lines are anybody's."""
        self._start()
        return self._telling.take()

    def _read_test(self, match: re.Match[str], number: int) -> None:
        self._block = None
        outcome = _OUTCOMES[match[1]]
        if match[2] and outcome is not Outcome.FAILED:
            return
        qualified = _QUALIFIED.fullmatch(match[3])
        class_name, name = (qualified[1], qualified[2]) if qualified else ("", match[3])
        test = of_class(class_name, name, Outcome.ERROR if match[2] else outcome, number)
        self._block = self._telling.add(test)

    def _close(self, passes: int, failures: int) -> None:
        for test in self._telling.tests:
            test.class_name = test.suite = test.class_name or _class_of(test)
        self._telling.tests = without_namesakes(self._telling.tests)
        self._telling.close(is_complete=True, passes=passes, failures=failures)
        self._start()


def _class_of(test: Told) -> str:
    """Return the class of the frame of a test's own method, empty where the test has no stack that shows it."""
    method = test.name.partition("(")[0]
    frames = (_FRAME.match(line) for line in (test.block.lines if test.block else ()) if "at " in line)
    return next((frame[1] for frame in frames if frame and frame[2] == method), "")
