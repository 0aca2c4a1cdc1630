"""Reads PHPUnit's `--testdox`: the tests of each class as sentences, below those that failed what they said."""

import re

from app.core.logs.clean import Line
from app.core.logs.phpunit_names import class_name
from app.core.logs.session import MOST_TESTS, Block
from app.core.logs.telling import Told
from app.core.model import Outcome

_MARKS = {
    "✔": Outcome.PASSED,
    "☢": Outcome.PASSED,
    "⚠": Outcome.PASSED,
    "✘": Outcome.FAILED,
    "↩": Outcome.SKIPPED,
    "∅": Outcome.SKIPPED,
}
_HEADER = re.compile(r"\S.{0,400} \(([A-Za-z_][\w\\]{0,400})\)")
_DURATION = re.compile(r" {1,4}(?:\[(\d{1,9}(?:\.\d{1,9})?) ms\]|(\d{1,9}) ms)$")
_BLOCK = ("   │", "   ├", "   ┐", "   ╵", "   ┴", "   ┊")
_REPEATED = "Summary of non-successful tests:"


class Testdox:
    """The tests of one session as sentences."""

    def __init__(self) -> None:
        self.tests: list[Told] = []
        self._header = self._above = ""
        self._block: Block | None = None
        self._is_repeating = False

    def read(self, line: Line) -> None:
        """Take a line that is none of the lists of defects."""
        text = line.text
        if text[:1] == " ":
            if text[1:2] in _MARKS and text[2:3] == " ":
                self._read_test(line)
            elif self._block is not None and text.startswith(_BLOCK):
                self._block.add(text[4:].removeprefix(" "))
        elif text == _REPEATED:
            self._is_repeating = True
        else:
            # The name of a class stands right above its first test; what else is printed is none.
            self._above = text[:1_000]
            self._block = None if text else self._block

    def _read_test(self, line: Line) -> None:
        self._block = None
        self._header, self._above = self._above or self._header, ""
        if self._is_repeating or not self._header or len(self.tests) >= MOST_TESTS:
            return
        text = line.text
        duration = _DURATION.search(text[-40:])
        name = text[3:].strip() if duration is None else text[3 : len(text) - len(duration[0])].strip()
        named = _HEADER.fullmatch(self._header)
        suite = named[1] if named else self._header
        outcome = _MARKS[text[1]]
        told = Told(suite=suite, class_name=class_name(suite), name=name or suite, outcome=outcome, number=line.number)
        told.duration_ms = round(float(duration[1] or duration[2])) if duration else None
        told.block = self._block = Block(name, line.number) if outcome.is_bad else None
        self.tests.append(told)
