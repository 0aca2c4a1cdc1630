"""One body of each kind, with names as given; docs/webhooks.md shows the same."""

from datetime import UTC, datetime
from uuid import UUID

from app.core.hooks.body import (
    Body,
    IncidentTold,
    IssueTold,
    QuarantineTold,
    StandingTold,
    short,
    short_reason,
    tell_evidence,
    tell_repository,
    tell_test,
)
from app.core.hooks.hook import HookEvent
from app.core.hooks.links import Links
from app.core.model import CaseName, DecisionState, Evidence, Grade, Place, Standing

AT = datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC)
LINKS = Links(github_url="https://github.com", pages_url="https://flakes.example.com", full_name="acme/shop")
EVIDENCE = Evidence(
    grade=Grade.E1, weight=1.0, failed=Place(run_id=9100, run_attempt=1, job="test (3.12)", ordinal=1),
    passed=Place(run_id=9100, run_attempt=2, job="test (3.12)", ordinal=1), at=datetime(2026, 3, 2, 9, 20, tzinfo=UTC),
    age=0, loose_signature="5f", head_sha="8c1f0d3b5e7a92c4d6f8b0a1c3e5d7f9a2b4c6d8", pull=None, from_fork=False,
)  # fmt: skip


def a_test(text="test_pays_once"):
    is_plain = text == "test_pays_once"
    return tell_test(
        31,
        CaseName(suite="checkout" if is_plain else text, class_name="tests.test_cart" if is_plain else text, name=text),
        "tests/test_cart.py" if is_plain else text,
        "@acme/payments" if is_plain else text,
        LINKS,
    )


def begun(event, action, number):
    return {
        "event": event,
        "action": action,
        "delivery": UUID(f"7d3c1f0a-52b8-4f0e-9c41-3a6d8e2b710{number}"),
        "at": AT,
        "repository": tell_repository(700_001, LINKS),
    }


def every(text="test_pays_once", why="the payment service's sandbox is slow on Mondays", branch="main", by="dana"):
    """One body of each event; all that strangers choose is `text`, `why`, `branch` or `by`, cut as who tells them cuts it."""
    why, branch, by = short_reason(why), short(branch), short(by)
    standing = StandingTold(
        before=Standing.SUSPECT, after=Standing.FLAKY, score=0.83, flake_rate=0.12, runs=50, failures=7,
        evidence=tell_evidence(EVIDENCE, LINKS),
    )  # fmt: skip
    quarantine = QuarantineTold(
        state=DecisionState.ACTIVE, by=by, why=why, until=datetime(2026, 3, 16, 9, 41, 7, tzinfo=UTC), score=0.83
    )
    issue = IssueTold(
        number=88, url="https://github.com/acme/shop/issues/88", state="closed", reason="completed", by=by,
        tests=(a_test(text),), tests_total=1,
    )  # fmt: skip
    incident = IncidentTold(
        run_id=9123, run_attempt=1, workflow=short(text) if text != "test_pays_once" else "CI", branch=branch,
        head_sha=EVIDENCE.head_sha, url=LINKS.attempt(9123, 1), page=LINKS.page("/runs/9123"),
        started_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC), tests=412, failures=187,
    )  # fmt: skip
    return [
        Body(**begun(HookEvent.STANDING, "changed", 1), test=a_test(text), standing=standing),
        Body(**begun(HookEvent.QUARANTINE, "active", 2), test=a_test(text), quarantine=quarantine),
        Body(**begun(HookEvent.ISSUE, "closed", 3), issue=issue),
        Body(**begun(HookEvent.INCIDENT, "found", 4), incident=incident),
    ]
