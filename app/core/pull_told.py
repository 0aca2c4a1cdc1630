"""What a commit of a pull request failed of, as values for programs: what its check run and its comment say to people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import DecisionState, Standing
from app.core.pull_report import FailedCase, failed_cases, is_in_repository, other_troubles
from app.core.text import shown
from app.core.verdict import Explained, HeadVerdict, Kind, Reason

MOST_TESTS = 200
MOST_JOBS = 50
LONGEST_MESSAGE = 2_000
LONGEST_NOTE = 500
"""In characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullTest:
    """A failed test, as the worst of the jobs shows it in which it failed; `jobs` counts those.

    `kind` is what it is: new (a failure that nothing is known of), new way (flaky, but never failed in these words),
    consistent (flaky, but fails at each try here), shared (failed alike with many others), infra (its machine failed),
    broken (on the default branch, since `broken_since`), known (a known flake), quarantined. `is_excused` says that the
    change is hardly the cause. `other_pulls` counts other pull requests that failed in the same words, the first of all at
    `seen_since`. `flake_rate` is of its latest `runs` runs. `infra` names what the machine failed of.
    """

    test_id: int
    suite: str
    class_name: str
    name: str
    kind: Kind
    is_excused: bool
    standing: Standing
    decision: DecisionState | None
    score: float
    flake_rate: float
    runs: int
    file: str | None
    line: int | None
    message: str | None
    is_consistent: bool
    seen_since: datetime | None
    other_pulls: int
    broken_since: str | None
    infra: str | None
    issue_url: str | None
    jobs: int
    job_name: str
    job_url: str | None
    run_id: int
    run_attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PullJob:
    """A job that failed of something else than its tests, or of more than them; `why` ends the sentence "it failed: …"."""

    workflow: str
    job_name: str
    job_url: str | None
    run_id: int
    run_attempt: int
    reason: Reason
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullFailures:
    """What is stored of the latest commit of a pull request that ran; `head_sha` is None where none did.

    `runs` counts its workflow runs, of which some may be running still (`is_running`). `failed_tests` counts the tests,
    the first 200 of which are told, the most alarming first. `check_run_id` is GitHub's of the check run with our verdict.
    Which files the pull request changes is known there alone: a test whose own file is changed is never excused there.
    """

    number: int
    head_sha: str | None
    check_run_id: int | None
    is_running: bool
    runs: int
    failed_tests: int
    tests: tuple[PullTest, ...]
    jobs: tuple[PullJob, ...]


def tell_pull(number: int, head_sha: str, verdict: HeadVerdict, check_run_id: int | None) -> PullFailures:
    """Tell what a verdict comes to, of a commit that ran."""
    cases = failed_cases(verdict)
    return PullFailures(
        number=number,
        head_sha=head_sha,
        check_run_id=check_run_id,
        is_running=verdict.conclusion is None,
        runs=len(verdict.runs),
        failed_tests=len(cases),
        tests=tuple(_test(one) for one in cases[:MOST_TESTS]),
        jobs=_jobs(other_troubles(verdict)),
    )


def nothing_ran(number: int) -> PullFailures:
    """Tell of a pull request of which no run is stored."""
    return PullFailures(
        number=number, head_sha=None, check_run_id=None, is_running=False, runs=0, failed_tests=0, tests=(), jobs=()
    )


def _test(case: FailedCase) -> PullTest:
    job, test = case.worst.job, case.worst.test
    return PullTest(
        test_id=test.test_id,
        suite=test.case.suite,
        class_name=test.case.class_name,
        name=test.case.name,
        kind=test.kind,
        is_excused=test.kind.is_excused,
        standing=test.standing,
        decision=test.decision,
        score=test.score,
        flake_rate=test.flake_rate,
        runs=test.runs,
        file=test.file if test.file and is_in_repository(test.file) else None,
        line=test.line,
        message=test.message[:LONGEST_MESSAGE] if test.message else None,
        is_consistent=test.is_consistent,
        seen_since=test.seen_since,
        other_pulls=test.other_pulls,
        broken_since=test.broken_since,
        infra=test.infra,
        issue_url=test.issue_url,
        jobs=len(case.failures),
        job_name=job.job.name,
        job_url=job.job.url,
        run_id=job.run.run_id,
        run_attempt=job.job.attempt,
    )


def _jobs(troubles: Sequence[Explained]) -> tuple[PullJob, ...]:
    return tuple(
        PullJob(
            workflow=one.run.workflow,
            job_name=one.job.name,
            job_url=one.job.url,
            run_id=one.run.run_id,
            run_attempt=one.job.attempt,
            reason=one.reason,
            why=shown(one.why)[:LONGEST_NOTE],
        )
        for one in troubles[:MOST_JOBS]
    )
