"""Attempts whose failed jobs we asked GitHub to run again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection
from app.db.locks import hold_in_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """One row of fg_rerun. `refusal` is what GitHub said where it refused."""

    run_id: int
    run_attempt: int
    refusal: str | None


async def list_reruns(conn: Connection, repo_id: RepoId, runs: Sequence[int]) -> list[Rerun]:
    rows = await conn.fetch(
        """
        SELECT run_id, run_attempt, refusal
        FROM fg_rerun
        WHERE repo_id = $1 AND run_id = ANY ($2::bigint[])
        ORDER BY run_id, run_attempt
        """,
        repo_id,
        list(runs),
    )
    return [Rerun(**row) for row in rows]


async def add_rerun(
    conn: Connection, repo_id: RepoId, run_id: int, run_attempt: int, *, by: str | None, at: datetime
) -> None:
    """Note, before GitHub is asked, that it will be: what was noted and not done is asked for again."""
    await conn.execute(
        """
        INSERT INTO fg_rerun (repo_id, run_id, run_attempt, at, by_user)
        VALUES ($1, $2, $3, $4, $5)
        """,
        repo_id,
        run_id,
        run_attempt,
        at,
        by,
    )


async def note_refusal(conn: Connection, repo_id: RepoId, run_id: int, run_attempt: int, refusal: str) -> None:
    await conn.execute(
        "UPDATE fg_rerun SET refusal = $4 WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3",
        repo_id,
        run_id,
        run_attempt,
        refusal,
    )


async def count_reruns_since(conn: Connection, repo_id: RepoId, since: datetime) -> int:
    """Count what GitHub has run again for us since then, whoever asked for it."""
    return int(
        await conn.fetchval(
            "SELECT count(*) FROM fg_rerun WHERE repo_id = $1 AND at >= $2 AND refusal IS NULL", repo_id, since
        )
    )


async def lock_reruns(conn: Connection, repo_id: RepoId) -> None:
    """Let nobody else use up the day's budget of that repository until the transaction ends."""
    await hold_in_transaction(conn, f"reruns {repo_id}")
