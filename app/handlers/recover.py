"""Recover deliveries that did not reach us: GitHub keeps a log of them, with what it sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from app.db.crons import bring_forward, get_done_until, set_done_until
from app.db.deliveries import NewDelivery, mark_processed, note_missed
from app.github.errors import Gone, Rejected, TryLater
from app.github.installations import DeliveryInfo, get_delivered_payload, list_deliveries, redeliver
from app.github.webhooks import UnknownShape
from app.handlers.bot import Bot
from app.intake import Stored, read_delivery, store_delivery
from app.intake.missed import find_missed, list_taken_again
from app.jobs import RecoverDeliveries, RecoverDelivery
from app.metrics import DELIVERIES_RECOVERED
from app.queue import enqueue

CRON = "recover deliveries"
LATE = timedelta(minutes=10)
"""How much later than its time a try may appear in the log."""

_log = structlog.get_logger()


async def recover_deliveries(bot: Bot, _job: RecoverDeliveries) -> None:
    """Have every delivery fetched that GitHub's log shows as missed, since the last look that was complete.

    A look that GitHub breaks off has what it found fetched, and is soon followed by another one.
    """
    async with bot.pool.acquire() as conn:
        done_until = await get_done_until(conn, CRON)
    try:
        await _look(bot, None if done_until is None else done_until - LATE)
    except TryLater as wait:
        _log.warning("look_for_missed_deliveries_put_off", reason=wait.reason, seconds=wait.after.total_seconds())
        async with bot.pool.acquire() as conn:
            await bring_forward(conn, CRON, bot.clock() + wait.after)


async def _look(bot: Bot, since: datetime | None) -> None:
    newest: datetime | None = None
    taken: set[str] = set()
    async for page in list_deliveries(bot.github.app, since=since):
        await _have_fetched(bot, find_missed(page, taken))
        # Later tries alone are remembered, of which there are few: the first ones may be millions.
        taken |= list_taken_again(page)
        newest = newest or page[0].delivered_at
    if newest is not None:
        # By GitHub's clock: a mark by ours would leave a gap where ours is ahead.
        async with bot.pool.acquire() as conn:
            await set_done_until(conn, CRON, newest, bot.clock())


async def _have_fetched(bot: Bot, missed: Sequence[DeliveryInfo]) -> None:
    """Note what was missed, and a job for each, newest first: it is the newest that people wait for."""
    if not missed:
        return
    rows = [NewDelivery(guid=one.guid, event=one.event, action=one.action) for one in missed]
    async with bot.pool.acquire() as conn, conn.transaction():
        new = await note_missed(conn, rows, bot.clock())
        jobs = [RecoverDelivery(try_id=one.id, guid=one.guid, event=one.event) for one in missed if one.guid in new]
        await enqueue(conn, *jobs)
    if jobs:
        _log.warning("deliveries_missed", deliveries=len(jobs), since=missed[-1].delivered_at.isoformat())


async def recover_delivery(bot: Bot, job: RecoverDelivery) -> None:
    """Take a delivery from GitHub's log as if it had just come; have it sent again where the log does not show it whole."""
    try:
        payload = await get_delivered_payload(bot.github.app, job.try_id)
        if payload is None:
            await redeliver(bot.github.app, job.try_id)
            DELIVERIES_RECOVERED.labels(result="sent again").inc()
            return
    except (Gone, Rejected) as gone:
        _log.warning("missed_delivery_gone", delivery=job.guid, github_event=job.event, reason=gone.reason)
        await _settle(bot, job, "gone")
        return
    try:
        delivery = read_delivery(guid=job.guid, name=job.event, payload=payload, own_app_id=bot.app_id)
    except UnknownShape as error:
        _log.error("missed_delivery_of_unknown_shape", delivery=job.guid, github_event=job.event, error=str(error))
        await _settle(bot, job, "nothing")
        return
    async with bot.pool.acquire() as conn, conn.transaction():
        stored = await store_delivery(conn, delivery, bot.clock())
    if stored is Stored.TAKEN:
        DELIVERIES_RECOVERED.labels(result="done").inc()
    else:
        await _settle(bot, job, "nothing")


async def _settle(bot: Bot, job: RecoverDelivery, result: str) -> None:
    """Note that nothing more is to be done about a delivery, so that no later look finds it again."""
    async with bot.pool.acquire() as conn:
        await mark_processed(conn, job.guid, bot.clock())
    DELIVERIES_RECOVERED.labels(result=result).inc()
