"""Job logs: read where a run left no report behind, and beside one for what it lacks."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from msgspec import structs

from app.core.failed_steps import is_reporter
from app.core.logs.clean import ERROR, STEP, Line, indentation, read_lines
from app.core.logs.readers import READERS
from app.core.logs.session import MOST_TESTS, QuotingReader, Reader, Session
from app.core.logs.signs import TAIL, early_stop, infra_failure
from app.core.logs.words import held
from app.core.model import JobLog, LogSteps, Outcome, TestResult
from app.core.patterns import found_in
from app.core.several_ways import says_again, settle

__all__ = ["BYTES_A_LINE", "MOST_LINES", "MOST_READERS", "READERS", "OwnInfra", "read_log"]

OwnInfra = Sequence[tuple[re.Pattern[str], str]]
"""A repository's own infrastructure failures: an expression that a line has, and what such a failure is called."""

_MARKS = frozenset(mark for reader in READERS for mark in reader.marks)
_LONGEST_STEP = 200
MOST_LINES = 1_000_000
BYTES_A_LINE = 100
"""A log has room for that many lines, and a longer one for those of its bytes: short ones are not worth the time."""

MOST_READERS = 8
"""Where the words of more runners stand in a log, as many times fewer of its lines are read: each line by all of them."""

_FAILED = re.compile(
    r"Process completed with exit code [1-9]"
    r"|The operation was canceled"
    r"|The runner has received a shutdown signal"
    r"|The action '.{0,300}' has timed out"
    r"|\S+ exited with code '?[1-9]"
)
_AGAIN = re.compile(r"(?i)(?:attempt|retry|try) #?\d{1,3} (?:failed|of \d)|retrying\b")
"""What the actions and scripts print that run a whole command once more."""
_AGAIN_BEGINS = ("a", "A", "r", "R", "t", "T")
_ACTION = re.compile(r"Run (?:[\w.-]+/[\w./-]+@\S+|\./\S+|docker://\S+)")


def read_log(data: bytes, infra: OwnInfra = ()) -> JobLog:
    """Read a job's log: which tests it names, how each ended, and what else stopped the job.

    `line` of each result is the line of the log, from 1. The first line of a failed step that `infra` knows names the
    failure, before any sign that we know ourselves. Takes time in proportion to the length of the log.
    """
    log = _read(data, infra)
    indent = indentation(data) if log.runner is None else 0
    return _read(data, infra, indent) if indent else log


