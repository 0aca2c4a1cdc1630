"""A database with the sample's first story, told once a process: for tests that only read it, or take back what they write."""

import asyncio
import os
from datetime import UTC, datetime
from functools import cache

import asyncpg

from app.db.connection import open_pool
from app.db.migrate import find_migrations, migrate
from app.sample.cast import STAGES
from app.sample.tell import tell

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)


@cache
def told_url(server_url):
    """The URL of that database on the tests' server."""
    name = f"fg_told_{os.getpid()}"
    head, _, query = server_url.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    asyncio.run(_tell(server_url, name, url))
    return url


async def _tell(server_url, name, url):
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    conn = await asyncpg.connect(url)
    await migrate(conn, find_migrations(), now=UNTIL)
    await conn.close()
    async with await open_pool(url) as pool:
        await tell(pool, STAGES[0], UNTIL, 1)
