"""When and how far back to look for runs of which no delivery told us."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from app.core.run_looks import PastLooks, next_look, settled_until, span_to_look_at

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def ago(**passed):
    return NOW - timedelta(**passed)


def past(**changes):
    return PastLooks(**{"known_since": ago(days=90), "settled_until": ago(hours=3), "wide_at": ago(hours=5)} | changes)


def test_a_repository_is_looked_at_once_an_hour_at_its_own_second():
    first = next_look(7, NOW, is_active=True)
    assert timedelta() < first - NOW <= timedelta(hours=1)
    assert next_look(7, first, is_active=True) - first == timedelta(hours=1)
    assert next_look(7, first + timedelta(hours=5, minutes=3), is_active=True) == first + timedelta(hours=6)
    quiet = next_look(7, NOW, is_active=False)
    assert next_look(7, quiet, is_active=False) - quiet == timedelta(days=1)


def test_five_hundred_repositories_are_never_looked_at_all_at_once():
    seconds = Counter(next_look(number, NOW, is_active=True) for number in range(1, 501))
    assert max(seconds.values()) == 1
    minutes = Counter(at.replace(second=0) for at in seconds)
    assert max(minutes.values()) < 15


def test_a_look_goes_back_to_what_is_open_and_once_a_day_a_week():
    span = span_to_look_at(past(), NOW)
    assert (span.since, span.is_wide) == (ago(hours=4), False)
    assert span_to_look_at(past(), NOW + timedelta(minutes=1)).since == span.since, "the same question can cost nothing"
    wide = span_to_look_at(past(wide_at=ago(days=1)), NOW)
    assert (wide.since, wide.is_wide) == (ago(days=7), True)


def test_the_first_look_begins_where_the_repository_was_first_heard_of():
    unseen = past(known_since=ago(days=2), settled_until=None, wide_at=None)
    assert span_to_look_at(unseen, NOW).since == ago(days=2)


def test_a_stop_of_weeks_is_looked_back_on_for_one():
    assert span_to_look_at(past(settled_until=ago(days=20), wide_at=ago(hours=1)), NOW).since == ago(days=7)


def test_a_run_that_is_still_open_is_where_the_next_look_begins():
    assert settled_until([], NOW) is None
    assert settled_until([(ago(hours=1), True), (ago(hours=2), True)], NOW) == ago(hours=1)
    assert settled_until([(ago(hours=1), True), (ago(hours=2), False), (ago(hours=5), True)], NOW) == ago(hours=2)
    assert settled_until([(ago(hours=1), True), (ago(days=3), False)], NOW) == ago(hours=1), "not for ever"
