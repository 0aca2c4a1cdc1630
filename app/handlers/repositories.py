"""Keep up with where the App is installed and what repositories are called."""

from datetime import datetime

from app.core.grants import Feature, is_granted
from app.db.connection import Connection
from app.db.installations import ASK_EVERY, Installation, find_installation
from app.db.locks import lock_installations
from app.db.repositories import list_settled, remove_repositories, save_repository
from app.github.installations import list_installation_repositories
from app.handlers.bot import Bot
from app.handlers.whereabouts import find_out, learn_installation, ref_of
from app.jobs import RefreshPolicy, SyncInstallation, SyncRepository
from app.queue import enqueue


async def sync_installation(bot: Bot, job: SyncInstallation) -> None:
    """Make our rows say what GitHub says of an installation and its repositories."""
    async with lock_installations(bot.pool, [job.installation_id]) as conn:
        before = await find_installation(conn, job.installation_id)
        if job.is_routine and _was_asked(before, bot.clock()):
            return
        now = await learn_installation(bot, conn, job.installation_id)
        if now.is_open:
            await _sync_repositories(bot, conn, now, has_heard_all=_has_heard_all(before))


def _was_asked(before: Installation | None, now: datetime) -> bool:
    return before is not None and before.synced_at is not None and before.synced_at >= now - ASK_EVERY


def _has_heard_all(before: Installation | None) -> bool:
    """Say whether every change of a policy file was told to us and could be read."""
    return before is not None and before.is_open and is_granted(before.permissions, Feature.FILES)


async def _sync_repositories(bot: Bot, conn: Connection, now: Installation, *, has_heard_all: bool) -> None:
    covered = await list_installation_repositories(bot.github.installation(now.id))
    at = bot.clock()
    async with conn.transaction():
        settled = await list_settled(conn, now.id) if has_heard_all else {}
        for repository in sorted(covered, key=lambda one: one.id):
            repo_id = await save_repository(conn, ref_of(repository), now.id, at)
            if settled.get(repository.id) != repository.default_branch:
                await enqueue(conn, RefreshPolicy(repo_id=repo_id))
        await remove_repositories(conn, now.id, [one.id for one in covered], at)


async def sync_repository(bot: Bot, job: SyncRepository) -> None:
    """Make our row say what GitHub says of a repository: its names, its default branch, whether it is still there."""
    await find_out(bot, job.repo_id, is_sure_to_ask=True)
