"""Reads what sympy's `bin/test` prints: a line for each file, or one for each test where it is verbose, and blocks of failures."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_FILE = re.compile(r"(\S{1,300}\.py)\[(?:\d{1,6}|\?)\] .*|(\S{1,300}\.py)\[(?:\d{1,6}|\?)\]")
_VERBOSE = re.compile(
    r"(test_\w{1,300}|\S{1,300}_test) (ok|F|E|f|s|X|Ts?|w|K)(?: .{0,500})?(?: {1,90}\[(?:OK|FAIL)\])?"
)
_OUTCOMES = {"ok": Outcome.PASSED, "F": Outcome.FAILED, "E": Outcome.ERROR, "X": Outcome.PASSED, "f": Outcome.PASSED}
_RULE = "_" * 80
_TITLE = re.compile(r"_{2,80} (\S{1,300}\.py):(\S{1,300}|.{1,80}) _{2,80}")
_ENDED = re.compile(r"=* ?tests finished: \d+ passed,.* in \d+(?:\.\d+)? seconds ?=*")
_FAILED = re.compile(r", (\d{1,9}) (?:failed|exceptions)")
_INTERRUPTED = "interrupted by user"


class SympyReader:
    """Reads the sessions of sympy's own runner in one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"tests finished: ", b"test process starts")

    def __init__(self) -> None:
        self._telling = Telling("sympy")
        self._start()

    def _start(self) -> None:
        self._file = ""
        self._failed: dict[tuple[str, str], Told] = {}
        self._block: Block | None = None
        self._is_ruled = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._is_ruled and (title := _TITLE.fullmatch(text)):
            self._open(title[1], title[2], line.number)
        elif text.startswith("test_") and self._file and (verbose := _VERBOSE.fullmatch(text)):
            self._tell(verbose[1], _OUTCOMES.get(verbose[2], Outcome.SKIPPED), line.number)
        elif ".py[" in text and (file := _FILE.fullmatch(text)):
            self._file, self._block = file[1] or file[2], None
        elif "tests finished: " in text and _ENDED.fullmatch(text.strip()):
            if _INTERRUPTED in text:
                self._telling.stopped = "sympy's tests were interrupted"
            self._close(sum(map(int, _FAILED.findall(text))))
        elif text == _RULE:
            self._block = None
        elif self._block is not None:
            self._block.add(text)
        self._is_ruled = text == _RULE

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._tell_blocks()
        self._start()
        return self._telling.take()

    def _tell(self, name: str, outcome: Outcome, number: int) -> None:
        told = Told(class_name=self._file, name=name, outcome=outcome, number=number, file=self._file)
        if outcome.is_bad:
            self._failed[self._file, name] = told
        self._telling.add(told)

    def _open(self, file: str, name: str, number: int) -> None:
        """Start the block of a failure: it is that of a test which was seen to fail, or the first word of one."""
        told = self._failed.get((file, name))
        if told is None:
            told = self._failed[file, name] = Told(
                class_name=file, name=name, outcome=Outcome.FAILED, number=number, file=file
            )
            self._telling.add(told)
        told.block = self._block = Block(name, number)

    def _tell_blocks(self) -> None:
        for told in self._failed.values():
            if told.block is not None:
                frames = [index for index, line in enumerate(told.block.lines) if line.startswith("  File ")]
                rest = told.block.lines[frames[-1] + 1 :] if frames else told.block.lines
                told.message = cut([line for line in rest if line[:1].strip()], LONGEST_MESSAGE)

    def _close(self, failures: int) -> None:
        self._tell_blocks()
        self._telling.close(is_complete=True, failures=failures)
        self._start()
