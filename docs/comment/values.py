"""A shop's tests, jobs and runs, as the bot has them when it writes: something usual in every field."""

from dataclasses import replace
from datetime import UTC, datetime

from app.core.model import CaseName, DecisionState, Grade, Standing
from app.core.verdict import FailedTest, JobView, RunView, ShownProof

HOME = "https://github.example/acme/shop"
RUNS = f"{HOME}/actions/runs"
HEAD = "9f2c41d07be83a5566e1b7a90c3d24f8ab01c6de"
BEFORE, BROKE = "41d8c7aa93", "c05be7719f"
TODAY = datetime(2026, 3, 2, 12, tzinfo=UTC)

_TEST = FailedTest(
    test_id=1,
    case=CaseName(suite="pytest", class_name="tests.test_cart", name="test_total"),
    standing=Standing.HEALTHY,
    decision=None,
    score=0.0,
    flake_rate=0.0,
    runs=50,
    is_known_way=False,
    is_touched=False,
    broken_since=None,
    message="AssertionError: assert 41 == 42",
    file="tests/test_cart.py",
    line=31,
    log_line=None,
    issue_url=None,
)
_JOB = JobView(
    name="test (3.12)",
    status="completed",
    conclusion="success",
    url=f"{RUNS}/812/job/4001",
    attempt=1,
    has_results=True,
    missing=None,
    note=None,
    infra=None,
    failed_step=None,
    failed=(),
)
_RUN = RunView(
    run_id=812,
    attempt=1,
    workflow="CI",
    event="pull_request",
    status="completed",
    conclusion="success",
    url=f"{RUNS}/812",
    is_read=True,
    jobs=(),
)
_PROOFS = tuple(
    ShownProof(
        grade=Grade.E2,
        at=datetime(2026, 2, day, tzinfo=UTC),
        failed=f"[run {run} attempt 1]({RUNS}/{run}/job/1), line 214 of its log",
        passed=f"[run {run} attempt 2]({RUNS}/{run}/job/2)",
    )
    for day, run in ((26, 790), (19, 731), (11, 655))
)


def failed(name: str = "test_total", **changes: object) -> FailedTest:
    """Return a failed test of which nothing is known; `place` is its class, whose file follows."""
    place = str(changes.pop("place", "tests.test_cart"))
    case = CaseName(suite="pytest", class_name=place, name=name)
    return replace(_TEST, **{"case": case, "file": f"{place.replace('.', '/')}.py"} | changes)


def flaky(name: str = "test_search_suggests", **changes: object) -> FailedTest:
    """Return a failed test that is known to be flaky, and to fail in just this way."""
    usual = {
        "place": "tests.test_search",
        "standing": Standing.FLAKY,
        "score": 0.87,
        "flake_rate": 0.06,
        "is_known_way": True,
        "message": "TimeoutError: no suggestions within 5 s",
        "line": 58,
        "issue_url": f"{HOME}/issues/204",
        "proofs": _PROOFS,
        "judged_at": TODAY,
    }
    return failed(name, **usual | changes)


def quarantined(name: str = "test_search_suggests", **changes: object) -> FailedTest:
    return flaky(name, **{"decision": DecisionState.ACTIVE} | changes)


def passed_job(name: str = "lint", **changes: object) -> JobView:
    return replace(_JOB, **{"name": name} | changes)


def failed_job(*tests: FailedTest, **changes: object) -> JobView:
    return replace(_JOB, **{"failed": tests, "conclusion": "failure"} | changes)


def run(*jobs: JobView, **changes: object) -> RunView:
    """Return a run of those jobs, which failed where one of them did."""
    conclusion = "success" if all(job.conclusion == "success" for job in jobs) else "failure"
    return replace(_RUN, **{"jobs": jobs, "conclusion": conclusion} | changes)
