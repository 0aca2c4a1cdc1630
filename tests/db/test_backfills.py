"""Who writes down how far a history was read, beside who writes down which repositories there are."""

import asyncio
from datetime import timedelta

from app.db.backfills import begin_backfill, end_backfill, get_backfill
from app.db.connection import connect
from tests.db.stored_runs import START, add_repository

HISTORY = {"since": START - timedelta(days=30), "most_runs": 200, "margin": timedelta(hours=1)}


async def until_it_waits(conn, pid):
    async with asyncio.timeout(10):
        while not await conn.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def end(conn, repo_id):
    async with conn.transaction():
        await end_backfill(conn, repo_id, START)


async def test_a_history_ends_while_its_installation_is_looked_at_and_they_wait_in_no_circle(conn, database_url):
    repo_id = await add_repository(conn)
    assert await begin_backfill(conn, repo_id, **HISTORY)
    reader = await connect(database_url)
    async with conn.transaction():
        await add_repository(conn)
        ending = asyncio.create_task(end(reader, repo_id))
        await until_it_waits(conn, reader.get_server_pid())
        assert not await begin_backfill(conn, repo_id, **HISTORY)
    await ending
    await reader.close()
    assert (await get_backfill(conn, repo_id)).finished_at == START
