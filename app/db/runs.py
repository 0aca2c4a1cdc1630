"""Attempts of workflow runs and their jobs, as stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import AttemptId, JobId, RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttempt:
    """What GitHub says of one attempt; columns as in fg_workflow_run."""

    run_id: int
    run_attempt: int
    workflow_id: int
    workflow_name: str
    event: str
    head_branch: str | None
    head_sha: str
    base_sha: str | None
    tree_sha: str | None
    head_repository: str | None
    pull_number: int | None
    status: str
    conclusion: str | None
    run_started_at: datetime
    completed_at: datetime | None
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttempt:
    """One row of fg_workflow_run, without what only scoring asks for."""

    id: int
    run_id: int
    run_attempt: int
    workflow_name: str
    event: str
    head_branch: str | None
    head_sha: str
    head_repository: str | None
    pull_number: int | None
    status: str
    conclusion: str | None
    run_started_at: datetime
    completed_at: datetime | None
    ingested_at: datetime | None
    ingest_note: str | None
    tests: int
    failures: int
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """One job as GitHub lists it and as reading its results left it; columns as in fg_job."""

    job_id: int
    name: str
    variant: str
    status: str
    conclusion: str | None
    failed_step: str | None
    started_at: datetime | None
    completed_at: datetime | None
    source: str
    tests: int
    failures: int
    is_complete: bool
    note: str | None
    infra: str | None
    html_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """One row of fg_job with the attempt it belongs to."""

    id: int
    workflow_run: int
    job_id: int
    name: str
    variant: str
    status: str
    conclusion: str | None
    failed_step: str | None
    source: str
    tests: int
    failures: int
    is_complete: bool
    note: str | None
    infra: str | None
    html_url: str | None


async def save_attempt(conn: Connection, repo_id: RepoId, attempt: NewAttempt) -> AttemptId:
    """Insert the attempt or bring its row up to date; what was known is never replaced by nothing.

    The row is locked until the transaction ends, so that two workers cannot store the same attempt at once.
    """
    attempt_id = await conn.fetchval(
        """
        INSERT INTO fg_workflow_run AS run (
            repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha, base_sha,
            tree_sha, head_repository, pull_number, status, conclusion, run_started_at, completed_at, html_url)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (repo_id, run_id, run_attempt) DO UPDATE
        SET status = CASE WHEN run.conclusion IS NULL THEN excluded.status ELSE run.status END,
            conclusion = coalesce(run.conclusion, excluded.conclusion),
            completed_at = coalesce(run.completed_at, excluded.completed_at),
            base_sha = coalesce(run.base_sha, excluded.base_sha),
            tree_sha = coalesce(run.tree_sha, excluded.tree_sha),
            pull_number = coalesce(run.pull_number, excluded.pull_number)
        RETURNING id
        """,
        repo_id,
        attempt.run_id,
        attempt.run_attempt,
        attempt.workflow_id,
        attempt.workflow_name,
        attempt.event,
        attempt.head_branch,
        attempt.head_sha,
        attempt.base_sha,
        attempt.tree_sha,
        attempt.head_repository,
        attempt.pull_number,
        attempt.status,
        attempt.conclusion,
        attempt.run_started_at,
        attempt.completed_at,
        attempt.html_url,
    )
    return AttemptId(attempt_id)


async def mark_ingested(
    conn: Connection, repo_id: RepoId, attempt: AttemptId, *, at: datetime, note: str | None, tests: int, failures: int
) -> None:
    await conn.execute(
        """
        UPDATE fg_workflow_run
        SET ingested_at = $3, ingest_note = $4, tests = greatest(tests, $5), failures = greatest(failures, $6)
        WHERE repo_id = $1 AND id = $2
        """,
        repo_id,
        attempt,
        at,
        note,
        tests,
        failures,
    )


async def mark_infra(conn: Connection, repo_id: RepoId, attempt: AttemptId, *, is_infra: bool) -> None:
    await conn.execute(
        "UPDATE fg_workflow_run SET is_infra = $3 WHERE repo_id = $1 AND id = $2 AND is_infra <> $3",
        repo_id,
        attempt,
        is_infra,
    )


_STORED = """
    SELECT id, run_id, run_attempt, workflow_name, event, head_branch, head_sha, head_repository, pull_number,
           status, conclusion, run_started_at, completed_at, ingested_at, ingest_note, tests, failures, html_url
    FROM fg_workflow_run
