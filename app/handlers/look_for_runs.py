"""Look for finished runs of which no delivery told us: GitHub loses some, and tells of no run that could not start."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from app.core.run_looks import UNTOLD_AFTER, PastLooks, Span, settled_until, span_to_look_at
from app.db.run_looks import RunLook, get_run_look, list_ingested, note_wide_look, save_run_look
from app.github.actions import ListedRuns, RunInfo, list_runs_since
from app.handlers.bot import Bot, Repo
from app.jobs import IngestRun, LookForRuns
from app.metrics import RUNS_FOUND
from app.queue import enqueue
from app.queue.state import list_jobs_of

RESERVE = 1000
"""Requests of an installation's hour that are kept for what people wait for."""

_log = structlog.get_logger()


async def look_for_runs(bot: Bot, job: LookForRuns) -> None:
    """Have every finished run read that is neither stored nor about to be read; the next look is due in any case."""
    repo = await bot.open(job.repo_id)
    if not await _has_room(repo):
        _log.info("look_for_runs_skipped", repo_id=repo.id, reason="the rate limit is nearly used up")
        return
    async with bot.pool.acquire() as conn:
        past = await get_run_look(conn, repo.id)
    now = bot.clock()
    if job.days is not None:
        listed = await list_runs_since(repo.client, now - timedelta(days=job.days), etag=None)
        await _have_read(bot, repo, listed.runs if listed else (), now)
        return
    span = span_to_look_at(_past(past), now)
    listed = await list_runs_since(repo.client, span.since, etag=None if span.is_wide else past.etag)
    if listed is not None:
        await _have_read(bot, repo, listed.runs, now - UNTOLD_AFTER)
        await _note(bot, repo, span, listed, now)


def _past(look: RunLook) -> PastLooks:
    return PastLooks(known_since=look.known_since, settled_until=look.settled_until, wide_at=look.wide_at)


async def _has_room(repo: Repo) -> bool:
    quota = await repo.client.client.quota()
    return quota is None or quota.remaining >= min(RESERVE, quota.limit // 5)


async def _have_read(bot: Bot, repo: Repo, runs: Sequence[RunInfo], before: datetime) -> None:
    """Have those runs read that had ended before that moment and of which nobody has heard."""
    ended = [run for run in runs if _had_ended(run, before)]
    async with bot.pool.acquire() as conn, conn.transaction():
        read = await list_ingested(conn, repo.id, [run.id for run in ended])
        unread = [run.id for run in ended if (run.id, run.run_attempt) not in read]
        if not unread:
            return
        # What waits in a long queue, or is held there, is no run that nobody has heard of.
        queued = {one.run_id for one in await list_jobs_of(conn, IngestRun, repo.id) if isinstance(one, IngestRun)}
        found = [run_id for run_id in unread if run_id not in queued]
        await enqueue(conn, *(IngestRun(repo_id=repo.id, run_id=run_id) for run_id in found))
    if found:
        RUNS_FOUND.inc(len(found))
        _log.warning("runs_found_without_delivery", repo_id=repo.id, runs=len(found))


def _had_ended(run: RunInfo, before: datetime) -> bool:
    return run.status == "completed" and run.updated_at <= before


async def _note(bot: Bot, repo: Repo, span: Span, listed: ListedRuns, now: datetime) -> None:
    runs = [(run.created_at, _had_ended(run, now - UNTOLD_AFTER)) for run in listed.runs]
    until = settled_until(runs, now) or span.since
    # A run that ended just now has to be looked at again, though the list will be the same.
    is_final = all(run.status != "completed" or settled for run, (_, settled) in zip(listed.runs, runs, strict=True))
    etag = listed.etag if is_final and not span.is_wide else None
    async with bot.pool.acquire() as conn, conn.transaction():
        await save_run_look(conn, repo.id, settled_until=until, etag=etag)
        if span.is_wide:
            await note_wide_look(conn, repo.id, now)
