"""The tests in quarantine, for who leaves them out."""

from datetime import datetime

from app.core.model import RepoId, TestId
from app.core.skiplists import QuarantinedTest
from app.db.connection import Connection

_LONGEST_REASON = 500


async def list_quarantined(conn: Connection, repo_id: RepoId, as_of: datetime) -> tuple[QuarantinedTest, ...]:
    """Return the tests in quarantine, by number. One whose time is over is none any more, though nobody has ended it yet.

    There are as many as the policy allows, some dozens.
    """
    rows = await conn.fetch(
        """
        SELECT decision.test_id, test.name, test.class_name, test.suite, test.file, left(decision.rationale, $2) AS reason,
               decision.until, issue.url AS issue_url
        FROM fg_quarantine_decision AS decision
        JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = decision.test_id
        LEFT JOIN LATERAL (
            SELECT link.url
            FROM fg_issue_member AS member
            JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
            WHERE member.repo_id = $1 AND member.test_id = decision.test_id
        ) AS issue ON true
        WHERE decision.repo_id = $1 AND decision.state = 'ACTIVE' AND decision.ended_at IS NULL
          AND (decision.until IS NULL OR decision.until > $3)
        ORDER BY decision.test_id
        """,
        repo_id,
        _LONGEST_REASON,
        as_of,
    )
    return tuple(
        QuarantinedTest(
            test_id=TestId(row["test_id"]),
            name=row["name"],
            classname=row["class_name"],
            suite=row["suite"],
            file=row["file"],
            reason=row["reason"],
            issue_url=row["issue_url"] or None,
            until=row["until"],
        )
        for row in rows
    )
