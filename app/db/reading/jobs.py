"""The jobs of a run, and what failed in each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import Outcome, RepoId
from app.db.connection import Connection, Record

MOST_JOBS = 1_000
"""Of a run that is shown: four attempts of the largest matrix that GitHub allows."""
LONGEST_NOTE = 2_000
"""In characters."""
MOST_FAILED = 500
"""Failures of a run that are shown; its counts tell of more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedExecution:
    """A failure in a job; `has_passed` says that the same test passed at a later try in the same job.

    `message` is the first line of the failure, `cluster_id` the cause that it shares with others.
    """

    test_id: int
    suite: str
    class_name: str
    name: str
    ordinal: int
    outcome: Outcome
    message: str | None
    signature: str | None
    cluster_id: int | None
    has_passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownJob:
    """A job of an attempt of a run; `job_id` is GitHub's, negative for a report that belongs to no job.

    `minutes` is how long it ran, None where that is not known. `is_complete` says that its results were read whole,
    `stopped_early` that its runner gave up before the end, `infra` names a failure of its machine, `note` says what could
    not be read. `failed` are its failures, as far as the run's first 500 are its own.
    """

    run_attempt: int
    job_id: int
    name: str
    variant: str
    status: str
    conclusion: str | None
    failed_step: str | None
    started_at: datetime | None
    completed_at: datetime | None
    minutes: float | None
    tests: int
    failures: int
    is_complete: bool
    stopped_early: bool
    infra: str | None
    note: str | None
    html_url: str | None
    failed: tuple[FailedExecution, ...]


async def list_jobs_by_attempt(
    conn: Connection, repo_id: RepoId, attempts: Mapping[int, int]
) -> dict[int, list[ShownJob]]:
    """Return the jobs of those attempts of one run, each attempt's by variant; `attempts` is GitHub's number of each by ours."""
    rows = await conn.fetch(
        """
        SELECT id, workflow_run, job_id, name, variant, status, conclusion, failed_step, started_at, completed_at,
               extract(EPOCH FROM completed_at - started_at)::double precision / 60 AS minutes, tests, failures,
               is_complete, stopped_early, infra, left(note, $4) AS note, html_url
        FROM fg_job
        WHERE repo_id = $1 AND workflow_run = ANY ($2::bigint[])
        ORDER BY workflow_run DESC, variant, id
        LIMIT $3
        """,
        repo_id,
        list(attempts),
        MOST_JOBS,
        LONGEST_NOTE,
    )
    failed = await _list_failed(conn, repo_id, attempts)
    jobs: defaultdict[int, list[ShownJob]] = defaultdict(list)
    for row in rows:
        jobs[row["workflow_run"]].append(_job(attempts[row["workflow_run"]], row, failed.get(row["id"], ())))
    return jobs


def _job(run_attempt: int, row: Record, failed: Sequence[FailedExecution]) -> ShownJob:
    return ShownJob(
        run_attempt=run_attempt,
        job_id=row["job_id"],
        name=row["name"],
        variant=row["variant"],
        status=row["status"],
        conclusion=row["conclusion"],
        failed_step=row["failed_step"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        minutes=row["minutes"],
        tests=row["tests"],
        failures=row["failures"],
        is_complete=row["is_complete"],
        stopped_early=row["stopped_early"],
        infra=row["infra"],
        note=row["note"],
        html_url=row["html_url"],
        failed=tuple(failed),
    )


async def _list_failed(
    conn: Connection, repo_id: RepoId, attempts: Collection[int]
) -> dict[int, list[FailedExecution]]:
    rows = await conn.fetch(
        """
        SELECT bad.job, bad.test_id, test.suite, test.class_name, test.name, bad.ordinal, bad.outcome,
               left(split_part(ltrim(bad.failure_message, E' \\n\\r\\t'), E'\\n', 1), 300) AS message,
               bad.failure_msg_signature AS signature,
               (SELECT cluster.id
                FROM fg_failure_cluster AS cluster
                WHERE cluster.repo_id = $1 AND cluster.failure_msg_signature = bad.failure_msg_signature
                ORDER BY cluster.rules_version DESC
                LIMIT 1) AS cluster_id,
               EXISTS (
                   SELECT
                   FROM fg_occurrence AS later
                   WHERE later.repo_id = $1 AND later.job = bad.job AND later.test_id = bad.test_id
                     AND later.ordinal > bad.ordinal AND later.created_at = bad.created_at
                     AND later.outcome = 'passed') AS has_passed
        FROM (
            SELECT o.*
            FROM fg_workflow_run AS run
            CROSS JOIN LATERAL (
                SELECT *
                FROM fg_occurrence
                WHERE repo_id = $1 AND workflow_run = run.id AND created_at = run.run_started_at
                  AND outcome IN ('failed', 'error')
                OFFSET 0
            ) AS o
            WHERE run.repo_id = $1 AND run.id = ANY ($2::bigint[])
            ORDER BY o.workflow_run DESC, o.job, o.test_id, o.ordinal
            LIMIT $3
        ) AS bad
        JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = bad.test_id
        ORDER BY bad.workflow_run, bad.job, test.suite, test.class_name, test.name, bad.ordinal
        """,
        repo_id,
        list(attempts),
        MOST_FAILED,
    )
    failed: defaultdict[int, list[FailedExecution]] = defaultdict(list)
    for row in rows:
        failed[row["job"]].append(_failure(row))
    return failed


def _failure(row: Record) -> FailedExecution:
    return FailedExecution(
        test_id=row["test_id"],
        suite=row["suite"],
        class_name=row["class_name"],
        name=row["name"],
        ordinal=row["ordinal"],
        outcome=row["outcome"],
        message=row["message"],
        signature=row["signature"],
        cluster_id=row["cluster_id"],
        has_passed=row["has_passed"],
    )
