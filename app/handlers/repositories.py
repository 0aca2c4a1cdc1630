"""Keep up with where the App is installed and what repositories are called."""

from datetime import datetime

from app.core.grants import Feature, is_granted
from app.core.past_runs import DAYS, MARGIN, MOST_RUNS
from app.db.backfills import begin_backfill
from app.db.connection import Connection
from app.db.installations import ASK_EVERY, Installation, find_installation
from app.db.locks import lock_installations
from app.db.repositories import list_settled, remove_repositories, save_repository
from app.github.installations import list_installation_repositories
from app.handlers.bot import Bot
from app.handlers.whereabouts import find_out, learn_installation, ref_of
from app.jobs import LookForRuns, ReadHistory, RefreshPolicy, SyncInstallation, SyncRepository
from app.queue import enqueue

CAUGHT_UP_DAYS = 3
"""So far back runs are looked for once a suspension ends, during which GitHub tells of none."""


async def sync_installation(bot: Bot, job: SyncInstallation) -> None:
    """Make our rows say what GitHub says of an installation and its repositories."""
    async with lock_installations(bot.pool, [job.installation_id]) as conn:
        before = await find_installation(conn, job.installation_id)
        if job.is_routine and _was_asked(before, bot.clock()):
            return
        now = await learn_installation(bot, conn, job.installation_id)
        if now.is_open:
            await _sync_repositories(bot, conn, before, now)


def _was_asked(before: Installation | None, now: datetime) -> bool:
    return before is not None and before.synced_at is not None and before.synced_at >= now - ASK_EVERY


def _has_heard_all(before: Installation | None) -> bool:
    """Say whether every change of a policy file was told to us and could be read."""
    return before is not None and before.is_open and is_granted(before.permissions, Feature.FILES)


async def _sync_repositories(bot: Bot, conn: Connection, before: Installation | None, now: Installation) -> None:
    covered = await list_installation_repositories(bot.github.installation(now.id))
    at = bot.clock()
    async with conn.transaction():
        settled = await list_settled(conn, now.id) if _has_heard_all(before) else {}
        for repository in sorted(covered, key=lambda one: one.id):
            repo_id = await save_repository(conn, ref_of(repository), now.id, at)
            if settled.get(repository.id) != repository.default_branch:
                await enqueue(conn, RefreshPolicy(repo_id=repo_id))
            if await begin_backfill(conn, repo_id, since=at - DAYS, most_runs=MOST_RUNS, margin=MARGIN):
                await enqueue(conn, ReadHistory(repo_id=repo_id))
            if before is not None and before.suspended_at is not None:
                await enqueue(conn, LookForRuns(repo_id=repo_id, days=CAUGHT_UP_DAYS))
        await remove_repositories(conn, now.id, [one.id for one in covered], at)


async def sync_repository(bot: Bot, job: SyncRepository) -> None:
    """Make our row say what GitHub says of a repository: its names, its default branch, whether it is still there."""
    await find_out(bot, job.repo_id, is_sure_to_ask=True)
