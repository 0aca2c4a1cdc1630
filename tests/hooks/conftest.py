"""A receiver, and a worker that does nothing but tell hooks."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.db.connection import open_pool
from app.handlers.bot import Bot
from app.handlers.hooks import tell_hook
from app.hooks.courier import Courier
from app.jobs import TellHook
from app.queue import enqueue, wake
from app.queue.state import list_work
from app.worker import Worker, do_jobs
from tests.hooks.receiver import Receiver

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def receiver():
    made = Receiver()
    await made.server.start_server()
    yield made
    await made.server.close()


class Teller:
    """Tells hooks from the queue; time passes when it is told to, for the queue as for us."""

    def __init__(self, pool, url, courier):
        self.pool, self.url, self.courier, self.now = pool, url, courier, START
        self.stop = asyncio.Event()

    @property
    def bot(self):
        return Bot(pool=self.pool, github=None, app_id=1, clock=lambda: self.now, processes=None, courier=self.courier)

    async def work(self, tell=tell_hook):
        await do_jobs(Worker(bot=self.bot, handlers={TellHook: tell}), self.url, self.stop, at_once=4)

    async def tell(self, *jobs):
        async with self.pool.acquire() as conn:
            await enqueue(conn, *jobs)

    async def settle(self):
        """Wait until nothing is left that could be done now."""
        async with asyncio.timeout(20):
            idle = 0
            while idle < 2:
                async with self.pool.acquire() as conn:
                    idle = 0 if await list_work(conn) else idle + 1
                await asyncio.sleep(0.01)

    async def let_pass(self, *, step=timedelta(minutes=5), **time):
        """Let time pass; what becomes due meanwhile is done then, to a step."""
        left = timedelta(**time)
        while left > timedelta():
            self.now += step
            left -= step
            async with self.pool.acquire() as conn:
                moved = await conn.fetch(
                    "UPDATE pgqueuer SET execute_after = execute_after - $1::interval"
                    " WHERE status = 'queued' RETURNING execute_after <= now() AS is_due",
                    step,
                )
                if any(row["is_due"] for row in moved):
                    await wake(conn)
            if any(row["is_due"] for row in moved):
                await self.settle()

    async def queued(self):
        async with self.pool.acquire() as conn:
            return await conn.fetchval("SELECT count(*) FROM pgqueuer WHERE status IN ('queued', 'picked')")


@pytest.fixture
async def make_teller(database_url):
    """Makes a worker for those hooks; each is stopped at the end."""
    made, tasks = [], []
    async with await open_pool(database_url, size=6) as pool:

        def make(*hooks, timeout=timedelta(seconds=10), rest=timedelta(), is_working=True, **options):
            teller = Teller(pool, database_url, Courier(hooks, timeout=timeout, rest=rest, **options))
            made.append(teller)
            if is_working:
                tasks.append(asyncio.create_task(teller.work()))
            return teller

        yield make
        for teller in made:
            teller.stop.set()
        await asyncio.gather(*tasks)
