"""The owners of tests, and the file that names them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.model import RepoId, TestId
from app.db.connection import Connection


async def save_codeowners(conn: Connection, repo_id: RepoId, *, sha: str, content: str, at: datetime) -> bool:
    """Remember the file as it was read; says whether it is another one than before."""
    changed = await conn.fetchval(
        """
        INSERT INTO fg_codeowners AS old (repo_id, sha, content, read_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (repo_id) DO UPDATE
        SET sha = excluded.sha, content = excluded.content, read_at = excluded.read_at
        WHERE old.sha <> excluded.sha
        RETURNING true
        """,
        repo_id,
        sha,
        # PostgreSQL's text holds every character but this one.
        content.replace("\x00", ""),
        at,
    )
    return bool(changed)


async def forget_codeowners(conn: Connection, repo_id: RepoId) -> None:
    await conn.execute("DELETE FROM fg_codeowners WHERE repo_id = $1", repo_id)


async def read_codeowners(conn: Connection, repo_id: RepoId) -> str | None:
    content: str | None = await conn.fetchval("SELECT content FROM fg_codeowners WHERE repo_id = $1", repo_id)
    return content


async def list_files(conn: Connection, repo_id: RepoId) -> list[str]:
    """Return the files that the repository's tests are in."""
    rows = await conn.fetch(
        "SELECT DISTINCT file FROM fg_test_case WHERE repo_id = $1 AND file IS NOT NULL ORDER BY file", repo_id
    )
    return [row["file"] for row in rows]


async def list_files_without_owner(conn: Connection, repo_id: RepoId, tests: Sequence[TestId]) -> list[str]:
    """Return the files of those tests to which nobody was found yet."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT file
        FROM fg_test_case
        WHERE repo_id = $1 AND id = ANY ($2::bigint[]) AND file IS NOT NULL AND owner_team IS NULL
        ORDER BY file
        """,
        repo_id,
        list(tests),
    )
    return [row["file"] for row in rows]


async def set_owners(conn: Connection, repo_id: RepoId, owners: Mapping[str, str | None]) -> None:
    """Give the tests of those files their owner, None for nobody; rows that say so already are left alone."""
    await conn.execute(
        """
        UPDATE fg_test_case AS test
        SET owner_team = new.owner
        FROM (
            SELECT locked.id, own.owner
            FROM unnest($2::text[], $3::text[]) AS own (file, owner)
            JOIN fg_test_case AS locked ON locked.repo_id = $1 AND locked.file = own.file
            WHERE locked.owner_team IS DISTINCT FROM own.owner
            ORDER BY locked.id
            FOR NO KEY UPDATE OF locked
        ) AS new
        WHERE test.repo_id = $1 AND test.id = new.id
        """,
        repo_id,
        list(owners),
        list(owners.values()),
    )


async def list_owners(conn: Connection, repo_id: RepoId, tests: Sequence[TestId]) -> dict[TestId, str]:
    """Return the owners of those tests that have one."""
    rows = await conn.fetch(
        """
        SELECT id, owner_team
        FROM fg_test_case
        WHERE repo_id = $1 AND id = ANY ($2::bigint[]) AND owner_team IS NOT NULL
        """,
        repo_id,
        list(tests),
    )
    return {TestId(row["id"]): row["owner_team"] for row in rows}