"""


async def find_attempt(conn: Connection, repo_id: RepoId, run_id: int, run_attempt: int) -> StoredAttempt | None:
    row = await conn.fetchrow(
        _STORED + " WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3", repo_id, run_id, run_attempt
    )
    return StoredAttempt(**row) if row else None


async def list_attempts_of_run(conn: Connection, repo_id: RepoId, run_id: int) -> list[StoredAttempt]:
    rows = await conn.fetch(_STORED + " WHERE repo_id = $1 AND run_id = $2 ORDER BY run_attempt", repo_id, run_id)
    return [StoredAttempt(**row) for row in rows]


async def get_attempt(conn: Connection, repo_id: RepoId, attempt: AttemptId) -> StoredAttempt | None:
    row = await conn.fetchrow(_STORED + " WHERE repo_id = $1 AND id = $2", repo_id, attempt)
    return StoredAttempt(**row) if row else None


async def list_attempts_of_head(conn: Connection, repo_id: RepoId, head_sha: str) -> list[StoredAttempt]:
    rows = await conn.fetch(
        _STORED + " WHERE repo_id = $1 AND head_sha = $2 ORDER BY run_id, run_attempt", repo_id, head_sha
    )
    return [StoredAttempt(**row) for row in rows]


async def save_jobs(conn: Connection, repo_id: RepoId, attempt: AttemptId, jobs: Sequence[NewJob]) -> dict[int, JobId]:
    """Insert the jobs or bring them up to date; returns our ids by the provider's.

    A later, poorer reading (an artifact that has expired, a log that is gone) never takes results away.
    """
    rows = await conn.fetch(
        """
        INSERT INTO fg_job AS job (
            repo_id, workflow_run, job_id, name, variant, status, conclusion, failed_step, started_at, completed_at,
            source, tests, failures, is_complete, note, infra, html_url)
        SELECT $1, $2, new.job_id, new.name, new.variant, new.status, new.conclusion, new.failed_step, new.started_at,
               new.completed_at, new.source::fg_job_source, new.tests, new.failures, new.is_complete, new.note,
               new.infra, new.html_url
        FROM unnest(
            $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
            $10::timestamptz[], $11::text[], $12::integer[], $13::integer[], $14::boolean[], $15::text[],
            $16::text[], $17::text[])
            AS new (job_id, name, variant, status, conclusion, failed_step, started_at, completed_at, source, tests,
                    failures, is_complete, note, infra, html_url)
        ON CONFLICT (repo_id, job_id) DO UPDATE
        SET status = excluded.status,
            conclusion = excluded.conclusion,
            failed_step = coalesce(excluded.failed_step, job.failed_step),
            completed_at = coalesce(excluded.completed_at, job.completed_at),
            source = CASE WHEN excluded.tests < job.tests THEN job.source ELSE excluded.source END,
            is_complete = CASE WHEN excluded.tests < job.tests THEN job.is_complete ELSE excluded.is_complete END,
            note = CASE WHEN excluded.tests < job.tests THEN job.note ELSE excluded.note END,
            infra = coalesce(excluded.infra, job.infra),
            tests = greatest(excluded.tests, job.tests),
            failures = greatest(excluded.failures, job.failures)
        RETURNING job_id, id
        """,
        repo_id,
        attempt,
        [job.job_id for job in jobs],
        [job.name for job in jobs],
        [job.variant for job in jobs],
        [job.status for job in jobs],
        [job.conclusion for job in jobs],
        [job.failed_step for job in jobs],
        [job.started_at for job in jobs],
        [job.completed_at for job in jobs],
        [job.source for job in jobs],
        [job.tests for job in jobs],
        [job.failures for job in jobs],
        [job.is_complete for job in jobs],
        [job.note for job in jobs],
        [job.infra for job in jobs],
        [job.html_url for job in jobs],
    )
    return {row["job_id"]: JobId(row["id"]) for row in rows}


async def list_jobs(conn: Connection, repo_id: RepoId, attempts: Sequence[int]) -> list[StoredJob]:
    rows = await conn.fetch(
        """
        SELECT id, workflow_run, job_id, name, variant, status, conclusion, failed_step, source, tests, failures,
               is_complete, note, infra, html_url
        FROM fg_job
        WHERE repo_id = $1 AND workflow_run = ANY ($2::bigint[])
        ORDER BY workflow_run, job_id
        """,
        repo_id,
        list(attempts),
    )
    return [StoredJob(**row) for row in rows]


async def trailing_test_counts(
    conn: Connection, repo_id: RepoId, variant: str, branch: str, *, before: datetime, limit: int = 20
) -> list[int]:
    """Return how many distinct tests the last finished attempts of that job ran on the branch, newest first."""
    rows = await conn.fetch(
        """
        SELECT job.tests
        FROM fg_job AS job
        JOIN fg_workflow_run AS run ON run.repo_id = job.repo_id AND run.id = job.workflow_run
        WHERE job.repo_id = $1 AND job.variant = $2 AND job.tests > 0
          AND run.head_branch = $3 AND run.event <> 'pull_request' AND run.run_started_at < $4
          AND run.ingested_at IS NOT NULL
        ORDER BY job.id DESC
        LIMIT $5
        """,
        repo_id,
        variant,
        branch,
        before,
        limit,
    )
    return [row["tests"] for row in rows]


async def earlier_failure_shares(
    conn: Connection, repo_id: RepoId, *, before: datetime, limit: int = 100
) -> list[float]:
    """Return the share of failing tests of each of the repository's latest attempts before that moment, newest first."""
    rows = await conn.fetch(
        """
        SELECT failures::double precision / tests AS share
        FROM fg_workflow_run
        WHERE repo_id = $1 AND run_started_at < $2 AND tests > 0
        ORDER BY run_started_at DESC, id DESC
        LIMIT $3
        """,
        repo_id,
        before,
        limit,
    )
    return [row["share"] for row in rows]
