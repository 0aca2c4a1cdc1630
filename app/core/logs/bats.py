"""Reads the pretty formatter of Bats; what it prints where nobody watches is TAP."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import Block, Session
from app.core.logs.tap_points import place, words
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_TEST = re.compile(r" ([✓✗-]) (\S.{0,1000}?)(?: \(skipped(?:: .{0,500})?\))?(?: \[(\d{1,9})\])?")
# Bats writes a test's line over the one that said that it runs, by moves of the cursor that a log does not keep.
_RUNNING = re.compile(r"   \S.{0,1000}?\d{1,6}/\d{1,6}(?: in \d{1,9} sec)?(?= [✓✗-] )")
_FILE = re.compile(r"\S{1,500}\.bats")
_COUNTS = re.compile(
    r"\d{1,9} tests?, (\d{1,9}) failures?(?:, \d{1,9} skipped)?(?:, \d{1,9} not run)?(?: in \d{1,9} seconds?)?"
)
_OUTCOMES = {"✓": Outcome.PASSED, "✗": Outcome.FAILED, "-": Outcome.SKIPPED}


class BatsReader:
    """Reads the Bats sessions of one step; what looks like its tests is believed where its counts follow."""

    marks: ClassVar[tuple[bytes, ...]] = ("\u2717 ".encode(),)

    def __init__(self) -> None:
        self._telling = Telling("bats")
        self._block: Block | None = None
        self._has_place = False
        self._file = ""

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("   ") and "/" in text and (running := _RUNNING.match(text)):
            text = text[running.end() :]
        if text[:1] == " " and text[1:2] in ("✓", "✗", "-") and (test := _TEST.fullmatch(text)):
            self._tell(test, line.number)
        elif text.endswith(".bats") and _FILE.fullmatch(text):
            self._file = text
        elif self._block is not None and text.startswith("   "):
            self._has_place = self._has_place or "in test file " in text
            self._block.add(text[3:])
        elif text[:1].isdigit() and self._telling.tests and (counts := _COUNTS.fullmatch(text)):
            self._close(is_complete=True, failures=int(counts[1]))

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._has_place:
            self._close(is_complete=False)
        self._telling.tests, self._block, self._file = [], None, ""
        return self._telling.take()

    def _tell(self, test: re.Match[str], number: int) -> None:
        told = Told(suite=self._file, class_name=self._file, name=test[2], outcome=_OUTCOMES[test[1]], number=number)
        told.duration_ms = int(test[3]) if test[3] else None
        self._block = told.block = Block(test[2], number) if told.outcome.is_bad else None
        self._telling.add(told)

    def _close(self, *, is_complete: bool, failures: int = 0) -> None:
        for told in self._telling.tests:
            if told.block is not None:
                told.file, told.message = place(told.block.lines), words(told.block.lines)
        self._telling.close(is_complete=is_complete, failures=failures)
        self._block, self._has_place = None, False
