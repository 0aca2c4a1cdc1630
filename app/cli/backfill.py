"""`flakeguard backfill`: reads what a repository's CI did before the App was installed."""

import argparse
import asyncio
import sys
from datetime import UTC, date, datetime, time

from app.cli.asking import add_repository, ask, day, named_repository
from app.cli.running import database_url, stop_on_signals
from app.cli.working import open_bot
from app.core.counts import count
from app.core.model import RepoId
from app.core.past_runs import DAYS, MOST_RUNS
from app.db.backfills import Backfill, begin_backfill_anew, get_backfill
from app.db.connection import Connection, Pool
from app.db.repositories import get_repository
from app.handlers.bot import Bot
from app.jobs import IngestHistory, Job, ReadHistory
from app.queue import enqueue
from app.queue.state import count_waiting
from app.settings import AppIdentity, Settings
from app.worker import HANDLERS, Worker, do_jobs

AT_ONCE = 4
_KINDS: tuple[type[Job], ...] = (IngestHistory, ReadHistory)
_LOOK_SECONDS = 0.5
_WIDTH = 30


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("backfill", help="read a repository's history from GitHub, newest first")
    add_repository(parser)
    parser.add_argument(
        "--runs", type=_count, default=MOST_RUNS, metavar="N", help="so many runs at most (default 200)"
    )
    parser.add_argument("--since", type=day, metavar="DATE", help="none created before that day (default 30 days ago)")
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Read until all is read; 1 where it was interrupted, and can be gone on with by the same command or by `serve`, or cannot be read."""

    async def question(settings: Settings, pool: Pool) -> int:
        if not isinstance(settings.app, AppIdentity):
            print("flakeguard backfill: no GitHub App is configured: FLAKEGUARD_APP_ID is missing", file=sys.stderr)
            return 2
        return await _read(settings, settings.app, pool, args)

    return ask(question)


async def _read(settings: Settings, app: AppIdentity, pool: Pool, args: argparse.Namespace) -> int:
    now = settings.clock()()
    since = _midnight(args.since or (now - DAYS).date())
    if settings.keeping.retention is not None:
        # What is older would be deleted with the next round.
        since = max(since, now - settings.keeping.retention)
    async with pool.acquire() as conn, conn.transaction():
        repo_id = await named_repository(conn, args.repository)
        await begin_backfill_anew(conn, repo_id, since=since, most_runs=args.runs, at=now)
        await enqueue(conn, ReadHistory(repo_id=repo_id))
    stop = asyncio.Event()
    stop_on_signals(stop)
    url = database_url(settings)
    async with open_bot(settings, app, url, pool) as bot:
        await _work(bot, url, repo_id, stop)
    return await _end(pool, repo_id, args.repository)


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)


async def _work(bot: Bot, url: str, repo_id: RepoId, stop: asyncio.Event) -> None:
    """Do the history's jobs here, beside any worker that runs, and show how far it is."""
    worker = Worker(bot=bot, handlers={kind: HANDLERS[kind] for kind in _KINDS})
    async with asyncio.TaskGroup() as group:
        group.create_task(do_jobs(worker, url, stop, at_once=AT_ONCE))
        group.create_task(_show(bot.pool, repo_id, stop))


async def _show(pool: Pool, repo_id: RepoId, stop: asyncio.Event) -> None:
    is_terminal = sys.stderr.isatty()
    before = ""
    while not stop.is_set():
        async with pool.acquire() as conn:
            state = await get_backfill(conn, repo_id)
            is_going_on = await _is_going_on(conn, repo_id)
        if state is None or state.finished_at is not None or not is_going_on:
            stop.set()
        if state is not None and (line := bar(state)) != before:
            print(f"\r{line}" if is_terminal else line, end="" if is_terminal else "\n", file=sys.stderr, flush=True)
            before = line
        await _pause(stop)
    if is_terminal:
        print(file=sys.stderr)


async def _is_going_on(conn: Connection, repo_id: RepoId) -> bool:
    """Tell whether any process still has something to do for that history: a job that was dropped or held ends it."""
    return any([await count_waiting(conn, kind, repo_id) for kind in _KINDS])


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            await stop.wait()
    except TimeoutError:
        return


def bar(state: Backfill) -> str:
    """Return one line that says how far the reading is: by runs or by time, whichever is further."""
    if state.finished_at is not None:
        return f"[{'#' * _WIDTH}] {_runs(state)} read and judged".ljust(2 * _WIDTH)
    span = (state.started_at - state.since).total_seconds() or 1
    share = max((state.started_at - state.reached).total_seconds() / span, state.runs_asked / state.most_runs) * (
        state.runs_read / state.runs_asked if state.runs_asked else 1
    )
    done = min(int(share * _WIDTH), _WIDTH)
    text = f"{state.runs_read} of {count(state.runs_asked, 'run')} read, asked for back to {state.reached:%Y-%m-%d}"
    return f"[{'#' * done}{'.' * (_WIDTH - done)}] {text}"


def _runs(state: Backfill) -> str:
    return count(state.runs_read, "run")


async def _end(pool: Pool, repo_id: RepoId, full_name: tuple[str, str]) -> int:
    async with pool.acquire() as conn:
        state = await get_backfill(conn, repo_id)
        repo = await get_repository(conn, repo_id)
        is_going_on = await _is_going_on(conn, repo_id)
    if state is not None and state.finished_at is not None:
        print(f"{_runs(state)} read, back to {state.since:%Y-%m-%d} or the {state.most_runs} newest")
        return 0
    if repo is None or not repo.is_ours:
        print(f"flakeguard backfill: the App is not at work in {'/'.join(full_name)}", file=sys.stderr)
        return 1
    if not is_going_on:
        print("flakeguard backfill: given up; flakeguard jobs says why", file=sys.stderr)
        return 1
    print("flakeguard backfill: interrupted; the same command goes on, and so does flakeguard serve", file=sys.stderr)
    return 1
