"""Reads what R's testthat prints, alone and under `R CMD check`: a headed block for each failure, and a line of counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_HEAD = re.compile(
    r" {0,8}(?:──|--) (?:\d{1,6}\. )?(Failure|Error|Skip|Reason)(?:ped)? \('?([^\s'():]{1,300}\.[rR])(?::\d{1,7}(?::\d{1,5})?)?'?\): (\S.{0,500}?) ?[─-]*"
)
# So the reporter `progress` has it, which is that of a whole directory.
_BARE = re.compile(r"(Failure|Error) \('?([^\s'():]{1,300}\.[rR])(?::\d{1,7}(?::\d{1,5})?)?'?\): (\S.{0,500}?)")
_RULE = re.compile(r" {0,8}(?:══|==) .*")
_COUNTS = re.compile(r" {0,8}\[ FAIL (\d+) \| WARN \d+ \| SKIP \d+ \| PASS \d+ \]")
_ORDINAL = re.compile(r"(?:test[-_])?(.+)\.[rR]")


class TestthatReader:
    """Reads the testthat sessions of one step."""

    __test__: ClassVar[bool] = False
    marks: ClassVar[tuple[bytes, ...]] = (b"[ FAIL ", b" Failed tests ", "══ Failed ═".encode())

    def __init__(self) -> None:
        self._telling = Telling("testthat")
        self._start()

    def _start(self) -> None:
        self._told: dict[tuple[str, str], Told] = {}
        self._block: Block | None = None
        self._has_counts = False
        self._failures = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if "(" in text and text.lstrip()[:2] in ("──", "--") and (head := _HEAD.fullmatch(text)):
            self._open(head, line.number)
        elif text.startswith(("Failure (", "Error (")) and (bare := _BARE.fullmatch(text)):
            self._open(bare, line.number)
        elif "[ FAIL " in text and (counts := _COUNTS.fullmatch(text)):
            # It is printed before the list of failures by `R CMD check`, and behind it by the others; often both.
            self._block = None
            # It counts expectations, of which a test may fail several.
            self._has_counts, self._failures = True, max(self._failures, min(int(counts[1]), 1))
        elif text.startswith(("Skip (", "Warning (", "───")):
            self._block = None
        elif self._block is not None and not _RULE.fullmatch(text):
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the session of the step that ends here, and forget it."""
        is_complete, failures = self._has_counts, self._failures
        self._start()
        return self._telling.take(is_complete=is_complete, failures=failures)

    def _open(self, head: re.Match[str], number: int) -> None:
        """Start the block of a failure; each expectation has one, and the closing list has them again."""
        word, file, name = head.groups()
        ordinal = _ORDINAL.fullmatch(file.rpartition("/")[2])
        suite = ordinal[1] if ordinal else file
        outcome = {"Failure": Outcome.FAILED, "Error": Outcome.ERROR}.get(word, Outcome.SKIPPED)
        told = self._told.get((suite, name))
        self._block = None
        if told is None:
            told = Told(suite=suite, class_name=suite, name=name, outcome=outcome, number=number, file=file)
            told.block = self._block = Block(name, number) if outcome.is_bad else None
            if len(self._told) < MOST_FAILURES:
                self._told[suite, name] = told
            self._telling.add(told)
