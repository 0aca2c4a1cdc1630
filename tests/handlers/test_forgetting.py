"""All that is stored of a repository goes, of no other one, in small steps, and the count of it stays."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import perf_counter

import pytest

from app.core.model import RepoId, TestId
from app.db import forgetting
from app.db.connection import connect, open_pool
from app.db.forgetting import begin_forgetting, end_forgetting, forget_some
from app.db.partitions import ensure_month
from app.handlers.forget import forget_now
from app.jobs import DecideAsPerson, IngestRun, PressButton
from app.queue import enqueue
from app.queue.state import list_jobs_of
from tests.db.stored_runs import Stored, store
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


async def test_a_job_of_any_text_keeps_no_repository_from_being_deleted(conn, two, database_url):
    first, second = two
    for one in two:
        said = DecideAsPerson(
            repo_id=RepoId(one),
            test_id=TestId(1),
            state="active",
            by="dana",
            at=LATER.isoformat(),
            days=None,
            because="\0 \\u0000 \\",
        )
        await enqueue(conn, said)
    async with await open_pool(database_url, size=3) as pool:
        await forget_now(pool, first, lambda: LATER)
    assert await list_jobs_of(conn, DecideAsPerson, RepoId(first)) == []
    [left] = await list_jobs_of(conn, DecideAsPerson, RepoId(second))
    assert left.because == "\0 \\u0000 \\"


async def test_runs_of_another_repository_are_stored_while_one_is_being_deleted(conn, two, database_url):
    first, second = two
    other = await connect(database_url)
    await other.execute("SET lock_timeout = '2s'")
    async with conn.transaction():
        await begin_forgetting(conn, first, is_by_rule=True, at=LATER)
        await forget_some(conn, first)
        await store(other, second, Stored(run=5_000, tests={"test_a": "FP"}))
    await other.close()
    assert (await rows_of(conn, second))["fg_workflow_run"] == 121


_A_MILLION = """
INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
SELECT :repo, '', 'c', 't' || n, '2024-01-01', '2024-01-01' FROM generate_series(1, 500) AS n;
INSERT INTO fg_workflow_run (repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_sha, status,
    run_started_at, html_url, tests)
SELECT :repo, n, 1, 1, 'CI', 'push', n::text, 'completed', '2024-01-01Z'::timestamptz + n * interval '8 hours 40 minutes', '', 500
FROM generate_series(1, 2000) AS n;
INSERT INTO fg_job (repo_id, workflow_run, job_id, name, variant, status)
SELECT repo_id, id, run_id, 'test', 'test', 'completed' FROM fg_workflow_run WHERE repo_id = :repo;
INSERT INTO fg_occurrence (repo_id, workflow_run, job, test_id, created_at, ordinal, outcome, source)
SELECT run.repo_id, run.id, job.id, test.id, run.run_started_at, 1, 'passed', 'report'
FROM fg_workflow_run AS run
JOIN fg_job AS job ON job.repo_id = run.repo_id AND job.workflow_run = run.id
JOIN fg_test_case AS test ON test.repo_id = run.repo_id
WHERE run.repo_id = :repo;
INSERT INTO fg_daily (repo_id, test_id, day, passed, skipped, timed, duration_ms)
SELECT :repo, id, '2023-01-01'::date + n, 1, 0, 0, 0 FROM fg_test_case, generate_series(1, 365) AS n WHERE repo_id = :repo
"""


@pytest.mark.long
async def test_a_million_executions_of_two_years_go_in_small_steps(conn):
    first, second = await _repository(conn, 7), await _repository(conn, 8)
    for number in range(36):
        await ensure_month(conn, datetime(2024 + number // 12, number % 12 + 1, 1, tzinfo=UTC))
    for one in (first, second):
        for sql in _A_MILLION.split(";"):
            await conn.execute(sql.replace(":repo", str(one)))
    await conn.execute("ANALYZE")
    async with conn.transaction():
        await begin_forgetting(conn, first, is_by_rule=True, at=LATER)
    took = [perf_counter()]
    while await forget_some(conn, first):
        took.append(perf_counter())
    done = await end_forgetting(conn, first, LATER)
    longest = max(after - before for before, after in pairwise(took))
    assert done.executions == 1_000_000
    assert longest < 5
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence WHERE repo_id = $1", second) == 1_000_000
