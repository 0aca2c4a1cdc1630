"""How likely chance is to have done what was seen: who says that something has a reason asks here first."""

from math import comb, fsum, log

CHANCE = 0.05
"""What is less likely than this is taken to have another reason."""


def share_of(hits: int, trials: int) -> float:
    """Return the expected share by Jeffreys' prior, Beta(1/2, 1/2), so that few trials never promise nothing or all."""
    return (hits + 0.5) / (trials + 1)


def at_least(hits: int, trials: int, rate: float) -> float:
    """Return the probability of at least so many hits, by the binomial distribution."""
    return fsum(comb(trials, one) * rate**one * (1 - rate) ** (trials - one) for one in range(hits, trials + 1))


def all_within(hits: int, part: int, whole: int) -> float:
    """Return the probability that all of some hits among a whole fall into a part of it (Fisher's exact test, one-sided)."""
    return comb(part, hits) / comb(whole, hits)


def is_by_chance(rate: float, length: int, *, of: int = 1) -> bool:
    """Tell whether a test that fails at a rate (0..1) may well fail so many runs in a row in one `of` some streaks.

    Once it failed, it goes on for so long with the probability rate ** (length - 1).
    """
    return rate > 0.0 and log(of) + (length - 1) * log(rate) >= log(CHANCE)
