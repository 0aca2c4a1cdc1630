"""GET /livez, /readyz and /metrics."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from app.db.connection import DATABASE_AWAY, Pool
from app.db.migrate import find_migrations, list_applied
from app.metrics import QUEUE_JOBS, QUEUE_OLDEST
from app.queue import read_state

_STATES = ("queued", "waiting", "picked", "failed")


async def livez(_request: web.Request) -> web.Response:
    """Answer as long as the process can: no I/O, so that a database that is away never gets us restarted."""
    return web.Response(text="alive\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`stop` is set once the process is told to end: it is not ready any more, and takes what comes all the same."""

    pool: Pool
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def readyz(self, _request: web.Request) -> web.Response:
        if self.stop.is_set():
            return web.Response(status=503, text="stopping\n")
        try:
            async with self.pool.acquire(timeout=5) as conn:
                applied = {migration.version for migration in await list_applied(conn)}
                missing = {migration.version for migration in find_migrations()} - applied
        except DATABASE_AWAY as error:
            return web.Response(status=503, text=f"the database is away: {type(error).__name__}\n")
        if missing:
            return web.Response(
                status=503, text=f"the schema lacks {len(missing)} migrations: run flakeguard migrate\n"
            )
        return web.Response(text="ready\n")

    async def metrics(self, _request: web.Request) -> web.Response:
        try:
            async with self.pool.acquire(timeout=5) as conn:
                state = await read_state(conn)
        except DATABASE_AWAY:
            # What does not need the database is still worth reading, above all while it is away.
            return _exposition()
        for name in _STATES:
            QUEUE_JOBS.labels(state=name).set(state.jobs.get(name, 0))
        QUEUE_OLDEST.set(state.oldest_seconds)
        return _exposition()


def _exposition() -> web.Response:
    return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
