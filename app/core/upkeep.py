"""What becomes of old months: which step of upkeep is due, and how far back a test's history must stay whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

SETTLED_AFTER = timedelta(days=2)
"""Until then attempts of a month that has just ended may still come; its indexes are built anew afterwards."""

MONTHS_AHEAD = 2
SHORTEST_KEEPING = timedelta(days=31)
"""GitHub lets a run be run again for thirty days: what may still change is never rolled up or dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What the operator wants kept. None: everything, for ever; as executions, for ever.

    `forget_after` is for how long a repository that the App lost may come back to its history.
    """

    retention: timedelta | None = None
    compact_after: timedelta | None = None
    forget_after: timedelta = timedelta(days=30)


KEEP_ALL = Keeping()


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of executions, and what was done with it. `starts_on` is its first day."""

    starts_on: date
    reindexed_at: datetime | None
    weighed_at: datetime | None

    @property
    def end(self) -> datetime:
        return start_of(next_month(self.starts_on))


@dataclass(frozen=True, slots=True)
class DropMonth:
    """The month is older than anything that is to be kept."""

    starts_on: date


@dataclass(frozen=True, slots=True)
class CompactMonth:
    """The month's passes are to be rolled up, those of them that no score can ask for any more."""

    starts_on: date


@dataclass(frozen=True, slots=True)
class ReindexMonth:
    """The month has ended: its indexes, grown by insertion, are to be built anew."""

    starts_on: date


Step = DropMonth | CompactMonth | ReindexMonth


def next_step(months: Iterable[Month], keeping: Keeping, now: datetime) -> Step | None:
    """Return what is to be done next, the oldest month first; None where nothing is due.

    A month is weighed again after as long a time as it was weighed after first: by then its tests have run further.
    """
    for month in sorted(months, key=lambda one: one.starts_on):
        if keeping.retention is not None and month.end + keeping.retention <= now:
            return DropMonth(month.starts_on)
        weighed_at = month.weighed_at or month.end
        if keeping.compact_after is not None and weighed_at + keeping.compact_after <= now:
            return CompactMonth(month.starts_on)
        if month.reindexed_at is None and month.end + SETTLED_AFTER <= now:
            return ReindexMonth(month.starts_on)
    return None


def months_ahead(now: datetime) -> Sequence[date]:
    """Return the first days of this month and of those that must be there before they begin."""
    months = [now.astimezone(UTC).date().replace(day=1)]
    for _ in range(MONTHS_AHEAD):
        months.append(next_month(months[-1]))
    return months


def month_of(at: datetime) -> date:
    """Return the first day of the UTC month that holds that moment."""
    return at.astimezone(UTC).date().replace(day=1)


def next_month(starts_on: date) -> date:
    return (starts_on + timedelta(days=31)).replace(day=1)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def start_of_day(at: datetime) -> datetime:
    """Return when the UTC day began that holds that moment."""
    return start_of(at.astimezone(UTC).date())
