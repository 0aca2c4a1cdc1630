"""The weekly digest: which week, when it is due, and what it says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.core.flake_report import TrendDay
from app.core.model import CaseName, DecisionState, Standing
from app.core.text import LONGEST_BODY, units
from app.core.weekly import LISTED, MARKER, NOTHING, WEEK, Over, Week, WeekFacts, is_due, last_week, render
from tests.core.test_flake_report import BROKEN, a_test, decision, healthy

MONDAY = datetime(2026, 2, 23, tzinfo=UTC)
EMPTY = WeekFacts(week=Week(since=MONDAY), tests=(), trend=(), over=())
NOW = st.integers(0, 7_000 * 24 * 60 * 60).map(lambda seconds: MONDAY + timedelta(seconds=seconds))
REPOS = st.integers(1, 2**40)


def facts(*tests, **changes):
    return replace(EMPTY, tests=tests, **changes)


def part(body, title):
    return body.partition(f"### {title}\n\n")[2].partition("\n\n###")[0]


def over(name, days=1):
    return Over(case=CaseName(suite="", class_name="Cart", name=name), at=MONDAY + timedelta(days=days), is_issue=True)


@given(NOW)
def test_the_latest_week_is_over_and_began_on_a_monday(now):
    week = last_week(now)
    assert week.since.weekday() == 0
    assert (week.since.hour, week.since.minute, week.since.second) == (0, 0, 0)
    assert week.until <= now < week.until + WEEK


@given(NOW)
def test_weeks_follow_each_other_without_a_gap(now):
    week = last_week(now)
    assert week.before.until == week.since
    assert [one.has(week.since) for one in (week.before, week)] == [False, True]


@given(REPOS, NOW)
def test_a_digest_that_was_never_looked_at_is_due_and_none_is_due_twice(repo_id, now):
    assert is_due(repo_id, None, now)
    assert not is_due(repo_id, now, now)


@given(REPOS, NOW)
def test_each_repository_has_one_time_a_week_and_it_is_on_a_monday(repo_id, now):
    hours = [now + timedelta(hours=number) for number in range(7 * 24 + 1)]
    due = [later for before, later in pairwise(hours) if is_due(repo_id, before, later)]
    assert len(due) == 1
    assert due[0] - timedelta(hours=1) < last_week(due[0]).until + timedelta(days=1)
    assert is_due(repo_id, now, now + WEEK)


@given(REPOS, NOW, st.integers(1, 20))
def test_however_many_mondays_were_missed_it_is_due_once(repo_id, now, weeks):
    later = now + weeks * WEEK
    assert is_due(repo_id, now, later)
    assert not is_due(repo_id, later, later)


def test_neighbours_are_not_due_at_once():
    monday = MONDAY + WEEK
    hours = [monday + timedelta(hours=number) for number in range(25)]
    due = [sum(is_due(one, MONDAY + timedelta(days=2), hour) for one in range(500)) for hour in hours]
    assert due[-1] == 500
    assert max(later - before for before, later in pairwise(due)) < 30


def test_a_test_is_new_in_the_week_of_its_first_flake():
    tests = [a_test(f"of day {day}", first_flake_at=MONDAY + timedelta(days=day)) for day in (-8, -7, -1, 0, 6, 7)]
    body = render(facts(*tests))
    new = part(body, "New")
    assert [day for day in (-8, -7, -1, 0, 6, 7) if f"of day {day}`" in new] == [0, 6]
    assert "| New flaky tests | 2 | 2 |" in body


def test_a_healthy_or_broken_test_is_neither_new_nor_among_the_worst():
    body = render(facts(replace(BROKEN, first_flake_at=MONDAY), replace(healthy("adds"), first_flake_at=MONDAY)))
    assert NOTHING["New"] in body
    assert NOTHING["Worst"] in body
    assert "1 test beside these" in body


def test_the_figures_of_both_weeks_stand_side_by_side():
    days = [
        TrendDay(day=date(2026, 2, 15), runs=100, runs_flaked=50, flake_rate=0.5, minutes_lost=900),
        TrendDay(day=date(2026, 2, 16), runs=10, runs_flaked=1, flake_rate=0.1, minutes_lost=12.4),
        TrendDay(day=date(2026, 2, 22), runs=10, runs_flaked=1, flake_rate=0.1, minutes_lost=12.4),
        TrendDay(day=date(2026, 2, 23), runs=3, runs_flaked=0, flake_rate=0, minutes_lost=0),
        TrendDay(day=date(2026, 3, 1), runs=1, runs_flaked=1, flake_rate=1, minutes_lost=7),
    ]
    body = render(facts(trend=days, over=[over("a"), over("b", -1), over("c", -2)]))
    assert "| Runs | 4 | 20 |" in body
    assert "| Runs that a flake hit | 1 (25%) | 2 (10%) |" in body
    assert "| Minutes lost | 7 | 25 |" in body
    assert "| Gone | 1 | 2 |" in body
    assert "`Cart.a`" in part(body, "Gone")
    assert "`Cart.b`" not in part(body, "Gone")


def test_a_rate_comes_with_its_interval_and_its_runs():
    assert "| `Cart.x` | flaky | 0.90 | 25% | 10% to 40% | 10 of 40 |" in render(facts(a_test("x")))


def test_a_quarantine_that_ends_within_a_week_is_told_of_with_owner_and_reason():
    # The fixture's moment is the Sunday of the week.
    soon = a_test("soon", decision=decision(DecisionState.ACTIVE, days=4))
    later = a_test("far off", decision=decision(DecisionState.ACTIVE, days=9))
    waits = a_test("waits", decision=decision(DecisionState.PROPOSED, days=4))
    ending = part(render(facts(soon, later, waits)), "Quarantines that end soon")
    assert "| `Cart.soon` | 2026-03-05 | `@\u200bo/shop` | `maria` | `it blocks us` |" in ending
    assert "far off" not in ending
    assert "Cart.waits" not in ending


def test_a_week_in_which_nothing_happened_is_told_so():
    body = render(EMPTY)
    assert body.startswith(MARKER)
    assert [said for said in NOTHING.values() if said not in body] == []


@given(st.integers(0, 300), st.text(max_size=50))
def test_whatever_happened_the_body_is_far_below_githubs_limit_and_says_what_it_left_out(number, name):
    said = decision(DecisionState.ACTIVE, days=4, rationale="@x #1 " * 500, by="m" * 900)
    one = a_test(name * 60, decision=said, first_flake_at=MONDAY, owner="@o/" + "t" * 900)
    body = render(facts(*[one] * number, over=[over(name * 60)] * number))
    assert units(body) < LONGEST_BODY / 1.5
    assert body.count(f"and {number - LISTED} more") == (4 if number > LISTED else 0)


@given(st.permutations([Standing.FLAKY, Standing.SUSPECT, Standing.BROKEN, Standing.HEALTHY]))
def test_the_same_facts_give_the_same_body(standings):
    tests = [a_test(one.value, one) for one in standings]
    assert render(facts(*tests)) == render(facts(*tests))
