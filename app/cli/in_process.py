"""The whole bot in this process, beside a GitHub that is told to it: what the demo and the end-to-end tests run."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cli.running import listen
from app.core.quota import FREE
from app.db.connection import Pool, open_pool
from app.db.limits import SharedBudgets
from app.db.repositories import list_repositories
from app.github.client import GitHub, Patience
from app.github.wire import Wire, open_wire
from app.handlers.bot import Bot
from app.handlers.listeners import Listeners
from app.hooks.courier import Courier
from app.jobs import LookForRuns, RecoverDeliveries, Sweep
from app.queue import enqueue
from app.queue.state import list_work
from app.server import make_app
from app.settings import AppIdentity
from app.web.health import Health
from app.web.site import Site
from app.web.webhook import Bell, Intake
from app.worker import HANDLERS, Worker, run_worker

_PACE = 0.02
_IMPATIENT = Patience(fresh=(0.01, 0.02), reads=(0.01, 0.02), write_pause=0)


@dataclass(slots=True)
class RunningBot:
    """A bot at work. `webhook_url` is where it takes deliveries, `address` where people look at it."""

    pool: Pool
    address: str
    bot: Bot

    @property
    def webhook_url(self) -> str:
        return f"{self.address}/webhooks/github"

    async def settle(self, *, within: timedelta = timedelta(seconds=15), seconds: float = 300.0) -> None:
        """Wait until no job is left that could be done within that time. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            idle = 0
            while idle < 2:
                async with self.pool.acquire() as conn:
                    idle = 0 if await list_work(conn, within=within) else idle + 1
                await asyncio.sleep(0.02)

    async def sweep(self) -> None:
        """Have done what time alone asks for, without waiting for the next round."""
        async with self.pool.acquire() as conn:
            await enqueue(conn, Sweep())

    async def recover(self) -> None:
        """Have missed deliveries looked for, as a process that starts does."""
        async with self.pool.acquire() as conn:
            await enqueue(conn, RecoverDeliveries())

    async def look_for_runs(self, *, days: int | None = None) -> None:
        """Have runs of which no delivery told us looked for in every repository, without waiting for their time."""
        async with self.pool.acquire() as conn:
            for repo_id in await list_repositories(conn):
                await enqueue(conn, LookForRuns(repo_id=repo_id, days=days))

    async def held_jobs(self) -> list[str]:
        """Return the kinds of the jobs that were given up."""
        async with self.pool.acquire() as conn:
            rows = await conn.fetch("SELECT entrypoint FROM pgqueuer WHERE status = 'failed' ORDER BY id")
        return [row["entrypoint"] for row in rows]


@asynccontextmanager
async def run_in_process(  # noqa: PLR0913 - a bot has as many parts
    database_url: str,
    app: AppIdentity,
    api_url: str,
    clock: Callable[[], datetime],
    processes: Executor,
    *,
    web_url: str | None = None,
    port: int = 0,
    site: Callable[[Pool, Wire], Site] | None = None,
    listeners: Listeners | None = None,
) -> AsyncIterator[RunningBot]:
    """Run intake and worker on a migrated database until the end of the block.

    `web_url` is where GitHub has pages, if not at its API; `site` makes ours, which else are not there. `listeners` are
    told what changes.
    """
    stop = asyncio.Event()
    async with (
        await open_pool(database_url, size=12) as pool,
        await open_pool(database_url, size=4, is_hasty=True) as limits,
        open_wire(api_url=api_url, user_agent="FlakeGuard") as wire,
    ):
        github = GitHub(
            wire,
            app_id=app.app_id,
            private_key=app.private_key,
            patience=_IMPATIENT,
            budgets=SharedBudgets(limits, FREE),
        )
        bot = Bot(
            pool=pool,
            github=github,
            app_id=app.app_id,
            clock=clock,
            processes=processes,
            web_url=web_url or api_url,
            listeners=listeners,
            courier=Courier(listeners.hooks, rest=timedelta()) if listeners else None,
        )
        intake = Intake(pool=pool, secrets=app.secrets, app_id=app.app_id, clock=clock, bell=Bell(pool))
        async with (
            listen(make_app(intake, Health(pool=pool), site(pool, wire) if site else None), "127.0.0.1", port) as bound,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(
                run_worker(
                    Worker(bot=bot, handlers=HANDLERS, pace=_PACE),
                    database_url,
                    stop,
                    heartbeat=timedelta(seconds=2),
                    # A story says itself when time does something, and may lose a delivery on purpose.
                    crons=(),
                )
            )
            running = RunningBot(pool, f"http://127.0.0.1:{bound}", bot)
            await running.sweep()
            try:
                yield running
            finally:
                stop.set()
