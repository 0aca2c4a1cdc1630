"""A cluster of failures judged as if it were one test: it fails where a test failed with the cluster's signature."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.core.infra import NOTHING_DROPPED, Dropped
from app.core.model import Execution, FlakeScore, Outcome, Standing, TestId
from app.core.score import Thresholds, judge

MOST_MEMBERS = 50
"""A cause is judged by the tests that it hit last: a larger number of them would tell nothing else."""
MOST_PEERS = 500
"""Of a cause that hit more tests than this, the latest are looked at for its issue."""


class FailureKind(StrEnum):
    """How a cause shows: in one test, in many tests at one time (a shared service was away), or in many time and again."""

    ISOLATED = "isolated"
    INFRA = "infra"
    SYSTEMIC = "systemic"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureClusterAnalysis:
    """What we think of a cluster. `tests` and `occurrences` count all that it hit, whenever that was."""

    cluster_id: int
    title: str
    tests: int
    occurrences: int
    kind: FailureKind
    score: FlakeScore

    @property
    def standing(self) -> Standing:
        return self.score.standing


def kind_of(tests: int, runs: int) -> FailureKind:
    """Return the kind of a cause that hit so many tests in so many runs."""
    if tests <= 1:
        return FailureKind.ISOLATED
    return FailureKind.SYSTEMIC if runs > 1 else FailureKind.INFRA


def kind_of_seen(*, is_infra: bool, tests: int, first_seen_at: datetime, last_seen_at: datetime) -> FailureKind:
    """Return the kind of a stored cause; what the jobs' logs called the machines' fault stays that, however often it comes.

    The times are starts of attempts, so that one time is one attempt.
    """
    if is_infra:
        return FailureKind.INFRA
    return kind_of(tests, 1 if first_seen_at == last_seen_at else 2)


def judge_cluster(
    histories: Mapping[TestId, Sequence[Execution]],
    signature: str,
    *,
    thresholds: Thresholds,
    dropped: Dropped = NOTHING_DROPPED,
    repository: str | None = None,
) -> FlakeScore:
    """Judge a cluster by the executions of its tests, with its strict signature in the place of a test's name.

    What `dropped` says of whole attempts and jobs holds here, too; what it says of signatures seen on many tests, and so
    of the attempts in which they were, does not, since that they are is what makes a cluster.
    """
    executions = executions_of(histories, signature)
    return judge(executions, thresholds=thresholds, dropped=counting_spread(dropped), repository=repository)


def counting_spread(dropped: Dropped) -> Dropped:
    """Return what is dropped of a cluster's failures."""
    return replace(dropped, signatures=frozenset(), incidents=frozenset())


def executions_of(histories: Mapping[TestId, Sequence[Execution]], signature: str) -> list[Execution]:
    """Return what the cluster did, job by job of each attempt.

    Where a test failed with the signature, only that same test's later pass is a pass: that another test passed beside
    it proves nothing. Where none did, one test's pass is enough, but no other failure is a failure of the cluster.
    """
    cells: defaultdict[tuple[int, int, str], dict[TestId, list[Execution]]] = defaultdict(dict)
    for test, executions in sorted(histories.items()):
        for one in executions:
            cells[one.attempt.run_id, one.attempt.run_attempt, one.job].setdefault(test, []).append(one)
    return [one for tests in cells.values() for one in _in_one_job(tests.values(), signature)]


def _in_one_job(tests: Iterable[Sequence[Execution]], signature: str) -> Iterator[Execution]:
    ordered = [sorted(own, key=lambda one: (one.ordinal, one.outcome)) for own in tests]
    hit = [own for own in ordered if any(_is_hit(one, signature) for one in own)]
    if hit:
        for own in hit:
            yield from _from_the_hit_on(own, signature)
        return
    passes = (one for own in ordered for one in own if one.outcome is Outcome.PASSED)
    first = min(passes, key=lambda one: one.ordinal, default=None)
    if first is not None:
        yield first


def _from_the_hit_on(executions: Sequence[Execution], signature: str) -> Iterator[Execution]:
    is_hit = False
    for one in executions:
        if _is_hit(one, signature):
            is_hit = True
            yield one
        elif is_hit and one.outcome is Outcome.PASSED:
            yield one


def _is_hit(one: Execution, signature: str) -> bool:
    return one.outcome.is_bad and one.signature == signature
