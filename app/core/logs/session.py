"""What the readers of logs share: the lines of a failure, and what one test session said."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from app.core.logs.clean import Line
from app.core.model import TestResult

LONGEST_MESSAGE = 4_000
LONGEST_STACK = 16_000
MOST_FAILURES = 20_000
MOST_TESTS = 150_000
"""Failures told at length, and tests, that are kept of one session; a log of the allowed size could name millions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one run of a test runner printed.

    `results` stand in the order of execution, not numbered yet. `is_complete` is True where it printed its closing
    summary; `stopped_early` says why it did not run all of its tests, None where it shows no such thing. `passes` is how many passes
    its closing summary counts, most of which it may not name; 0 where it counts none. `failures` is how many tests that
    summary counts as failed: where fewer are named, something of the session was not read; 0 where nobody counts them.
    """

    runner: str
    results: tuple[TestResult, ...]
    is_complete: bool
    stopped_early: str | None = None
    passes: int = 0
    failures: int = 0

    @property
    def lost(self) -> str | None:
        """Say what is not known of it: failures that it counts and does not name, or tests beyond those kept; None where all is."""
        if len(self.results) >= MOST_TESTS:
            return f"{self.runner} names more than {MOST_TESTS:,} tests"
        named = sum(result.outcome.is_bad for result in self.results)
        return f"{self.runner} counts {self.failures} as failed and names {named}" if named < self.failures else None


class Reader(Protocol):
    """Reads the sessions of one runner out of the lines of one step."""

    marks: ClassVar[tuple[bytes, ...]]
    """Words of the runner's own: a log that holds none of them is not shown to this reader, which costs a line nothing."""

    def read(self, line: Line) -> None:
        """Take the next line."""

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""


@runtime_checkable
class QuotingReader(Reader, Protocol):
    """A reader whose runner marks what it repeats of the output of its own tests."""

    @property
    def is_quoting(self) -> bool:
        """Say whether the runner is repeating what its own tests printed, so that no other runner is speaking."""


class Block:
    """The lines that tell of one failure, as many of them as are worth keeping."""

    __slots__ = ("_size", "lines", "number", "title")

    def __init__(self, title: str, number: int) -> None:
        self.title = title
        self.number = number
        self.lines: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        if self._size < LONGEST_STACK:
            self.lines.append(text)
            self._size += len(text) + 1

    def stack(self) -> str | None:
        return cut(self.lines, LONGEST_STACK)


def cut(lines: list[str], limit: int) -> str | None:
    """Join the lines without the empty ones around them to `limit` characters at most; None where nothing is left."""
    return "\n".join(lines).strip("\n")[:limit].rstrip() or None
