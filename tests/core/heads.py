"""Builders of what is known of a commit: runs, jobs and failed tests with something usual in every field."""

from dataclasses import replace
from datetime import UTC, datetime

from app.core.model import CaseName, DecisionState, Standing
from app.core.verdict import FailedTest, JobView, RunView

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

_TEST = FailedTest(
    test_id=1,
    case=CaseName(suite="unit", class_name="tests.test_api", name="test_login"),
    standing=Standing.HEALTHY,
    decision=None,
    score=0.0,
    flake_rate=0.0,
    runs=40,
    is_known_way=False,
    is_touched=False,
    broken_since=None,
    message="TimeoutError: the database did not answer\nsecond line",
    file="tests/test_api.py",
    line=7,
    log_line=None,
    issue_url=None,
)
_JOB = JobView(
    name="test (3.12)",
    status="completed",
    conclusion="success",
    url="https://github.com/acme/web/actions/runs/99/job/5",
    attempt=1,
    has_results=True,
    missing=None,
    note=None,
    infra=None,
    failed_step=None,
    failed=(),
)
_RUN = RunView(
    run_id=99,
    attempt=1,
    workflow="CI",
    event="pull_request",
    status="completed",
    conclusion="success",
    url="https://github.com/acme/web/actions/runs/99",
    is_read=True,
    jobs=(),
)


def some_test(name="test_login", **changes):
    case = CaseName(suite="unit", class_name="tests.test_api", name=name)
    return replace(_TEST, case=case, **changes)


def new(name="test_login", **changes):
    return some_test(name, **changes)


def known(name="test_flaky", **changes):
    usual = {"standing": Standing.FLAKY, "score": 0.8, "flake_rate": 0.1, "is_known_way": True}
    return some_test(name, **usual | changes)


def quarantined(name="test_held", **changes):
    return known(name, **{"decision": DecisionState.ACTIVE} | changes)


def passed_job(name="lint", **changes):
    return replace(_JOB, name=name, **changes)


def failed_job(*failed, name="test (3.12)", **changes):
    return replace(_JOB, name=name, failed=tuple(failed), **{"conclusion": "failure"} | changes)


def run(*jobs, **changes):
    is_good = all(job.conclusion in ("success", "skipped", "neutral") for job in jobs)
    return replace(_RUN, jobs=tuple(jobs), **{"conclusion": "success" if is_good else "failure"} | changes)
