"""Quantiles of the beta distribution, by which a share of few runs gets its interval."""

from functools import lru_cache
from math import exp, lgamma, log, log1p

_STEPS = 60
_TERMS = 300
_TINY = 1e-300
_CLOSE = 1e-14


@lru_cache(maxsize=4_096)
def jeffreys_interval(hits: int, trials: int, tail: float = 0.05) -> tuple[float, float]:
    """Return the bounds of a share of which `hits` in `trials` were seen, each exceeded with probability `tail`.

    The posterior of a binomial share under Jeffreys' prior is Beta(hits + 1/2, misses + 1/2); without a hit the lower
    bound is 0, without a miss the upper one is 1 (Brown, Cai, DasGupta 2001, section 3.1.3).
    """
    a, b = hits + 0.5, trials - hits + 0.5
    low = 0.0 if hits == 0 else _quantile(tail, a, b)
    high = 1.0 if hits == trials else _quantile(1.0 - tail, a, b)
    return low, high


def _quantile(share: float, a: float, b: float) -> float:
    """Invert the distribution function by halving: it rises, so that is slow and sure."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if _distribution(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _distribution(x: float, a: float, b: float) -> float:
    """Compute the regularised incomplete beta function for 0 < x < 1 (DLMF 8.17.22 and 8.17.4)."""
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1.0 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction by Lentz's method."""
    c, d = 1.0, _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    result = 1.0 / d
    d = result
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            change = c * d
            result *= change
        if abs(change - 1.0) < _CLOSE:
            break
    return result


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
