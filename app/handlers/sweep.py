"""Do what time alone asks for."""

from datetime import timedelta

from app.core.model import RepoId, TestId
from app.core.signature import RULES_VERSION
from app.db.decisions import list_ran_out
from app.db.deliveries import prune_deliveries
from app.db.reclustering import list_repositories_of_older_rules
from app.handlers.bot import Bot
from app.jobs import DecideTests, Recluster, Sweep, Upkeep
from app.queue import enqueue, prune_log

KEEP_DELIVERIES = timedelta(days=7)
"""GitHub sends a delivery again for three days, an Enterprise Server for seven."""

KEEP_QUEUE_LOG = timedelta(days=2)


async def sweep(bot: Bot, _job: Sweep) -> None:
    """Have quarantines that ran out decided about, old months looked after and old clusters made anew; delete what is kept for a while."""
    now = bot.clock()
    async with bot.pool.acquire() as conn, conn.transaction():
        for gone in await list_ran_out(conn, now):
            await enqueue(conn, DecideTests(repo_id=RepoId(gone.repo_id), tests=(TestId(gone.test_id),)))
        await prune_deliveries(conn, now - KEEP_DELIVERIES)
        await prune_log(conn, KEEP_QUEUE_LOG)
        await enqueue(conn, Upkeep())
        for repo_id in await list_repositories_of_older_rules(conn, RULES_VERSION):
            await enqueue(conn, Recluster(repo_id=repo_id))
