"""The front page of a repository."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core.model import RepoId, Standing
from app.db.connection import Connection
from app.db.queries.find_flakiest_tests import FlakyTest, find_flakiest_tests

_SHOWN = 10
_LONGEST_WAIT_MINUTES = 60
"""A re-run that is asked for the next morning has not kept anybody waiting all night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDay:
    """The runs whose first attempt of the period began on that UTC day.

    A run has failed where an attempt of it did; it is infra where each attempt that failed did so as a whole, and turned
    green where a later attempt succeeded: on the same code, so something in it is flaky. `tests` and `tests_failed` sum
    the tests of its attempts, and the failing ones.
    """

    day: date
    runs: int
    attempts: int
    tests: int
    runs_failed: int
    runs_infra: int
    runs_turned_green: int
    tests_failed: int

    @property
    def flake_rate(self) -> float:
        """The share of the day's runs that failed and then turned green, 0..1."""
        return self.runs_turned_green / self.runs


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestCluster:
    """Failures that share a signature."""

    id: int
    failure_msg_signature: str
    title: str
    kind: str
    occurrence_count: int
    test_count: int
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestRun:
    """One attempt of a run, by the provider's numbers."""

    run_id: int
    run_attempt: int
    workflow_name: str
    head_branch: str | None
    head_sha: str
    pull_number: int | None
    conclusion: str | None
    tests: int
    failures: int
    is_infra: bool
    run_started_at: datetime
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Figures of the repository as it stands."""

    tests_known: int
    suspect: int
    flaky: int
    broken: int
    quarantined: int
    proposed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryDashboard:
    """All of the front page: the repository as it stands, and the `days` before `as_of`.

    `standings` counts tests, `trend` has the days that saw a run, oldest first; clusters and runs are the latest, tests
    the worst, ten of each. `minutes_lost`: see measure_minutes_lost.
    """

    as_of: datetime
    days: int
    tests_known: int
    standings: dict[Standing, int]
    runs: int
    runs_failed: int
    runs_infra: int
    runs_turned_green: int
    trend: list[RunDay]
    minutes_lost: float
    quarantined: int
    proposed: int
    clusters: list[LatestCluster]
    latest_runs: list[LatestRun]
    worst_tests: list[FlakyTest]


async def get_repository_dashboard(
    conn: Connection, repo_id: RepoId, *, as_of: datetime, days: int = 30
) -> RepositoryDashboard:
    """Return the figures of a repository's front page; runs are counted over the `days` before that moment."""
    since = as_of - timedelta(days=days)
    totals = await _count_totals(conn, repo_id)
    trend = await list_run_days(conn, repo_id, since, as_of)
    return RepositoryDashboard(
        as_of=as_of,
        days=days,
        tests_known=totals.tests_known,
        standings=_standings(totals),
        runs=sum(day.runs for day in trend),
        runs_failed=sum(day.runs_failed for day in trend),
        runs_infra=sum(day.runs_infra for day in trend),
        runs_turned_green=sum(day.runs_turned_green for day in trend),
        trend=trend,
        minutes_lost=await measure_minutes_lost(conn, repo_id, since=since, until=as_of),
        quarantined=totals.quarantined,
        proposed=totals.proposed,
        clusters=await _list_latest_clusters(conn, repo_id),
        latest_runs=await _list_latest_runs(conn, repo_id, as_of),
        worst_tests=await find_flakiest_tests(conn, repo_id, limit=_SHOWN),
    )


def _standings(totals: Totals) -> dict[Standing, int]:
    """Count a test without a score as healthy: it never failed in its window."""
    return {
        Standing.HEALTHY: totals.tests_known - totals.suspect - totals.flaky - totals.broken,
        Standing.SUSPECT: totals.suspect,
        Standing.FLAKY: totals.flaky,
        Standing.BROKEN: totals.broken,
    }


async def _count_totals(conn: Connection, repo_id: RepoId) -> Totals:
    [row] = await conn.fetch(
        """
        SELECT known.tests AS tests_known, judged.suspect, judged.flaky, judged.broken, decided.quarantined,
               decided.proposed
        FROM (
            SELECT count(*) AS tests
            FROM fg_test_case
            WHERE repo_id = $1
        ) AS known
        CROSS JOIN (
            SELECT count(*) FILTER (WHERE standing = 'suspect') AS suspect,
                   count(*) FILTER (WHERE standing = 'flaky') AS flaky,
                   count(*) FILTER (WHERE standing = 'broken') AS broken
            FROM fg_flake_score
            WHERE repo_id = $1
        ) AS judged
        CROSS JOIN (
            SELECT count(*) FILTER (WHERE state = 'ACTIVE') AS quarantined,
                   count(*) FILTER (WHERE state = 'PROPOSED') AS proposed
            FROM fg_quarantine_decision
            WHERE repo_id = $1 AND ended_at IS NULL
        ) AS decided
        """,
        repo_id,
    )
    return Totals(**row)


