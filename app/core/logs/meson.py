"""Reads what `meson test` prints: a line for each test, what those that failed said, a list of failures and the counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_ENDED = re.compile(
    r" {0,6}\d{1,6}/\d{1,6} (\S.{0,300}?) {1,120}(OK|FAIL|TIMEOUT|SKIP|ERROR|EXPECTEDFAIL|UNEXPECTEDPASS|INTERRUPT)"
    r" {1,20}(\d{1,9}\.\d{1,3}) ?s(.{0,500})"
)
_NAMED = re.compile(r"([^:/]{1,200})(?::[^/]{0,300})? / (.+)")
_OUTCOMES = {
    "OK": Outcome.PASSED,
    "EXPECTEDFAIL": Outcome.PASSED,
    "SKIP": Outcome.SKIPPED,
    "ERROR": Outcome.ERROR,
    "INTERRUPT": Outcome.ERROR,
}
_REPEATED = ("Summary of Failures:", "The output from the failed tests:")
_COUNT = re.compile(r"Ok: {1,90}\d+")
_CUTS = ("✀", "8<", "――", "--- ")


class MesonReader:
    """Reads the `meson test` sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"Ok:    ", b"meson-logs/testlog", b"UNEXPECTEDPASS", b"EXPECTEDFAIL")

    def __init__(self) -> None:
        self._telling = Telling("meson")
        self._start()

    def _start(self) -> None:
        self._failed: dict[tuple[str, str], Told] = {}
        self._block: Block | None = None
        self._is_repeating = self._has_counts = False

    @property
    def is_quoting(self) -> bool:
        """Say whether Meson is repeating what its own tests printed: that is theirs to tell, so it is read as well."""
        return False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if "/" in text[:13] and text.lstrip()[:1].isdigit() and (ended := _ENDED.fullmatch(text)):
            self._end(ended, line.number)
        elif text in _REPEATED:
            self._is_repeating, self._block = True, None
        elif text.startswith("Ok:") and _COUNT.fullmatch(text):
            # The list of failures stands before the counts, and before Meson 0.56 behind them.
            self._has_counts, self._block = True, None
        elif self._block is not None and not text.startswith(_CUTS):
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _close(self) -> None:
        if self._telling.tests:
            self._telling.close(is_complete=self._has_counts)
        self._start()

    def _end(self, ended: re.Match[str], number: int) -> None:
        named = _NAMED.fullmatch(ended[1])
        suite, name = (named[1].strip(), named[2]) if named else ("", ended[1])
        outcome = _OUTCOMES.get(ended[2], Outcome.FAILED)
        known = self._failed.get((suite, name))
        if self._is_repeating and (known is not None or not outcome.is_bad):
            self._block = known.block if known is not None else None
            return
        if self._has_counts and not self._is_repeating:
            self._close()
        told = Told(suite=suite, class_name=suite, name=name, outcome=outcome, number=number)
        told.duration_ms = seconds_ms(ended[3])
        self._block = None
        if outcome.is_bad:
            self._block = told.block = Block(name, number)
            told.message = " ".join([ended[2], ended[4].strip(" ()")]).strip()
            self._failed[suite, name] = told
        self._telling.add(told)
