"""How a repository does day by day."""

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
