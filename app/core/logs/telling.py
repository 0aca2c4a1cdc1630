"""Executions as a reader tells them, line by line, and the sessions that they make up."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, MOST_TESTS, Block, Session, cut
from app.core.model import Outcome, TestResult

_AFTER_MESSAGE = ("", "stacktrace:", "Stack trace:", "Stacktrace:")


@dataclass(slots=True, kw_only=True)
class Told:
    """One execution while its session is being read; `number` is the line of the log, `block` what a failure said."""

    name: str
    outcome: Outcome
    number: int
    suite: str = ""
    class_name: str = ""
    file: str | None = None
    duration_ms: int | None = None
    block: Block | None = None
    message: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells the test from others of its session."""
        return self.class_name, self.name


def first_paragraph(test: Told) -> str | None:
    """Return the message of a failure, else the first paragraph of what it said, up to its stack trace."""
    if not test.outcome.is_bad:
        return None
    if test.message:
        return test.message
    lines = [line.strip() for line in test.block.lines] if test.block else []
    start = next((index for index, line in enumerate(lines) if line), len(lines))
    end = next((index for index in range(start, len(lines)) if lines[index] in _AFTER_MESSAGE), len(lines))
    return cut(lines[start:end], LONGEST_MESSAGE)


@dataclass(slots=True)
class Telling:
    """The sessions of one runner in one step: those that ended, and the executions of the one that is being read.

    `message_of` finds the message of a test that did not pass in what it said, which differs with the languages.
    """

    runner: str
    message_of: Callable[[Told], str | None] = first_paragraph
    tests: list[Told] = field(default_factory=list)
    stopped: str | None = None
    done: list[Session] = field(default_factory=list)
    _failures: int = 0

    def add(self, test: Told) -> Block | None:
        """Add an execution where there is room, and return what keeps its words, which are kept of so many failures only."""
        has_room = len(self.tests) < MOST_TESTS
        if has_room:
            self.tests.append(test)
            self._failures += test.outcome.is_bad
        if not has_room or self._failures > MOST_FAILURES:
            test.block = test.message = None
        return test.block

    def forget(self) -> None:
        """Drop the session that is being read."""
        self.tests, self.stopped, self._failures = [], None, 0

    def close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        """End the session that is being read; its summary counts `passes` and `failures`, 0 where it counts none."""
        self.done.append(
            Session(
                runner=self.runner,
                results=tuple(_result(test, self.message_of) for test in self.tests),
                is_complete=is_complete,
                stopped_early=self.stopped,
                passes=max(passes, 0),
                failures=failures,
            )
        )
        self.forget()

    def take(self, *, is_complete: bool = False, failures: int = 0) -> list[Session]:
        """Return the sessions, with the one that is being read where it holds anything, and forget them."""
        if self.tests or self.stopped:
            self.close(is_complete=is_complete, failures=failures)
        done, self.done = self.done, []
        return done


def seconds_ms(seconds: str | None) -> int | None:
    """Return a number of seconds in decimal digits as milliseconds, None where there is none."""
    return round(float(seconds) * 1000) if seconds else None


def _result(test: Told, message_of: Callable[[Told], str | None]) -> TestResult:
    return TestResult(
        suite=test.suite,
        class_name=test.class_name,
        name=test.name,
        outcome=test.outcome,
        file=test.file,
        line=test.number,
        duration_ms=test.duration_ms,
        message=message_of(test) if test.outcome is not Outcome.PASSED else None,
        stack_trace=test.block.stack() if test.block and test.outcome.is_bad else None,
    )
