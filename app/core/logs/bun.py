"""Reads what `bun test` prints: below each file's name a line for each test, errors above it, and the counts.

A test is named by its whole path: a title may hold what joins it to its blocks, so that they cannot be told apart.
"""

import re
from typing import ClassVar

from app.core.logs.clean import ERROR, Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_BEGIN = re.compile(r"bun test v\d\S{0,60}(?: .{0,100})?")
_FILE = re.compile(r"(?:::group::)?(\S.{0,500}\.[cm]?[jt]sx?):")
_ROW = re.compile(
    r"(\((?:pass|fail|skip|todo)\)|[✓✗»✎]) (\S.{0,2000}?)(?: \(attempt (\d{1,4})\))?(?: \[(\d[\d.]{0,12})(ms|s)\])?"
)
_SIGNS = ("(", "✓", "✗", "»", "✎")
_OUTCOMES = {
    "(pass)": Outcome.PASSED,
    "✓": Outcome.PASSED,
    "(fail)": Outcome.FAILED,
    "✗": Outcome.FAILED,
}
_HOOK = "(unnamed)"
"""What bun calls a hook that failed."""
_OUTSIDE = "# Unhandled error between tests"
_COUNT = re.compile(r" ?(\d{1,9}) (pass|fail)")
_RAN = re.compile(r"Ran \d{1,9} tests? across \d{1,9} files?\..{0,40}")
_REPEATED = re.compile(r"\d{1,9} tests? (?:failed|skipped|todo):")
_BAILED = "Bailed out after "
_ANNOTATION = "::error "
_REASON = "  ^ "
_FRAME = re.compile(r"\s{4,10}at \S")
_MOST_ATTEMPTS = 50


class BunReader:
    """Reads the sessions of `bun test` in one step; before its first line such signs are anybody's."""

    marks: ClassVar[tuple[bytes, ...]] = (b"bun test",)

    def __init__(self) -> None:
        self._telling = Telling("bun test")
        self._start(has_begun=False)

    def _start(self, *, has_begun: bool) -> None:
        self._has_begun = has_begun
        self._has_ended = self._is_outside = self._is_repeating = False
        self._file = ""
        self._block: Block | None = None
        self._last: Told | None = None
        self._counts: dict[str, int] = {}

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("bun test v") and _BEGIN.fullmatch(text):
            self._close()
            self._start(has_begun=True)
        elif not self._has_begun:
            return
        elif text.startswith(_SIGNS) and (row := _ROW.fullmatch(text)):
            self._read_row(row, line.number)
        elif text.endswith(":") and ((is_list := _REPEATED.fullmatch(text)) or (file := _FILE.fullmatch(text))):
            # Behind a long run bun tells once more of what failed.
            self._is_repeating = self._is_repeating or is_list is not None
            self._file = file[1] if not is_list and file else self._file
            self._block = self._last = None
        elif text == _OUTSIDE:
            self._tell_outside(line.number)
        elif text[:2].strip().isdigit() and (count := _COUNT.fullmatch(text)):
            self._counts[count[2]] = int(count[1])
        elif text.startswith("Ran ") and _RAN.fullmatch(text):
            self._has_ended = True
        elif text.startswith(_BAILED):
            self._telling.stopped = "bun stopped at --bail"
        elif line.tag != ERROR and not text.startswith(_ANNOTATION):
            self._keep(line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        self._start(has_begun=False)
        return self._telling.take()

    def _keep(self, line: Line) -> None:
        """Keep a line of an error, which stands above the test that it is of; below stands only what bun adds to it."""
        if self._last is not None and line.text.startswith(_REASON):
            reason = line.text.removeprefix(_REASON)
            self._last.message = self._last.message or reason
            if self._last.block is not None:
                self._last.block.add(reason)
        elif self._is_outside and line.text and not line.text.strip("-"):
            self._is_outside = self._block is not None and not self._block.lines
            self._block = self._block if self._is_outside else None
        else:
            self._block = self._block or Block("", line.number)
            self._block.add(line.text)

    def _read_row(self, row: re.Match[str], number: int) -> None:
        word, name, attempt, time, unit = row.groups()
        block, self._block = self._block, None
        self._is_outside = False
        if self._is_repeating:
            return
        outcome = _OUTCOMES.get(word, Outcome.SKIPPED)
        for _ in range(min(int(attempt or 1) - 1, _MOST_ATTEMPTS)):
            self._tell(name, Outcome.FAILED, number, block)
        self._last = self._tell(name, outcome, number, block)
        self._last.duration_ms = round(float(time) * (1000 if unit == "s" else 1)) if time else None

    def _tell(self, name: str, outcome: Outcome, number: int, block: Block | None) -> Told:
        if outcome.is_bad and name.endswith(_HOOK):
            outcome = Outcome.ERROR
        told = Told(suite=self._file, class_name=self._file, name=name, outcome=outcome, number=number)
        told.file = self._file or None
        if outcome.is_bad:
            told.block = block or Block(name, number)
            told.message = _message(told.block)
        self._telling.add(told)
        return told

    def _tell_outside(self, number: int) -> None:
        """Tell of an error of no test, which is the file's: most often it could not be loaded."""
        self._is_outside = True
        self._block = Block("", number)
        if len(self._telling.tests) < MOST_FAILURES and self._file:
            self._last = self._tell(self._file, Outcome.ERROR, number, self._block)

    def _close(self) -> None:
        for told in self._telling.tests:
            if told.outcome is Outcome.ERROR and told.block is not None:
                told.message = told.message or _message(told.block)
        if self._has_begun and (self._telling.tests or self._has_ended):
            passes, failures = self._counts.get("pass", 0), self._counts.get("fail", 0)
            self._telling.close(is_complete=self._has_ended, passes=passes, failures=failures)


def _message(block: Block) -> str | None:
    """Return what stands between the excerpt of the code, or what a test printed, and the stack."""
    start = max((at for at, line in enumerate(block.lines) if line.startswith("error: ")), default=None)
    if start is None:
        return None
    lines = block.lines[start:]
    end = next((at for at, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    return cut([line.removeprefix("error: ") for line in lines[:end]], LONGEST_MESSAGE)
