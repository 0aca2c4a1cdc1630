"""Reads what the console reporter of Catch2 prints, versions 1 to 3: a header for each test that has something to say."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_WIDTH = 79
_RULE, _DOTS = "-" * _WIDTH, "." * _WIDTH
_HOST = re.compile(r"(\S.{0,300}?) is a Catch2? v\S{1,60} host application\.")
_ASSERTED = re.compile(r"(\S.{0,500}?)(?::\d+|:<line number>|\(\d+\)): (FAILED|PASSED|SKIPPED|FAILED - but was ok):")
_TOTAL = re.compile(r"(?:test cases: {0,9}\d+ \|.*|All tests passed \(\d+ .*|No tests? (?:cases? matched .*|ran))")
_FAILED = re.compile(r"test cases:.*\| {0,9}([1-9]\d{0,8}) failed(?: \||$)")
# What Catch2 does not break when it wraps a line: it breaks before what opens and behind what closes.
_UNIT = re.compile(r"[\[({<|]?[^\s\[({<|\])}>.,:;*+\-=&/\\]*")
_AS_EXPECTED = " failed as expected"
_NO_ASSERTION = "No assertions in "
_LONGEST_HEADER = 40


class Catch2Reader:
    """Reads the Catch2 programs of one step, one session each."""

    marks: ClassVar[tuple[bytes, ...]] = (b"host application.", b"." * _WIDTH)

    def __init__(self) -> None:
        self._telling = Telling("catch2")
        self._suite = ""
        self._start()

    def _start(self) -> None:
        self._header: list[str] | None = None
        self._title: str | None = None
        self._places = 0
        self._name: str | None = None
        self._told: dict[str, Told] = {}
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text == _RULE:
            self._rule()
        elif self._title is not None:
            self._read_place(text)
        elif self._header is not None:
            self._header.append(text)
            self._header = self._header if len(self._header) < _LONGEST_HEADER else None
        elif text.endswith("host application.") and (host := _HOST.fullmatch(text)):
            self._suite = host[1]
        elif self._name is not None or text.startswith(("test cases:", "All tests passed (")):
            self._read_below(line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._suite = ""
        self._start()
        return self._telling.take()

    def _rule(self) -> None:
        """Begin a header, or end what stands in it: the names of test and sections, between two rules."""
        self._block = None
        if self._header:
            self._title, self._places, self._header = _test_name(self._header), 0, None
        else:
            self._header, self._title = [], None

    def _read_place(self, text: str) -> None:
        """Wait for the dots below the place: only they make a header of what stood between rules."""
        if text == _DOTS and self._places:
            self._name, self._title = self._title, None
        elif self._places:
            self._title = None
        self._places += 1

    def _read_below(self, line: Line) -> None:
        text = line.text
        asserted = _ASSERTED.fullmatch(text) if text.endswith(":") else None
        if asserted is not None:
            self._assert(asserted[2], asserted[1], line.number)
        elif text.startswith(_NO_ASSERTION):
            # It is printed where that warning was asked for, and then it fails the test.
            self._assert("FAILED", None, line.number)
        elif text.startswith(("test cases:", "All tests passed", "No test")) and _TOTAL.fullmatch(text):
            failed = _FAILED.match(text)
            if failed is None and _AS_EXPECTED in text:
                self._expect()
            self._telling.close(is_complete=True, failures=int(failed[1]) if failed else 0)
            self._start()
        elif self._block is not None:
            self._block.add(text)

    def _expect(self) -> None:
        """Take as expected the failures of a run that counts no other; among others they look alike."""
        for told in self._told.values():
            told.outcome = Outcome.SKIPPED if told.outcome.is_bad else told.outcome

    def _assert(self, word: str, file: str | None, number: int) -> None:
        """Read one assertion; those of one test, in whichever of its runs, are one execution."""
        name = self._name or ""
        outcome = Outcome.FAILED if word == "FAILED" else Outcome.SKIPPED if word == "SKIPPED" else Outcome.PASSED
        told = self._told.get(name)
        if told is None:
            told = self._told[name] = Told(
                suite=self._suite,
                class_name=f"{self._suite}.global" if self._suite else "",
                name=name,
                outcome=outcome,
                number=number,
                file=file,
                block=Block(name, number),
            )
            self._telling.add(told)
        elif outcome.is_bad and not told.outcome.is_bad:
            told.outcome, told.number, told.file = outcome, number, file
        self._block = told.block if outcome.is_bad else None
        if self._block is not None and self._block.lines:
            self._block.add("")


def _test_name(lines: list[str]) -> str:
    """Join the test's name and its sections as the JUnit reporter does, with slashes; long ones were wrapped."""
    parts: list[str] = []
    previous = ""
    for line in lines:
        said = line.strip()
        unit = _UNIT.match(said)
        if parts and len(previous) + 1 + (len(unit[0]) if unit else 0) >= _WIDTH:
            parts[-1] += said if said.startswith("<") else f" {said}"
        else:
            parts.append(said)
        previous = line
    return "/".join(parts)
