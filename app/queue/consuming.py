"""Pick jobs and have them done, in order, until told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from traceback import format_exception
from typing import Any, TypeVar

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import PgqException, RetryRequested
from pgqueuer.queries import Queries

from app.core.identity import storable
from app.core.redaction import without_secrets
from app.jobs import Job
from app.origin import Origin
from app.queue.encoding import KINDS, from_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A job as it was picked. `failures` counts its earlier errors, `waits` its earlier waits, `picks` this pick, too.

    `has_asked` where GitHub was asked what we may do before this try. `origin` and `traceparent` are those of the work that
    enqueued it.
    """

    job: Job
    id: int
    failures: int
    waits: int
    picks: int
    has_asked: bool = False
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


async def consume(
    conn: "asyncpg.Connection[Any]",
    handle: Handle,
    stop: asyncio.Event,
    *,
    at_once: int,
    heartbeat: timedelta = timedelta(seconds=30),
    kinds: Collection[type[Job]] = tuple(KINDS.values()),
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
            job=from_bytes(kind, job.payload or b"{}"),
            id=int(job.id),
            failures=job.attempts,
            waits=int(str(headers.get("waits", 0))),
            picks=int(str(picks[0]["picks"])),
            has_asked="asked" in headers,
            origin=Origin.from_headers(headers),
            traceparent=str(headers["traceparent"]) if "traceparent" in headers else None,
        )
        try:
            await _handle_until(handle, pick, give_back)
        except TryAgain as again:
            if isinstance(again, _GivenBack):
                await manager.queries.driver.execute(_COUNT_NO_FAILURE, job.id)
            raise _told(RetryRequested(again.after, _kept(str(again))), again) from None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again
            held = type(type(error).__name__, (Exception,), {})
            raise _told(held(_kept(str(error))), error) from None

    return run


_E = TypeVar("_E", bound=Exception)


def _told(kept: _E, error: Exception) -> _E:
    """Add what led to an error, as far as it may be kept: pgqueuer writes an error into the database with all of its causes."""
    kept.add_note(_kept("".join(format_exception(error))))
    return kept


def _kept(text: str) -> str:
    """Return a text without what no row may hold, or can: an error of a library may quote an address or an answer whole."""
    return storable(without_secrets(text))


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
# Filtered behind the index of jobs: in a burst, of which the statistics do not know yet, PostgreSQL takes the picks for few,
# and would read all that ever were.
_COUNT_PICKS = "SELECT count(*) FILTER (WHERE status = 'picked') AS picks FROM pgqueuer_log WHERE job_id = $1"
