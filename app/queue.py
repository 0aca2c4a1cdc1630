"""Durable jobs in PostgreSQL. The only place that knows pgqueuer.

Jobs are never merged: pgqueuer's dedupe key also blocks while the first one runs, which would lose a wake-up.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import PgqException, RetryRequested
from pgqueuer.queries import Queries

from app.core.model import RepoId
from app.jobs import (
    DecideTests,
    Job,
    ObeyComment,
    PressButton,
    ReportHead,
    ScoreRun,
    TickBoxes,
)

if TYPE_CHECKING:
    from app.db.connection import Connection


_KINDS: dict[str, type[Job]] = {kind.__name__: kind for kind in get_args(Job)}

# A person who waits for an answer goes before a verdict, a verdict before the reading of the next run.
_PRIORITY: dict[type[Job], int] = {
    ObeyComment: 30,
    TickBoxes: 30,
    PressButton: 30,
    ReportHead: 20,
    DecideTests: 20,
    ScoreRun: 10,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A job as it was picked. `failures` counts its earlier errors, `waits` its earlier waits, `picks` this pick, too."""

    job: Job
    id: int
    failures: int
    waits: int
    picks: int


class TryAgain(Exception):
    """The job failed and is to be done again after that time."""

    def __init__(self, after: timedelta, reason: str) -> None:
        super().__init__(reason)
        self.after = after


class QueueLost(ConnectionError):
    """The connection that jobs are picked with is gone; another one may go on."""


Handle = Callable[[Pick], Awaitable[None]]

_GRACE_SECONDS = 10.0
_CANCELS = 5
_LOOK_SECONDS = 1.0


async def enqueue(conn: "Connection", *jobs: Job, after: timedelta = timedelta(), waits: int = 0) -> None:
    """Add jobs to the queue, within the caller's transaction; they can be picked once it is committed."""
    if not jobs:
        return
    await Queries(AsyncpgDriver(_plain(conn))).enqueue(
        [type(job).__name__ for job in jobs],
        [_to_bytes(job) for job in jobs],
        [_PRIORITY.get(type(job), 0) for job in jobs],
        [after for _ in jobs],
        headers=[{"waits": str(waits)} for _ in jobs],
    )


async def wake(conn: "Connection") -> None:
    """Tell the workers that there are new jobs, where they were added by sessions that tell nothing themselves."""
    await conn.execute(
        """
        SELECT pg_notify('ch_pgqueuer', json_build_object(
            'channel', 'ch_pgqueuer', 'operation', 'insert', 'sent_at', now(), 'table', 'pgqueuer',
            'type', 'table_changed_event')::text)
        """
    )


