"""Put together what is known of a commit: its runs as GitHub lists them now, and what was stored of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.complete import missing_from
from app.core.model import DecisionState, Standing, TestId
from app.core.verdict import COVERED_EVENTS, FailedTest, JobView, RunView, latest_jobs
from app.db.cases import StoredCase, get_cases
from app.db.connection import Connection
from app.db.decisions import StoredDecision, list_latest_decisions
from app.db.issues import IssueLink, list_issues_of_tests
from app.db.occurrences import FailedExecution, list_last_failures
from app.db.runs import StoredAttempt, StoredJob, list_attempts_of_head, list_jobs, trailing_test_counts
from app.db.scores import Proof, StoredScore, get_scores, list_proofs
from app.github.actions import RunInfo
from app.github.repositories import PullInfo
from app.handlers.bot import Repo


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """All that is known of the tests that failed."""

    cases: Mapping[TestId, StoredCase]
    scores: Mapping[TestId, StoredScore]
    decisions: Mapping[TestId, StoredDecision]
    issues: Mapping[TestId, IssueLink]
    proofs: Mapping[TestId, Sequence[Proof]]
    broken: frozenset[str]
    """The commits of the default branch since which a test is broken."""
    pulls: frozenset[int]
    files: frozenset[str]


async def look_at_runs(
    conn: Connection, repo: Repo, runs: Sequence[RunInfo], pulls: Sequence[PullInfo], files: frozenset[str]
) -> tuple[RunView, ...]:
    """Return the latest run of each workflow and event, with the latest attempt of each of its jobs.

    `pulls` are the open pull requests of the commit: their own runs never excuse their own failures. `files` are those
    that they touch.
    """
    covered = _latest_of_each([run for run in runs if run.event in COVERED_EVENTS])
    if not covered:
        return ()
    stored = await list_attempts_of_head(conn, repo.id, covered[0].head_sha)
    jobs = await list_jobs(conn, repo.id, [attempt.id for attempt in stored])
    real = [job for job in jobs if job.job_id > 0]
    starts = {attempt.run_started_at for attempt in stored}
    failures = await list_last_failures(conn, repo.id, [job.id for job in real], sorted(starts))
    known = await _what_is_known(conn, repo, failures, pulls, files)
    by_job: defaultdict[int, list[FailedTest]] = defaultdict(list)
    for failure in failures:
        by_job[failure.job].append(_failed_test(failure, known))
    views = {job.id: await _job_view(conn, repo, job, _attempt_of(job, stored), by_job[job.id]) for job in real}
    return tuple(_run_view(run, stored, real, views) for run in covered)


def _latest_of_each(runs: Sequence[RunInfo]) -> list[RunInfo]:
    """Keep the latest run of each workflow and event: closing and reopening a pull request runs all of it again."""
    latest: dict[tuple[int, str], RunInfo] = {}
    for run in sorted(runs, key=lambda run: run.id):
        latest[run.workflow_id, run.event] = run
    return sorted(latest.values(), key=lambda run: run.id)


def _attempt_of(job: StoredJob, stored: Sequence[StoredAttempt]) -> StoredAttempt:
    return next(attempt for attempt in stored if attempt.id == job.workflow_run)


def _run_view(
    run: RunInfo, stored: Sequence[StoredAttempt], jobs: Sequence[StoredJob], views: Mapping[int, JobView]
) -> RunView:
    attempts = [attempt for attempt in stored if attempt.run_id == run.id]
    is_read = any(one.run_attempt == run.run_attempt and one.ingested_at is not None for one in attempts)
    own = [[views[job.id] for job in jobs if job.workflow_run == attempt.id] for attempt in attempts]
    return RunView(
        run_id=run.id,
        attempt=run.run_attempt,
        workflow=run.name,
        event=run.event,
        status=run.status,
        conclusion=run.conclusion,
        url=run.html_url,
        is_read=is_read,
        jobs=latest_jobs(own),
    )


async def _job_view(
    conn: Connection, repo: Repo, job: StoredJob, attempt: StoredAttempt, failed: Sequence[FailedTest]
) -> JobView:
    missing = None
    if job.conclusion == "failure":
        usual = await trailing_test_counts(
            conn, repo.id, job.variant, repo.row.default_branch, before=attempt.run_started_at
        )
        missing = missing_from(job.tests, usual, read_whole=job.is_complete)
    return JobView(
        name=job.name,
        status=job.status,
        conclusion=job.conclusion,
        url=job.html_url,
        attempt=attempt.run_attempt,
        has_results=job.source != "none",
        missing=missing,
        note=job.note,
        infra=job.infra,
        failed_step=job.failed_step,
        failed=tuple(failed),
    )


async def _what_is_known(
    conn: Connection,
    repo: Repo,
    failures: Sequence[FailedExecution],
    pulls: Sequence[PullInfo],
    files: frozenset[str],
) -> _Known:
    tests = sorted({failure.test_id for failure in failures})
    proofs: defaultdict[TestId, list[Proof]] = defaultdict(list)
    for proof in await list_proofs(conn, repo.id, tests):
        proofs[proof.test_id].append(proof)
    scores = await get_scores(conn, repo.id, tests)
    return _Known(
        cases=await get_cases(conn, repo.id, tests),
        scores=scores,
        decisions=await list_latest_decisions(conn, repo.id, tests),
        issues=await list_issues_of_tests(conn, repo.id, tests),
        proofs=proofs,
        broken=await _broken_on_default(conn, repo, {one.broken_since for one in scores.values()}),
        pulls=frozenset(pull.number for pull in pulls),
        files=files,
    )


async def _broken_on_default(conn: Connection, repo: Repo, shas: Iterable[str | None]) -> frozenset[str]:
    """Keep the commits that the default branch ran: a new test that never passed on a pull request is broken nowhere else."""
    ran = {sha: await list_attempts_of_head(conn, repo.id, sha) for sha in shas if sha is not None}
    return frozenset(sha for sha, attempts in ran.items() if any(_is_on_default(repo, one) for one in attempts))


def _is_on_default(repo: Repo, attempt: StoredAttempt) -> bool:
    return attempt.head_branch == repo.row.default_branch and not attempt.event.startswith("pull_request")


def _failed_test(failure: FailedExecution, known: _Known) -> FailedTest:
    test = TestId(failure.test_id)
    case, score = known.cases[test], known.scores.get(test)
    decision, issue = known.decisions.get(test), known.issues.get(test)
    is_open = decision is not None and decision.ended_at is None
    state = decision.state if decision is not None and is_open else None
    return FailedTest(
        test_id=test,
        case=case.case,
        standing=score.standing if score else Standing.HEALTHY,
        decision=state,
        score=score.score if score else 0.0,
        flake_rate=score.flake_rate if score else 0.0,
        runs=score.runs if score else 0,
        is_known_way=_is_known_way(failure, known.proofs.get(test, ()), known.pulls),
        is_touched=case.file is not None and case.file in known.files,
        broken_since=score.broken_since if score and score.broken_since in known.broken else None,
        message=failure.failure_message,
        file=case.file,
        line=failure.line if failure.source != "log" else None,
        log_line=failure.line if failure.source == "log" else None,
        issue_url=issue.url if issue is not None and issue.state == "open" else None,
        proposal_id=decision.id if decision is not None and state is DecisionState.PROPOSED else None,
    )


def _is_known_way(failure: FailedExecution, proofs: Sequence[Proof], pulls: frozenset[int]) -> bool:
    """Tell whether this failure was proven to be a flake elsewhere, or a maintainer has accepted it."""
    return any(
        proof.loose_signature == failure.failure_loose_signature
        and (proof.accepted_by is not None or proof.pull not in pulls)
        for proof in proofs
    )
