"""What a test did: its executions by pages, and its rates and durations week by week."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import msgspec

from app.core.beta import jeffreys_interval
from app.core.model import Outcome, RepoId, Source, TestId
from app.core.paging import Mark, Page, cut
from app.db.connection import Connection
from app.db.queries.get_test_history import when_seen
from app.db.reading.marks import LARGEST, LATEST, MOST_ROWS, moment, number, read_mark
from app.db.reading.wanted import Days, Words, since_days, text_if_any
from app.db.weeks import list_weeks

_TIMED = 500
"""Executions of a week are enough to tell how long they take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWanted:
    """Which executions are asked for; `branch` as GitHub names it, `variant` a job's name with its matrix values."""

    branch: Annotated[Words | None, msgspec.Meta(description="Branch of the commit.")] = None
    variant: Annotated[Words | None, msgspec.Meta(description="Name of the job, with its matrix values.")] = None
    outcome: Annotated[Outcome | None, msgspec.Meta(description="How it ended.")] = None
    days: Annotated[Days | None, msgspec.Meta(description="So many days before the latest run.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOccurrence:
    """One execution of a test.

    `run_id`, `run_attempt` and `job_id` are GitHub's (`job_id` is negative where a report belongs to no job), `job` is our
    own number of the job. `at` is the attempt's start, `ordinal` counts the executions within the job. `duration_ms` is in
    milliseconds, `message` the first line of a failure, `signature` what failures of one cause share, `cluster_id` that
    cause. `html_url` is the job's page, or the run's.
    """

    run_id: int
    run_attempt: int
    job: int
    job_id: int
    job_name: str
    variant: str
    head_sha: str
    branch: str | None
    pull_number: int | None
    event: str
    at: datetime
    outcome: Outcome
    source: Source
    ordinal: int
    duration_ms: int | None
    message: str | None
    signature: str | None
    cluster_id: int | None
    html_url: str


_SHOWN = """
    SELECT run.run_id, run.run_attempt, latest.job, job.job_id, job.name AS job_name, job.variant, run.head_sha,
           run.head_branch AS branch, run.pull_number, run.event, latest.created_at AS at, latest.outcome, latest.source,
           latest.ordinal, latest.duration_ms, latest.failure_msg_signature AS signature,
           left(split_part(ltrim(latest.failure_message, E' \\n\\r\\t'), E'\\n', 1), 300) AS message,
           (SELECT cluster.id
            FROM fg_failure_cluster AS cluster
            WHERE cluster.repo_id = $1 AND cluster.failure_msg_signature = latest.failure_msg_signature
            ORDER BY cluster.rules_version DESC
            LIMIT 1) AS cluster_id,
           coalesce(job.html_url, run.html_url) AS html_url
"""
_BY_MONTHS = """
    FROM (
        SELECT o.*
        FROM generate_series(date_trunc('month', $4::timestamptz, 'UTC'), $3::timestamptz - interval '1 month', interval '-1 month')
            WITH ORDINALITY AS month (starts_at, place)
        CROSS JOIN LATERAL (
            SELECT *
            FROM fg_occurrence AS one
            WHERE one.repo_id = $1 AND one.test_id = $2 AND one.created_at >= greatest(month.starts_at, $3)
              AND one.created_at < month.starts_at + interval '1 month' AND one.created_at <= $5
              AND (one.created_at, one.job, one.ordinal) < ($5, $6, $7)
              AND ($8::fg_outcome IS NULL OR one.outcome = $8)
              AND ($9::text IS NULL OR EXISTS (
                  SELECT
                  FROM fg_job AS its
                  WHERE its.repo_id = $1 AND its.id = one.job AND its.variant = $9))
            ORDER BY one.created_at DESC, one.job DESC, one.ordinal DESC
            LIMIT $10
        ) AS o
        ORDER BY month.place, o.created_at DESC, o.job DESC, o.ordinal DESC
        LIMIT $10
    ) AS latest
"""
# A branch may have few runs among very many: its runs are looked through for the test, not the test's for the branch.
_BY_RUNS = """
    FROM (
        SELECT o.*
        FROM fg_workflow_run AS its
        CROSS JOIN LATERAL (
            SELECT *
            FROM fg_occurrence AS one
            WHERE one.repo_id = $1 AND one.test_id = $2 AND one.created_at = its.run_started_at
              AND one.workflow_run = its.id AND (one.created_at, one.job, one.ordinal) < ($5, $6, $7)
              AND ($8::fg_outcome IS NULL OR one.outcome = $8)
              AND ($9::text IS NULL OR EXISTS (
                  SELECT
                  FROM fg_job AS its
                  WHERE its.repo_id = $1 AND its.id = one.job AND its.variant = $9))
            OFFSET 0
        ) AS o
        WHERE its.repo_id = $1 AND its.head_branch = $11 AND its.run_started_at >= $3 AND its.run_started_at <= $4
        ORDER BY its.run_started_at DESC, o.job DESC, o.ordinal DESC
        LIMIT $10
    ) AS latest
"""
_BESIDE = """
    JOIN fg_workflow_run AS run ON run.repo_id = $1 AND run.id = latest.workflow_run
    JOIN fg_job AS job ON job.repo_id = $1 AND job.id = latest.job
    ORDER BY latest.created_at DESC, latest.job DESC, latest.ordinal DESC
"""


async def list_occurrences(
    conn: Connection, repo_id: RepoId, test_id: TestId, wanted: HistoryWanted, after: Mark | None, limit: int
) -> Page[PastOccurrence]:
    """Return a page of a test's executions, newest first. Raises NotAMark.

    They are read from the month that saw the test last back, as far as is needed. Passes that have been rolled up to days
    are not among them.
    """
    at, job, ordinal = read_mark(after, moment, number, number) or (LATEST, LARGEST, 0)
    seen = await when_seen(conn, repo_id, test_id)
    if seen is None:
        return Page(items=(), after=None)
    since = await since_days(conn, repo_id, wanted.days)
    size = min(limit, MOST_ROWS)
    rows = await (_list_on_branch if wanted.branch else _list_occurrences)(
        conn,
        repo_id,
        test_id,
        wanted,
        (max(seen.first, since) if since else seen.first, min(seen.last, at)),
        (at, job, ordinal),
        size + 1,
    )
    return cut(rows, size, lambda row: (row.at.isoformat(), row.job, row.ordinal))


async def _list_occurrences(
    conn: Connection,
    repo_id: RepoId,
    test_id: TestId,
    wanted: HistoryWanted,
    period: tuple[datetime, datetime],
    start: tuple[datetime, int, int],
    limit: int,
) -> list[PastOccurrence]:
    rows = await conn.fetch(
        _SHOWN + _BY_MONTHS + _BESIDE,
        repo_id,
        test_id,
        *period,
        *start,
        wanted.outcome,
        text_if_any(wanted.variant),
        limit,
    )
    return [PastOccurrence(**row) for row in rows]


async def _list_on_branch(
    conn: Connection,
    repo_id: RepoId,
    test_id: TestId,
    wanted: HistoryWanted,
    period: tuple[datetime, datetime],
    start: tuple[datetime, int, int],
    limit: int,
) -> list[PastOccurrence]:
    rows = await conn.fetch(
        _SHOWN + _BY_RUNS + _BESIDE,
        repo_id,
        test_id,
        *period,
        *start,
        wanted.outcome,
        text_if_any(wanted.variant),
        limit,
        text_if_any(wanted.branch),
    )
    return [PastOccurrence(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateWeek:
    """The UTC week that begins on `starts_on`, a Monday: executions, and those that failed, whatever the reason.

    `rate` is the share of the two, with its 90 % interval `low`..`high`.
    """

    starts_on: date
    executed: int
    failed: int
    rate: float
    low: float
    high: float


async def list_rate_weeks(conn: Connection, repo_id: RepoId, test_id: TestId, since: datetime) -> tuple[RateWeek, ...]:
    """Return how often a test failed in each week that saw it since then, oldest first; see list_weeks for what counts."""
    weeks = await list_weeks(conn, repo_id, [test_id], since)
    return tuple(_rate(week.starts_on, week.executed, week.failed) for week in weeks if week.executed)


def _rate(starts_on: date, executed: int, failed: int) -> RateWeek:
    low, high = jeffreys_interval(failed, executed)
    return RateWeek(starts_on=starts_on, executed=executed, failed=failed, rate=failed / executed, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationWeek:
    """How long a test took in the UTC week that begins on `starts_on`, a Monday; in milliseconds, skips left out.

    `executions` are those that were looked at: the week's latest 500, if it had more.
    """

    starts_on: date
    executions: int
    p50_ms: float
    p95_ms: float


async def list_durations(
    conn: Connection, repo_id: RepoId, test_id: TestId, since: datetime
) -> tuple[DurationWeek, ...]:
    """Return how long a test took week by week since then, oldest first.

    Of passes that have been rolled up, how long each took is not known any more: they are left out.
    """
    seen = await when_seen(conn, repo_id, test_id)
    if seen is None:
        return ()
    rows = await conn.fetch(
        """
        SELECT week.starts_at::date AS starts_on, own.executions, own.spread[1] AS p50_ms, own.spread[2] AS p95_ms
        FROM generate_series(date_trunc('week', $3::timestamptz, 'UTC'), $4::timestamptz, interval '7 days') AS week (starts_at)
        CROSS JOIN LATERAL (
            SELECT count(*) AS executions,
                   percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY latest.duration_ms) AS spread
            FROM (
                SELECT duration_ms
                FROM fg_occurrence
                WHERE repo_id = $1 AND test_id = $2 AND created_at >= greatest(week.starts_at, $3)
                  AND created_at < week.starts_at + interval '7 days' AND duration_ms IS NOT NULL AND outcome <> 'skipped'
                ORDER BY created_at DESC
                LIMIT $5
            ) AS latest
        ) AS own
        WHERE own.executions > 0
        ORDER BY week.starts_at
        """,
        repo_id,
        test_id,
        max(since, seen.first),
        seen.last,
        _TIMED,
    )
    return tuple(DurationWeek(**row) for row in rows)
