"""Reads what uvu prints: the name of a file or a suite with a sign for each test, a block for each failure, and totals."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_FAIL = "   FAIL "
_HEAD = re.compile(r'   FAIL  (?:(\S.{0,300}?)  )?"(.{1,1000})"')
_FILE = re.compile(r"\S{1,400}\.[cm]?[jt]sx?")
_OPERATOR = re.compile(r":?  \([a-zA-Z.]{1,40}\)")
_PASSED = re.compile(r"  Passed: {1,9}(\d{1,9})")
_END = re.compile(r"  Duration: {1,9}\d{1,12}(?:\.\d{1,9})?m?s")


class UvuReader:
    """Reads the sessions of uvu in one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"  Skipped:   ",)

    def __init__(self) -> None:
        self._telling = Telling("uvu", _message)
        self._start()

    def _start(self) -> None:
        self._file = ""
        self._block: Block | None = None
        self._passes: int | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith(_FAIL) and (head := _HEAD.fullmatch(text)):
            self._tell(head[1] or "", head[2], line.number)
        elif text.startswith("  Passed: ") and (passed := _PASSED.fullmatch(text)):
            self._block, self._passes = None, int(passed[1])
        elif self._passes is not None and _END.fullmatch(text):
            if self._telling.tests:
                self._telling.close(is_complete=True, passes=self._passes)
            self._start()
        elif self._block is not None and (not text or text[:1] == " "):
            self._block.add(text.removeprefix("    "))
        else:
            self._block = None
            self._file = text if text[:1].isascii() and _FILE.fullmatch(text) else self._file

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them: without its totals a block is anybody's."""
        self._telling.forget()
        self._start()
        return self._telling.take()

    def _tell(self, suite: str, name: str, number: int) -> None:
        where = suite or self._file
        told = Told(
            suite=where, class_name=where, name=name, outcome=Outcome.FAILED, number=number, file=self._file or None
        )
        told.block = Block(name, number)
        self._block = self._telling.add(told)


def _message(test: Told) -> str | None:
    """Return the first line of a failure without the assertion's name."""
    said = next((line for line in test.block.lines if line.strip()), "") if test.block else ""
    return cut([_OPERATOR.sub("", said)], LONGEST_MESSAGE)
