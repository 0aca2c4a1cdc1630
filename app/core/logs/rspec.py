"""Reads what RSpec prints: blocks of failures and of pending examples, the counts, and the list of places to run again.

Examples that passed are only counted: the documentation format does not tell them from groups.
"""

import re
from collections import deque
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.rspec_told import Example, Place, is_rspecs, retried, told
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_HEAD = re.compile(r" {1,3}(\d{1,6})\) (\S.{0,2000})")
_COUNTS = re.compile(
    r"(\d{1,9}) examples?, (\d{1,9}) failures?(?:, (\d{1,9}) pending)?(?:, \d{1,9} errors? occurred outside of examples)?"
)
_PLACE = re.compile(r"rspec (?:'(\S{1,500}?)'|(\S{1,500})) # (\S.{0,2000})")
_OUTSIDE = re.compile(r"An error occurred (?:while loading (\S{1,500}?)\.?|in an? [`'](.{1,100}?)['`] hook\.?)")
_RETRY = re.compile(r"RSpec::Retry: \d{1,3}(?:st|nd|rd|th) try (\S{1,500}:\d{1,7})")
_TRIED = re.compile(r"\d{1,3}(?:st|nd|rd|th) Try error in (\S{1,500}:\d{1,7}):")
_TITLES = {"Failures:": Outcome.FAILED, "Pending:": Outcome.SKIPPED}
_PENDING = "Pending: (Failures listed here are expected and do not affect your suite's status)"
_STOPPED = "RSpec is shutting down and will print the summary report"
_ENDS = ("Finished in ", "Top ", "Failed examples:")


class RspecReader:
    """Reads the RSpec sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b" example", b"Failure/Error:", b"RSpec::Retry: ", b"An error occurred ")

    def __init__(self) -> None:
        self._telling = Telling("rspec")
        self._start()

    def _start(self) -> None:
        self._examples: list[Example] = []
        self._seen: dict[tuple[str, str], Example] = {}
        self._unplaced: dict[str, deque[Example]] = {}
        self._placed: set[Place] = set()
        self._retries: list[tuple[str, int, Block]] = []
        self._title: Outcome | None = None
        self._head: tuple[str, str, int] | None = None
        self._block: Block | None = None
        self._tried: tuple[str, Block] | None = None
        self._has_finished = False
        self._counts: tuple[int, int, int] | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text[:1] == " ":
            self._read_indented(line)
        elif not text:
            self._keep(text)
        elif text in _TITLES or text == _PENDING:
            self._begin()
            self._title, self._block, self._head = _TITLES[text.partition(" ")[0]], None, None
        elif text.startswith(_ENDS):
            self._block = self._title = self._tried = None
            self._has_finished = self._has_finished or text.startswith("Finished in ")
        elif " example" in text and self._has_finished and (counts := _COUNTS.fullmatch(text)):
            self._counts = int(counts[1]), int(counts[2]), int(counts[3] or 0)
            self._has_finished = False
        elif text.startswith("rspec ") and self._counts and (place := _PLACE.fullmatch(text)):
            self._place(Place(path=place[1] or place[2], description=place[3].strip()), line.number)
        elif "Try error in " in text or "RSpec::Retry: " in text or text.startswith(("An error ", _STOPPED)):
            self._read_said(line)
        else:
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _read_said(self, line: Line) -> None:
        """Read what stands at the margin: errors outside of examples, retries, an interruption."""
        text = line.text
        if text.startswith("An error occurred ") and (outside := _OUTSIDE.fullmatch(text)):
            self._begin()
            self._block = Block("", line.number)
            name = outside[1] or f"{outside[2]} hook"
            self._add(Example(name, Outcome.ERROR, line.number, self._block, file=outside[1]))
        elif "RSpec::Retry: " in text and (retry := _RETRY.search(text[-700:])):
            block = self._tried[1] if self._tried and self._tried[0] == retry[1] else Block("", line.number)
            self._begin()
            self._tried = None
            if len(self._retries) < MOST_FAILURES:
                self._retries.append((retry[1], line.number, block))
        elif "Try error in " in text and (tried := _TRIED.search(text[-700:])):
            self._begin()
            self._tried, self._block = (tried[1], Block("", line.number)), None
        elif text.startswith(_STOPPED):
            self._telling.stopped = "rspec was interrupted"
        else:
            self._keep(text)

    def _read_indented(self, line: Line) -> None:
        text = line.text
        head = _HEAD.fullmatch(text) if ") " in text[:12] else None
        if head is not None:
            self._begin()
            self._head, self._block = (head[1], head[2].strip(), line.number), None
            if self._title is not None:
                self._open(*self._head, self._title)
        elif self._head is not None and text.lstrip().startswith("Failure/Error:"):
            # Fuubar and instafail tell of a failure at once, without any title.
            self._open(*self._head, Outcome.FAILED)
            self._keep(text)
        else:
            self._keep(text)

    def _open(self, number: str, description: str, at: int, outcome: Outcome) -> None:
        """Begin the block of an example; the same number with the same name is the same execution told again."""
        self._head = None
        key = (f"{outcome} {number}", description)
        is_titled = self._title is not None
        if key in self._seen:
            self._seen[key].is_titled |= is_titled
            return
        self._block = Block(description, at)
        example = Example(description.removesuffix(" FIXED"), outcome, at, self._block, is_titled=is_titled)
        if self._add(example):
            self._seen[key] = example

    def _add(self, example: Example) -> bool:
        is_kept = len(self._examples) < MOST_FAILURES
        if is_kept:
            self._examples.append(example)
            if example.outcome.is_bad and example.file is None:
                self._unplaced.setdefault(example.description, deque()).append(example)
        return is_kept

    def _keep(self, text: str) -> None:
        if self._block is not None:
            self._block.add(text.removeprefix("     "))
        elif self._tried is not None:
            self._tried[1].add(text)
        elif text and self._title is None:
            self._head = None

    def _place(self, place: Place, number: int) -> None:
        """Give the next failure of that description its place; the list names the failures in their order."""
        if place in self._placed or len(self._placed) >= MOST_FAILURES:
            # Two formats that go to one place print the list twice.
            return
        self._placed.add(place)
        waiting = self._unplaced.get(place.description)
        if waiting:
            waiting.popleft().place = place.path
        else:
            self._add(Example(place.description, Outcome.FAILED, number, None, file=place.path))

    def _begin(self) -> None:
        """End the session whose counts were read: what follows is another's."""
        if self._counts is not None:
            self._close()

    def _close(self) -> None:
        for test in retried(self._retries, self._examples, is_complete=self._counts is not None):
            self._telling.add(test)
        for example in self._examples:
            if is_rspecs(example):
                self._telling.add(told(example))
        if self._counts is not None:
            examples, failures, pending = self._counts
            passes = examples - failures - pending
            self._telling.close(is_complete=True, passes=passes, failures=failures)
        elif self._telling.tests:
            self._telling.close(is_complete=False)
        self._start()
