"""Reads what Pest prints, and `artisan test`, both by Collision: a tree of classes and tests, and a block for each failure."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.phpunit_names import class_name
from app.core.logs.session import LONGEST_MESSAGE, Block, Session, cut
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_CLASS = re.compile(
    r" {1,5}(?:PASS|FAIL|WARN|RISK|TODO|SKIP|NOTI|DEPR) {1,3}([A-Z_][\w\\]{1,400}|\S{1,300}\.php)(?: - \d{1,6} todos?)?"
)
_MARKS = {
    "✓": Outcome.PASSED,
    "✔": Outcome.PASSED,
    "!": Outcome.PASSED,
    "⨯": Outcome.FAILED,
    "✕": Outcome.FAILED,
    "-": Outcome.SKIPPED,
    "↓": Outcome.SKIPPED,
    "…": Outcome.SKIPPED,
}
_WITH_REASON, _ARROW = "-!…", " → "
_DURATION = re.compile(r"(\d{1,6}\.\d{1,3})s")
_FAILED = re.compile(r" {1,5}(?:FAILED {1,3}|• )([A-Z_][\w\\]{1,400}) > (\S.{0,1000})")
_EXCEPTION = re.compile(r"(\S.{0,900}?) {2,300}([A-Z]\w{0,100})")
_TOTAL = re.compile(
    r" {1,3}Tests: {1,6}((?:\d{1,9} [a-z]{1,20}, ){0,9}\d{1,9} [a-z]{1,20})(?: \(\d{1,9} assertions?\))?"
)
_PASSES, _FAILURES = re.compile(r"(\d{1,9}) passed"), re.compile(r"(\d{1,9}) failed")
_PLACE = re.compile(r" {1,4}at (\S.{0,500}?):\d{1,7}")
_RULE = "─" * 8


class PestReader:
    """Reads the Pest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"FAILED", b" FAIL ", b" PASS ", b" WARN ", b"Tests:  ")

    def __init__(self) -> None:
        self._telling = Telling("pest")
        self._start()

    def _start(self) -> None:
        self._class: str | None = None
        self._block: Block | None = None
        self._untold: dict[str, list[Told]] = {}

    def read(self, line: Line) -> None:
        """Take the next line; Pest indents all of its own."""
        text = line.text
        if text[:1] != " ":
            if self._block is not None:
                self._block.add(text)
            return
        if self._class is not None and text[2:3] in _MARKS and text[3:4] == " " and not text[:2].strip():
            self._read_test(line)
        elif (
            " > " in text
            and text.startswith(("   FAILED ", "  FAILED ", "  • "))
            and (failed := _FAILED.fullmatch(text))
        ):
            self._read_failure(failed, line.number)
        elif "Tests: " in text[:10] and (total := _TOTAL.fullmatch(text)):
            counts = _PASSES.search(total[1]), _FAILURES.search(total[1])
            passes, failures = (int(count[1]) if count else 0 for count in counts)
            self._close(is_complete=True, passes=passes, failures=failures)
        elif text[1:8].strip().isupper() and (of := _CLASS.fullmatch(text)):
            self._class, self._block = of[1], None
        elif self._block is not None:
            self._keep(self._block, text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._telling.tests:
            self._close(is_complete=False)
        self._start()
        return self._telling.take()

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        for told in self._telling.tests:
            _settle(told)
        self._telling.close(is_complete=is_complete, passes=passes, failures=failures)
        self._start()

    def _keep(self, block: Block, text: str) -> None:
        if text.strip().startswith(_RULE):
            self._block = None
        else:
            block.add(text.removeprefix("  "))

    def _read_test(self, line: Line) -> None:
        text = line.text
        class_ = self._class or ""
        words, _, last = text[4:].rpartition(" ")
        duration = _DURATION.fullmatch(last)
        name = words.rstrip() if duration else text[4:]
        outcome = _MARKS[text[2]]
        if text[2] in _WITH_REASON and name.count(_ARROW) > name.startswith("`"):
            # Behind the last arrow stands why; the arrows before it lead from a describe to what is in it.
            name = name.rpartition(_ARROW)[0]
        told = Told(
            suite=class_,
            class_name=class_name(class_),
            name=name.strip() or class_,
            outcome=outcome,
            number=line.number,
        )
        told.duration_ms = seconds_ms(duration[1]) if duration else None
        self._block = None
        self._telling.add(told)
        if outcome.is_bad:
            self._untold.setdefault(class_, []).append(told)

    def _read_failure(self, failed: re.Match[str], number: int) -> None:
        """Read the head of a failure; in the tree, where there is one, the test has its whole name."""
        class_, name = failed[1], failed[2].strip()
        thrown = _EXCEPTION.fullmatch(name)
        name = (thrown[1] if thrown else name).strip()
        self._block = Block(name, number)
        if thrown is not None:
            self._block.add(thrown[2])
        waiting = self._untold.get(class_, [])
        # The tree has colours in place of the marks around the name of a `describe`.
        bare = name.replace("`", "")
        start = bare.removesuffix("…").rstrip()
        titles = ((one, one.name.replace("`", "")) for one in waiting)
        told = next(
            (one for one, title in titles if title == bare or (bare != start and title.startswith(start))), None
        )
        if told is None:
            told = Told(suite=class_, class_name=class_name(class_), name=name, outcome=Outcome.FAILED, number=number)
            self._telling.add(told)
        else:
            waiting.remove(told)
        told.block = self._block


def _settle(told: Told) -> None:
    if told.block is None:
        return
    lines = told.block.lines
    place = next((index for index, line in enumerate(lines) if _PLACE.match(f"  {line}")), len(lines))
    found = _PLACE.match(f"  {lines[place]}") if place < len(lines) else None
    told.file = found[1] if found else None
    told.message = cut(lines[:place], LONGEST_MESSAGE)
