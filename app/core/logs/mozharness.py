"""Reads what Mozilla's harnesses (mochitest, xpcshell, reftest, web-platform-tests) print through mozlog and mozharness."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

# After a clock, a level, or the beginning of the line; `wptserve` and the like only stand within messages.
_ACTION = re.compile(
    r"(?:.{0,120}(?:INFO|ERROR|WARNING|CRITICAL|FATAL) ?-? {1,9}|\s{0,9}|.{0,60}\d\d:\d\d[.\d]{0,9} )(?:REFTEST )?"
    r"(TEST-START|TEST-PASS|TEST-OK|TEST-SKIP|TEST-KNOWN-FAIL|TEST-UNEXPECTED-[A-Z_]{1,30}|PROCESS-CRASH) \| ([^|]{1,1500}?)(?: \| (.*))?"
)
_SUITE = ("SUITE-END", "SUITE-START")
_OUTCOMES = {
    "TEST-PASS": Outcome.PASSED,
    "TEST-OK": Outcome.PASSED,
    "TEST-KNOWN-FAIL": Outcome.PASSED,
    "TEST-SKIP": Outcome.SKIPPED,
    "PROCESS-CRASH": Outcome.ERROR,
    "TEST-UNEXPECTED-CRASH": Outcome.ERROR,
    "TEST-UNEXPECTED-ERROR": Outcome.ERROR,
    "TEST-UNEXPECTED-NOTRUN": Outcome.ERROR,
}
_TOOK = re.compile(r"(?:.{0,200} )?took (\d{1,9})ms")
_EXTRA = ("leakcheck", "ShutdownLeaks", "Main app process", "(SimpleTest/TestRunner.js)", "Last test finished")


class MozharnessReader:
    """Reads the suites of one step; a test is a file, and its executions begin with TEST-START where that is shown."""

    marks: ClassVar[tuple[bytes, ...]] = (b"TEST-UNEXPECTED-", b"TEST-START |", b"TEST-OK |", b"PROCESS-CRASH |")

    def __init__(self) -> None:
        self._telling = Telling("mozharness")
        self._start()

    def _start(self) -> None:
        self._tests: dict[str, Told] = {}
        self._block: Block | None = None
        self._lines = 0
        self._has_ended = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if " | " in text and ("TEST-" in text or "PROCESS-CRASH" in text) and (action := _ACTION.fullmatch(text)):
            self._act(action[1], action[2].strip(), action[3] or "", line.number)
        elif "SUITE-" in text:
            self._has_ended = self._has_ended or "SUITE-END" in text
        elif self._block is not None and self._lines < 50:
            self._lines += 1
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the session of the step that ends here, and forget it."""
        is_complete = self._has_ended
        self._start()
        return self._telling.take(is_complete=is_complete)

    def _act(self, word: str, name: str, said: str, number: int) -> None:
        self._block = None
        if word == "TEST-START":
            self._tests.pop(name, None)
            return
        if any(extra in name for extra in _EXTRA):
            return
        outcome = _OUTCOMES.get(word, Outcome.FAILED)
        told = self._tests.get(name)
        took = _TOOK.fullmatch(said) if said.endswith("ms") else None
        if told is None:
            told = Told(name=name, outcome=outcome, number=number, file=name if "/" in name else None)
            if len(self._tests) < MOST_FAILURES:
                self._tests[name] = told
            self._telling.add(told)
        elif outcome.is_bad and not told.outcome.is_bad:
            told.outcome, told.number = outcome, number
        told.duration_ms = int(took[1]) if took else told.duration_ms
        if outcome.is_bad:
            self._tell(told, said, number)

    def _tell(self, told: Told, said: str, number: int) -> None:
        told.block = told.block or Block(told.name, number)
        told.block.add(said)
        self._block, self._lines = told.block, 0
