"""How a test failed and passed lately, and which tests ran before it in its jobs: what a guess at its cause is made of."""

from dataclasses import dataclass
from datetime import datetime

from app.core.causes import MOST_FAILURES, FailureSeen
from app.core.model import CaseName, RepoId, TestId
from app.core.order import Jobs, Neighbour
from app.db.connection import Connection

_PASSES = 200
_JOBS_EACH = 20
_NEIGHBOURS = 50


async def list_failures_seen(conn: Connection, repo_id: RepoId, test_id: TestId) -> list[FailureSeen]:
    """Return a test's latest failures that evidence stands for, one an attempt, latest first."""
    rows = await conn.fetch(
        """
        SELECT o.failure_message AS message, o.failure_stack_trace AS stack_trace, o.duration_ms, o.created_at AS at
        FROM fg_evidence AS proof
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = proof.failed_run_id AND run.run_attempt = proof.failed_run_attempt
        JOIN fg_job AS job ON job.repo_id = $1 AND job.workflow_run = run.id AND job.variant = proof.failed_job
        JOIN fg_occurrence AS o
          ON o.repo_id = $1 AND o.job = job.id AND o.test_id = $2 AND o.ordinal = proof.failed_ordinal
             AND o.created_at = run.run_started_at
        WHERE proof.repo_id = $1 AND proof.test_id = $2 AND o.outcome IN ('failed', 'error')
        ORDER BY o.created_at DESC, o.job
        LIMIT $3
        """,
        repo_id,
        test_id,
        MOST_FAILURES,
    )
    return [FailureSeen(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """A test's latest passes: how long they took where that is known (milliseconds), and when their attempts began."""

    durations: list[int]
    times: list[datetime]


async def list_passes(conn: Connection, repo_id: RepoId, test_id: TestId) -> Passes:
    rows = await conn.fetch(
        """
        SELECT duration_ms, created_at
        FROM fg_occurrence
        WHERE repo_id = $1 AND test_id = $2 AND outcome = 'passed'
        ORDER BY created_at DESC, job, ordinal
        LIMIT $3
        """,
        repo_id,
        test_id,
        _PASSES,
    )
    return Passes(
        durations=[row["duration_ms"] for row in rows if row["duration_ms"] is not None],
        times=[row["created_at"] for row in rows],
    )


async def list_neighbours(conn: Connection, repo_id: RepoId, test_id: TestId) -> tuple[Jobs, list[Neighbour]]:
    """Return how the other tests of a test's latest failing and passing jobs stood to it, those that tell the most first.

    The jobs are those in whose reports the order is known; a test that did not run in one did not run before it.
    """
    rows = await conn.fetch(
        """
        WITH own AS (
            (SELECT job, position, created_at, true AS failed
             FROM fg_occurrence
             WHERE repo_id = $1 AND test_id = $2 AND ordinal = 1 AND position IS NOT NULL
               AND outcome IN ('failed', 'error')
             ORDER BY created_at DESC, job
             LIMIT $3)
            UNION ALL
            (SELECT job, position, created_at, false AS failed
             FROM fg_occurrence
             WHERE repo_id = $1 AND test_id = $2 AND ordinal = 1 AND position IS NOT NULL AND outcome = 'passed'
             ORDER BY created_at DESC, job
             LIMIT $3)
        ), jobs AS (
            SELECT count(*) FILTER (WHERE failed) AS failing, count(*) FILTER (WHERE NOT failed) AS passing FROM own
        ), beside AS (
            SELECT o.test_id,
                   count(*) FILTER (WHERE own.failed AND o.position < own.position) AS failing_before,
                   count(*) FILTER (WHERE NOT own.failed AND o.position < own.position) AS passing_before
            FROM own
            JOIN fg_occurrence AS o
              ON o.repo_id = $1 AND o.job = own.job AND o.created_at = own.created_at AND o.ordinal = 1
                 AND o.test_id <> $2 AND o.outcome <> 'skipped'
            GROUP BY o.test_id
        )
        SELECT jobs.failing, jobs.passing, (SELECT count(*) FROM beside) AS candidates, beside.failing_before,
               beside.passing_before, test.suite, test.class_name, test.name
        FROM jobs
        LEFT JOIN LATERAL (
            SELECT *
            FROM beside
            WHERE beside.failing_before IN (0, jobs.failing)
            ORDER BY abs(beside.failing_before::double precision / greatest(jobs.failing, 1)
                         - beside.passing_before::double precision / greatest(jobs.passing, 1)) DESC, beside.test_id
            LIMIT $4
        ) AS beside ON true
        LEFT JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = beside.test_id
        """,
        repo_id,
        test_id,
        _JOBS_EACH,
        _NEIGHBOURS,
    )
    first = rows[0]
    jobs = Jobs(failing=first["failing"], passing=first["passing"], candidates=first["candidates"])
    return jobs, [
        Neighbour(
            case=CaseName(suite=row["suite"], class_name=row["class_name"], name=row["name"]),
            failing_before=row["failing_before"],
            passing_before=row["passing_before"],
        )
        for row in rows
        if row["name"] is not None
    ]
