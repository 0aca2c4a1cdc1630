"""Reads what PHPUnit prints, versions 4 to 13, and what is made of it: ParaTest, Symfony's bridge, Codeception.

Tests that passed are only counted, but for `--testdox`. A list of defects has a title, numbers from 1 and, where another
list follows, a line of two dashes.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.phpunit_names import OWN, Named, name_of, settle
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.logs.testdox import Testdox
from app.core.model import Outcome

_BEGIN = "by Sebastian Bergmann and contributors."
_TITLE = re.compile(r"(?:There (?:was|were) (\d{1,6}) ([A-Za-z ]{1,60}?)s?:|\d{1,6} tests? triggered \d{1,6} .{1,60}:)")
_OUTCOMES = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "PHPUnit error": Outcome.ERROR,
    "skipped test": Outcome.SKIPPED,
    "incomplete test": Outcome.SKIPPED,
}
_ITEM = re.compile(r"(\d{1,6})\) (\S.{0,2000})")
_OK = re.compile(r"OK \((\d{1,9}) tests?, \d{1,9} assertions?\)")
_COUNTS = re.compile(r"Tests: (\d{1,9}), Assertions: \d{1,9}((?:, [A-Z][A-Za-z ]{1,30}: \d{1,9}){0,12})\.")
_NO_PASS = re.compile(r", (?:Errors|Failures|Warnings|Skipped|Incomplete|Risky): (\d{1,9})")
_VERDICTS = frozenset({"FAILURES!", "ERRORS!", "WARNINGS!", "OK, but there were issues!", "No tests executed!"})
_FAILED = re.compile(r", (?:Errors|Failures): (\d{1,9})")
_PROGRESS = re.compile(r"[.FEWRSIDN]{1,200} {1,120}(\d{1,9}) / (\d{1,9}) \( {0,2}\d{1,3}%\)")
_MAIN = re.compile(r"#\d{1,4} \{main\}")
"""The end of the stack of what a hook of a class threw, below which no empty line stands."""
_FATAL = ("PHP Fatal error: ", "Fatal error: ")


class PhpunitReader:
    """Reads the PHPUnit sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"by Sebastian Bergmann", b", Assertions: ", b"There was 1 ", b"There were ")

    def __init__(self) -> None:
        self._telling = Telling("phpunit")
        self._start()

    def _start(self) -> None:
        self._has_begun = False
        self._outcome: Outcome | None = None
        self._number: int | None = None
        self._count: int | None = None
        self._is_after_blank = False
        self._block: Block | None = None
        self._progress: tuple[int, int] = (0, 0)
        self._testdox = Testdox()

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.endswith(_BEGIN) and "PHPUnit " in text:
            self._begin()
        elif text.endswith(":") and text.startswith(("There w", *"123456789")) and (title := _TITLE.fullmatch(text)):
            self._open(title[2], int(title[1]) if title[1] else None)
        elif text.startswith("Tests: ") and (counts := _COUNTS.fullmatch(text)):
            others = sum(map(int, _NO_PASS.findall(counts[2])))
            failures = sum(map(int, _FAILED.findall(counts[2])))
            self._close(is_complete=True, passes=int(counts[1]) - others, failures=failures)
        elif text.startswith("OK (") and (ok := _OK.fullmatch(text)):
            self._close(is_complete=True, passes=int(ok[1]))
        elif text in _VERDICTS:
            self._number = self._block = None
            if text == "No tests executed!":
                self._close(is_complete=True)
        elif self._number is not None:
            self._read_item(line)
        elif self._has_begun:
            self._read_progress(line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close(is_complete=False)
        return self._telling.take()

    def _begin(self) -> None:
        # Codeception prints a beginning for each of its suites, and one summary at the end.
        if self._telling.tests or self._testdox.tests or self._progress[1]:
            self._close(is_complete=False)
        self._start()
        self._has_begun = True

    def _open(self, kind: str | None, count: int | None) -> None:
        self._count = count
        self._outcome = _OUTCOMES.get(kind or "")
        self._number, self._block, self._is_after_blank = 0, None, True

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        told = self._telling.tests
        if not any(test.outcome.is_bad for test in told):
            for test in self._testdox.tests:
                self._telling.add(test)
        for test in self._telling.tests:
            settle(test)
        ran, of = self._progress
        if ran < of:
            self._telling.stopped = self._telling.stopped or f"phpunit ran {ran} of {of} tests"
        if is_complete or self._telling.tests or self._telling.stopped:
            self._telling.close(is_complete=is_complete, passes=passes, failures=failures)
        self._start()

    def _read_item(self, line: Line) -> None:
        """Read a line of a list; only the next number up to its count, below an empty line, begins another defect."""
        text = line.text
        item = _ITEM.fullmatch(text) if text[:1].isdigit() and self._is_after_blank else None
        self._is_after_blank = not text.strip("-") or _MAIN.fullmatch(text) is not None
        is_full = self._count is not None and self._number == self._count
        if item is not None and not is_full and self._number is not None and int(item[1]) == self._number + 1:
            named = name_of(item[2])
            if self._outcome is None or named is not None or item[2] in OWN:
                self._number += 1
                self._block = None
                if self._outcome is not None:
                    self._add(named or Named(item[2], "", item[2]), self._outcome, line.number)
                return
        if self._block is not None and text != "--":
            self._block.add(text)

    def _add(self, named: Named, outcome: Outcome, number: int) -> None:
        told = Told(suite=named.suite, class_name=named.class_name, name=named.name, outcome=outcome, number=number)
        told.block = self._block = Block(named.name, number)
        self._telling.add(told)

    def _read_progress(self, line: Line) -> None:
        text = line.text
        if text.endswith("%)") and (progress := _PROGRESS.fullmatch(text)):
            self._progress = int(progress[1]), int(progress[2])
        elif text.startswith(_FATAL):
            self._telling.stopped = "a fatal error ended phpunit"
        else:
            self._testdox.read(line)
