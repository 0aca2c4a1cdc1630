"""What is known of one test at a moment of its past, as the database would have given it then."""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from math import ceil

from app.core.evidence import is_fork
from app.core.history import HORIZON, ROWS_A_RUN, arrange
from app.core.infra import Dropped
from app.core.model import Execution, Outcome
from app.core.score import MOST_PASSES_OF_A_BRANCH, Findings, find


class Known:
    """One test's executions, to which those of one attempt after another are added.

    What a window of them says is found once for all who ask before the next are added.
    """

    def __init__(self, executions: Iterable[Execution], dropped: Dropped, repository: str) -> None:
        self._dropped = dropped
        self._repository = repository
        self._executions = sorted(executions, key=_at)
        self._failures = [one for one in self._executions if self._counts(one)]
        self._latest: dict[int, Sequence[Execution]] = {}
        self._found: dict[int, Findings] = {}

    @property
    def failures(self) -> Iterator[Execution]:
        """All failures, also those that say nothing about the test."""
        return (one for one in self._executions if one.outcome.is_bad)

    def add(self, executions: Iterable[Execution]) -> None:
        for one in executions:
            insort(self._executions, one, key=_at)
            if self._counts(one):
                insort(self._failures, one, key=_at)
        self._latest.clear()
        self._found.clear()

    def _counts(self, one: Execution) -> bool:
        return one.outcome.is_bad and not self._dropped.holds(one)

    def has_failed(self, runs: int, window: int) -> bool:
        """Say whether at least so many runs have failed among the latest executions."""
        if len(self._failures) < runs:
            return False
        oldest = self.latest(window)[0].attempt.at
        failing = {one.attempt.run_id for one in self._failures if one.attempt.at >= oldest}
        return len(failing) >= runs

    def find(self, window: int) -> Findings:
        """Return what the latest `window` runs of each variant say."""
        found = self._found.get(window)
        if found is None:
            history = arrange(self.latest(window), window=window, dropped=self._dropped)
            found = self._found[window] = find(history, self._repository)
        return found

    def latest(self, window: int) -> Sequence[Execution]:
        """Return as many of the latest executions as the database gives for a window, whole attempts of them."""
        if window not in self._latest:
            self._latest[window] = _latest(self._executions, window)
        return self._latest[window]

    def latest_of(self, had_ended: Callable[[Execution], bool], window: int) -> Sequence[Execution]:
        """Return what `latest` gave when only the attempts of those executions had ended."""
        return _latest([one for one in self._executions if had_ended(one)], window)

    def failed_since(self, moment: datetime) -> bool:
        """Say whether an attempt that began after that moment failed, whatever the reason."""
        latest = takewhile(lambda one: _at(one) > moment, reversed(self._executions))
        return any(one.outcome.is_bad for one in latest)

    def failed_as_at(self, ways: Collection[str], *, after: datetime) -> datetime | None:
        """Return when it first failed after that moment on the default branch, in one of those ways (loose signatures)."""
        meant = (one for one in self._failures if one.attempt.is_default_branch and one.loose_signature in ways)
        return next((_at(one) for one in meant if _at(one) > after), None)

    def passes_since(self, moment: datetime) -> int:
        """Count the runs in which it passed, in attempts that began after that moment and after its last failure since.

        What counts is what counts in the database: no pass that a log implies, none of a fork, and few of each branch.
        """
        passes: list[Execution] = []
        for one in reversed(self._executions):
            if _at(one) <= moment:
                break
            if one.outcome.is_bad:
                passes = [passed for passed in passes if _at(passed) > _at(one)]
                break
            if one.outcome is Outcome.PASSED and not one.is_implied and not is_fork(one.attempt, self._repository):
                passes.append(one)
        runs: defaultdict[str | None, set[int]] = defaultdict(set)
        for one in passes:
            runs[None if one.attempt.is_default_branch else one.attempt.branch].add(one.attempt.run_id)
        return sum(
            len(own) if branch is None else min(len(own), MOST_PASSES_OF_A_BRANCH) for branch, own in runs.items()
        )


def _latest(executions: Sequence[Execution], window: int) -> Sequence[Execution]:
    runs_each = HORIZON * window
    for factor in ROWS_A_RUN:
        limit = ceil(runs_each * factor)
        latest = _tail(executions, limit)
        if len(latest) < limit or _runs_in(latest) >= runs_each:
            break
    return latest


def _tail(executions: Sequence[Execution], limit: int) -> Sequence[Execution]:
    start = max(0, len(executions) - limit)
    while start > 0 and _at(executions[start - 1]) == _at(executions[start]):
        start -= 1
    return executions[start:]


def _at(one: Execution) -> datetime:
    return one.attempt.at


def _runs_in(executions: Iterable[Execution]) -> int:
    return len({one.attempt.run_id for one in executions if one.outcome is not Outcome.SKIPPED})
