"""Do what time alone asks for."""

from datetime import datetime, timedelta

from app.core.model import RepoId, TestId
from app.core.run_looks import ACTIVE, next_look
from app.core.signature import RULES_VERSION
from app.core.weekly import is_due
from app.db.backfills import list_unfinished
from app.db.connection import Connection
from app.db.decisions import list_ran_out
from app.db.deliveries import prune_deliveries
from app.db.forgetting import list_to_forget
from app.db.installations import ASK_EVERY, forget_accounts, list_installations_to_sync
from app.db.issues import list_repositories_with_waiting_issues
from app.db.notices import list_absent, list_ending
from app.db.reclustering import list_repositories_of_older_rules
from app.db.repositories import list_at_work
from app.db.run_looks import list_due_looks, set_due_looks
from app.db.uploads import forget_uploads
from app.db.weekly import list_digests, note_looked
from app.handlers.bot import Bot
from app.jobs import (
    DecideTests,
    Forget,
    LookForRuns,
    OpenWaiting,
    ReadHistory,
    Recluster,
    Remind,
    Sweep,
    SyncInstallation,
    TellWeek,
    Upkeep,
)
from app.queue import enqueue
from app.queue.state import count_waiting, prune_log

KEEP_DELIVERIES = timedelta(days=7)
"""GitHub sends a delivery again for three days, an Enterprise Server for seven."""

KEEP_UPLOADS = timedelta(days=7)
"""Of a run, all that was sent is read together; and what comes again within that time is known."""

MOST_LOOKS = 200
"""Repositories that are looked at for runs after one sweep: after a stop of some hours, all are due at once."""

MOST_DIGESTS = 25
"""Weekly digests that are written after one sweep: after a stop over a Monday, all are due at once."""

KEEP_QUEUE_LOG = timedelta(days=2)


async def sweep(bot: Bot, _job: Sweep) -> None:
    """Have quarantines that ran out decided about and those that soon will reminded of, waiting issues opened, old months looked after."""
    now = bot.clock()
    async with bot.pool.acquire() as conn, conn.transaction():
        at_work = await list_at_work(conn)
        due: list[DecideTests | Remind | OpenWaiting] = []
        due += await _ran_out(conn, now)
        due += await _reminders(conn, now)
        due += await _waiting_issues(conn)
        await enqueue(conn, *(job for job in due if job.repo_id in at_work))
        for repo_id in await list_to_forget(conn, now - bot.keeping.forget_after):
            await enqueue(conn, Forget(repo_id=repo_id))
        await forget_accounts(conn)
        for installation_id in await list_installations_to_sync(conn, now - ASK_EVERY):
            await enqueue(conn, SyncInstallation(installation_id=installation_id, is_routine=True))
        await enqueue(conn, *await _looks(conn, now))
        await enqueue(conn, *await _weeks(conn, now))
        await prune_deliveries(conn, now - KEEP_DELIVERIES)
        await forget_uploads(conn, now - KEEP_UPLOADS)
        await prune_log(conn, KEEP_QUEUE_LOG)
        await enqueue(conn, Upkeep())
        # A job that was held or dropped must not end what it was a part of.
        for repo_id in await list_unfinished(conn):
            if repo_id in at_work and not await count_waiting(conn, ReadHistory, repo_id):
                await enqueue(conn, ReadHistory(repo_id=repo_id))
        for repo_id in await list_repositories_of_older_rules(conn, RULES_VERSION):
            await enqueue(conn, Recluster(repo_id=repo_id))


async def _ran_out(conn: Connection, now: datetime) -> list[DecideTests]:
    return [
        DecideTests(repo_id=RepoId(one.repo_id), tests=(TestId(one.test_id),)) for one in await list_ran_out(conn, now)
    ]


async def _waiting_issues(conn: Connection) -> list[OpenWaiting]:
    return [OpenWaiting(repo_id=repo_id) for repo_id in await list_repositories_with_waiting_issues(conn)]


async def _looks(conn: Connection, now: datetime) -> list[LookForRuns]:
    due = await list_due_looks(conn, now, now - ACTIVE, most=MOST_LOOKS)
    times = {RepoId(one.repo_id): next_look(one.repo_id, now, is_active=one.is_active) for one in due}
    await set_due_looks(conn, times)
    return [LookForRuns(repo_id=repo_id) for repo_id in times]


async def _weeks(conn: Connection, now: datetime) -> list[TellWeek]:
    due = [one.repo_id for one in await list_digests(conn) if is_due(one.repo_id, one.looked_at, now)][:MOST_DIGESTS]
    await note_looked(conn, due, now)
    return [TellWeek(repo_id=RepoId(repo_id)) for repo_id in due]


async def _reminders(conn: Connection, now: datetime) -> list[Remind]:
    ending = [Remind(repo_id=RepoId(one.repo_id), decision_id=one.decision_id) for one in await list_ending(conn, now)]
    absent = [
        Remind(repo_id=RepoId(one.repo_id), decision_id=one.decision_id, is_absent=True)
        for one in await list_absent(conn, now)
    ]
    return ending + absent
