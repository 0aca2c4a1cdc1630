"""Executions whose test or attempt is gone: what the foreign keys would forbid that the schema leaves out."""

from dataclasses import dataclass
from datetime import datetime

from app.core.model import RepoId
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """How many executions name a test, and how many an attempt, that is not there."""

    without_test: int
    without_run: int


async def count_orphans(conn: Connection, repo_id: RepoId, start: datetime, end: datetime) -> Orphans:
    """Count the orphans among a repository's executions from one moment to another, a month at most: it reads them all."""
    [row] = await conn.fetch(
        """
        SELECT count(*) FILTER (WHERE test.id IS NULL) AS without_test,
               count(*) FILTER (WHERE run.id IS NULL) AS without_run
        FROM fg_occurrence AS o
        LEFT JOIN fg_test_case AS test ON test.repo_id = o.repo_id AND test.id = o.test_id
        LEFT JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
        WHERE o.repo_id = $1 AND o.created_at >= $2 AND o.created_at < $3
        """,
        repo_id,
        start,
        end,
    )
    return Orphans(without_test=row["without_test"], without_run=row["without_run"])
