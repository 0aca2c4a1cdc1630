"""How an issue stands on GitHub, as far as we know."""

from app.db.connection import Connection
from app.db.issues import mirror_state
from app.github.issues import IssueInfo
from app.handlers.bot import Repo


async def note_state(conn: Connection, repo: Repo, now: IssueInfo, *, by: str | None) -> None:
    """Note how an issue stands on GitHub; `by` is who made it so, as far as that is known."""
    await mirror_state(
        conn, repo.id, now.number, state=now.state, reason=now.state_reason, closed_at=now.closed_at, by=by
    )
