"""How often tests have passed since they were put into quarantine: the one count that leads out of it, wherever it is told."""

from collections.abc import Mapping
from datetime import datetime

from app.core.issue_life import is_claimed_fix
from app.core.model import RepoId, TestId
from app.db.connection import Connection
from app.db.decisions import count_passes_since
from app.db.issues import list_issues_of_tests


async def count_passes_in_quarantine(
    conn: Connection, repo_id: RepoId, decided: Mapping[TestId, datetime]
) -> dict[TestId, int]:
    """Return in how many executions in a row each test has passed; `decided` says when each was put into quarantine.

    They begin with the decision; or with a fix that somebody claims since, which older passes say nothing about.
    """
    links = await list_issues_of_tests(conn, repo_id, list(decided))
    claims = {
        test: link.closed_at
        for test, link in links.items()
        if link.closed_at and is_claimed_fix(state=link.state, reason=link.state_reason, by_us=False)
    }
    return await count_passes_since(
        conn, repo_id, {test: max(at, claims.get(test, at)) for test, at in decided.items()}
    )
