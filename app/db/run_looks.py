"""When to look next for runs of which no delivery told us, and how far back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLook:
    """A repository of ours that is to be looked at; `is_active` where a run of it began since the time that was named."""

    repo_id: int
    is_active: bool


async def list_due_looks(conn: Connection, now: datetime, active_since: datetime, *, most: int) -> list[DueLook]:
    """List the repositories whose time it is, the longest overdue first; one that was never looked at is due."""
    rows = await conn.fetch(
        """
        SELECT repo.id AS repo_id,
               EXISTS (
                   SELECT FROM fg_workflow_run AS run WHERE run.repo_id = repo.id AND run.run_started_at >= $2
               ) AS is_active
        FROM fg_repository AS repo
        JOIN fg_installation AS home ON home.id = repo.installation_id
        LEFT JOIN fg_run_look AS look ON look.repo_id = repo.id
        WHERE repo.removed_at IS NULL AND home.deleted_at IS NULL AND home.suspended_at IS NULL
          AND (look.due_at IS NULL OR look.due_at <= $1)
        ORDER BY look.due_at NULLS FIRST, repo.id
        LIMIT $3
        """,
        now,
        active_since,
        most,
    )
    return [DueLook(**row) for row in rows]


async def set_due_looks(conn: Connection, due_at: Mapping[RepoId, datetime]) -> None:
    await conn.executemany(
        """
        INSERT INTO fg_run_look (repo_id, due_at)
        VALUES ($1, $2)
        ON CONFLICT (repo_id) DO UPDATE
        SET due_at = excluded.due_at
        """,
        [(repo_id, at) for repo_id, at in due_at.items()],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLook:
    """What earlier looks at a repository left; `known_since` is when we first heard of the repository."""

    known_since: datetime
    settled_until: datetime | None
    etag: str | None
    wide_at: datetime | None


async def get_run_look(conn: Connection, repo_id: RepoId) -> RunLook:
    row = await conn.fetchrow(
        """
        SELECT repo.created_at AS known_since, look.settled_until, look.etag, look.wide_at
        FROM fg_repository AS repo
        LEFT JOIN fg_run_look AS look ON look.repo_id = $1
        WHERE repo.id = $1
        """,
        repo_id,
    )
    if row is None:
        raise LookupError(f"no repository {repo_id}")
    return RunLook(**row)


async def save_run_look(conn: Connection, repo_id: RepoId, *, settled_until: datetime, etag: str | None) -> None:
    await conn.execute(
        "UPDATE fg_run_look SET settled_until = $2, etag = $3 WHERE repo_id = $1", repo_id, settled_until, etag
    )


async def note_wide_look(conn: Connection, repo_id: RepoId, at: datetime) -> None:
    await conn.execute("UPDATE fg_run_look SET wide_at = $2 WHERE repo_id = $1", repo_id, at)


async def list_ingested(conn: Connection, repo_id: RepoId, run_ids: list[int]) -> set[tuple[int, int]]:
    """Return which attempts of those runs were read, as (run, attempt)."""
    rows = await conn.fetch(
        """
        SELECT run_id, run_attempt
        FROM fg_workflow_run
        WHERE repo_id = $1 AND run_id = ANY ($2::bigint[]) AND ingested_at IS NOT NULL
        """,
        repo_id,
        run_ids,
    )
    return {(row["run_id"], row["run_attempt"]) for row in rows}
