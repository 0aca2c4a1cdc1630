"""What becomes of a closed issue, by who closed it, as what, how long ago, and what its tests did since."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.issue_life import Next, after_closing, is_claimed_fix

CLOSED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(*, flaked, days=1.0, reason="completed", by_us=True, reopen_days=10):
    """`flaked` and `days` count from the closing; None: it has not flaked."""
    return after_closing(
        closed_at=CLOSED,
        reason=reason,
        by_us=by_us,
        last_flake_at=None if flaked is None else CLOSED + timedelta(days=flaked),
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
