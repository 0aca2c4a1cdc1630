"""All that is stored of a repository goes, of no other one, in small steps, and the count of it stays."""

from datetime import timedelta

import pytest

from app.core.model import RepoId
from app.db import forgetting
from app.db.connection import open_pool
from app.db.forgetting import begin_forgetting, end_forgetting, forget_some
from app.handlers.forget import forget_now
from app.jobs import IngestRun, PressButton
from app.queue import enqueue
from tests.db.test_schema import AT, REPOSITORYS_TABLES, _fill, _repository

LATER = AT + timedelta(days=60)


@pytest.fixture
async def two(conn):
    """Two repositories with rows in every table; the first was removed."""
    first, second = await _repository(conn, 7), await _repository(conn, 8)
    for one in (first, second):
        await _fill(conn, one)
    await conn.execute("UPDATE fg_repository SET removed_at = $2 WHERE id = $1", first, AT)
    return first, second


async def rows_of(conn, repo_id):
    return {
        table: await conn.fetchval(f"SELECT count(*) FROM {table} WHERE repo_id = $1", repo_id)
        for table in REPOSITORYS_TABLES
    }


async def everything(conn, text):
    """Every table of ours in which a row holds that text anywhere."""
    tables = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace"
    )
    return [
        row[0]
        for row in tables
        if await conn.fetchval(
            f"SELECT count(*) FROM {row[0]} AS one WHERE to_jsonb(one)::text LIKE '%' || $1 || '%'", text
        )
    ]


async def test_nothing_is_left_of_it_in_any_table_and_nothing_of_another_is_touched(conn, two, database_url):
    first, second = two
    await conn.execute("UPDATE fg_repository SET owner = 'secret-corp', name = 'x' WHERE id = $1", first)
    before = await rows_of(conn, second)
    assert all(before.values())
    async with await open_pool(database_url, size=3) as pool:
        done = await forget_now(pool, first, lambda: LATER)
    assert set((await rows_of(conn, first)).values()) == {0}
    assert await rows_of(conn, second) == before
    assert await everything(conn, "secret-corp") == []
    left = await conn.fetchrow("SELECT * FROM fg_forgotten")
    assert tuple(left) == (first, False, AT, LATER, LATER, 120, 12_000, 100)
    assert (done.attempts, done.executions, done.tests) == (120, 12_000, 100)
    assert await conn.fetchval("SELECT count(*) FROM fg_repository WHERE id = $1", first) == 0


async def test_steps_are_small_and_one_that_is_killed_is_done_again(conn, two, database_url, monkeypatch):
    first, _ = two
    monkeypatch.setattr(forgetting, "_ATTEMPTS_AT_ONCE", 7)
    async with conn.transaction():
        await begin_forgetting(conn, first, is_by_rule=True, at=LATER)
    steps = 0
    while True:
        killed = conn.transaction()
        await killed.start()
        await forget_some(conn, first)
        await killed.rollback()
        before = await rows_of(conn, first)
        if not await forget_some(conn, first):
            break
        after = await rows_of(conn, first)
        assert before["fg_workflow_run"] - after["fg_workflow_run"] <= 7
        steps += 1
    done = await end_forgetting(conn, first, LATER)
    assert (done.attempts, done.executions, done.tests) == (120, 12_000, 100)
    assert steps > 120 / 7
    assert set((await rows_of(conn, first)).values()) == {0}


async def test_an_attempt_with_more_tests_than_fit_is_deleted_alone(conn, two, monkeypatch):
    first, _ = two
    monkeypatch.setattr(forgetting, "EXECUTIONS_AT_ONCE", 50)
    await conn.execute("UPDATE fg_workflow_run SET tests = 100")
    assert await forget_some(conn, first)
    assert (await rows_of(conn, first))["fg_workflow_run"] == 119


async def test_a_repository_that_comes_back_meanwhile_begins_anew(conn, two):
    first, second = two
    async with conn.transaction():
        await begin_forgetting(conn, first, is_by_rule=True, at=LATER)
    await forget_some(conn, first)
    again = await _repository(conn, 7)
    assert again not in (first, second)
    while await forget_some(conn, first):
        pass
    await end_forgetting(conn, first, LATER)
    rows = await conn.fetch("SELECT id, external_id FROM fg_repository ORDER BY id")
    assert [tuple(row) for row in rows] == [(second, 8), (again, 7)]


async def test_jobs_that_wait_or_are_held_go_with_their_repository(conn, two, database_url):
    first, second = two
    for one in two:
        await enqueue(conn, IngestRun(repo_id=RepoId(one), run_id=1))
        await enqueue(conn, PressButton(repo_id=RepoId(one), head_sha="a", identifier="rerun", sender="dana"))
    await conn.execute("UPDATE pgqueuer SET status = 'failed' WHERE entrypoint = 'PressButton'")
    async with await open_pool(database_url, size=3) as pool:
        await forget_now(pool, first, lambda: LATER)
    left = await conn.fetch("SELECT convert_from(payload, 'UTF8')::jsonb ->> 'repo_id' AS repo FROM pgqueuer")
    assert [row["repo"] for row in left] == [f"{second}"] * 2
