"""Executions as a reader tells them, line by line, and the sessions that they make up."""

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


@dataclass(slots=True)
class Telling:
    """The sessions of one runner in one step: those that ended, and the executions of the one that is being read."""

    runner: str
    tests: list[Told] = field(default_factory=list)
    stopped: str | None = None
    _done: list[Session] = field(default_factory=list)
    _failures: int = 0

    def add(self, test: Told) -> None:
        """Add an execution; what it said is kept of so many failures only."""
        if len(self.tests) >= MOST_TESTS:
            return
        self.tests.append(test)
        self._failures += test.outcome.is_bad
        if self._failures > MOST_FAILURES:
            test.block = test.message = None

    def close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        """End the session that is being read; its summary counts `passes` and `failures`, 0 where it counts none."""
        self._done.append(
            Session(
                runner=self.runner,
                results=tuple(map(_result, self.tests)),
                is_complete=is_complete,
                stopped_early=self.stopped,
                passes=max(passes, 0),
                failures=failures,
            )
        )
        self.tests, self.stopped, self._failures = [], None, 0

    def take(self, *, is_complete: bool = False, failures: int = 0) -> list[Session]:
        """Return the sessions, with the one that is being read where it holds anything, and forget them."""
        if self.tests or self.stopped:
            self.close(is_complete=is_complete, failures=failures)
        done, self._done = self._done, []
        return done


def seconds_ms(seconds: str | None) -> int | None:
    """Return a number of seconds in decimal digits as milliseconds, None where there is none."""
    return round(float(seconds) * 1000) if seconds else None


def _result(test: Told) -> TestResult:
    block = test.block if test.outcome.is_bad else None
    return TestResult(
        suite=test.suite,
        class_name=test.class_name,
        name=test.name,
        outcome=test.outcome,
        file=test.file,
        line=test.number,
        duration_ms=test.duration_ms,
        message=(test.message or _first_lines(block)) if test.outcome.is_bad else None,
        stack_trace=block.stack() if block else None,
    )


def _first_lines(block: Block | None) -> str | None:
    """Return the first paragraph of what a failure said, up to its stack trace."""
    if block is None:
        return None
    lines = [line.strip() for line in block.lines]
    start = next((index for index, line in enumerate(lines) if line), len(lines))
    end = next((index for index in range(start, len(lines)) if lines[index] in _AFTER_MESSAGE), len(lines))
    return cut(lines[start:end], LONGEST_MESSAGE)
