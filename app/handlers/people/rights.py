"""Who may tell us what to do: the role that GitHub says somebody has in the repository."""

from app.github.repositories import get_permission
from app.handlers.bot import Repo

MAY_DECIDE = frozenset({"admin", "maintain", "write"})
MAY_ASK = MAY_DECIDE | {"triage"}


async def may_decide(repo: Repo, login: str) -> bool:
    return await get_permission(repo.client, login) in MAY_DECIDE
