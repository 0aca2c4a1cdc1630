"""What a badge says."""

from dataclasses import dataclass

from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeCounts:
    """How many of a repository's tests are flaky and broken."""

    flaky: int
    broken: int


async def count_for_badge(conn: Connection, repo_id: RepoId) -> BadgeCounts:
    """Count what a repository's badge tells."""
    [row] = await conn.fetch(
        """
        SELECT count(*) FILTER (WHERE standing = 'flaky') AS flaky,
               count(*) FILTER (WHERE standing = 'broken') AS broken
        FROM fg_flake_score
        WHERE repo_id = $1
        """,
        repo_id,
    )
    return BadgeCounts(**row)
