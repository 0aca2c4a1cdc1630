"""How a test failed for a while: the failing runs of one branch between its passing ones, and how long that went on."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.core.history import History, Run, branch_of
from app.core.model import Execution

LONGEST_EPISODE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Runs of one variant on one branch that failed one after the other, and those before and after that passed.

    `length` counts the runs of the same failure between those two, also the ones that an outage hides: what failed on
    for long and was seen twice is no short failure. None where the branch begins or ends with the failing runs.
    """

    runs: tuple[Run, ...]
    before: Run | None
    after: Run | None
    length: int

    @property
    def is_short(self) -> bool:
        return self.length <= LONGEST_EPISODE

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(run.attempt.head_sha for run in self.runs)


def find_episodes(history: History) -> tuple[tuple[Episode, ...], ...]:
    """Return the episodes of each variant, in the order of its branches' first runs."""
    return tuple(
        tuple(_in_variant(runs, clouded)) for runs, clouded in zip(history.variants, history.clouded, strict=True)
    )


def _in_variant(runs: Sequence[Run], clouded: Sequence[Execution]) -> Iterator[Episode]:
    if not any(run.only_failed for run in runs):
        return
    by_branch: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if (branch := branch_of(run.attempt)) is not None:
            by_branch[branch].append(run)
    for branch, own in by_branch.items():
        yield from _in_branch(own, [one for one in clouded if branch_of(one.attempt) == branch])


def _in_branch(runs: Sequence[Run], clouded: Sequence[Execution]) -> Iterator[Episode]:
    streaks = [tuple(streak) for _, streak in groupby(runs, key=lambda run: run.only_failed)]
    for place, streak in enumerate(streaks):
        if streak[0].only_failed:
            before = streaks[place - 1][-1] if place else None
            after = streaks[place + 1][0] if place + 1 < len(streaks) else None
            hidden = _hidden(clouded, streak, before, after) if clouded else 0
            yield Episode(runs=streak, before=before, after=after, length=len(streak) + hidden)


def _hidden(clouded: Sequence[Execution], streak: Sequence[Run], before: Run | None, after: Run | None) -> int:
    """Count the runs in which the same failure was dropped between the passes around a streak."""
    ways = {run.first_failure.loose_signature for run in streak if run.first_failure}
    return len(
        {
            one.attempt.run_id
            for one in clouded
            if one.loose_signature in ways
            and (before is None or one.attempt.at > before.attempt.at)
            and (after is None or one.attempt.at < after.attempt.at)
        }
        - {run.attempt.run_id for run in streak}
    )
