"""GET /livez, /readyz and /metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from app.db.backfills import Unfinished, count_unfinished
from app.db.connection import Connection, Pool
from app.db.limits import list_left
from app.db.readiness import NO_ANSWER, briefly, why_not_ready
from app.metrics import BACKFILL_RUNS, GITHUB_QUOTA, QUEUE_JOBS, QUEUE_OLDEST
from app.queue.state import QueueState, read_state

PATIENCE_SECONDS = 4.0
"""Probes give up after 5 seconds, or what their operator set; whatever hangs, they are told before."""

KEPT_SECONDS = 1.0
"""For so long one answer of the database is good for all who ask."""

_STATES = ("queued", "waiting", "picked", "failed")
_T = TypeVar("_T")


class Lately(Generic[_T]):
    """What was found out lately: asked for anew once it is a second old, by one for all, so that a flood costs nothing."""

    def __init__(self, ask: Callable[[], Awaitable[_T]], kept_seconds: float) -> None:
        self._ask = ask
        self._kept = kept_seconds
        self._asking: asyncio.Task[_T] | None = None
        self._asked_at = 0.0

    async def get(self) -> _T:
        is_old = asyncio.get_running_loop().time() - self._asked_at >= self._kept
        if self._asking is None or (self._asking.done() and is_old):
            self._asking = asyncio.create_task(self._find_out())
        # Who goes away takes nobody's answer along.
        return await asyncio.shield(self._asking)

    async def _find_out(self) -> _T:
        try:
            return await self._ask()
        finally:
            self._asked_at = asyncio.get_running_loop().time()


class Health:
    """How this process is. Once `stopping` is set it is not ready any more, so that nobody sends it new work."""

    def __init__(
        self,
        *,
        pool: Pool,
        stopping: asyncio.Event | None = None,
        patience: float = PATIENCE_SECONDS,
        kept: float = KEPT_SECONDS,
    ) -> None:
        self.stopping = stopping or asyncio.Event()
        self._pool = pool
        self._patience = patience
        self._problem = Lately(self._look, kept)
        self._queue = Lately(self._count_jobs, kept)
        self._history = Lately(self._count_history, kept)
        self._quotas = Lately(self._list_quotas, kept)

    async def livez(self, _request: web.Request) -> web.Response:
        """Answer as long as the process can: no I/O, so that a database that is away never gets us restarted."""
        return web.Response(text="alive\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """Answer 200 while webhooks can be taken and jobs be done, else 503 with the reason."""
        problem = "stopping" if self.stopping.is_set() else await self._problem.get()
        return web.Response(status=503 if problem else 200, text=f"{problem or 'ready'}\n")

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer with all that was counted. While the database is away what it knows is left out, not repeated."""
        # At once: one after the other, a database that hangs would take longer than Prometheus waits.
        state, history, quotas = await asyncio.gather(self._queue.get(), self._history.get(), self._quotas.get())
        _tell_queue(state)
        _tell_history(history)
        _tell_quotas(quotas or {})
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _look(self) -> str | None:
        return await why_not_ready(self._pool, self._patience)

    async def _count_jobs(self) -> QueueState | None:
        return await self._ask(read_state)

    async def _count_history(self) -> Unfinished | None:
        return await self._ask(count_unfinished)

    async def _list_quotas(self) -> dict[int, int] | None:
        return await self._ask(list_left)

    async def _ask(self, question: Callable[[Connection], Awaitable[_T]]) -> _T | None:
        try:
            async with briefly(self._pool, self._patience) as conn:
                return await question(conn)
        except NO_ANSWER:
            # What does not need the database is still worth reading, above all while it is away.
            return None


def _tell_queue(state: QueueState | None) -> None:
    QUEUE_JOBS.clear()
    for name in _STATES if state else ():
        QUEUE_JOBS.labels(state=name).set(state.jobs.get(name, 0) if state else 0)
    QUEUE_OLDEST.set(state.oldest_seconds if state else float("nan"))


def _tell_history(history: Unfinished | None) -> None:
    BACKFILL_RUNS.clear()
    if history is not None:
        BACKFILL_RUNS.labels(state="waiting").set(history.waiting)
        BACKFILL_RUNS.labels(state="done").set(history.done)


def _tell_quotas(quotas: Mapping[int, int]) -> None:
    GITHUB_QUOTA.clear()
    for installation_id, left in quotas.items():
        GITHUB_QUOTA.labels(installation=installation_id).set(left)
