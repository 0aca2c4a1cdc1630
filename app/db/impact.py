"""What the failures of tests have cost lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.model import RepoId, TestId
from app.db.connection import Connection

LATELY = timedelta(days=30)
LONGEST_WAIT = timedelta(hours=8)
"""Who waits for longer has gone home: a working day is the most that one failure is said to have cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What a test's failures hit in the last 30 days: runs, pull requests, commits and jobs (by variant); and minutes.

    `minutes_lost` are those of its failed jobs, `minutes_rerun` those of the same jobs when they were run again,
    `minutes_waited` the time from the end of a failed attempt to that of the next one that succeeded, of the same run or
    pull request and workflow, for which somebody may have waited.
    """

    runs: int
    pulls: int
    heads: int
    jobs: int
    minutes_lost: float
    minutes_rerun: float
    minutes_waited: float


NO_IMPACT = Impact(runs=0, pulls=0, heads=0, jobs=0, minutes_lost=0.0, minutes_rerun=0.0, minutes_waited=0.0)


async def measure_impact(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], as_of: datetime
) -> dict[TestId, Impact]:
    """Return what the failures of each of those tests hit in the 30 days before `as_of`.

    It goes through the failures of the period's attempts, which are few beside the tests' passes in between. The OFFSET
    keeps a planner that expects few executions of a test from reading all of them. Only jobs that failed are counted: one
    that a retry saved has cost nobody's time.
    """
    if not tests:
        return {}
    rows = await conn.fetch(
        """
        WITH hit AS MATERIALIZED (
            SELECT DISTINCT o.test_id, o.job, job.variant, run.id, run.run_id, run.run_attempt, run.workflow_id,
                   run.pull_number, run.head_sha, run.completed_at,
                   job.conclusion IN ('failure', 'timed_out') AS has_cost,
                   extract(EPOCH FROM job.completed_at - job.started_at)::double precision / 60 AS minutes
            FROM fg_workflow_run AS run
            CROSS JOIN LATERAL (
                SELECT bad.test_id, bad.job
                FROM fg_occurrence AS bad
                WHERE bad.repo_id = $1 AND bad.workflow_run = run.id AND bad.created_at = run.run_started_at
                  AND bad.created_at > $3 AND bad.created_at <= $4
                  AND bad.test_id = ANY ($2::bigint[]) AND bad.outcome IN ('failed', 'error')
                OFFSET 0
            ) AS o
            JOIN fg_job AS job ON job.repo_id = $1 AND job.id = o.job
            WHERE run.repo_id = $1 AND run.run_started_at > $3 AND run.run_started_at <= $4
        ), attempt AS MATERIALIZED (
            SELECT DISTINCT id, run_id, run_attempt, workflow_id, pull_number, completed_at FROM hit WHERE has_cost
        ), waited AS (
            SELECT attempt.id, extract(EPOCH FROM following.ended - attempt.completed_at)::double precision / 60 AS minutes
            FROM attempt
            CROSS JOIN LATERAL (
                SELECT min(next.completed_at) AS ended
                FROM fg_workflow_run AS next
                WHERE next.repo_id = $1 AND next.run_started_at >= attempt.completed_at
                  AND next.run_started_at < attempt.completed_at + $5::interval
                  AND next.completed_at < attempt.completed_at + $5::interval AND next.conclusion = 'success'
                  AND (next.run_id = attempt.run_id
                       OR (next.pull_number = attempt.pull_number AND next.workflow_id = attempt.workflow_id))
            ) AS following
        ), rerun AS (
            SELECT hit.test_id, hit.job,
                   (SELECT extract(EPOCH FROM again.completed_at - again.started_at)::double precision / 60
                    FROM fg_workflow_run AS next
                    JOIN fg_job AS again
                      ON again.repo_id = $1 AND again.workflow_run = next.id AND again.variant = hit.variant
                    WHERE next.repo_id = $1 AND next.run_id = hit.run_id AND next.run_attempt = hit.run_attempt + 1
                    LIMIT 1) AS minutes
            FROM hit
            WHERE hit.has_cost
        )
        SELECT hit.test_id, count(DISTINCT hit.run_id) AS runs, count(DISTINCT hit.pull_number) AS pulls,
               count(DISTINCT hit.head_sha) AS heads, count(DISTINCT hit.variant) AS jobs,
               coalesce(sum(hit.minutes) FILTER (WHERE hit.has_cost), 0) AS minutes_lost,
               coalesce((SELECT sum(rerun.minutes) FROM rerun WHERE rerun.test_id = hit.test_id), 0) AS minutes_rerun,
               coalesce((SELECT sum(waited.minutes) FROM waited
                         WHERE waited.id IN (SELECT own.id FROM hit AS own WHERE own.test_id = hit.test_id)), 0)
                   AS minutes_waited
        FROM hit
        GROUP BY hit.test_id
        """,
        repo_id,
        list(tests),
        as_of - LATELY,
        as_of,
        LONGEST_WAIT,
    )
    hit = {
        row["test_id"]: Impact(
            runs=row["runs"],
            pulls=row["pulls"],
            heads=row["heads"],
            jobs=row["jobs"],
            minutes_lost=row["minutes_lost"],
            minutes_rerun=row["minutes_rerun"],
            minutes_waited=row["minutes_waited"],
        )
        for row in rows
    }
    return {test: hit.get(test, NO_IMPACT) for test in tests}
