"""Pull requests whose comment may get a reaction, of which GitHub tells nobody."""

from dataclasses import dataclass

from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One row of fg_watch. `turn` counts the looks, `etag` is GitHub's mark of what was seen last."""

    turn: int
    pause_seconds: int
    etag: str | None


async def find_watch(conn: Connection, repo_id: RepoId, number: int) -> Watch | None:
    row = await conn.fetchrow(
        "SELECT turn, pause_seconds, etag FROM fg_watch WHERE repo_id = $1 AND pull_number = $2", repo_id, number
    )
    return Watch(**row) if row else None


async def save_watch(conn: Connection, repo_id: RepoId, number: int, watch: Watch) -> None:
    await conn.execute(
        """
        INSERT INTO fg_watch (repo_id, pull_number, turn, pause_seconds, etag)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (repo_id, pull_number) DO UPDATE
        SET turn = excluded.turn, pause_seconds = excluded.pause_seconds, etag = excluded.etag
        """,
        repo_id,
        number,
        watch.turn,
        watch.pause_seconds,
        watch.etag,
    )


async def end_watch(conn: Connection, repo_id: RepoId, number: int) -> None:
    await conn.execute("DELETE FROM fg_watch WHERE repo_id = $1 AND pull_number = $2", repo_id, number)


async def count_watches(conn: Connection, installation_id: int) -> int:
    """Count the pull requests that are looked at with one installation's rate limit."""
    return int(
        await conn.fetchval(
            """
            SELECT count(*)
            FROM fg_watch AS watch
            JOIN fg_repository AS repo ON repo.id = watch.repo_id
            WHERE repo.installation_id = $1
            """,
            installation_id,
        )
    )
