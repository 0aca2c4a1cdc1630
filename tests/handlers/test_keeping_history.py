"""The upkeep of the history, step by step, as a worker does it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.upkeep import Keeping
from app.db.connection import connect, open_pool
from app.db.locks import try_upkeep
from app.db.partitions import list_months
from app.handlers.bot import Bot
from app.handlers.sweep import sweep
from app.handlers.upkeep import upkeep
from app.jobs import Sweep, Upkeep
from tests.db.stored_runs import Stored, add_repository, store

NOW = datetime(2026, 7, 10, tzinfo=UTC)
MARCH = date(2026, 3, 1)


@pytest.fixture
async def bot(database_url):
    async with await open_pool(database_url, size=4) as pool:
        yield Bot(pool=pool, github=None, app_id=1, clock=lambda: NOW, processes=None)


async def until_nothing_is_due(bot, conn):
    """Do upkeep as long as it asks to be done again; returns how often."""
    for times in range(1, 20):
        await upkeep(bot, Upkeep())
        if not await conn.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'Upkeep' RETURNING id"):
            return times
    raise AssertionError("upkeep never ends")


async def three_months(conn, repo_id):
    """A run a day from March to May."""
    for day in range(90):
        await store(conn, repo_id, Stored(run=1 + 24 * day, tests={"a": "P"}))


async def test_months_are_made_before_they_begin_and_old_ones_indexed_anew(bot, conn):
    await store(conn, await add_repository(conn), Stored(run=1, tests={"a": "P"}))
    assert await until_nothing_is_due(bot, conn) == 2
    months = {one.starts_on: one.reindexed_at for one in await list_months(conn)}
    assert months == {MARCH: NOW, date(2026, 7, 1): None, date(2026, 8, 1): None, date(2026, 9, 1): None}


async def test_what_is_older_than_the_retention_is_gone_with_its_runs_jobs_and_days(bot, conn):
    repo_id = await add_repository(conn)
    await three_months(conn, repo_id)
    await conn.execute("INSERT INTO fg_daily SELECT repo_id, id, '2026-03-31', 1, 0, 0, 0 FROM fg_test_case")
    await conn.execute("INSERT INTO fg_daily SELECT repo_id, id, '2026-04-01', 1, 0, 0, 0 FROM fg_test_case")
    await until_nothing_is_due(replace(bot, keeping=Keeping(retention=timedelta(days=100))), conn)
    assert MARCH not in [one.starts_on for one in await list_months(conn)]
    for table, column in (("fg_occurrence", "created_at"), ("fg_workflow_run", "run_started_at"), ("fg_daily", "day")):
        assert await conn.fetchval(f"SELECT min({column})::date FROM {table}") == date(2026, 4, 1), table
    assert await conn.fetchval("SELECT count(*) FROM fg_job") == 60


async def test_retention_that_broke_off_between_months_and_runs_goes_on(bot, conn, monkeypatch):
    await three_months(conn, await add_repository(conn))
    keeping = replace(bot, keeping=Keeping(retention=timedelta(days=100)))

    async def away(*_args):
        raise OSError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr("app.handlers.upkeep.forget_runs", away)
        with pytest.raises(OSError, match="away"):
            await upkeep(keeping, Upkeep())
    assert await conn.fetchval("SELECT min(run_started_at)::date FROM fg_workflow_run") == date(2026, 3, 2)
    await until_nothing_is_due(keeping, conn)
    assert await conn.fetchval("SELECT min(run_started_at)::date FROM fg_workflow_run") == date(2026, 4, 1)


async def test_old_passes_are_rolled_up_as_far_as_the_repositorys_own_window_allows(bot, conn):
    repo_id = await add_repository(conn)
    await conn.execute(
        'UPDATE fg_repository SET policy = \'{"window_size": 10, "min_runs": 5}\' WHERE id = $1', repo_id
    )
    await three_months(conn, repo_id)
    rolled = replace(bot, keeping=Keeping(compact_after=timedelta(days=31)))
    await until_nothing_is_due(rolled, conn)
    assert await conn.fetchval("SELECT count(*) FROM fg_daily") == 60, "March and April, after which thirty runs remain"
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 30


async def test_one_process_looks_after_the_history_at_a_time(bot, conn):
    await store(conn, await add_repository(conn), Stored(run=1, tests={"a": "P"}))
    async with try_upkeep(bot.pool) as mine:
        assert mine is not None
        await upkeep(bot, Upkeep())
    assert [one.starts_on for one in await list_months(conn)] == [MARCH]


async def test_a_history_that_is_too_busy_is_left_to_the_next_round(bot, conn, database_url, monkeypatch):
    monkeypatch.setattr("app.db.partitions.MOST_TRIES", 1)
    monkeypatch.setattr("app.db.partitions.PAUSE_SECONDS", 0)
    await store(conn, await add_repository(conn), Stored(run=1, tests={"a": "P"}))
    reader = await connect(database_url)
    async with reader.transaction():
        await reader.fetch("SELECT * FROM fg_occurrence")
        await upkeep(replace(bot, keeping=Keeping(retention=timedelta(days=31))), Upkeep())
    await reader.close()
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 1
    assert await conn.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_every_sweep_asks_for_upkeep(bot, conn):
    await sweep(bot, Sweep())
    assert await conn.fetchval("SELECT entrypoint FROM pgqueuer") == "Upkeep"
