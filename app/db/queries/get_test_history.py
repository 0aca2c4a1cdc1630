"""What a test did, run by run."""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.model import Outcome, RepoId, Source, TestId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PastExecution:
    """One execution of the test.

    `run_id` and `run_attempt` are the provider's, `attempt` is our id of the two together, `at` the attempt's start.
    `duration_ms` is in milliseconds, `message` the failure's first line; `html_url` is the job's page, or the run's.
    """

    attempt: int
    run_id: int
    run_attempt: int
    job: str
    branch: str | None
    sha: str
    pull: int | None
    event: str
    outcome: Outcome
    duration_ms: int | None
    message: str | None
    source: Source
    ordinal: int
    at: datetime
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """The executions of one UTC day that have been rolled up; durations in milliseconds, None where none is known."""

    day: date
    passed: int
    skipped: int
    mean_ms: float | None
    slowest_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestHistory:
    """Executions and days, each newest first. A day counts what is not among the executions any more."""

    __test__ = False

    executions: list[PastExecution]
    days: list[PastDay]


async def get_test_history(conn: Connection, repo_id: RepoId, *, test_id: TestId, limit: int = 500) -> TestHistory:
    """Return the latest executions of a test and the latest days of rolled up ones, at most `limit` of each."""
    return TestHistory(
        executions=await _list_executions(conn, repo_id, test_id, limit),
        days=await _list_days(conn, repo_id, test_id, limit),
    )


async def _list_executions(conn: Connection, repo_id: RepoId, test_id: TestId, limit: int) -> list[PastExecution]:
    """Read from the month that saw the test last back, as far as is needed.

    Asked for the latest of all months, a planner that expects a few executions of a test reads and sorts years of them.
    """
    seen = await when_seen(conn, repo_id, test_id)
    if seen is None:
        return []
    rows = await conn.fetch(
        """
        SELECT run.id AS attempt, run.run_id, run.run_attempt, job.variant AS job, run.head_branch AS branch,
               run.head_sha AS sha, run.pull_number AS pull, run.event, latest.outcome, latest.duration_ms,
               latest.message, latest.source, latest.ordinal, latest.created_at AS at,
               coalesce(job.html_url, run.html_url) AS html_url
        FROM (
            SELECT o.workflow_run, o.job, o.created_at, o.ordinal, o.outcome, o.duration_ms, o.source, o.message
            FROM generate_series(date_trunc('month', $4::timestamptz, 'UTC'), $3::timestamptz - interval '1 month', interval '-1 month')
                WITH ORDINALITY AS month (starts_at, place)
            CROSS JOIN LATERAL (
                SELECT workflow_run, job, created_at, ordinal, outcome, duration_ms, source,
                       left(split_part(ltrim(failure_message, E' \\n\\r\\t'), E'\\n', 1), 300) AS message
                FROM fg_occurrence
                WHERE repo_id = $1 AND test_id = $2 AND created_at >= month.starts_at
                  AND created_at < month.starts_at + interval '1 month'
                ORDER BY created_at DESC, job DESC, ordinal DESC
                LIMIT $5
            ) AS o
            ORDER BY month.place, o.created_at DESC, o.job DESC, o.ordinal DESC
            LIMIT $5
        ) AS latest
        JOIN fg_workflow_run AS run ON run.repo_id = $1 AND run.id = latest.workflow_run
        JOIN fg_job AS job ON job.repo_id = $1 AND job.id = latest.job
        ORDER BY latest.created_at DESC, latest.job DESC, latest.ordinal DESC
        """,
        repo_id,
        test_id,
        seen.first,
        seen.last,
        limit,
    )
    return [PastExecution(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Between which moments all executions of a test lie."""

    first: datetime
    last: datetime


async def when_seen(conn: Connection, repo_id: RepoId, test_id: TestId) -> Seen | None:
    """Return when the test was seen first and last, a day wider than stored: it is noted to within a day."""
    row = await conn.fetchrow(
        """
        SELECT first_seen_at - interval '1 day' AS first, last_seen_at + interval '1 day' AS last
        FROM fg_test_case
        WHERE repo_id = $1 AND id = $2
        """,
        repo_id,
        test_id,
    )
    return Seen(**row) if row else None


async def _list_days(conn: Connection, repo_id: RepoId, test_id: TestId, limit: int) -> list[PastDay]:
    rows = await conn.fetch(
        """
        SELECT day, passed, skipped, duration_ms::double precision / nullif(timed, 0) AS mean_ms, slowest_ms
        FROM fg_daily
        WHERE repo_id = $1 AND test_id = $2
        ORDER BY day DESC
        LIMIT $3
        """,
        repo_id,
        test_id,
        limit,
    )
    return [PastDay(**row) for row in rows]
