"""Keep the history in order: months ahead, indexes, roll-up and retention, one step at a time."""

from datetime import date
from typing import assert_never

import structlog

from app.core.history import HORIZON
from app.core.model import RepoId
from app.core.upkeep import CompactMonth, DropMonth, ReindexMonth, Step, months_ahead, next_month, next_step, start_of
from app.db.compaction import compact_month
from app.db.daily import forget_days
from app.db.locks import try_upkeep
from app.db.partitions import TooBusy, drop_month, ensure_month, forget_month, list_months, reindex_month
from app.db.repositories import list_repositories
from app.db.runs import forget_runs
from app.handlers.bot import Bot, know
from app.jobs import Upkeep
from app.queue import enqueue

_log = structlog.get_logger()


async def upkeep(bot: Bot, _job: Upkeep) -> None:
    """Make the months ahead, then do what is due to the oldest month that something is due to, and look again.

    One process at a time; a step that the traffic leaves no room for is left to the next round.
    """
    async with try_upkeep(bot.pool) as conn:
        if conn is None:
            return
        for month in months_ahead(bot.clock()):
            await ensure_month(conn, start_of(month))
        step = next_step(await list_months(conn), bot.keeping, bot.clock())
        if step is None:
            return
        try:
            await _do(bot, step)
        except TooBusy as busy:
            _log.warning("upkeep_put_off", step=type(step).__name__, month=step.starts_on.isoformat(), reason=str(busy))
            return
        await enqueue(conn, Upkeep())


async def _do(bot: Bot, step: Step) -> None:
    log = _log.bind(month=f"{step.starts_on:%Y-%m}")
    match step:
        case DropMonth(starts_on):
            await _forget(bot, starts_on)
            log.info("month_dropped")
        case ReindexMonth(starts_on):
            async with bot.pool.acquire() as conn:
                await reindex_month(conn, starts_on, bot.clock())
            log.info("month_reindexed")
        case CompactMonth(starts_on):
            figures = await compact_month(bot.pool, starts_on, await _horizons(bot), bot.clock())
            log.info("month_compacted", occurrences=figures.before, kept=figures.kept)
        case _:
            assert_never(step)


async def _forget(bot: Bot, starts_on: date) -> None:
    """Drop the month, then what is left of its time: days that were rolled up, and runs with their jobs."""
    end = next_month(starts_on)
    async with bot.pool.acquire() as conn:
        await drop_month(conn, starts_on)
        for repo_id in await list_repositories(conn):
            await forget_days(conn, repo_id, end)
            while await forget_runs(conn, repo_id, start_of(end)):
                pass
        await forget_month(conn, starts_on)


async def _horizons(bot: Bot) -> dict[RepoId, int]:
    async with bot.pool.acquire() as conn:
        known = [await know(conn, repo_id) for repo_id in await list_repositories(conn)]
    return {repo.id: HORIZON * repo.policy.window_size for repo in known if repo is not None}
