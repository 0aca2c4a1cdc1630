"""Delete what is stored of repositories that the App has lost, once it is sure that they do not come back soon."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from app.core.model import RepoId
from app.db.connection import Connection, Pool
from app.db.forgetting import Forgotten, begin_forgetting, end_forgetting, forget_some, hold_repository, list_to_forget
from app.db.installations import forget_accounts
from app.db.locks import try_upkeep
from app.db.repositories import get_repository
from app.github.errors import TryLater
from app.handlers.bot import Bot
from app.handlers.whereabouts import find_out
from app.jobs import Forget
from app.queue import enqueue
from app.queue.state import drop_jobs_of

STEPS = 50
"""So many steps are done in a row, some seconds' work; then others have their turn, upkeep above all."""

_BUSY = timedelta(seconds=10)
_ASK_AGAIN_SECONDS = 1.0

_log = structlog.get_logger()


async def forget(bot: Bot, job: Forget) -> None:
    """Do the next steps of deleting a repository, one process at a time and never beside upkeep.

    Before the first of them GitHub is asked once more whether the repository is gone for us. Raises TryLater where somebody
    else is at it.
    """
    async with try_upkeep(bot.pool) as conn:
        if conn is None:
            raise TryLater(_BUSY, "another process keeps the history in order")
        if not await _has_begun(bot, conn, job.repo_id):
            return
        done = await _forget_more(conn, job.repo_id, bot.clock)
        if done is None:
            await enqueue(conn, Forget(repo_id=job.repo_id))
        else:
            _log.info("repository_forgotten", repo_id=job.repo_id, attempts=done.attempts, executions=done.executions)


async def _has_begun(bot: Bot, conn: Connection, repo_id: RepoId) -> bool:
    """Begin, where the time is over and nothing speaks against it."""
    if not await _is_due(bot, conn, repo_id):
        return False
    row = await get_repository(conn, repo_id)
    if row is not None and row.external_id < 0:
        return True
    await find_out(bot, repo_id, is_sure_to_ask=True)
    async with conn.transaction():
        await hold_repository(conn, repo_id)
        if not await _is_due(bot, conn, repo_id):
            return False
        await _begin(conn, repo_id, is_by_rule=True, now=bot.clock())
    return True


async def _is_due(bot: Bot, conn: Connection, repo_id: RepoId) -> bool:
    return repo_id in await list_to_forget(conn, bot.clock() - bot.keeping.forget_after)


async def _begin(conn: Connection, repo_id: RepoId, *, is_by_rule: bool, now: datetime) -> None:
    await begin_forgetting(conn, repo_id, is_by_rule=is_by_rule, at=now)
    await forget_accounts(conn)
    # A job may name a person.
    await drop_jobs_of(conn, repo_id)


async def _forget_more(conn: Connection, repo_id: RepoId, clock: Callable[[], datetime]) -> Forgotten | None:
    """Do some steps; returns what was deleted in all once nothing is left, None until then."""
    for _ in range(STEPS):
        if not await forget_some(conn, repo_id):
            async with conn.transaction():
                return await end_forgetting(conn, repo_id, clock())
    return None


async def forget_now(pool: Pool, repo_id: RepoId, clock: Callable[[], datetime]) -> Forgotten:
    """Delete a repository with all that is stored of it, whatever GitHub says of it; waits for upkeep that is at work."""
    async with pool.acquire() as conn, conn.transaction():
        await _begin(conn, repo_id, is_by_rule=False, now=clock())
    while True:
        async with try_upkeep(pool) as alone:
            done = None if alone is None else await _forget_more(alone, repo_id, clock)
        if done is not None:
            return done
        if alone is None:
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
