"""How an issue stands on GitHub, as far as we know."""

from datetime import datetime

from app.db.connection import Connection
from app.db.issues import IssueLink, find_issue_by_number, mirror_state, note_issue
from app.github.issues import IssueInfo
from app.handlers.bot import Repo
from app.handlers.telling import IssueNow, tell_issue


async def note_state(conn: Connection, repo: Repo, now: IssueInfo, *, by: str | None) -> None:
    """Note how an issue stands on GitHub; `by` is who made it so, as far as that is known. The caller holds its lock."""
    async with conn.transaction():
        before = await find_issue_by_number(conn, repo.id, now.number)
        await mirror_state(
            conn,
            repo.id,
            now.number,
            state=now.state,
            reason=now.state_reason,
            closed_at=now.closed_at,
            by=by,
            at=now.updated_at,
        )
        if before is not None and before.state != now.state:
            action = "closed" if now.state == "closed" else "reopened"
            await tell_issue(conn, repo, action, _told(before.id, now, by))


async def note_opened(
    conn: Connection, repo: Repo, link: IssueLink, found: IssueInfo, *, at: datetime, digest: str | None
) -> None:
    """Note the issue that was opened, or found, and what its body says. The caller holds its lock."""
    async with conn.transaction():
        await note_issue(
            conn,
            repo.id,
            link.key,
            number=found.number,
            url=found.html_url,
            opened_at=at,
            digest=digest,
            cluster_id=link.cluster_id,
        )
        await tell_issue(conn, repo, "opened", _told(link.id, found, None))


def _told(link_id: int, now: IssueInfo, by: str | None) -> IssueNow:
    return IssueNow(
        link_id=link_id, number=now.number, url=now.html_url, state=now.state, reason=now.state_reason, by=by
    )
