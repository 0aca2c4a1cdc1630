"""Which step of upkeep is due."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core.upkeep import (
    CompactMonth,
    DropMonth,
    Keeping,
    Month,
    ReindexMonth,
    month_of,
    months_ahead,
    next_month,
    next_step,
    start_of,
)

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
YEAR = Keeping(retention=timedelta(days=365))
ROLLED_UP = Keeping(compact_after=timedelta(days=60))


def month(starts_on=JANUARY, *, reindexed=True, weighed_at=None):
    return Month(starts_on=starts_on, reindexed_at=start_of(FEBRUARY) if reindexed else None, weighed_at=weighed_at)


def test_a_month_that_ended_two_days_ago_is_indexed_anew_once():
    grown = [month(reindexed=False)]
    assert next_step(grown, Keeping(), datetime(2026, 2, 2, tzinfo=UTC)) is None
    assert next_step(grown, Keeping(), datetime(2026, 2, 3, tzinfo=UTC)) == ReindexMonth(JANUARY)
    assert next_step([month()], Keeping(), datetime(2027, 2, 3, tzinfo=UTC)) is None


def test_everything_is_kept_for_ever_unless_the_operator_says_otherwise():
    assert next_step([month()], Keeping(), datetime(2126, 1, 1, tzinfo=UTC)) is None


def test_a_month_is_dropped_when_its_last_moment_is_as_old_as_is_kept():
    assert next_step([month()], YEAR, start_of(FEBRUARY) + timedelta(days=364)) is None
    assert next_step([month()], YEAR, start_of(FEBRUARY) + timedelta(days=365)) == DropMonth(JANUARY)


def test_a_month_is_rolled_up_when_its_last_moment_is_old_enough_and_weighed_again_after_as_long():
    due = start_of(FEBRUARY) + timedelta(days=60)
    assert next_step([month()], ROLLED_UP, due - timedelta(seconds=1)) is None
    assert next_step([month()], ROLLED_UP, due) == CompactMonth(JANUARY)
    assert next_step([month(weighed_at=due)], ROLLED_UP, due + timedelta(days=59)) is None
    assert next_step([month(weighed_at=due)], ROLLED_UP, due + timedelta(days=60)) == CompactMonth(JANUARY)


def test_a_month_that_is_to_be_dropped_is_not_rolled_up_first():
    both = Keeping(retention=timedelta(days=365), compact_after=timedelta(days=60))
    assert next_step([month(reindexed=False)], both, datetime(2028, 1, 1, tzinfo=UTC)) == DropMonth(JANUARY)


def test_the_oldest_month_comes_first():
    months = [month(FEBRUARY, reindexed=False), month(reindexed=False)]
    assert next_step(months, Keeping(), datetime(2026, 6, 1, tzinfo=UTC)) == ReindexMonth(JANUARY)


def test_the_months_that_are_made_ahead_are_this_one_and_the_next_two():
    assert months_ahead(datetime(2026, 11, 30, 23, 59, tzinfo=UTC)) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2190, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_moment_lies_in_its_month_and_before_the_next(at):
    first = month_of(at)
    assert start_of(first) <= at < start_of(next_month(first))
