"""Since when a test is flaky or broken, as a range of commits of the default branch in which it became so."""

from collections.abc import Sequence
from itertools import accumulate
from math import exp, lgamma

from app.core.history import History, Run, is_default
from app.core.model import Since
from app.core.rates import SortedRuns

SURE = 0.95
"""How likely the true place is in the range; the range of a flake is wide, that of a regression two commits."""


def broken_since(history: History, first: Run) -> Since:
    """Return the range of a break: after the last run of its variant that passed, up to the first that failed.

    Runs whose failure was dropped, between the two, are in doubt as well.
    """
    runs = next(own for own in history.variants if any(run is first for run in own))
    own = [run for run in runs if is_default(run.attempt)]
    before = next((run for run in reversed(own) if run.index < first.index and run.passed), None)
    hidden = {
        one.attempt.run_id
        for dropped in history.clouded
        for one in dropped
        if is_default(one.attempt)
        and one.attempt.at < first.attempt.at
        and (before is None or one.attempt.at > before.attempt.at)
    }
    return Since(
        after=before.attempt.head_sha if before else None,
        first=first.attempt.head_sha,
        at=first.attempt.at,
        runs_in_doubt=1 + len(hidden),
    )


def flaky_since(history: History, sorted_runs: SortedRuns) -> Since | None:
    """Return the range in which a test that is known to be flaky began to be, None where no run shows it.

    Before it, the test did not flake; from it on, it does so at one unknown rate with Jeffreys' prior. So it began at
    or before the first run that flaked, and each earlier run that passed makes it less likely that it had begun by
    then. The range is the shortest one up to that first run that holds the beginning with 95 %. It is told in commits
    of the default branch, which people can go through: the last one that ran before it, and the first one that ran
    from its end on.
    """
    flaked = sorted_runs.flaked
    if not flaked:
        return None
    counted = [index for index in range(len(history.run_ids)) if index not in sorted_runs.broken]
    hits = [index in flaked for index in counted]
    start = counted[_earliest(hits)]
    runs = {run.index: run for own in history.variants for run in own}
    default = [runs[index] for index in sorted(runs) if is_default(runs[index].attempt)]
    first, seen = min(flaked), runs[min(flaked)]
    after = next((run for run in reversed(default) if run.index < start), None)
    end = next((run for run in default if run.index >= first), seen)
    return Since(
        # A range that reaches the window's beginning may reach further back.
        after=after.attempt.head_sha if after else None,
        first=end.attempt.head_sha,
        at=seen.attempt.at,
        runs_in_doubt=first - start + 1,
    )


def _earliest(hits: Sequence[bool]) -> int:
    """Return the earliest place at which the flakes may have begun: `hits` says of each run whether it flaked.

    The likelihood of a place is that of all runs from it on, with the rate integrated out; each place is as likely as
    any other beforehand.
    """
    first = hits.index(True)
    total = sum(hits)
    weights = [_marginal(total, len(hits) - place) for place in range(first, -1, -1)]
    largest = max(weights)
    shares = [exp(one - largest) for one in weights]
    enough = SURE * sum(shares)
    inside = next(number for number, share in enumerate(accumulate(shares)) if share >= enough)
    return first - inside


def _marginal(hits: int, trials: int) -> float:
    """Return the log likelihood of some hits among some trials at a rate of which nothing is known: B(h + ½, m + ½)."""
    return lgamma(hits + 0.5) + lgamma(trials - hits + 0.5) - lgamma(trials + 1.0)
