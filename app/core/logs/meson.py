"""Reads what `meson test` prints: a line for each test, what those that failed said, a list of failures and the counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_ENDED = re.compile(
    r" {0,6}(\d{1,6}/\d{1,6}) (\S.{0,300}?) {1,120}(OK|FAIL|TIMEOUT|SKIP|ERROR|EXPECTEDFAIL|UNEXPECTEDPASS|INTERRUPT)"
    r" {1,20}(\d{1,9}\.\d{1,3}) ?s(.{0,500})"
)
# `project:suites / name`, since 1.6 `suites - project:name`; both only where there is more than one suite.
_NAMED = re.compile(r"([^:/]{1,200})(?::[^/]{0,300})? / (.+)|(?:[^:/]{1,200} - )?([\w.+-]{1,200}):(?!:)(.+)")
_SUBTEST = re.compile(
    r"(?:▶|\|) (\d{1,6}/\d{1,6}) (?:- |== )?(\S.{0,300}?) {1,120}(OK|FAIL|SKIP|ERROR|TIMEOUT|EXPECTEDFAIL|UNEXPECTEDPASS)"
)
_OUTCOMES = {
    "OK": Outcome.PASSED,
    "EXPECTEDFAIL": Outcome.PASSED,
    "SKIP": Outcome.SKIPPED,
    "ERROR": Outcome.ERROR,
    "INTERRUPT": Outcome.ERROR,
}
_REPEATED = ("Summary of Failures:", "The output from the failed tests:")
_COUNT = re.compile(r"(?:(Fail|Unexpected Pass|Timeout)|Ok|Expected Fail|Skipped|Ignored): {1,90}(\d{1,9})")
_CUTS = ("✀", "8<", "――", "--- ", ">>> ")
_RUNNING = " RUNNING"


class MesonReader:
    """Reads the `meson test` sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"Ok:    ",
        b"meson-logs/testlog",
        b"UNEXPECTEDPASS",
        b"EXPECTEDFAIL",
        b"Summary of Failures:",
    )

    def __init__(self) -> None:
        self._telling = Telling("meson")
        self._start()

    def _start(self) -> None:
        self._failed: dict[tuple[str, str], Told] = {}
        self._subtests: list[tuple[str, str, str, int]] = []
        self._block: Block | None = None
        self._is_repeating = self._has_counts = False
        self._counted = self._failures = self._of = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if "/" in text[:13] and text.lstrip()[:1].isdigit() and (ended := _ENDED.fullmatch(text)):
            self._end(ended, line.number)
        elif text[:2] in ("▶ ", "| ") and (subtest := _SUBTEST.fullmatch(text)):
            if len(self._subtests) < MOST_FAILURES:
                self._subtests.append((subtest[1], subtest[2], subtest[3], line.number))
        elif text.endswith(_RUNNING):
            self._block = None
        elif text in _REPEATED:
            self._is_repeating, self._block = True, None
        elif ":  " in text and self._telling.tests and (counted := _COUNT.fullmatch(text)):
            # The list of failures stands before the counts, and before Meson 0.56 behind them.
            self._has_counts, self._block = True, None
            self._counted += int(counted[2])
            self._failures += int(counted[2]) if counted[1] else 0
        elif self._block is not None and not text.startswith(_CUTS):
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _close(self) -> None:
        if self._has_counts and self._counted < self._of:
            self._telling.stopped = f"meson ran {self._counted} of {self._of} tests"
        if self._telling.tests:
            self._telling.close(is_complete=self._has_counts, failures=self._failures)
        self._start()

    def _end(self, ended: re.Match[str], number: int) -> None:
        count, title, word, seconds, detail = ended.groups()
        self._of = int(count.partition("/")[2])
        named = _NAMED.fullmatch(title)
        suite, name = ((named[1] or named[3]).strip(), named[2] or named[4]) if named else ("", title)
        outcome = _OUTCOMES.get(word, Outcome.FAILED)
        known = self._failed.get((suite, name))
        if self._is_repeating and (known is not None or not outcome.is_bad):
            self._block = known.block if known is not None else None
            return
        if self._has_counts and not self._is_repeating:
            self._close()
            self._of = int(count.partition("/")[2])
        is_told = self._tell_subtests(count, f"{suite}.{name}" if suite else name)
        told = Told(suite=suite, class_name=suite, name=name, outcome=outcome, number=number)
        told.duration_ms = seconds_ms(seconds)
        self._block = None
        if outcome.is_bad:
            self._block = told.block = Block(name, number)
            told.message = f"{word} {detail.strip(' ()')}".strip()
            self._failed[suite, name] = told
        if not (outcome.is_bad and is_told):
            self._telling.add(told)

    def _tell_subtests(self, count: str, suite: str) -> bool:
        """Tell the points of a test that prints TAP, which stand above it; say whether one of them failed."""
        mine = [one for one in self._subtests if one[0] == count]
        self._subtests = [one for one in self._subtests if one[0] != count]
        for _, name, word, number in mine:
            outcome = _OUTCOMES.get(word, Outcome.FAILED)
            self._telling.add(
                Told(suite=suite, class_name=suite, name=name, outcome=outcome, number=number, message=word)
            )
        return any(_OUTCOMES.get(word, Outcome.FAILED).is_bad for _, _, word, _ in mine)