async def list_run_days(conn: Connection, repo_id: RepoId, since: datetime, until: datetime) -> list[RunDay]:
    """Return the days after `since`, up to `until`, that saw a run, oldest first."""
    rows = await conn.fetch(
        """
        SELECT run.day, count(*) AS runs, sum(run.attempts)::bigint AS attempts, sum(run.tests)::bigint AS tests,
               count(*) FILTER (WHERE run.failed_first IS NOT NULL) AS runs_failed,
               count(*) FILTER (WHERE run.is_infra) AS runs_infra,
               count(*) FILTER (WHERE run.failed_first < run.green_last) AS runs_turned_green,
               sum(run.failures)::bigint AS tests_failed
        FROM (
            SELECT (min(run_started_at) AT TIME ZONE 'UTC')::date AS day, sum(failures) AS failures,
                   count(*) AS attempts, sum(tests) AS tests,
                   min(run_attempt) FILTER (WHERE conclusion IN ('failure', 'timed_out')) AS failed_first,
                   max(run_attempt) FILTER (WHERE conclusion = 'success') AS green_last,
                   bool_and(is_infra) FILTER (WHERE conclusion IN ('failure', 'timed_out')) AS is_infra
            FROM fg_workflow_run
            WHERE repo_id = $1 AND run_started_at > $2 AND run_started_at <= $3
            GROUP BY run_id
        ) AS run
        GROUP BY run.day
        ORDER BY run.day
        """,
        repo_id,
        since,
        until,
    )
    return [RunDay(**row) for row in rows]


_LOST = """
    sum(coalesce(jobs.minutes, 0) + greatest(least(later.waited, $4), 0))::double precision AS minutes
    FROM fg_workflow_run AS lost
    CROSS JOIN LATERAL (
        SELECT bool_or(again.conclusion = 'success') AS turned_green,
               extract(EPOCH FROM min(again.run_started_at) - lost.completed_at)::double precision / 60 AS waited
        FROM fg_workflow_run AS again
        WHERE again.repo_id = lost.repo_id AND again.run_id = lost.run_id AND again.run_attempt > lost.run_attempt
    ) AS later
    CROSS JOIN LATERAL (
        SELECT sum(extract(EPOCH FROM job.completed_at - job.started_at))::double precision / 60 AS minutes
        FROM fg_job AS job
        WHERE job.repo_id = lost.repo_id AND job.workflow_run = lost.id AND job.conclusion IN ('failure', 'timed_out')
    ) AS jobs
    WHERE lost.run_started_at > $2 AND lost.run_started_at <= $3 AND lost.conclusion IN ('failure', 'timed_out')
      AND later.turned_green
"""


async def measure_minutes_lost(conn: Connection, repo_id: RepoId, *, since: datetime, until: datetime) -> float:
    """Return the minutes that were lost to failures which went away by themselves.

    Those are the failed attempts of that time of which a later attempt succeeded, each with the durations of its failed
    jobs and the wait from its end until the next attempt began, of which an hour at most counts.
    """
    return sum((await list_minutes_lost(conn, repo_id, since=since, until=until)).values(), start=0.0)


async def list_minutes_lost(
    conn: Connection, repo_id: RepoId, *, since: datetime, until: datetime
) -> dict[date, float]:
    """Return the minutes lost by the UTC day on which the failed attempts began; see measure_minutes_lost."""
    rows = await conn.fetch(
        "SELECT (lost.run_started_at AT TIME ZONE 'UTC')::date AS day," + _LOST + "AND lost.repo_id = $1 GROUP BY day",
        repo_id,
        since,
        until,
        float(_LONGEST_WAIT_MINUTES),
    )
    return {row["day"]: row["minutes"] for row in rows}


async def compare_minutes_lost(
    conn: Connection, repo_ids: Sequence[int], *, since: datetime, until: datetime
) -> dict[int, float]:
    """Return the minutes lost of each of those repositories that lost any; see measure_minutes_lost."""
    rows = await conn.fetch(
        "SELECT lost.repo_id," + _LOST + "AND lost.repo_id = ANY ($1::bigint[]) GROUP BY lost.repo_id",
        list(repo_ids),
        since,
        until,
        float(_LONGEST_WAIT_MINUTES),
    )
    return {row["repo_id"]: row["minutes"] for row in rows}


async def _list_latest_clusters(conn: Connection, repo_id: RepoId) -> list[LatestCluster]:
    rows = await conn.fetch(
        """
        SELECT id, failure_msg_signature, title, kind, occurrence_count, test_count, last_seen_at
        FROM fg_failure_cluster
        WHERE repo_id = $1
        ORDER BY last_seen_at DESC, id DESC
        LIMIT $2
        """,
        repo_id,
        _SHOWN,
    )
    return [LatestCluster(**row) for row in rows]


async def _list_latest_runs(conn: Connection, repo_id: RepoId, as_of: datetime) -> list[LatestRun]:
    rows = await conn.fetch(
        """
        SELECT run_id, run_attempt, workflow_name, head_branch, head_sha, pull_number, conclusion, tests, failures,
               is_infra, run_started_at, html_url
        FROM fg_workflow_run
        WHERE repo_id = $1 AND run_started_at <= $2
        ORDER BY run_started_at DESC, id DESC
        LIMIT $3
        """,
        repo_id,
        as_of,
        _SHOWN,
    )
    return [LatestRun(**row) for row in rows]
