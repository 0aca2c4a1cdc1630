"""What one test did, run by run: the window of executions that everything about it is judged by."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.infra import NOTHING_DROPPED, Dropped
from app.core.model import Attempt, Execution, Outcome, Place

Variant = tuple[int, str]
"""Workflow (0 where it is unknown) and job with its matrix values: what has to be equal for two runs to compare."""

HORIZON = 2
"""How many windows of the test's own runs its history reaches back at most.

A variant that seldom runs would else ask for runs of any age; passes that are older than this are stored as daily
counts, and no score may depend on whether they were counted already.
"""

ROWS_A_RUN = (1.25, 10)
"""How many executions are read for each run that is asked for: at first, and of tests for which that is too few.

Most tests leave one execution a run, those of a large matrix or with many retries more.
"""

_PULL_EVENTS = frozenset({"pull_request", "pull_request_target"})
_TREE_EVENTS = frozenset({"push", "merge_group"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """All executions of a test in one job of one attempt: its first failure that counts, and its first pass."""

    attempt: Attempt
    job: str
    failed: Execution | None
    passed: Execution | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one variant of a test did in one workflow run, attempt by attempt. `index` is its place among the test's runs."""

    index: int
    turns: tuple[Turn, ...]
    first_failure: Execution | None
    passed: bool

    @property
    def attempt(self) -> Attempt:
        return self.turns[0].attempt

    @property
    def failed(self) -> bool:
        return self.first_failure is not None

    @property
    def only_failed(self) -> bool:
        return self.first_failure is not None and not self.passed

    @property
    def only_passed(self) -> bool:
        return self.passed and self.first_failure is None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A test's window. `run_ids` are the runs in which it counts, oldest first, `variants` its runs by variant."""

    run_ids: tuple[int, ...]
    variants: tuple[tuple[Run, ...], ...]

    failing_runs: Mapping[int, frozenset[str]]
    """The runs with a failure that counts, and the head commits that they tested."""

    clouded: tuple[tuple[Execution, ...], ...]
    """The dropped failures of each variant's window, oldest first: they count for nothing, but hide what happened there."""

    def age(self, run: Run) -> int:
        """Count the test's runs since."""
        return len(self.run_ids) - 1 - run.index

    @property
    def passed(self) -> bool:
        return any(run.passed for runs in self.variants for run in runs)


def arrange(executions: Iterable[Execution], *, window: int, dropped: Dropped = NOTHING_DROPPED) -> History:
    """Arrange one test's executions, in any order, as the last `window` runs of each of its variants.

    Of those, what is older than the test's own latest `HORIZON * window` runs, whatever their variants, is left out.
    Skipped executions are no runs of the test. A dropped failure does not count, nor does a run that has nothing else,
    but it keeps its place in the window and before the horizon: an outage does not bring older runs back.
    """
    starts: dict[int, datetime] = {}
    cells: defaultdict[Variant, defaultdict[int, list[Execution]]] = defaultdict(lambda: defaultdict(list))
    for one in executions:
        if one.outcome is Outcome.SKIPPED:
            continue
        attempt = one.attempt
        run_id, known = attempt.run_id, starts.get(attempt.run_id)
        if known is None or attempt.at < known:
            starts[run_id] = attempt.at
        cells[attempt.workflow_id or 0, one.job][run_id].append(one)
    within = sorted(starts, key=lambda run_id: (starts[run_id], run_id))[-HORIZON * window :]
    variants, clouded = [], []
    for _, runs in sorted(cells.items()):
        latest = [run_id for run_id in within if run_id in runs][-window:]
        counted = ((run_id, _turns(runs[run_id], dropped)) for run_id in latest)
        variants.append([(run_id, turns) for run_id, turns in counted if turns])
        clouded.append(tuple(one for run_id in latest for one in _clouded(runs[run_id], dropped)))
    counting = {run_id for runs in variants for run_id, _ in runs}
    run_ids = [run_id for run_id in within if run_id in counting]
    index = {run_id: place for place, run_id in enumerate(run_ids)}
    return History(
        run_ids=tuple(run_ids),
        variants=tuple(tuple(_run(index[run_id], turns) for run_id, turns in runs) for runs in variants),
        failing_runs=_failing(variants),
        clouded=tuple(clouded),
    )


