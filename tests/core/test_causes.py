"""A guess at what makes a test flake, with what was seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.cause_rules import CAUSE_RULES, FIRST_TRIES, Category
from app.core.causes import Behaviour, FailureSeen, category_of, guess
from app.core.model import CaseName
from app.core.order import OrderDependence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def failed(message=None, stack_trace=None, duration_ms=None, at=NOON):
    return FailureSeen(message=message, stack_trace=stack_trace, duration_ms=duration_ms, at=at)


def guessed(*failures, **seen):
    cause = guess(Behaviour(failures=failures, **seen))
    return cause and cause.category


@pytest.mark.parametrize("rule", CAUSE_RULES, ids=lambda rule: rule.category)
def test_each_rule_knows_its_example_and_no_rule_before_it_does(rule):
    assert category_of(rule.example, None) is rule.category


WORDS = [
    ("psycopg.errors.DeadlockDetected: deadlock detected", Category.RACE),
    ("java.util.ConcurrentModificationException", Category.RACE),
    ("RuntimeError: dictionary changed size during iteration", Category.RACE),
    ("StaleElementReferenceException: stale element reference", Category.RACE),
    ("sqlite3.OperationalError: database is locked", Category.RACE),
    ("listen EADDRINUSE: address already in use :::3000", Category.RESOURCE),
    ("OSError: [Errno 24] Too many open files", Category.RESOURCE),
    ("java.lang.OutOfMemoryError: Java heap space", Category.RESOURCE),
    ("connect ECONNREFUSED 127.0.0.1:5432", Category.NETWORK),
    ("dial tcp 10.0.0.1:443: i/o timeout", Category.NETWORK),
    ("urllib3.exceptions.ReadTimeoutError: Read timed out", Category.TIMEOUT),
    ("org.openqa.selenium.TimeoutException: Expected condition failed", Category.TIMEOUT),
    ("context deadline exceeded", Category.TIMEOUT),
    ("Exceeded timeout of 5000 ms for a test", Category.TIMEOUT),
    ("AssertionError: expected '2026-02-28' but got '2026-03-01'", Category.TIME),
    ("assert datetime.date: 2026-03-29 == 2026-03-28", Category.TIME),
    ("Falsifying example: test_sum(xs=[0.1])", Category.RANDOMNESS),
    ("panic: runtime error: invalid memory address or nil pointer dereference", Category.CRASH),
    ("Fatal Python error: Segmentation fault", Category.CRASH),
    ("expected:<3> but was:<4>", Category.ASSERTION),
    ("AssertionError: assert 1 == 2", Category.ASSERTION),
    ("Failed asserting that false is true.", Category.ASSERTION),
    ("KeyError: 'total'", None),
    ("Element should text 'Some issue title here'", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("message", "category"), WORDS)
def test_a_failure_is_what_its_words_say(message, category):
    assert category_of(message, None) is category


def test_a_stack_trace_counts_by_what_it_was_caused_by_and_not_by_its_frames():
    frames = "Error: fail\n    at listOnTimeout (node:internal/timers:569:17)\n    at setTimeout (x.js:1)"
    assert category_of("Error: fail", frames) is None
    assert category_of(None, frames) is None
    caused = f"{frames}\nCaused by: java.net.ConnectException: Connection refused"
    assert category_of("Error: fail", caused) is Category.NETWORK
    assert category_of(None, "Connection refused\n  at x (y.js:3)") is Category.NETWORK


def test_most_failures_have_to_agree():
    timeout, other = failed("TimeoutError: waited 5000 ms"), failed("KeyError: 'x'")
    assert guessed(timeout, timeout, other) is Category.TIMEOUT
    assert guessed(timeout, other, other) is None
    assert guessed() is None


def test_a_guess_says_what_it_is_made_of():
    failures = [failed("TimeoutError: no answer", duration_ms=30_040)] * 3 + [failed("KeyError: 'x'", duration_ms=10)]
    cause = guess(Behaviour(failures=failures, pass_durations=[380, 400, 420]))
    assert cause.reason == "3 of its latest 4 failures speak of it; they took 30.0 s, its passes 0.4 s"
    assert cause.first_try == FIRST_TRIES[Category.TIMEOUT]
    alike = guess(Behaviour(failures=failures, pass_durations=[29_000]))
    assert alike.reason == "3 of its latest 4 failures speak of it"


def test_failures_that_all_end_at_a_round_limit_are_timeouts_without_the_word():
    failures = [failed("AssertionError: no row", duration_ms=ms) for ms in (5_003, 5_120, 5_040)]
    assert guessed(*failures, pass_durations=[200] * 9) is Category.TIMEOUT
    assert guessed(*failures, pass_durations=[4_900] * 9) is Category.ASSERTION
    assert guessed(*failures[:2], pass_durations=[200] * 9) is Category.ASSERTION
    assert guessed(*failures, failed("AssertionError", duration_ms=900), pass_durations=[200] * 9) is Category.ASSERTION


def test_failures_around_midnight_only_are_a_matter_of_the_clock():
    night = [
        failed("AssertionError: 3 != 4", at=NOON.replace(hour=23) + timedelta(days=day, hours=day % 2))
        for day in range(8)
    ]
    passes = [NOON + timedelta(hours=5 * number) for number in range(60)]
    cause = guess(Behaviour(failures=night, pass_times=passes))
    assert cause.category is Category.TIME
    assert "between 22:00 and 01:00 UTC" in cause.reason
    always_then = [at.replace(hour=23) for at in passes]
    assert guessed(*night, pass_times=always_then) is Category.ASSERTION
    assert guessed(*night[:2], pass_times=passes) is Category.ASSERTION


def test_an_order_that_explains_the_failures_goes_before_what_they_say():
    order = OrderDependence(
        others=(CaseName(suite="", class_name="t", name="polluter"),), is_polluted=True, failing=8, passing=12
    )
    cause = guess(Behaviour(failures=[failed("TimeoutError")], order=order))
    assert (cause.category, cause.order) == (Category.RACE, order)
    assert cause.reason == "in 8 failing and 12 passing jobs it failed only after"


@given(
    st.permutations([failed("TimeoutError"), failed("TimeoutError"), failed("Connection refused"), failed("KeyError")])
)
def test_the_order_of_failures_changes_nothing(failures):
    assert guess(Behaviour(failures=failures)).category is Category.TIMEOUT


@pytest.mark.parametrize(
    "unit", ["expected ", "2026-03-02 ", "time", "Connection ", "at ", "Caused by ", " ", "9", "ab:1"]
)
def test_of_a_huge_text_no_more_than_a_few_kilobytes_are_looked_at(unit):
    huge = unit * (1_000_000 // len(unit))
    assert category_of(huge, huge) is category_of(huge[:4_096], huge[:4_096])


def test_the_page_about_causes_lists_each_category_with_its_first_thing_to_try():
    page = (Path(__file__).parents[2] / "docs" / "causes.md").read_text(encoding="utf-8")
    for category, first_try in FIRST_TRIES.items():
        assert f"| {category} |" in page
        assert first_try in page
