"""What a badge says."""

from dataclasses import dataclass

from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeCounts:
    """A repository by GitHub's id, and how many of its tests are flaky and broken."""

    external_id: int
    is_private: bool
    flaky: int
    broken: int


async def count_for_badge(conn: Connection, owner: str, name: str) -> BadgeCounts | None:
    """Return what a repository's badge says; None where the App is not installed on one that is called so."""
    row = await conn.fetchrow(
        """
        SELECT repo.external_id, repo.is_private,
               (SELECT count(*) FROM fg_flake_score AS score
                WHERE score.repo_id = repo.id AND score.standing = 'flaky') AS flaky,
               (SELECT count(*) FROM fg_flake_score AS score
                WHERE score.repo_id = repo.id AND score.standing = 'broken') AS broken
        FROM fg_repository AS repo
        WHERE repo.provider = 'github' AND repo.removed_at IS NULL
          AND lower(repo.owner) = lower($1) AND lower(repo.name) = lower($2)
        ORDER BY repo.id DESC
        LIMIT 1
        """,
        owner,
        name,
    )
    return BadgeCounts(**row) if row else None