async def consume(
    conn: "asyncpg.Connection[Any]",
    handle: Handle,
    stop: asyncio.Event,
    *,
    at_once: int,
    heartbeat: timedelta = timedelta(seconds=30),
) -> None:
    """Pick jobs and hand them over until `stop` is set or the connection breaks, at most `at_once` at a time.

    A job whose handling raises TryAgain comes back after its time; one that raises anything else is held for an admin to
    look at. The jobs of a killed process, or of a lost connection, are picked again after `heartbeat`. Raises QueueLost.
    """
    manager = QueueManager(Queries(AsyncpgDriver(conn)))
    for name, kind in _KINDS.items():
        manager.entrypoint(name, on_failure="hold")(_runner(kind, handle, manager))
    lost = asyncio.Event()
    conn.add_termination_listener(lambda *_: lost.set())
    # Polling every second is the net below LISTEN: a lost notification costs a second, not a job.
    running = asyncio.create_task(
        manager.run(
            dequeue_timeout=timedelta(seconds=1),
            batch_size=max(1, at_once // 2),
            max_concurrent_tasks=max(2, at_once),
            heartbeat_timeout=heartbeat,
            shutdown_on_listener_failure=True,
        )
    )
    watching = [asyncio.create_task(one) for one in (stop.wait(), lost.wait(), _notice(conn, lost))]
    try:
        await asyncio.wait([running, *watching], return_when=asyncio.FIRST_COMPLETED)
        await _end(running, manager, lost)
    finally:
        for watch in watching:
            watch.cancel()
        running.cancel()


async def _notice(conn: "asyncpg.Connection[Any]", lost: asyncio.Event) -> None:
    """Set `lost` once the connection is gone, looking each second: its listener was seen not to be told."""
    while not conn.is_closed():  # noqa: ASYNC110 - there is no event: that is the point
        await asyncio.sleep(_LOOK_SECONDS)
    lost.set()


async def _end(running: "asyncio.Task[None]", manager: QueueManager, lost: asyncio.Event) -> None:
    """Let the running jobs end; of those whose connection is lost only what ends soon, since others will do them again."""
    manager.shutdown.set()
    await asyncio.wait([running], timeout=_GRACE_SECONDS if lost.is_set() else None)
    for _ in range(_CANCELS):
        if running.done():
            break
        # A first cancel may only end the loop that picks jobs, which then waits for those that are running.
        running.cancel()
        await asyncio.wait([running], timeout=1)
    problem = running.exception() if running.done() and not running.cancelled() else None
    if lost.is_set() or isinstance(problem, PgqException | asyncpg.InternalClientError):
        raise QueueLost(f"the queue's connection was lost: {problem}") from problem
    if problem is not None:
        raise problem


def _runner(kind: type[Job], handle: Handle, manager: QueueManager) -> Callable[[models.Job], Awaitable[None]]:
    async def run(job: models.Job) -> None:
        headers = job.headers or {}
        picks = await manager.queries.driver.fetch(_COUNT_PICKS, job.id)
        pick = Pick(
            job=_from_bytes(kind, job.payload or b"{}"),
            id=int(job.id),
            failures=job.attempts,
            waits=int(str(headers.get("waits", 0))),
            picks=int(str(picks[0]["picks"])),
        )
        try:
            await handle(pick)
        except TryAgain as again:
            raise RetryRequested(again.after, str(again)) from again

    return run


_COUNT_PICKS = "SELECT count(*) AS picks FROM pgqueuer_log WHERE job_id = $1 AND status = 'picked'"


def _to_bytes(job: Job) -> bytes:
    return json.dumps(asdict(job), separators=(",", ":")).encode()


def _from_bytes(kind: type[Job], payload: bytes) -> Job:
    fields: dict[str, Any] = json.loads(payload)
    make: Callable[..., Job] = kind
    return make(**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})


def _plain(conn: "Connection") -> "asyncpg.Connection[Any]":
    # pgqueuer's types know no pool proxies, which it can use as well as a connection.
    return conn  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How many jobs there are by state, and how long the oldest that could be done now has waited, in seconds."""

    jobs: dict[str, int]
    oldest_seconds: float


async def read_state(conn: "Connection") -> QueueState:
    rows = await conn.fetch(
        """
        SELECT CASE WHEN status = 'queued' AND execute_after > now() THEN 'waiting' ELSE status::text END AS state,
               count(*) AS jobs,
               coalesce(extract(epoch FROM now() - min(execute_after)), 0)::double precision AS oldest
        FROM pgqueuer
        GROUP BY 1
        """
    )
    oldest = next((row["oldest"] for row in rows if row["state"] == "queued"), 0.0)
    return QueueState(jobs={row["state"]: row["jobs"] for row in rows}, oldest_seconds=oldest)


async def list_work(conn: "Connection", *, within: timedelta = timedelta()) -> Sequence[str]:
    """Return the kinds of the jobs that are running or could be picked within that time."""
    rows = await conn.fetch(
        "SELECT entrypoint FROM pgqueuer WHERE status = 'picked' OR (status = 'queued' AND execute_after <= now() + $1)",
        within,
    )
    return [row["entrypoint"] for row in rows]


async def drop_jobs_of(conn: "Connection", repo_id: RepoId) -> None:
    """Drop the jobs of a repository that wait or are held, within the caller's transaction."""
    await conn.execute(
        """
        DELETE FROM pgqueuer
        WHERE status IN ('queued', 'failed')
          AND convert_from(payload, 'UTF8')::jsonb -> 'repo_id' = to_jsonb($1::bigint)
        """,
        repo_id,
    )


async def prune_log(conn: "Connection", keep: timedelta) -> None:
    """Delete what the queue noted about finished jobs longer ago than that; pgqueuer itself never does."""
    await conn.execute(
        """
        DELETE FROM pgqueuer_log AS log
        WHERE log.created < now() - $1::interval
          AND NOT EXISTS (SELECT FROM pgqueuer WHERE pgqueuer.id = log.job_id)
        """,
        keep,
    )
    await conn.execute("DELETE FROM pgqueuer_statistics WHERE created < now() - $1::interval", keep)