def _run(index: int, turns: tuple[Turn, ...]) -> Run:
    return Run(
        index=index,
        turns=turns,
        first_failure=next((turn.failed for turn in turns if turn.failed), None),
        passed=any(turn.passed for turn in turns),
    )


def _failing(variants: Iterable[Iterable[tuple[int, tuple[Turn, ...]]]]) -> dict[int, frozenset[str]]:
    heads: defaultdict[int, set[str]] = defaultdict(set)
    for run_id, turns in (one for runs in variants for one in runs):
        for turn in turns:
            if turn.failed:
                heads[run_id].add(turn.attempt.head_sha)
    return {run_id: frozenset(own) for run_id, own in sorted(heads.items())}


def _turns(executions: Sequence[Execution], dropped: Dropped) -> tuple[Turn, ...]:
    if len(executions) == 1 and executions[0].outcome is Outcome.PASSED:
        # Nearly all runs are no more than this.
        return (Turn(attempt=executions[0].attempt, job=executions[0].job, failed=None, passed=executions[0]),)
    by_attempt: defaultdict[int, list[Execution]] = defaultdict(list)
    for one in executions:
        if not (one.outcome.is_bad and dropped.holds(one)):
            by_attempt[one.attempt.run_attempt].append(one)
    return tuple(_turn(own) for _, own in sorted(by_attempt.items()))


def _clouded(executions: Sequence[Execution], dropped: Dropped) -> Iterable[Execution]:
    if len(executions) == 1 and executions[0].outcome is Outcome.PASSED:
        return ()
    bad = (one for one in executions if one.outcome.is_bad and dropped.holds(one))
    return sorted(bad, key=lambda one: (one.attempt.run_attempt, *_order(one)))


def _turn(executions: Sequence[Execution]) -> Turn:
    # To be ordered, each is spelled out; most are alone.
    ordered = executions if len(executions) == 1 else sorted(executions, key=_order)
    return Turn(
        attempt=ordered[0].attempt,
        job=ordered[0].job,
        failed=next((one for one in ordered if one.outcome.is_bad), None),
        passed=next((one for one in ordered if one.outcome is Outcome.PASSED), None),
    )


def _order(one: Execution) -> tuple[int, str, str, str, str]:
    """Order executions fully, so that what is picked among them never depends on the order of arrival."""
    return one.ordinal, one.outcome, one.loose_signature or "", one.signature or "", repr(one.attempt)


def is_pull(attempt: Attempt) -> bool:
    return attempt.event in _PULL_EVENTS


def is_default(attempt: Attempt) -> bool:
    return attempt.is_default_branch and not is_pull(attempt)


def same_code(attempt: Attempt) -> str | None:
    """Name the code that an attempt tested, or None where that is unknown.

    `pull_request` tests the merge of head and base, so there an unknown base is not the same as any other.
    """
    if not is_pull(attempt):
        return attempt.head_sha
    return f"{attempt.head_sha} on {attempt.base_sha}" if attempt.base_sha else None


def same_tree(attempt: Attempt) -> str | None:
    """Name the files that an attempt tested, where they are those of its head commit."""
    return attempt.tree_sha if attempt.event in _TREE_EVENTS else None


def branch_of(attempt: Attempt) -> str | None:
    """Name the line of development that an attempt belongs to: a pull request or a branch of one repository."""
    if is_pull(attempt):
        return None if attempt.pull is None else f"#{attempt.pull}"
    return None if attempt.branch is None else f"{attempt.head_repository or ''}:{attempt.branch}"


def place_of(one: Execution) -> Place:
    return Place(run_id=one.attempt.run_id, run_attempt=one.attempt.run_attempt, job=one.job, ordinal=one.ordinal)
