"""What tests did week by week, and when they ran last."""

from collections.abc import Sequence
from datetime import datetime

from app.core.issue_tables import Week
from app.core.model import RepoId, TestId
from app.db.connection import Connection


async def list_weeks(conn: Connection, repo_id: RepoId, tests: Sequence[TestId], since: datetime) -> list[Week]:
    """Return what those tests did since then, oldest week first; skips and passes that were only implied do not count."""
    rows = await conn.fetch(
        """
        SELECT date_trunc('week', day)::date AS starts_on, sum(executed)::bigint AS executed, sum(failed)::bigint AS failed
        FROM (
            SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS executed,
                   count(*) FILTER (WHERE outcome IN ('failed', 'error')) AS failed
            FROM fg_occurrence
            WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND created_at >= $3 AND outcome <> 'skipped'
              AND source <> 'implied'
            GROUP BY 1
            UNION ALL
            SELECT day, passed, 0
            FROM fg_daily
            WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND day >= ($3::timestamptz AT TIME ZONE 'UTC')::date
        ) AS days
        GROUP BY 1
        ORDER BY 1
        """,
        repo_id,
        list(tests),
        since,
    )
    return [Week(**row) for row in rows]


async def list_last_executed(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], since: datetime
) -> dict[TestId, datetime]:
    """Return when those tests that ran since then ran last; a skip is no run, nor is a pass that was only implied."""
    rows = await conn.fetch(
        """
        SELECT test_id, max(created_at) AS at
        FROM fg_occurrence
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND created_at >= $3 AND outcome <> 'skipped'
          AND source <> 'implied'
        GROUP BY test_id
        """,
        repo_id,
        list(tests),
        since,
    )
    return {TestId(row["test_id"]): row["at"] for row in rows}


async def latest_attempt_at(conn: Connection, repo_id: RepoId) -> datetime | None:
    """Return when the latest attempt of the repository began."""
    at: datetime | None = await conn.fetchval(
        "SELECT max(run_started_at) FROM fg_workflow_run WHERE repo_id = $1", repo_id
    )
    return at
