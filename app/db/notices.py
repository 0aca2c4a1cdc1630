"""What we have said once beside the one comment and the issues, and the issue that gathers what a day had no room for."""

from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One row of fg_notice. `external_id` is GitHub's id of the comment, or the number of the issue."""

    external_id: int
    digest: str


async def find_notice(conn: Connection, repo_id: RepoId, subject: str) -> Notice | None:
    row = await conn.fetchrow(
        "SELECT external_id, digest FROM fg_notice WHERE repo_id = $1 AND subject = $2", repo_id, subject
    )
    return Notice(**row) if row else None


async def save_notice(
    conn: Connection, repo_id: RepoId, subject: str, *, external_id: int, digest: str, at: datetime
) -> None:
    await conn.execute(
        """
        INSERT INTO fg_notice (repo_id, subject, external_id, digest, at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (repo_id, subject) DO UPDATE
        SET external_id = excluded.external_id, digest = excluded.digest, at = excluded.at
        """,
        repo_id,
        subject,
        external_id,
        digest,
        at,
    )


async def forget_notice(conn: Connection, repo_id: RepoId, subject: str) -> None:
    await conn.execute("DELETE FROM fg_notice WHERE repo_id = $1 AND subject = $2", repo_id, subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRemind:
    """A quarantine of which its issue is to be reminded."""

    repo_id: int
    decision_id: int


async def list_ending(conn: Connection, now: datetime) -> list[ToRemind]:
    """Return the quarantines that end within a week, have lasted longer than that, and were not reminded of."""
    rows = await conn.fetch(
        """
        SELECT decision.repo_id, decision.id AS decision_id
        FROM fg_quarantine_decision AS decision
        JOIN fg_issue_member AS member ON member.repo_id = decision.repo_id AND member.test_id = decision.test_id
        JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
        WHERE decision.ended_at IS NULL AND decision.state = 'ACTIVE' AND link.number IS NOT NULL
          AND decision.until > $1 AND decision.until <= $1::timestamptz + interval '7 days'
          AND decision.decided_at < decision.until - interval '8 days'
          AND NOT EXISTS (
              SELECT FROM fg_notice AS notice
              WHERE notice.repo_id = decision.repo_id AND notice.subject = 'ends ' || decision.id)
        ORDER BY decision.repo_id, decision.id
        """,
        now,
    )
    return [ToRemind(**row) for row in rows]


async def list_absent(conn: Connection, now: datetime) -> list[ToRemind]:
    """Return the quarantines of tests that have not run for two weeks, in repositories that have; each is told of once.

    A skip is no run, nor is a pass that was only implied.
    """
    rows = await conn.fetch(
        """
        SELECT decision.repo_id, decision.id AS decision_id
        FROM fg_quarantine_decision AS decision
        JOIN fg_issue_member AS member ON member.repo_id = decision.repo_id AND member.test_id = decision.test_id
        JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
        WHERE decision.ended_at IS NULL AND decision.state = 'ACTIVE' AND link.number IS NOT NULL
          AND decision.decided_at < $1::timestamptz - interval '14 days'
          AND EXISTS (
              SELECT FROM fg_workflow_run AS run
              WHERE run.repo_id = decision.repo_id AND run.run_started_at > $1::timestamptz - interval '7 days')
          AND NOT EXISTS (
              SELECT FROM fg_occurrence AS o
              WHERE o.repo_id = decision.repo_id AND o.test_id = decision.test_id
                AND o.created_at > $1::timestamptz - interval '14 days' AND o.outcome <> 'skipped'
                AND o.source <> 'implied')
          AND NOT EXISTS (
              SELECT FROM fg_notice AS notice
              WHERE notice.repo_id = decision.repo_id AND notice.subject = 'absent ' || decision.id)
        ORDER BY decision.repo_id, decision.id
        """,
        now,
    )
    return [ToRemind(**row) for row in rows]
