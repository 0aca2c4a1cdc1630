"""What the pages ask of other processes."""

import asyncio
import multiprocessing
import os
import signal
from datetime import UTC, datetime

import pytest

from app.cli.site import replay_over
from app.core.policy import DEFAULT
from app.db.connection import open_pool
from tests.db.stored_runs import add_repository

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
async def pool(database_url):
    async with await open_pool(database_url) as opened:
        yield opened


@pytest.fixture
async def repo_id(pool):
    async with pool.acquire() as conn:
        return await add_repository(conn)


async def next_process(before):
    """Wait for a process of ours that was not there before."""
    while not (new := [one for one in multiprocessing.active_children() if one not in before]):  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.001)
    return new[0]


async def test_a_policy_is_replayed_in_a_process_that_ends_with_it(pool, repo_id):
    before = multiprocessing.active_children()
    replaying = asyncio.create_task(replay_over(pool)(repo_id, DEFAULT, NOW))
    process = await next_process(before)
    assert (await replaying).startswith("No difference in the last 30 days.")
    await asyncio.to_thread(process.join)
    assert not process.is_alive()


async def test_who_gives_up_a_replay_does_not_wait_for_its_process(pool, repo_id):
    before = multiprocessing.active_children()
    replaying = asyncio.create_task(replay_over(pool)(repo_id, DEFAULT, NOW))
    process = await next_process(before)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await replaying
        assert process.is_alive()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.join)


async def test_a_replay_whose_process_is_killed_took_too_much(pool, repo_id):
    before = multiprocessing.active_children()
    replaying = asyncio.create_task(replay_over(pool)(repo_id, DEFAULT, NOW))
    while not replaying.done():
        for process in multiprocessing.active_children():
            if process not in before:
                process.kill()
        await asyncio.sleep(0.001)
    with pytest.raises(TimeoutError, match="takes too much"):
        await replaying
