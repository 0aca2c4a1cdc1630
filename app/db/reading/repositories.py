"""Repositories by GitHub's numbers: those that a person may read, and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.db.connection import Connection, Record
from app.db.queries.get_repository_dashboard import compare_minutes_lost

LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRepository:
    """A repository with what is known of it now; `id` is ours, `external_id` GitHub's.

    `healthy` to `broken` count its tests by standing, `open_quarantines` those in quarantine. Of the last 7 days:
    `runs`, `runs_flaked`, those that failed and succeeded when they were tried again, `flake_rate`, the share of the two (None
    without a run), and `minutes_lost`, what the failed attempts of those took and made people wait, an hour at most each.
    """

    id: int
    external_id: int
    owner: str
    name: str
    is_private: bool
    default_branch: str
    healthy: int
    suspect: int
    flaky: int
    broken: int
    open_quarantines: int
    proposed: int
    runs: int
    runs_flaked: int
    flake_rate: float | None
    minutes_lost: float
    last_run_at: datetime | None


async def list_repositories(
    conn: Connection, external_ids: Sequence[int], *, as_of: datetime, provider: str = "github"
) -> tuple[ListedRepository, ...]:
    """Return those of the repositories with GitHub's numbers that the App is on, by name; `as_of` ends the 7 days."""
    rows = await conn.fetch(
        """
        SELECT repo.id, repo.external_id, repo.owner, repo.name, repo.is_private, repo.default_branch,
               known.tests - judged.suspect - judged.flaky - judged.broken AS healthy, judged.suspect, judged.flaky,
               judged.broken, decided.open_quarantines, decided.proposed, lately.runs, lately.runs_flaked,
               lately.runs_flaked::double precision / nullif(lately.runs, 0) AS flake_rate,
               (SELECT max(run_started_at) FROM fg_workflow_run WHERE repo_id = repo.id) AS last_run_at
        FROM fg_repository AS repo
        CROSS JOIN LATERAL (SELECT count(*) AS tests FROM fg_test_case WHERE repo_id = repo.id) AS known
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE standing = 'suspect') AS suspect,
                   count(*) FILTER (WHERE standing = 'flaky') AS flaky,
                   count(*) FILTER (WHERE standing = 'broken') AS broken
            FROM fg_flake_score
            WHERE repo_id = repo.id
        ) AS judged
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE state = 'ACTIVE') AS open_quarantines,
                   count(*) FILTER (WHERE state = 'PROPOSED') AS proposed
            FROM fg_quarantine_decision
            WHERE repo_id = repo.id AND ended_at IS NULL
        ) AS decided
        CROSS JOIN LATERAL (
            SELECT count(*) AS runs, count(*) FILTER (WHERE run.failed_first < run.green_last) AS runs_flaked
            FROM (
                SELECT min(run_attempt) FILTER (WHERE conclusion IN ('failure', 'timed_out')) AS failed_first,
                       max(run_attempt) FILTER (WHERE conclusion = 'success') AS green_last
                FROM fg_workflow_run
                WHERE repo_id = repo.id AND run_started_at > $3 AND run_started_at <= $4
                GROUP BY run_id
            ) AS run
        ) AS lately
        WHERE repo.provider = $2::fg_provider AND repo.external_id = ANY ($1::bigint[]) AND repo.removed_at IS NULL
        ORDER BY lower(repo.owner), lower(repo.name), repo.id
        """,
        list(external_ids),
        provider,
        as_of - LATELY,
        as_of,
    )
    lost = await compare_minutes_lost(conn, [row["id"] for row in rows], since=as_of - LATELY, until=as_of)
    return tuple(_listed(row, lost.get(row["id"], 0.0)) for row in rows)


def _listed(row: Record, minutes_lost: float) -> ListedRepository:
    return ListedRepository(
        id=row["id"],
        external_id=row["external_id"],
        owner=row["owner"],
        name=row["name"],
        is_private=row["is_private"],
        default_branch=row["default_branch"],
        healthy=row["healthy"],
        suspect=row["suspect"],
        flaky=row["flaky"],
        broken=row["broken"],
        open_quarantines=row["open_quarantines"],
        proposed=row["proposed"],
        runs=row["runs"],
        runs_flaked=row["runs_flaked"],
        flake_rate=row["flake_rate"],
        minutes_lost=minutes_lost,
        last_run_at=row["last_run_at"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRepository:
    """A repository, its policy, and whether the App is at work there; `id` is ours, `external_id` GitHub's.

    `policy` is the last good one, validated and complete, None where the defaults are in force; `policy_error` says why
    the file that was read last, at `policy_path`, is not. `is_installed` is False once the App was removed from the
    repository or uninstalled (`removed_at`), or while its installation is suspended (`suspended_at`).
    """

    id: int
    external_id: int
    owner: str
    name: str
    is_private: bool
    default_branch: str
    policy: dict[str, Any] | None
    policy_path: str | None
    policy_sha: str | None
    policy_read_at: datetime | None
    policy_error: str | None
    is_installed: bool
    archived_at: datetime | None
    removed_at: datetime | None
    suspended_at: datetime | None
    created_at: datetime


async def find_repository(conn: Connection, external_id: int, *, provider: str = "github") -> ShownRepository | None:
    """Return the repository with GitHub's number; None where nothing of it is stored."""
    row = await conn.fetchrow(
        """
        SELECT repo.id, repo.external_id, repo.owner, repo.name, repo.is_private, repo.default_branch, repo.policy,
               repo.policy_path, repo.policy_sha, repo.policy_read_at, left(repo.policy_error, 4000) AS policy_error,
               repo.removed_at IS NULL AND home.id IS NOT NULL AND home.deleted_at IS NULL AND home.suspended_at IS NULL
                   AS is_installed,
               repo.archived_at, coalesce(repo.removed_at, home.deleted_at) AS removed_at, home.suspended_at,
               repo.created_at
        FROM fg_repository AS repo
        LEFT JOIN fg_installation AS home ON home.id = repo.installation_id
        WHERE repo.provider = $2::fg_provider AND repo.external_id = $1
        """,
        external_id,
        provider,
    )
    return ShownRepository(**row) if row else None
