"""The days into which old passes were rolled up."""

from datetime import date

from app.core.model import RepoId
from app.db.connection import Connection


async def forget_days(conn: Connection, repo_id: RepoId, before: date) -> None:
    """Delete a repository's days before that one."""
    await conn.execute("DELETE FROM fg_daily WHERE repo_id = $1 AND day < $2", repo_id, before)
