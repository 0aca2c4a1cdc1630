"""When and how far back to look for runs of which no delivery told us."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOURLY = timedelta(hours=1)
DAILY = timedelta(days=1)
ACTIVE = timedelta(days=7)
"""A repository without a run for so long is looked at once a day."""

WIDE = timedelta(days=7)
"""Once a day so much is looked at: a re-run keeps the time at which its run was created."""

OVERLAP = timedelta(hours=1)
"""How much later than its time a run may appear in the list."""

HOLDS = timedelta(days=1)
"""A run that goes on for longer is left to the wide look: a list that begins with it would only grow."""

UNTOLD_AFTER = timedelta(minutes=5)
"""Of a run that ended just now, a delivery may be on its way."""

_STRIDE = 7919  # a prime, so that neighbouring repositories are far apart


def own_second(repo_id: int, every: int) -> int:
    """Return which second of so many is a repository's own, so that all of them are spread over the time."""
    return repo_id * _STRIDE % every


def next_look(repo_id: int, now: datetime, *, is_active: bool) -> datetime:
    """Return when to look at a repository next: each has its own second of the hour, or of the day."""
    every = int((HOURLY if is_active else DAILY).total_seconds())
    own = own_second(repo_id, every)
    rounds = (int(now.timestamp()) - own) // every + 1
    return datetime.fromtimestamp(rounds * every + own, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLooks:
    """What earlier looks left, and when the repository was first heard of: what was before is not ours to catch up with."""

    known_since: datetime
    settled_until: datetime | None
    wide_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Runs created since then are to be looked at. Only a span that begins where the last one did can be the same as then."""

    since: datetime
    is_wide: bool


def span_to_look_at(past: PastLooks, now: datetime) -> Span:
    """Return how far back to look: as far as anything is open, once a day a whole week."""
    week_ago = max(past.known_since, now - WIDE)
    if past.settled_until is None or past.wide_at is None or now - past.wide_at >= DAILY:
        return Span(since=week_ago, is_wide=True)
    return Span(since=max(past.settled_until - OVERLAP, week_ago), is_wide=False)


def settled_until(runs: Iterable[tuple[datetime, bool]], now: datetime) -> datetime | None:
    """Return up to where nothing is open in a list of runs, each with its creation and whether it is told of or found.

    It follows from the list alone: the same list gives the same time, and the same question the next time. None where
    nothing is listed.
    """
    seen = list(runs)
    open_ones = [created for created, is_settled in seen if not is_settled and now - created < HOLDS]
    return min(open_ones, default=max((created for created, _ in seen), default=None))
