"""The issues that stand for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId, TestId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLink:
    """One row of fg_issue_link. `number` is None between "decided" and "opened"."""

    id: int
    key: str
    test_id: int | None
    cluster_id: int | None
    number: int | None
    url: str | None
    state: str
    state_reason: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    body_digest: str | None


_COLUMNS = """
    SELECT id, key, test_id, cluster_id, number, url, state, state_reason, opened_at, closed_at, closed_by, body_digest
    FROM fg_issue_link
"""


async def find_issue_of_test(conn: Connection, repo_id: RepoId, test_id: TestId) -> IssueLink | None:
    row = await conn.fetchrow(_COLUMNS + " WHERE repo_id = $1 AND test_id = $2", repo_id, test_id)
    return IssueLink(**row) if row else None


async def find_issue_by_number(conn: Connection, repo_id: RepoId, number: int) -> IssueLink | None:
    row = await conn.fetchrow(_COLUMNS + " WHERE repo_id = $1 AND provider = 'github' AND number = $2", repo_id, number)
    return IssueLink(**row) if row else None


async def list_issues_of_tests(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[TestId, IssueLink]:
    rows = await conn.fetch(_COLUMNS + " WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])", repo_id, list(tests))
    return {TestId(row["test_id"]): IssueLink(**row) for row in rows}


async def add_issue_of_test(conn: Connection, repo_id: RepoId, test_id: TestId, key: str) -> None:
    """Note that the test is to have an issue, before it is opened: its marker must be known whatever happens then."""
    await conn.execute(
        "INSERT INTO fg_issue_link (repo_id, key, test_id) VALUES ($1, $2, $3) ON CONFLICT (repo_id, key) DO NOTHING",
        repo_id,
        key,
        test_id,
    )


async def note_issue(
    conn: Connection,
    repo_id: RepoId,
    key: str,
    *,
    number: int,
    url: str,
    opened_at: datetime,
    digest: str | None,
) -> None:
    """Note the issue that was opened, or found, and what its body says."""
    await conn.execute(
        """
        UPDATE fg_issue_link
        SET number = $3, url = $4, opened_at = coalesce(opened_at, $5), body_digest = $6
        WHERE repo_id = $1 AND key = $2
        """,
        repo_id,
        key,
        number,
        url,
        opened_at,
        digest,
    )


async def forget_issue(conn: Connection, repo_id: RepoId, number: int) -> None:
    """Forget an issue that was deleted or moved away; its test gets another one when there is reason again."""
    await conn.execute(
        "DELETE FROM fg_issue_link WHERE repo_id = $1 AND provider = 'github' AND number = $2", repo_id, number
    )


async def mirror_state(
    conn: Connection,
    repo_id: RepoId,
    number: int,
    *,
    state: str,
    reason: str | None,
    closed_at: datetime | None,
    by: str | None,
) -> None:
    """Note the tracker's state; `by` is who closed it and is kept while it stays closed."""
    await conn.execute(
        """
        UPDATE fg_issue_link
        SET state = $3, state_reason = $4, closed_at = $5,
            closed_by = CASE WHEN $3 <> 'closed' THEN NULL WHEN state = 'closed' THEN coalesce(closed_by, $6) ELSE $6 END
        WHERE repo_id = $1 AND provider = 'github' AND number = $2
        """,
        repo_id,
        number,
        state,
        reason,
        closed_at,
        by,
    )


async def count_opened_since(conn: Connection, repo_id: RepoId, since: datetime) -> int:
    return int(
        await conn.fetchval("SELECT count(*) FROM fg_issue_link WHERE repo_id = $1 AND opened_at >= $2", repo_id, since)
    )
