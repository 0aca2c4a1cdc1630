"""How long jobs and tests take, and whether they are getting slower."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.model import RepoId
from app.db.connection import Connection

MOST_DAYS = 30
"""Older passes may have been rolled up, and would be missing from the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPerformance:
    """How long one job variant of one workflow takes, in seconds.

    `trend` is the median of the newer half of its runs over that of the older half (1.2: a fifth slower); None for a
    single run, and where the older half took no time.
    """

    workflow_id: int
    workflow_name: str
    variant: str
    runs: int
    p50_seconds: float
    p95_seconds: float
    trend: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowTest:
    """How long one test takes, in milliseconds; `total_ms` is what it took in the whole period."""

    test_id: int
    suite: str
    class_name: str
    name: str
    executions: int
    p50_ms: float
    p95_ms: float
    total_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRunPerformance:
    """Jobs by the time that they take at their median, tests by what they took altogether, each the longest first."""

    __test__ = False

    jobs: list[JobPerformance]
    tests: list[SlowTest]


async def analyze_test_run_performance(
    conn: Connection, repo_id: RepoId, *, as_of: datetime, days: int = 14, limit: int = 20
) -> TestRunPerformance:
    """Return at most `limit` jobs and tests with their durations in the `days` before that moment.

    Jobs that were cancelled, or have no times, tell nothing about how long they take; tests are timed whether they pass
    or fail. Raises ValueError for a period that is not of 1 to 30 days.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"durations are known of 1 to {MOST_DAYS} days, not of {days}")
    since = as_of - timedelta(days=days)
    return TestRunPerformance(
        jobs=await _list_job_performances(conn, repo_id, since, as_of, limit),
        tests=await _list_slow_tests(conn, repo_id, since, as_of, limit),
    )


async def _list_job_performances(
    conn: Connection, repo_id: RepoId, since: datetime, as_of: datetime, limit: int
) -> list[JobPerformance]:
    rows = await conn.fetch(
        """
        SELECT workflow_id, max(workflow_name) AS workflow_name, variant, count(*) AS runs,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50_seconds,
               percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE half = 2)
               / nullif(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE half = 1), 0) AS trend
        FROM (
            SELECT run.workflow_id, run.workflow_name, job.variant,
                   extract(EPOCH FROM job.completed_at - job.started_at)::double precision AS seconds,
                   ntile(2) OVER (PARTITION BY run.workflow_id, job.variant ORDER BY run.run_started_at, job.id) AS half
            FROM fg_workflow_run AS run
            JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
            WHERE run.repo_id = $1 AND run.run_started_at > $2 AND run.run_started_at <= $3
              AND job.started_at IS NOT NULL AND job.completed_at IS NOT NULL
              AND job.conclusion IN ('success', 'failure', 'timed_out')
        ) AS timed
        GROUP BY workflow_id, variant
        ORDER BY p50_seconds DESC, workflow_id, variant
        LIMIT $4
        """,
        repo_id,
        since,
        as_of,
        limit,
    )
    return [JobPerformance(**row) for row in rows]


async def _list_slow_tests(
    conn: Connection, repo_id: RepoId, since: datetime, as_of: datetime, limit: int
) -> list[SlowTest]:
    """Add up all executions of the period, which costs the more the larger the repository is.

    Percentiles are worked out for the tests that are shown only, since each sorts all of its test's durations.
    """
    rows = await conn.fetch(
        """
        SELECT slow.test_id, test.suite, test.class_name, test.name, slow.executions,
               spread.at[1] AS p50_ms, spread.at[2] AS p95_ms, slow.total_ms
        FROM (
            SELECT o.test_id, count(*) AS executions, sum(o.duration_ms) AS total_ms
            FROM fg_occurrence AS o
            WHERE o.repo_id = $1 AND o.created_at > $2 AND o.created_at <= $3
              AND o.duration_ms IS NOT NULL AND o.outcome <> 'skipped'
            GROUP BY o.test_id
            ORDER BY total_ms DESC, o.test_id
            LIMIT $4
        ) AS slow
        JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = slow.test_id
        CROSS JOIN LATERAL (
            SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY own.duration_ms) AS at
            FROM fg_occurrence AS own
            WHERE own.repo_id = $1 AND own.test_id = slow.test_id AND own.created_at > $2 AND own.created_at <= $3
              AND own.duration_ms IS NOT NULL AND own.outcome <> 'skipped'
        ) AS spread
        ORDER BY slow.total_ms DESC, slow.test_id
        """,
        repo_id,
        since,
        as_of,
        limit,
    )
    return [SlowTest(**row) for row in rows]
