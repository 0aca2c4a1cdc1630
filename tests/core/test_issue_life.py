"""What becomes of a closed issue, by who closed it, as what, how long ago, and what its tests did since."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from app.core.issue_life import (
    Goal,
    Next,
    after_closing,
    is_claimed_fix,
    is_mended,
    next_goal,
    passes_to_end,
)
from app.core.model import Standing
from app.core.model import TestId as Number

CLOSED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(*, flaked=None, failed=None, days=1.0, reason="completed", by_us=True, reopen_days=10):
    """`flaked`, `failed` as before, and `days` count from the closing; None: it has not."""
    return after_closing(
        closed_at=CLOSED,
        reason=reason,
        by_us=by_us,
        last_flake_at=None if flaked is None else CLOSED + timedelta(days=flaked),
        failed_as_before_at=None if failed is None else CLOSED + timedelta(days=failed),
        reopen_days=reopen_days,
        now=CLOSED + timedelta(days=days),
    )


@pytest.mark.parametrize(
    ("given", "then"),
    [
        ({"flaked": None}, Next.LEAVE),
        ({"flaked": -1}, Next.LEAVE),
        ({"flaked": 0}, Next.LEAVE),
        ({"flaked": 0.1}, Next.REOPEN),
        ({"flaked": 10, "days": 10}, Next.REOPEN),
        ({"flaked": 10.1, "days": 11}, Next.FOLLOW),
        ({"flaked": 9, "days": 40}, Next.REOPEN),
        ({"flaked": 0.1, "reopen_days": 0}, Next.FOLLOW),
        ({"flaked": 1, "by_us": False}, Next.REOPEN),
        ({"flaked": 200, "days": 200, "by_us": False}, Next.REOPEN),
        ({"flaked": 1, "by_us": False, "reason": "not_planned"}, Next.LEAVE),
        ({"flaked": 89, "days": 89.9, "by_us": False, "reason": "not_planned"}, Next.LEAVE),
        ({"flaked": 89, "days": 90, "by_us": False, "reason": "not_planned"}, Next.REOPEN),
        ({"flaked": 1, "by_us": False, "reason": "duplicate"}, Next.LEAVE),
        ({"flaked": 1, "by_us": False, "reason": None}, Next.REOPEN),
        ({"failed": 0.1}, Next.REOPEN),
        ({"failed": 10, "days": 10}, Next.REOPEN),
        ({"failed": 10.1, "days": 11}, Next.LEAVE),
        ({"failed": 9, "flaked": 12, "days": 12}, Next.REOPEN),
        ({"failed": 10.1, "flaked": 10.2, "days": 11}, Next.FOLLOW),
        ({"failed": 0.1, "reopen_days": 0}, Next.LEAVE),
        ({"failed": 1, "by_us": False}, Next.LEAVE),
        ({"failed": 1, "by_us": False, "reason": "not_planned"}, Next.LEAVE),
    ],
)
def test_a_closed_issue_comes_back_as_the_contract_says(given, then):
    assert after(**given) is then


@pytest.mark.parametrize(
    ("state", "reason", "by_us", "is_claim"),
    [
        ("closed", "completed", False, True),
        ("closed", None, False, True),
        ("closed", "completed", True, False),
        ("closed", "not_planned", False, False),
        ("closed", "duplicate", False, False),
        ("open", "reopened", False, False),
    ],
)
def test_who_closes_an_issue_as_completed_claims_a_fix(state, reason, by_us, is_claim):
    assert is_claimed_fix(state=state, reason=reason, by_us=by_us) is is_claim


def test_a_rate_that_was_decided_upon_sets_the_goal_whatever_the_rate_has_become():
    assert {passes_to_end(decided=0.06, goal=7, current=rate, window=50) for rate in (0.0, 0.02, 0.06, 1.0)} == {49}


@given_any(st.integers(10, 1000))
def test_the_goal_is_the_same_when_the_last_flake_leaves_the_window(window):
    last_seen = passes_to_end(decided=None, goal=None, current=1 / window, window=window)
    assert passes_to_end(decided=None, goal=None, current=0.0, window=window) == last_seen


@given_any(st.integers(10, 200), st.data())
def test_no_fewer_passes_are_asked_for_as_flakes_leave_the_window_one_by_one(window, data):
    flakes = data.draw(st.integers(1, window - 1))
    goals = [
        passes_to_end(decided=None, goal=None, current=left / window, window=window) for left in range(flakes, -1, -1)
    ]
    assert goals == sorted(goals)


def test_the_latest_flake_sets_the_goal_and_nothing_but_a_later_one_moves_it():
    first = next_goal(None, Number(1), flaked_at=CLOSED, flake_rate=0.06)
    assert first == Goal(test_id=Number(1), flaked_at=CLOSED, passes_needed=49)
    assert next_goal(first, Number(1), flaked_at=CLOSED, flake_rate=0.02) is first
    assert next_goal(first, Number(1), flaked_at=None, flake_rate=0.0) is first
    later = next_goal(first, Number(1), flaked_at=CLOSED + timedelta(hours=1), flake_rate=0.1)
    assert later is not None
    assert later.passes_needed == 29


@pytest.mark.parametrize(
    ("standing", "is_active", "passes", "mended"),
    [
        (Standing.HEALTHY, False, 10, True),
        (Standing.FLAKY, False, 10, True),
        (Standing.HEALTHY, False, 9, False),
        (Standing.HEALTHY, True, 300, False),
        (Standing.BROKEN, False, 300, False),
    ],
)
def test_enough_passes_mend_what_is_neither_broken_nor_in_quarantine(standing, is_active, passes, mended):
    assert is_mended(standing, is_active=is_active, passes=passes, needed=10) is mended