def _read(data: bytes, infra: OwnInfra, indent: int = 0) -> JobLog:
    words = held(data, _MARKS)
    readers = [reader() for reader in READERS if not words.isdisjoint(reader.marks)]
    reading = _Reading(readers, infra)
    most = max(MOST_LINES, len(data) // BYTES_A_LINE) * MOST_READERS // max(MOST_READERS, len(readers))
    lines = read_lines(data, indent)
    for line in islice(lines, most):
        reading.read(line)
    log = reading.told()
    if next(lines, None) is None:
        return log
    return replace(log, complete=False, stopped_early=log.stopped_early or f"its log has more than {most:,} lines")


class _Reading:
    """Reads step by step: a step that succeeded has no failing tests, whatever it printed."""

    def __init__(self, readers: Sequence[Reader], own_infra: OwnInfra) -> None:
        self._own_infra = own_infra
        self._named: str | None = None
        self._readers = readers
        self._quoters = [reader for reader in readers if isinstance(reader, QuotingReader)]
        self._sessions: list[Session] = []
        self._retries: list[bool] = []
        self._is_retry = False
        self._stopped: list[str] = []
        self._infra: list[str] = []
        self._tail: deque[str] = deque(maxlen=TAIL)
        self._has_failed = False
        self._failed_at: datetime | None = None
        self._is_action = False
        self._runs = ""
        self._steps = LogSteps()

    def read(self, line: Line) -> None:
        if line.tag == STEP:
            self._end_step(has_failed=self._has_failed)
            self._has_failed, self._failed_at = False, None
            self._runs = line.text
            self._is_retry = says_again(line.text)
            self._is_action = _ACTION.fullmatch(line.text) is not None
            return
        # An action ends with an error of its own words; on a script's lines problem matchers put that tag too.
        if line.tag == ERROR and (self._is_action or _FAILED.match(line.text) is not None):
            self._has_failed, self._failed_at = True, line.at
        if not self._is_retry and line.text.startswith(_AGAIN_BEGINS):
            self._is_retry = _AGAIN.match(line.text) is not None
        self._tail.append(line.text)
        if self._own_infra and self._named is None:
            self._named = next((name for pattern, name in self._own_infra if found_in(pattern, line.text)), None)
        # A test of a test runner prints what the inner one said; that is no session of its own.
        quoting = [one for one in self._quoters if one.is_quoting] if self._quoters else None
        for reader in quoting or self._readers:
            reader.read(line)

    def told(self) -> JobLog:
        # A step without an end was cut off with its log. A log without steps is another system's, asked for since it failed.
        self._end_step(has_failed=True)
        sessions = self._sessions
        return JobLog(
            runner=next((one.runner for one in sessions if one.results), sessions[0].runner if sessions else None),
            results=tuple(_numbered(settle([one.results for one in sessions], self._retries, _key))),
            unnamed_passes=min(sum(map(_unnamed_passes, sessions)), MOST_TESTS),
            complete=bool(sessions) and all(session.is_complete and not session.lost for session in sessions),
            stopped_early=next(iter(self._stopped), None),
            infra=next(iter(self._infra), None),
            steps=self._steps,
        )

    def _end_step(self, *, has_failed: bool) -> None:
        sessions = [session for reader in self._readers for session in reader.finish()]
        self._sessions += sessions if has_failed else map(_without_failures, sessions)
        self._retries += [self._is_retry] * len(sessions)
        self._note_step(sessions, has_failed=has_failed)
        if has_failed:
            said = [session.stopped_early or session.lost for session in sessions] + [early_stop(self._tail)]
            self._stopped += [words for words in said if words]
            infra = self._named or infra_failure(self._tail, has_session=bool(sessions))
            self._infra += [infra] if infra else []
        self._tail.clear()
        self._named = None

    def _note_step(self, sessions: Sequence[Session], *, has_failed: bool) -> None:
        fails = any(outcome.is_bad for session in sessions for outcome in _last(session).values())
        if fails and has_failed:
            first_at = self._steps.tests_at or self._failed_at
            self._steps = replace(self._steps, with_failures=self._steps.with_failures + 1, tests_at=first_at)
        elif fails:
            self._steps = replace(self._steps, has_forgiven=True)
        elif has_failed and self._steps.bare is None and self._runs and not is_reporter(self._runs):
            self._steps = replace(self._steps, bare=self._runs[:_LONGEST_STEP], bare_at=self._failed_at)


def _last(session: Session) -> dict[tuple[str, str, str], Outcome]:
    """Return how each test of a session ended at last."""
    return {_key(result): result.outcome for result in session.results}


def _without_failures(session: Session) -> Session:
    """Drop the failures of a step that succeeded, but for those of tests that passed when they were run again."""
    last = _last(session)
    results = tuple(one for one in session.results if not last[_key(one)].is_bad)
    return replace(session, results=results, failures=0)


def _unnamed_passes(session: Session) -> int:
    return max(session.passes - sum(result.outcome is Outcome.PASSED for result in session.results), 0)


def _numbered(results: Iterable[TestResult]) -> Iterator[TestResult]:
    """Count the executions of each test over the whole log."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for result in results:
        key = _key(result)
        seen[key] += 1
        yield structs.replace(result, ordinal=seen[key]) if seen[key] > 1 else result


def _key(result: TestResult) -> tuple[str, str, str]:
    return result.suite, result.class_name, result.name
