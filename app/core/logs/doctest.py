"""Reads what doctest, the C++ library, prints: a header for each test that has something to say, and the counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_RULE = "=" * 79
_PLACE = re.compile(r"(\S.{0,500}?)(?:\(\d+\)|:\d+):")
_ASSERTED = re.compile(
    r"(?:\S.{0,500}?(?:\(\d+\)|:\d+):|\S{1,500}\.\w{1,4}:) (ERROR|FATAL ERROR|WARNING|SUCCESS|MESSAGE): ?.*"
)
_SAID = ("ERROR:", "WARNING:", "SUCCESS:", "MESSAGE:")
_DEEPEST = "DEEPEST SUBCASE STACK REACHED"
_ALLOWED = ("Allowed to fail so", "Failed as expected so")
_EXACTLY = re.compile(r"Failed exactly \d+ times as expected so")
_DECLARED = ("Should have failed but didn't!", "Didn't fail exactly ", "Test case exceeded time limit ")
_COUNTS = "[doctest] test cases: "
_FAILURES = re.compile(r"\| {0,9}(\d{1,9}) failed")


class DoctestReader:
    """Reads the doctest programs of one step, one session each."""

    marks: ClassVar[tuple[bytes, ...]] = (b"[doctest]",)

    def __init__(self) -> None:
        self._telling = Telling("doctest")
        self._start()

    def _start(self) -> None:
        self._place: str | None = None
        self._is_header = False
        self._suite = ""
        self._names: list[str] = []
        self._told: Told | None = None
        self._failed: dict[tuple[str, str], Told] = {}

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.endswith(_RULE) and not text.endswith(f"={_RULE}"):
            # A test may have printed something before it without an end of line.
            self._place, self._is_header, self._suite, self._names = None, True, "", []
        elif text.startswith(_COUNTS):
            failed = _FAILURES.search(text)
            self._telling.close(is_complete=True, failures=int(failed[1]) if failed else 0)
            self._start()
        elif self._is_header:
            self._read_header(text)
        elif self._names:
            self._read_below(line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._start()
        return self._telling.take()

    def _read_header(self, text: str) -> None:
        """Read place, suite, test case and below it, behind two spaces, its subcases, up to an empty line."""
        if text.startswith(("TEST CASE: ", "  Scenario: ")):
            self._names = [text.removeprefix("TEST CASE: ").strip()]
        elif text.startswith("TEST SUITE: "):
            self._suite = text.removeprefix("TEST SUITE: ")
        elif not text:
            self._is_header = False
        elif self._names and text.startswith("  "):
            self._names.append(text[2:])
        elif self._place is None:
            place = _PLACE.fullmatch(text)
            self._place = place[1] if place else None
            self._is_header = place is not None

    def _read_below(self, line: Line) -> None:
        text = line.text
        asserted = _ASSERTED.fullmatch(text) if any(word in text for word in _SAID) else None
        if text.startswith(_DEEPEST):
            # What failed behind the subcases that were entered is theirs for the JUnit reporter, too.
            self._names, self._is_header = self._names[:1], True
        elif asserted is not None:
            self._told = self._fail(line) if asserted[1].endswith("ERROR") else None
        elif text.startswith(_DECLARED):
            self._told = self._fail(line)
        elif text.startswith(_ALLOWED) or _EXACTLY.match(text):
            self._forgive()
        if self._told is not None and self._told.block is not None:
            self._told.block.add(text)

    def _fail(self, line: Line) -> Told:
        """Read one failed assertion; all those of one test case and its subcases are one execution."""
        key = (self._suite, "/".join(self._names))
        told = self._failed.get(key)
        if told is None:
            told = self._failed[key] = Told(
                class_name=self._place or "",
                name=key[1],
                outcome=Outcome.FAILED,
                number=line.number,
                file=self._place,
                block=Block(key[1], line.number),
            )
            self._telling.add(told)
        return told

    def _forgive(self) -> None:
        for told in self._failed.values():
            if told.name.partition("/")[0] == self._names[0] and told.file == self._place:
                told.outcome = Outcome.PASSED
        self._told = None
