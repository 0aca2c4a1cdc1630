"""Keep up with where the App is installed and what repositories are called."""

from collections.abc import Sequence
from datetime import datetime

from app.core.events import AccountRef, RepositoryRef
from app.core.model import RepoId
from app.core.past_runs import DAYS, MOST_RUNS
from app.db.backfills import begin_backfill
from app.db.connection import Connection
from app.db.repositories import (
    InstallationState,
    end_installation,
    remove_repositories,
    remove_repository,
    save_repository,
    set_installation_state,
)
from app.github.errors import Gone
from app.github.installations import get_installation, list_installation_repositories
from app.github.repositories import RepositoryInfo, get_repository
from app.handlers.bot import Bot
from app.jobs import LookForRuns, ReadHistory, RefreshPolicy, SyncInstallation, SyncRepository
from app.queue import enqueue

CAUGHT_UP_DAYS = 3
"""So far back runs are looked for once a suspension ends, during which GitHub tells of none."""


async def sync_installation(bot: Bot, job: SyncInstallation) -> None:
    """Make our rows say what GitHub says of an installation and its repositories."""
    now = bot.clock()
    try:
        found = await get_installation(bot.github.app, job.installation_id)
    except Gone:
        async with bot.pool.acquire() as conn, conn.transaction():
            await end_installation(conn, job.installation_id, now)
        return
    state = InstallationState(
        account=AccountRef(login=found.account, type=found.account_type),
        permissions=found.permissions,
        suspended_at=found.suspended_at,
    )
    if found.suspended_at is not None:
        async with bot.pool.acquire() as conn:
            await set_installation_state(conn, job.installation_id, state, now)
        return
    covered = await list_installation_repositories(bot.github.installation(job.installation_id))
    async with bot.pool.acquire() as conn, conn.transaction():
        # In one transaction: that it was suspended is known until its repositories are caught up with, too.
        was_suspended = await set_installation_state(conn, job.installation_id, state, now)
        for repo_id in await _save_repositories(conn, job.installation_id, covered, bot.clock()):
            await enqueue(conn, RefreshPolicy(repo_id=repo_id))
            if await begin_backfill(conn, repo_id, since=now - DAYS, most_runs=MOST_RUNS, at=now):
                await enqueue(conn, ReadHistory(repo_id=repo_id))
            if was_suspended:
                await enqueue(conn, LookForRuns(repo_id=repo_id, days=CAUGHT_UP_DAYS))


async def _save_repositories(
    conn: Connection, installation_id: int, covered: Sequence[RepositoryInfo], now: datetime
) -> list[RepoId]:
    saved = [
        await save_repository(conn, _ref(repository), installation_id, now)
        for repository in sorted(covered, key=lambda one: one.id)
    ]
    await remove_repositories(conn, installation_id, [one.id for one in covered], now)
    return saved


async def sync_repository(bot: Bot, job: SyncRepository) -> None:
    """Make our row say what GitHub says of a repository: its names, its default branch, whether it is still there."""
    repo = await bot.open(job.repo_id)
    try:
        found = await get_repository(repo.client)
    except Gone:
        async with bot.pool.acquire() as conn:
            await remove_repository(conn, job.repo_id, bot.clock())
        return
    async with bot.pool.acquire() as conn, conn.transaction():
        await save_repository(conn, _ref(found), repo.row.installation_id, bot.clock())
        await enqueue(conn, RefreshPolicy(repo_id=job.repo_id))


def _ref(found: RepositoryInfo) -> RepositoryRef:
    return RepositoryRef(
        id=found.id,
        owner=found.owner,
        name=found.name,
        default_branch=found.default_branch,
        is_private=found.is_private,
        is_archived=found.is_archived,
    )
