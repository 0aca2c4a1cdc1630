"""Read what a repository's CI did before the App was installed, newest first, and show nothing of it but what it proves."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from app.core.model import AttemptId, Standing, TestId
from app.core.past_runs import Batch, PastRun, Wanted, next_batch
from app.core.upkeep import start_of
from app.db.backfills import (
    Backfill,
    end_backfill,
    get_backfill,
    imply_passes,
    list_failing_attempts,
    note_asked,
)
from app.db.locks import try_backfill
from app.db.occurrences import list_tests_to_score
from app.db.outages import find_outages
from app.db.partitions import hold_month, list_months, was_compacted
from app.db.runs import get_attempt, list_read_runs, mark_infra
from app.db.scores import get_scores, list_tests_worth_judging
from app.github.actions import RunInfo, list_runs
from app.handlers.bot import Bot, Repo
from app.handlers.clusters import cluster_failures
from app.handlers.judge import rejudge
from app.handlers.owners import assign_owners
from app.handlers.record import issues_to_sync
from app.handlers.rules import follow_rules
from app.jobs import IngestHistory, ReadHistory
from app.queue import enqueue
from app.queue.state import count_waiting

PAGE = 30
"""Runs asked for, and put into the queue, at once: that much is read again where everything is lost in between."""

LOOK = timedelta(seconds=2)
_TESTS_AT_ONCE = 200

_log = structlog.get_logger()


async def read_history(bot: Bot, job: ReadHistory) -> None:
    """Put the next runs of the history into the queue, once those before them are read; judge all of it at its end."""
    repo = (await bot.open(job.repo_id)).in_background()
    async with try_backfill(bot.pool, repo.id) as conn:
        if conn is None:
            return
        plan = await get_backfill(conn, repo.id)
        if plan is None or plan.finished_at is not None:
            return
        if await count_waiting(conn, IngestHistory, repo.id):
            await enqueue(conn, ReadHistory(repo_id=repo.id), after=LOOK)
            return
        if plan.reached > plan.since and plan.runs_asked < plan.most_runs:
            await _go_on(bot, repo, plan)
            return
        await _judge(bot, repo, plan)


async def _go_on(bot: Bot, repo: Repo, plan: Backfill) -> None:
    created = f"{plan.since:%Y-%m-%dT%H:%M:%SZ}..{plan.reached:%Y-%m-%dT%H:%M:%SZ}"
    listed = await list_runs(repo.client, created=created, limit=PAGE)
    async with bot.pool.acquire() as conn, conn.transaction():
        read = await list_read_runs(conn, repo.id, [run.id for run in listed])
        batch = _choose(repo, plan, listed, read)
        reached = max(batch.reached or plan.since, plan.since)
        await enqueue(conn, *(IngestHistory(repo_id=repo.id, run_id=run_id) for run_id in batch.runs))
        await note_asked(conn, repo.id, len(batch.runs), reached)
        await enqueue(conn, ReadHistory(repo_id=repo.id), after=LOOK if batch.runs else timedelta())
    _log.info("history_asked", repo_id=repo.id, runs=plan.runs_asked + len(batch.runs), reached=reached.isoformat())


def _choose(repo: Repo, plan: Backfill, listed: Sequence[RunInfo], read: Collection[int]) -> Batch:
    wanted = Wanted(
        full_name=repo.full_name,
        default_branch=repo.row.default_branch,
        since=plan.since,
        before=plan.started_at,
    )
    most = plan.most_runs - plan.runs_asked
    return next_batch([_past(run) for run in listed], wanted, read=read, page=PAGE, most=most)


def _past(run: RunInfo) -> PastRun:
    return PastRun(
        run_id=run.id,
        event=run.event,
        status=run.status,
        head_branch=run.head_branch,
        head_repository=run.head_repository,
        created_at=run.created_at,
        updated_at=run.updated_at,
    )


async def _judge(bot: Bot, repo: Repo, plan: Backfill) -> None:
    """Judge what was read, once and in the order in which it happened: read newest first, it was not whole before."""
    await _complete(bot, repo, plan)
    await _judge_attempts(bot, repo, plan)
    await _judge_tests(bot, repo)
    async with bot.pool.acquire() as conn, conn.transaction():
        await end_backfill(conn, repo.id, bot.clock())
    _log.info("history_read", repo_id=repo.id, runs=plan.runs_read)


async def _complete(bot: Bot, repo: Repo, plan: Backfill) -> None:
    """Add what the logs imply, a month at a time, which nobody puts away meanwhile."""
    async with bot.pool.acquire() as conn:
        for month in await list_months(conn):
            start = start_of(month.starts_on)
            if month.end <= plan.since or start > plan.started_at:
                continue
            async with conn.transaction():
                await hold_month(conn, start)
                if not await was_compacted(conn, start, since=plan.started_at):
                    await imply_passes(conn, repo.id, start, month.end, read_since=plan.started_at)


async def _judge_attempts(bot: Bot, repo: Repo, plan: Backfill) -> None:
    """Say of each attempt in which something failed whether the machine did, who owns its tests, and by what they failed."""
    async with bot.pool.acquire() as conn:
        for number in await list_failing_attempts(conn, repo.id, plan.since, plan.started_at):
            attempt = await get_attempt(conn, repo.id, AttemptId(number))
            if attempt is None:
                continue
            tests = await list_tests_to_score(conn, repo.id, AttemptId(number), attempt.run_started_at)
            await assign_owners(conn, repo, tests)
            outages = await find_outages(conn, repo.id, [attempt.key])
            await mark_infra(conn, repo.id, AttemptId(number), is_infra=attempt.key in outages.attempts)
            await cluster_failures(conn, repo, attempt)


async def _judge_tests(bot: Bot, repo: Repo) -> None:
    """Judge and decide about all tests. Issues follow, as many a day as the policy says; no old commit is told of it."""
    async with bot.pool.acquire() as conn:
        tests = await list_tests_worth_judging(conn, repo.id)
        for start in range(0, len(tests), _TESTS_AT_ONCE):
            some = tests[start : start + _TESTS_AT_ONCE]
            async with conn.transaction():
                # What is found in the past has not changed now, and may be a hundred tests at once.
                await rejudge(conn, replace(repo, listeners=None), some)
                changed = await follow_rules(conn, repo, some, bot.clock())
                scores = await get_scores(conn, repo.id, some)
                flaky = [TestId(test) for test, one in scores.items() if one.standing is Standing.FLAKY]
                await enqueue(conn, *await issues_to_sync(conn, repo.id, {*changed, *flaky}))
