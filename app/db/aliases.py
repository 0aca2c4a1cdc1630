"""Signatures that maintainers merged into others."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection


async def list_aliases(conn: Connection, repo_id: RepoId) -> dict[str, str]:
    """Return, of each signature that was merged, the one that is stored in its place."""
    rows = await conn.fetch("SELECT signature, into_signature FROM fg_cluster_alias WHERE repo_id = $1", repo_id)
    return {row["signature"]: row["into_signature"] for row in rows}


async def add_aliases(
    conn: Connection, repo_id: RepoId, aliases: Mapping[str, str], *, rules_version: int, by: str, at: datetime
) -> None:
    """Merge signatures into others; what was merged into one of them before follows it."""
    for signature, into in sorted(aliases.items()):
        await conn.execute(
            """
            UPDATE fg_cluster_alias SET into_signature = $3
            WHERE repo_id = $1 AND into_signature = $2 AND signature <> $3
            """,
            repo_id,
            signature,
            into,
        )
        await conn.execute(
            """
            INSERT INTO fg_cluster_alias (repo_id, signature, into_signature, rules_version, by_user, at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (repo_id, signature) DO UPDATE SET into_signature = excluded.into_signature
            """,
            repo_id,
            signature,
            into,
            rules_version,
            by,
            at,
        )
        # Whoever is stored under its own signature is merged into nothing.
        await drop_aliases(conn, repo_id, [into])


async def drop_aliases(conn: Connection, repo_id: RepoId, signatures: Sequence[str]) -> None:
    await conn.execute(
        "DELETE FROM fg_cluster_alias WHERE repo_id = $1 AND signature = ANY ($2::text[])", repo_id, list(signatures)
    )


async def take_aliases_into(conn: Connection, repo_id: RepoId, signature: str) -> str | None:
    """Forget what was merged into a signature; returns who merged the first of them, None where nothing was."""
    rows = await conn.fetch(
        """
        DELETE FROM fg_cluster_alias WHERE repo_id = $1 AND into_signature = $2 RETURNING by_user, at
        """,
        repo_id,
        signature,
    )
    return min(((row["at"], row["by_user"]) for row in rows), default=(None, None))[1]
