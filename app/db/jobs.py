"""The jobs of attempts, as stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import AttemptId, JobId, RepoId
from app.core.names import Names
from app.db.connection import Connection


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
    stopped_early: bool = False
    is_cut: bool = False
    is_log_read: bool | None = None
    other_step: str | None = None


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
    stopped_early: bool = False
    is_cut: bool = False
    is_log_read: bool | None = None
    other_step: str | None = None


# A reading is poorer than another that found more tests, read them whole, or found them in a better place: the values of
# fg_job_source stand in the order of their worth.
_SAVE = """
    INSERT INTO fg_job AS job (
        repo_id, workflow_run, job_id, name, variant, status, conclusion, failed_step, started_at, completed_at,
        source, tests, failures, is_complete, note, infra, html_url, stopped_early,
        is_cut, is_log_read, other_step)
    SELECT $1, $2, new.job_id, new.name, new.variant, new.status, new.conclusion, new.failed_step, new.started_at,
           new.completed_at, new.source::fg_job_source, new.tests, new.failures, new.is_complete, new.note,
           new.infra, new.html_url, new.stopped_early, new.is_cut, new.is_log_read, new.other_step
    FROM unnest(
        $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
        $10::timestamptz[], $11::text[], $12::integer[], $13::integer[], $14::boolean[], $15::text[],
        $16::text[], $17::text[], $18::boolean[], $19::boolean[], $20::boolean[], $21::text[])
        AS new (job_id, name, variant, status, conclusion, failed_step, started_at, completed_at, source, tests,
                failures, is_complete, note, infra, html_url, stopped_early, is_cut, is_log_read, other_step)
    ON CONFLICT (repo_id, job_id) DO UPDATE
    SET status = CASE WHEN job.conclusion IS NULL THEN excluded.status ELSE job.status END,
        conclusion = coalesce(job.conclusion, excluded.conclusion),
        failed_step = coalesce(excluded.failed_step, job.failed_step),
        started_at = coalesce(job.started_at, excluded.started_at),
        completed_at = coalesce(excluded.completed_at, job.completed_at),
        source = CASE WHEN (excluded.tests, excluded.is_complete, job.source) < (job.tests, job.is_complete, excluded.source) THEN job.source ELSE excluded.source END,
        is_complete = CASE WHEN (excluded.tests, excluded.is_complete, job.source) < (job.tests, job.is_complete, excluded.source) THEN job.is_complete ELSE excluded.is_complete END,
        note = CASE WHEN (excluded.tests, excluded.is_complete, job.source) < (job.tests, job.is_complete, excluded.source) THEN job.note ELSE excluded.note END,
        infra = coalesce(excluded.infra, job.infra),
        stopped_early = job.stopped_early OR excluded.stopped_early,
        is_cut = job.is_cut OR excluded.is_cut,
        is_log_read = coalesce(job.is_log_read OR excluded.is_log_read, excluded.is_log_read, job.is_log_read),
        other_step = coalesce(excluded.other_step, job.other_step),
        tests = greatest(excluded.tests, job.tests),
        failures = greatest(excluded.failures, job.failures)
    RETURNING job_id, id
"""


async def save_jobs(conn: Connection, repo_id: RepoId, attempt: AttemptId, jobs: Sequence[NewJob]) -> dict[int, JobId]:
    """Insert the jobs or bring them up to date; returns our ids by the provider's.

    A later, poorer reading (an artifact that has expired, a log that is gone) never takes results away.
    """
    rows = await conn.fetch(
        _SAVE,
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
        [job.stopped_early for job in jobs],
        [job.is_cut for job in jobs],
        [job.is_log_read for job in jobs],
        [job.other_step for job in jobs],
    )
    return {row["job_id"]: JobId(row["id"]) for row in rows}


async def list_jobs(conn: Connection, repo_id: RepoId, attempts: Sequence[int]) -> list[StoredJob]:
    rows = await conn.fetch(
        """
        SELECT id, workflow_run, job_id, name, variant, status, conclusion, failed_step, source, tests, failures,
               is_complete, note, infra, html_url, stopped_early, is_cut, is_log_read, other_step
        FROM fg_job
        WHERE repo_id = $1 AND workflow_run = ANY ($2::bigint[])
        ORDER BY workflow_run, job_id
        """,
        repo_id,
        list(attempts),
    )
    return [StoredJob(**row) for row in rows]


async def trailing_test_counts(
    conn: Connection, repo_id: RepoId, variant: str, names: Names, *, before: datetime, limit: int = 20
) -> list[int]:
    """Return how many distinct tests the last finished attempts of that job ran on the default branch, newest first."""
    rows = await conn.fetch(
        """
        SELECT job.tests
        FROM fg_job AS job
        JOIN fg_workflow_run AS run ON run.repo_id = job.repo_id AND run.id = job.workflow_run
        WHERE job.repo_id = $1 AND job.variant = $2 AND job.tests > 0
          AND (run.head_branch = $3 OR EXISTS (
              SELECT FROM unnest($6::text[], $7::timestamptz[]) AS former (branch, until)
              WHERE former.branch = run.head_branch AND run.run_started_at < former.until))
          AND NOT starts_with(run.event, 'pull_request') AND run.run_started_at < $4
          AND run.ingested_at IS NOT NULL
        ORDER BY job.id DESC
        LIMIT $5
        """,
        repo_id,
        variant,
        names.default_branch,
        before,
        limit,
        list(names.former_branches),
        list(names.former_branches.values()),
    )
    return [row["tests"] for row in rows]
