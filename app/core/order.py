"""Whether a test fails only after certain others in the same job, or only without them before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.chance import all_within
from app.core.model import CaseName

SURE = 0.01
"""As likely as that may chance be for the best of all candidates together (Bonferroni)."""
FEWEST_FAILURES = 3
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another test, and in how many of the failing and of the passing jobs it ran before the one that is looked at."""

    case: CaseName
    failing_before: int
    passing_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """In how many jobs the test failed and passed, and how many other tests ran in them."""

    failing: int
    passing: int
    candidates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDependence:
    """The tests after which a test fails (`is_polluted`), or without which before it, the surest first; any may be it."""

    others: tuple[CaseName, ...]
    is_polluted: bool
    failing: int
    passing: int


def find_order_dependence(neighbours: Sequence[Neighbour], jobs: Jobs) -> OrderDependence | None:
    """Return after which tests the test fails only, None where the orders that were seen do not say.

    A test that ran before it in every failing job, and in few of the passing ones, is held to be the cause where
    Fisher's exact test, one-sided and corrected for the number of candidates, leaves less than 1 % to chance. The other
    way round it is one that the test needs. Where all jobs ran in the same order nothing is found, nor should be.
    """
    if jobs.failing < FEWEST_FAILURES or not jobs.passing:
        return None
    for is_polluted in (True, False):
        found = sorted(
            (chance, one.case)
            for one in neighbours
            if (chance := _chance(one, jobs, is_polluted=is_polluted)) * jobs.candidates < SURE
        )
        if found:
            best = found[0][0]
            others = tuple(case for chance, case in found if chance == best)[:_NAMED]
            return OrderDependence(others=others, is_polluted=is_polluted, failing=jobs.failing, passing=jobs.passing)
    return None


def _chance(one: Neighbour, jobs: Jobs, *, is_polluted: bool) -> float:
    """Return the probability that a test of which the order means nothing stands as clearly before (or after) it."""
    before, among_passing = one.failing_before, one.passing_before
    if not is_polluted:
        before, among_passing = jobs.failing - before, jobs.passing - among_passing
    if before < jobs.failing:
        return 1.0
    return all_within(jobs.failing, before + among_passing, jobs.failing + jobs.passing)
