"""What the weekly digest reads, and which repositories have one or want one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection

SUBJECT = "weekly"
"""What fg_notice calls the digest; `external_id` is 0 while it has no issue, and `at` is when it was last looked at."""

CLOSED = "closed"
"""Stands for a digest's text where the policy wants none any more, and its issue was seen to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLook:
    """A repository of ours with a digest to look at; None where it was never looked at."""

    repo_id: int
    looked_at: datetime | None


async def list_digests(conn: Connection) -> list[DigestLook]:
    """List the repositories whose policy wants a digest, or that have one which the policy wants no more; the longest left alone first."""
    rows = await conn.fetch(
        """
        SELECT repo.id AS repo_id, told.at AS looked_at
        FROM fg_repository AS repo
        JOIN fg_installation AS home ON home.id = repo.installation_id
        LEFT JOIN fg_notice AS told ON told.repo_id = repo.id AND told.subject = 'weekly'
        WHERE repo.removed_at IS NULL AND home.deleted_at IS NULL AND home.suspended_at IS NULL
          AND (repo.policy -> 'digest' -> 'issue' = 'true'::jsonb OR (told.external_id <> 0 AND told.digest <> 'closed'))
        ORDER BY told.at NULLS FIRST, repo.id
        """
    )
    return [DigestLook(**row) for row in rows]


async def note_looked(conn: Connection, repo_ids: Sequence[int], at: datetime) -> None:
    """Note that those digests are looked at now; what is known of their issues stays."""
    await conn.execute(
        """
        INSERT INTO fg_notice (repo_id, subject, external_id, digest, at)
        SELECT wanted.id, 'weekly', 0, '', $2
        FROM unnest($1::bigint[]) AS wanted (id)
        ON CONFLICT (repo_id, subject) DO UPDATE
        SET at = excluded.at
        """,
        list(repo_ids),
        at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTest:
    """A test whose issue was closed as completed, or else (not `is_issue`) whose quarantine was resolved, at that time."""

    suite: str
    class_name: str
    name: str
    at: datetime
    is_issue: bool


async def list_over(conn: Connection, repo_id: RepoId, since: datetime, until: datetime) -> list[OverTest]:
    """Return the tests that are over it since a moment from `since` to before `until`, and have not flaked after it."""
    rows = await conn.fetch(
        """
        SELECT test.suite, test.class_name, test.name, ended.at, ended.is_issue
        FROM (
            SELECT DISTINCT ON (test_id) test_id, at, is_issue
            FROM (
                SELECT member.test_id, link.closed_at AS at, true AS is_issue
                FROM fg_issue_link AS link
                JOIN fg_issue_member AS member ON member.repo_id = link.repo_id AND member.link_id = link.id
                WHERE link.repo_id = $1 AND link.state = 'closed' AND link.state_reason = 'completed'
                  AND link.closed_at >= $2 AND link.closed_at < $3
                UNION ALL
                SELECT test_id, decided_at, false
                FROM fg_quarantine_decision
                WHERE repo_id = $1 AND state = 'RESOLVED' AND decided_at >= $2 AND decided_at < $3
            ) AS either
            ORDER BY test_id, is_issue DESC, at DESC
        ) AS ended
        JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = ended.test_id
        WHERE NOT EXISTS (
            SELECT FROM fg_flake_score AS s
            WHERE s.repo_id = $1 AND s.test_id = ended.test_id AND s.last_flake_at >= ended.at)
        ORDER BY ended.at, test.suite, test.class_name, test.name
        """,
        repo_id,
        since,
        until,
    )
    return [OverTest(**row) for row in rows]
