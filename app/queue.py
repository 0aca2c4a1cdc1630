"""Durable jobs in PostgreSQL. The only place that knows pgqueuer.

Jobs are never merged: pgqueuer's dedupe key also blocks while the first one runs, which would lose a wake-up.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
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
    IngestHistory,
    Job,
    LookAtReactions,
    ObeyComment,
    PressButton,
    RecoverDeliveries,
    RecoverDelivery,
    ReportHead,
    ScoreRun,
    TickBoxes,
)
from app.origin import Origin, current_origin
from app.tracing import traceparent

if TYPE_CHECKING:
    from app.db.connection import Connection


_KINDS: dict[str, type[Job]] = {kind.__name__: kind for kind in get_args(Job)}

# A person who waits for an answer goes before everything else, and may be waiting in a delivery that was missed; a verdict goes
# before the reading of the next run, and history comes last.
_PRIORITY: dict[type[Job], int] = {
    ObeyComment: 3000,
    TickBoxes: 3000,
    PressButton: 3000,
    RecoverDeliveries: 2500,
    RecoverDelivery: 2500,
    ReportHead: 200,
    DecideTests: 200,
    ScoreRun: 100,
    IngestHistory: -2000,
}

_MOST_COUNTED = 1000
"""How far a job's priority falls with the number of its repository's waiting jobs: below a verdict of any other one."""

# Looks that were put off for an hour are no sign of a busy repository.
_UNCOUNTED = (LookAtReactions,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A job as it was picked. `failures` counts its earlier errors, `waits` its earlier waits, `picks` this pick, too.

    `origin` and `traceparent` are those of the work that enqueued it.
    """

    job: Job
    id: int
    failures: int
    waits: int
    picks: int
    origin: Origin = field(default_factory=Origin)
    traceparent: str | None = None


class TryAgain(Exception):
    """The job failed and is to be done again after that time."""

    def __init__(self, after: timedelta, reason: str) -> None:
        super().__init__(reason)
        self.after = after


class _GivenBack(TryAgain):
    """The job is stopped in the middle, because the process ends; that is no failure of it."""


class QueueLost(ConnectionError):
    """The connection that jobs are picked with is gone; another one may go on."""


Handle = Callable[[Pick], Awaitable[None]]

_GRACE_SECONDS = 10.0
DRAIN = timedelta(seconds=25)
"""How long a process that is told to stop goes on with what it has begun; Kubernetes kills it after 30 seconds."""
_CANCELS = 5
_LOOK_SECONDS = 1.0


async def enqueue(conn: "Connection", *jobs: Job, after: timedelta = timedelta(), waits: int = 0) -> None:
    """Add jobs to the queue, within the caller's transaction; they can be picked once it is committed.

    A job's priority falls with the number of its repository's waiting jobs, so that the few of a quiet repository never
    wait for all of a noisy one.
    """
    if not jobs:
        return
    repositories = [_repository_of(job) for job in jobs]
    await Queries(AsyncpgDriver(_plain(conn))).enqueue(
        [type(job).__name__ for job in jobs],
        [_to_bytes(job) for job in jobs],
        await _priorities(conn, jobs, repositories),
        [after for _ in jobs],
        headers=[_headers(repo, waits, is_put_off=bool(after) and not waits) for repo in repositories],
    )


def _headers(repo: str | None, waits: int, *, is_put_off: bool) -> dict[str, str]:
    """Pass on where the work in hand comes from. What is put off on purpose begins anew: it may go on for weeks."""
    headers = {"waits": str(waits)} | ({"repo": repo} if repo else {})
    if is_put_off:
        return headers
    parent = traceparent()
    return headers | current_origin().to_headers() | ({"traceparent": parent} if parent else {})


def _repository_of(job: Job) -> str | None:
    repo_id = None if isinstance(job, _UNCOUNTED) else getattr(job, "repo_id", None)
    return None if repo_id is None else str(repo_id)


async def _priorities(conn: "Connection", jobs: Sequence[Job], repositories: Sequence[str | None]) -> list[int]:
    waiting = await _count_waiting(conn, sorted({repo for repo in repositories if repo is not None}))
    priorities = []
    for job, repo in zip(jobs, repositories, strict=True):
        behind = 0
        if repo is not None:
            behind = min(waiting[repo], _MOST_COUNTED)
            waiting[repo] += 1
        priorities.append(_PRIORITY.get(type(job), 0) - behind)
    return priorities


async def _count_waiting(conn: "Connection", repositories: Sequence[str]) -> dict[str, int]:
    """Count the waiting jobs of each repository, as far as it matters."""
    if not repositories:
        return {}
    rows = await conn.fetch(
        """
        SELECT repo, (
            SELECT count(*)
            FROM (
                SELECT FROM pgqueuer
                WHERE (headers #>> '{}')::jsonb ->> 'repo' = repo AND status = 'queued'
                LIMIT $2
            ) AS counted
        ) AS waiting
        FROM unnest($1::text[]) AS repo
        """,
        repositories,
        _MOST_COUNTED,
    )
    return {row["repo"]: row["waiting"] for row in rows}


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
    kinds: Collection[type[Job]] = tuple(_KINDS.values()),
    drain: timedelta = DRAIN,
) -> None:
    """Pick jobs of those kinds and hand them over until `stop` is set or the connection breaks, `at_once` at a time.

    A job whose handling raises TryAgain comes back after its time; one that raises anything else is held for an admin to
    look at. What runs when `stop` is set has `drain` to end, and is then given back for another process to pick at once.
    The jobs of a killed process, or of a lost connection, are picked again after `heartbeat`. Raises QueueLost.
    """
    manager = QueueManager(Queries(AsyncpgDriver(conn)))
    give_back = asyncio.Event()
    for kind in kinds:
        manager.entrypoint(kind.__name__, on_failure="hold")(_runner(kind, handle, manager, give_back))
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
        if not lost.is_set():
            await _drain(running, manager, give_back, drain)
        if not running.done() and not lost.is_set():
            # What does not even give back hangs at the database. Cancelled with a connection, it would count as done.
            conn.terminate()
            lost.set()
        await _end(running, manager, lost)
    finally:
        for watch in watching:
            watch.cancel()
        if not running.done():
            conn.terminate()
            running.cancel()


