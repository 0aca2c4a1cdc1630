"""How a repository does day by day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.core.model import RepoId
from app.db.connection import Connection
from app.db.queries.get_repository_dashboard import list_minutes_lost, list_run_days


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendDay:
    """A UTC day on which a run began, by its first attempt of the period.

    A run has failed where an attempt of it did, was hit by a flake where a later attempt of the same code succeeded, and
    is infra where each attempt that failed did so as a whole. `flake_rate` is the share of runs that were hit,
    `minutes_lost` what the failed attempts of those took and made people wait, an hour at most each, by the day on which
    they began. `tests` counts the tests of all attempts, `tests_failed` the failing ones.
    """

    day: date
    runs: int
    attempts: int
    runs_failed: int
    runs_infra: int
    runs_flaked: int
    flake_rate: float
    minutes_lost: float
    tests: int
    tests_failed: int


async def list_trend(conn: Connection, repo_id: RepoId, since: datetime, until: datetime) -> tuple[TrendDay, ...]:
    """Return the days after `since`, up to `until`, that saw a run begin, oldest first."""
    lost = await list_minutes_lost(conn, repo_id, since=since, until=until)
    return tuple(
        TrendDay(
            day=one.day,
            runs=one.runs,
            attempts=one.attempts,
            runs_failed=one.runs_failed,
            runs_infra=one.runs_infra,
            runs_flaked=one.runs_turned_green,
            flake_rate=one.flake_rate,
            minutes_lost=lost.get(one.day, 0.0),
            tests=one.tests,
            tests_failed=one.tests_failed,
        )
        for one in await list_run_days(conn, repo_id, since, until)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakeDay:
    """A UTC day on which runs of a repository began, and how many of them a flake hit."""

    repo_id: int
    day: date
    runs: int
    runs_flaked: int

    @property
    def flake_rate(self) -> float:
        """The share of the two, 0..1."""
        return self.runs_flaked / self.runs


async def list_flake_days(
    conn: Connection, repo_ids: Sequence[int], since: datetime, until: datetime
) -> Mapping[int, Sequence[FlakeDay]]:
    """Return the days after `since`, up to `until`, of each of the repositories that saw a run begin, oldest first."""
    rows = await conn.fetch(
        """
        SELECT run.repo_id, run.day, count(*) AS runs,
               count(*) FILTER (WHERE run.failed_first < run.green_last) AS runs_flaked
        FROM (
            SELECT repo_id, (min(run_started_at) AT TIME ZONE 'UTC')::date AS day,
                   min(run_attempt) FILTER (WHERE conclusion IN ('failure', 'timed_out')) AS failed_first,
                   max(run_attempt) FILTER (WHERE conclusion = 'success') AS green_last
            FROM fg_workflow_run
            WHERE repo_id = ANY ($1::bigint[]) AND run_started_at > $2 AND run_started_at <= $3
            GROUP BY repo_id, run_id
        ) AS run
        GROUP BY run.repo_id, run.day
        ORDER BY run.repo_id, run.day
        """,
        list(repo_ids),
        since,
        until,
    )
    found = defaultdict[int, list[FlakeDay]](list)
    for row in rows:
        found[row["repo_id"]].append(FlakeDay(**row))
    return found
