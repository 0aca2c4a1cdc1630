"""By what tests fail, as far as it was known at a moment of their past, as the database would have given it then."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.core.clustered import MOST_MEMBERS, FailureKind, counting_spread, executions_of, kind_of_seen
from app.core.history import arrange
from app.core.model import Execution, Standing, TestId
from app.core.replay.known import Known
from app.core.replay.values import Past, PastCause
from app.core.score import Findings, Thresholds, find

MOST_LOOKED_THROUGH = 750_000
"""Executions that are looked through to judge causes, some seconds of them. What would take more is taken for not flaky."""


class _Cause:
    """Whom a cause has hit by now: how often, and the start of the latest attempt in which it did."""

    def __init__(self, past: PastCause) -> None:
        self.id = past.id
        self.signature = past.signature
        self.counts = {test: hit.count for test, hit in past.hits.items() if hit.count}
        self.last = {test: hit.last_at for test, hit in past.hits.items() if hit.last_at}
        self.first_at = past.first_at
        self.last_at = max(self.last.values(), default=None)
        self.runs: set[int] = set()

    def add(self, test: TestId, at: datetime) -> None:
        self.counts[test] = self.counts.get(test, 0) + 1
        self.last[test] = max(at, self.last.get(test, at))
        self.first_at = at if self.first_at is None else min(at, self.first_at)
        self.last_at = at if self.last_at is None else max(at, self.last_at)

    @property
    def is_shared(self) -> bool:
        if self.first_at is None or self.last_at is None:
            return False
        kind = kind_of_seen(
            is_infra=False, tests=len(self.counts), first_seen_at=self.first_at, last_seen_at=self.last_at
        )
        return kind is FailureKind.SYSTEMIC

    def weight(self, test: TestId) -> tuple[int, datetime, int]:
        """Return by what the main cause of a test is told: that with the largest is it."""
        return self.counts[test], self.last[test], -self.id


class Causes:
    """All causes of failures, to which the failures of one attempt after another are added; policies share them."""

    def __init__(self, past: Past, known: Mapping[TestId, Known]) -> None:
        self._past = past
        self._known = known
        self._dropped = counting_spread(past.dropped)
        self._causes = {one.id: _Cause(one) for one in sorted(past.causes, key=lambda one: one.id)}
        self._signed = {one.signature: one for one in self._causes.values()}
        self._of_test: defaultdict[TestId, set[int]] = defaultdict(set)
        for one in self._causes.values():
            for test in one.counts:
                self._of_test[test].add(one.id)
        self._in_run: defaultdict[int, set[int]] = defaultdict(set)
        self._found: dict[tuple[int, int, datetime | None], Findings | None] = {}
        self._looked_through = 0
        for own in known.values():
            for failure in own.failures:
                self._note_run(failure)

    def add(self, test: TestId, executions: Iterable[Execution]) -> None:
        self._found.clear()
        for one in executions:
            cause = self._note_run(one) if one.outcome.is_bad else None
            if cause is not None:
                cause.add(test, one.attempt.at)
                self._of_test[test].add(cause.id)

    def _note_run(self, failure: Execution) -> _Cause | None:
        cause = self._signed.get(failure.signature or "")
        if cause is not None:
            cause.runs.add(failure.attempt.run_id)
            self._in_run[failure.attempt.run_id].add(cause.id)
        return cause

    def shared_in(self, run_id: int) -> list[int]:
        """Return the causes of several tests that a run has shown by now; a further attempt without them tells of them, too."""
        return [one for one in sorted(self._in_run[run_id]) if self._causes[one].is_shared]

    def main_if_shared(self, test: TestId) -> int | None:
        """Return by what a test fails most often, where other tests do, too."""
        own = [self._causes[one] for one in self._of_test[test]]
        main = max(own, key=lambda one: one.weight(test), default=None)
        return main.id if main is not None and main.is_shared else None

    def members(self, cause: int, limit: int | None = None) -> Sequence[TestId]:
        """Return the tests that a cause has hit, the latest first."""
        last = self._causes[cause].last
        return sorted(sorted(last), key=lambda test: last[test], reverse=True)[:limit]

    def is_flaky(self, cause: int, thresholds: Thresholds, at: datetime | None = None) -> bool:
        """Judge a cause by what is known of its tests now; or was at a moment, if it has not been seen since."""
        if not self._has_failed(cause, thresholds):
            return False
        key = cause, thresholds.window_size, at
        if key not in self._found:
            self._found[key] = self._find(*key)
        return _is_flaky(self._found[key], thresholds)

    def list_flaky_at_beginning(self, thresholds: Thresholds) -> set[int]:
        """Return the causes that were thought flaky when they had last been judged: when a run that showed them last ended."""
        latest: dict[int, datetime] = {}
        for (run_id, _), ended in self._past.ended.items():
            if ended <= self._past.since:
                latest[run_id] = max(ended, latest.get(run_id, ended))
        told = {one.id: one.standing for one in self._past.causes if one.standing is not None}
        flaky = {one for one, standing in told.items() if standing is Standing.FLAKY}
        for one in self._causes.values():
            if one.id in told or not one.is_shared or not one.runs:
                continue
            judged_at = max(latest[run_id] for run_id in one.runs)
            if self.is_flaky(one.id, thresholds, judged_at):
                flaky.add(one.id)
        return flaky

    def _has_failed(self, cause: int, thresholds: Thresholds) -> bool:
        """Say whether judging is worth its time: with fewer failing runs no cause is flaky."""
        return len(self._causes[cause].runs) >= thresholds.min_failures

    def _find(self, cause: int, window: int, at: datetime | None) -> Findings | None:
        """Return what a window says of a cause; by the attempts that had ended at a moment, else by all."""
        histories = {test: self._latest(test, window, at) for test in self.members(cause, MOST_MEMBERS)}
        self._looked_through += sum(map(len, histories.values()))
        if self._looked_through > MOST_LOOKED_THROUGH:
            return None
        executions = executions_of(histories, self._causes[cause].signature)
        return find(arrange(executions, window=window, dropped=self._dropped), self._past.repository)

    def _latest(self, test: TestId, window: int, at: datetime | None) -> Sequence[Execution]:
        if at is None:
            return self._known[test].latest(window)
        ended = self._past.ended
        return self._known[test].latest_of(lambda one: ended[one.attempt.run_id, one.attempt.run_attempt] <= at, window)


def _is_flaky(found: Findings | None, thresholds: Thresholds) -> bool:
    return found is not None and found.standing(thresholds) is Standing.FLAKY