async def _notice(conn: "asyncpg.Connection[Any]", lost: asyncio.Event) -> None:
    """Set `lost` once the connection is gone, looking each second: its listener was seen not to be told."""
    while not conn.is_closed():  # noqa: ASYNC110 - there is no event: that is the point
        await asyncio.sleep(_LOOK_SECONDS)
    lost.set()


async def _drain(
    running: "asyncio.Task[None]", manager: QueueManager, give_back: asyncio.Event, drain: timedelta
) -> None:
    """Pick nothing more, let the running jobs end, and give back those that take too long."""
    manager.shutdown.set()
    await asyncio.wait([running], timeout=drain.total_seconds())
    give_back.set()
    await asyncio.wait([running], timeout=_GRACE_SECONDS)


async def _end(running: "asyncio.Task[None]", manager: QueueManager, lost: asyncio.Event) -> None:
    """End what is left of a connection that is lost, or answers no more: others will do those jobs again."""
    manager.shutdown.set()
    await asyncio.wait([running], timeout=_GRACE_SECONDS if lost.is_set() else 0)
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


def _runner(
    kind: type[Job], handle: Handle, manager: QueueManager, give_back: asyncio.Event
) -> Callable[[models.Job], Awaitable[None]]:
    async def run(job: models.Job) -> None:
        headers = job.headers or {}
        picks = await manager.queries.driver.fetch(_COUNT_PICKS, job.id)
        pick = Pick(
            job=_from_bytes(kind, job.payload or b"{}"),
            id=int(job.id),
            failures=job.attempts,
            waits=int(str(headers.get("waits", 0))),
            picks=int(str(picks[0]["picks"])),
            origin=Origin.from_headers(headers),
            traceparent=str(headers["traceparent"]) if "traceparent" in headers else None,
        )
        try:
            await _handle_until(handle, pick, give_back)
        except TryAgain as again:
            if isinstance(again, _GivenBack):
                await manager.queries.driver.execute(_COUNT_NO_FAILURE, job.id)
            raise RetryRequested(again.after, str(again)) from again

    return run


async def _handle_until(handle: Handle, pick: Pick, give_back: asyncio.Event) -> None:
    """Handle a job, or stop in the middle of it once it is to be given back. Raises TryAgain."""
    handling = asyncio.ensure_future(handle(pick))
    giving_back = asyncio.create_task(give_back.wait())
    try:
        await asyncio.wait([handling, giving_back], return_when=asyncio.FIRST_COMPLETED)
        if handling.done():
            return handling.result()
        raise _GivenBack(timedelta(), "the process stops")
    finally:
        giving_back.cancel()
        if not handling.done():
            handling.cancel()
            await asyncio.wait([handling], timeout=_LOOK_SECONDS)


# pgqueuer counts one for every job that comes back.
_COUNT_NO_FAILURE = "UPDATE pgqueuer SET attempts = attempts - 1 WHERE id = $1"
_COUNT_PICKS = "SELECT count(*) AS picks FROM pgqueuer_log WHERE job_id = $1 AND status = 'picked'"


def _to_bytes(job: Job) -> bytes:
    return json.dumps(asdict(job), separators=(",", ":")).encode()


def _from_bytes(kind: type[Job], payload: bytes) -> Job:
    fields: dict[str, Any] = json.loads(payload)
    make: Callable[..., Job] = kind
    # A newer release that works beside this one may know more of a job than this one does.
    known = kind.__dataclass_fields__.keys() & fields.keys()
    return make(**{name: _tuples(fields[name]) for name in known})


def _tuples(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


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


async def count_waiting(conn: "Connection", kind: type[Job], repo_id: RepoId) -> int:
    """Count the jobs of that kind that a repository has in the queue, put off or being done; held ones are not."""
    return int(
        await conn.fetchval(
            """
            SELECT count(*)
            FROM pgqueuer
            WHERE entrypoint = $1 AND (headers #>> '{}')::jsonb ->> 'repo' = $2
              AND (status = 'queued' OR status = 'picked')
            """,
            kind.__name__,
            str(repo_id),
        )
    )


async def list_jobs_of(conn: "Connection", kind: type[Job], repo_id: RepoId) -> list[Job]:
    """Return the jobs of a kind that a repository has in the queue: waiting, running or held."""
    rows = await conn.fetch(
        """
        SELECT payload
        FROM pgqueuer
        WHERE entrypoint = $1 AND (headers #>> '{}')::jsonb ->> 'repo' = $2
        """,
        kind.__name__,
        str(repo_id),
    )
    return [_from_bytes(kind, row["payload"]) for row in rows]


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
