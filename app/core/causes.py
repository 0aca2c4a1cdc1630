"""What probably makes a test flake: a labelled guess, with what was seen and a first thing to try."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from app.core.cause_rules import CAUSE_RULES, FIRST_TRIES, Category
from app.core.chance import at_least
from app.core.counts import count, noun
from app.core.order import OrderDependence

MOST_FAILURES = 20
"""So many of a test's latest failures are looked at."""

_LONGEST_TEXT = 4_096
_FRAME = re.compile(r"\s{0,40}(?:at\b|File \"|in \w|from /|#\d|\d{1,3}[:)] |goroutine |[\w./\\-]{1,200}:\d)")
"""A line of a stack trace names functions, and a timer's is no sign of a timeout."""
_CAUSED = re.compile(r"\s{0,40}(?:Caused by|-{2,9}>|\[cause\])")
_FEWEST = 3
_LIMITS_MS = (
    1_000,
    2_000,
    3_000,
    5_000,
    10_000,
    15_000,
    20_000,
    30_000,
    45_000,
    60_000,
    90_000,
    120_000,
    180_000,
    300_000,
    600_000,
)
_AT_A_LIMIT = 0.1
_TIMES_A_PASS = 3
_HOURS = 3
_CHANCE = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureSeen:
    """One failure of a test; `duration_ms` in milliseconds, `at` the attempt's start."""

    message: str | None
    stack_trace: str | None
    duration_ms: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a test did lately: its failures, how long its passes took (milliseconds) and when they were, its order."""

    failures: Sequence[FailureSeen]
    pass_durations: Sequence[int] = ()
    pass_times: Sequence[datetime] = ()
    order: OrderDependence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A guess. `reason` says what was seen, a sentence without its full stop; `others` are the tests that it names."""

    category: Category
    reason: str
    order: OrderDependence | None = None

    @property
    def first_try(self) -> str:
        if self.order is not None:
            return "run it right after one of them alone, and see what that leaves behind"
        return FIRST_TRIES[self.category]


def guess(seen: Behaviour) -> Cause | None:
    """Return the probable cause of a test's failures, None where nothing speaks for any.

    What the pattern of its failures shows (their order, their durations, their hours) goes before what they say, since
    most of them say no more than that a value was another one.
    """
    if not seen.failures:
        return None
    return (
        _by_order(seen) or _by_words(seen, stands_alone=True) or _by_duration(seen) or _by_hour(seen) or _by_words(seen)
    )


def category_of(message: str | None, stack_trace: str | None) -> Category | None:
    """Return the category that one failure's own words name, None where they name none."""
    told = [line for line in (stack_trace or "")[:_LONGEST_TEXT].splitlines() if not _FRAME.match(line)]
    if message and message.strip():
        # What a stack trace prints beside the message is the test's source and output, but a cause is a cause.
        told = [message[:_LONGEST_TEXT], *(line for line in told if _CAUSED.match(line))]
    text = "\n".join(told)
    return next((rule.category for rule in CAUSE_RULES if rule.pattern.search(text)), None)


def _by_order(seen: Behaviour) -> Cause | None:
    if seen.order is None:
        return None
    where = "only after" if seen.order.is_polluted else "only where it did not run after"
    return Cause(
        category=Category.RACE,
        order=seen.order,
        reason=f"in {seen.order.failing} failing and {seen.order.passing} passing jobs it failed {where}",
    )


def _by_words(seen: Behaviour, *, stands_alone: bool = False) -> Cause | None:
    """Take the category that most failures name; with `stands_alone`, only one that says more than a failed assertion."""
    named = Counter(category_of(one.message, one.stack_trace) for one in seen.failures)
    ranked = sorted(
        (-number, list(Category).index(category), category)
        for category, number in named.items()
        if category is not None
    )
    if not ranked:
        return None
    named_by, _, category = ranked[0]
    total = len(seen.failures)
    if -2 * named_by < total or (stands_alone and category is Category.ASSERTION):
        return None
    return Cause(
        category=category,
        reason=f"{-named_by} of its latest {count(total, 'failure')} {noun(-named_by, 'speaks', 'speak')} of it"
        + _took(seen, category),
    )


def _took(seen: Behaviour, category: Category) -> str:
    failed = [one.duration_ms for one in seen.failures if one.duration_ms is not None]
    if category is not Category.TIMEOUT or not failed or not seen.pass_durations:
        return ""
    took, usual = median(failed), median(seen.pass_durations)
    return f"; they took {_seconds(took)}, its passes {_seconds(usual)}" if took >= _TIMES_A_PASS * usual else ""


def _by_duration(seen: Behaviour) -> Cause | None:
    """Take failures that all end at the same round limit, far beyond what a pass takes, for timeouts without the word."""
    failed = [one.duration_ms for one in seen.failures if one.duration_ms is not None]
    if len(failed) < _FEWEST or not seen.pass_durations:
        return None
    usual = median(seen.pass_durations)
    limit = next((one for one in _LIMITS_MS if all(one <= ms <= one * (1 + _AT_A_LIMIT) for ms in failed)), None)
    if limit is None or limit < _TIMES_A_PASS * usual:
        return None
    reason = f"all of its latest {len(failed)} failures took {_seconds(limit)} or a little more, its passes {_seconds(usual)}"
    return Cause(category=Category.TIMEOUT, reason=reason)


def _by_hour(seen: Behaviour) -> Cause | None:
    """Take failures that fall into the same three hours of the day, while passes do not, for a matter of the clock.

    The chance of it is that of as many failures in those hours at the share of all runs that are then, for any of the
    24 beginnings.
    """
    total = len(seen.failures) + len(seen.pass_times)
    if len(seen.failures) < _FEWEST or total < 4 * len(seen.failures):
        return None
    for start in range(24):
        inside = {(start + hour) % 24 for hour in range(_HOURS)}
        failed = sum(one.at.hour in inside for one in seen.failures)
        if failed < len(seen.failures):
            continue
        share = (failed + sum(at.hour in inside for at in seen.pass_times)) / total
        if 24 * at_least(failed, len(seen.failures), share) < _CHANCE:
            hours = f"between {start:02}:00 and {(start + _HOURS) % 24:02}:00 UTC"
            reason = f"all of its latest {failed} failures were {hours}, where {share:.0%} of its runs are"
            return Cause(category=Category.TIME, reason=reason)
    return None


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 100 else f"{ms:.0f} ms"
