"""Reads what Lua's busted prints: counts, and behind them a block for each test that failed."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_COUNTS = re.compile(
    r"\d{1,9} success(?:es)? / (\d{1,9}) failures? / (\d{1,9}) errors? / \d{1,9} pending : \d+(?:\.\d+)? seconds"
)
_HEAD = re.compile(r"(Failure|Error) (?:→|->) (\S.{0,500}?)(?: @ \d{1,7})?")
# A file that could not be loaded has no test, and its error stands in the same line.
_FILE_HEAD = re.compile(r"Error (?:→|->) (\S{1,500}\.\w{1,10}):\d{1,7}: (.*)")


class BustedReader:
    """Reads the busted sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b" pending : ",)

    def __init__(self) -> None:
        self._telling = Telling("busted")
        self._start()

    def _start(self) -> None:
        self._has_counts = False
        self._failures = 0
        self._head: tuple[str, str, int] | None = None
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.endswith(" seconds") and (counts := _COUNTS.fullmatch(text)):
            self._close()
            self._has_counts, self._failures = True, int(counts[1]) + int(counts[2])
        elif not self._has_counts:
            return
        elif self._head is not None:
            self._name(*self._head, text)
        elif text.startswith("Error ") and (broken := _FILE_HEAD.fullmatch(text)):
            self._name("Error", broken[1], line.number, "")
            self._keep(broken[2])
        elif text.startswith(("Failure ", "Error ")) and (head := _HEAD.fullmatch(text)):
            self._head, self._block = (head[1], head[2], line.number), None
        else:
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _keep(self, text: str) -> None:
        if self._block is not None:
            self._block.add(text)

    def _name(self, word: str, file: str, number: int, name: str) -> None:
        self._head, self._block = None, Block(name, number)
        outcome = Outcome.ERROR if word == "Error" else Outcome.FAILED
        told = Told(suite=file, class_name=file, name=name or file, outcome=outcome, number=number, file=file)
        told.block = self._block
        self._telling.add(told)

    def _close(self) -> None:
        if self._has_counts:
            self._telling.close(is_complete=True, failures=self._failures)
        self._start()
