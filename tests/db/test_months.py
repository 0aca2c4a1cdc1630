"""The months of the history: indexed anew, rolled up and dropped, on real rows."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.history import HORIZON
from app.core.model import DecisionState, TestId
from app.core.names import Names
from app.db.compaction import compact_month
from app.db.connection import connect, open_pool
from app.db.decisions import NewDecision, add_decision
from app.db.histories import read_histories
from app.db.partitions import TooBusy, drop_month, ensure_month, forget_month, list_months, reindex_month
from app.db.repositories import get_repository
from app.handlers.bot import know
from app.handlers.recompute import recompute_repository_flake_scores, verify_repository_flake_scores
from tests.db.stored_runs import START, Stored, add_repository, store

NAMES = Names(full_name="acme/web", default_branch="main")

MARCH = date(2026, 3, 1)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
HOURS_OF_MARCH = 30 * 24
"""START is the second of March."""


@pytest.fixture
async def repo_id(conn):
    return await add_repository(conn)


@pytest.fixture
async def pool(database_url):
    async with await open_pool(database_url) as pool:
        yield pool


async def runs(conn, repo_id, *stored):
    for one in stored:
        await store(conn, repo_id, one)


async def later(conn, repo_id, count, tests, *, first=HOURS_OF_MARCH + 1):
    """So many runs in the months after."""
    await runs(conn, repo_id, *(Stored(run=first + n, tests=tests) for n in range(count)))


async def left(conn, month=MARCH):
    rows = await conn.fetch(
        "SELECT test.name || ' ' || run.run_id || ' ' || o.outcome FROM fg_occurrence AS o"
        " JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run"
        " JOIN fg_test_case AS test ON test.repo_id = o.repo_id AND test.id = o.test_id"
        f" WHERE o.tableoid = 'fg_occurrence_{month:%Y_%m}'::regclass ORDER BY run.run_id, test.name, o.ordinal"
    )
    return [row[0] for row in rows]


async def days(conn):
    rows = await conn.fetch(
        "SELECT test.name, day::text, passed, skipped, timed, duration_ms, slowest_ms FROM fg_daily"
        " JOIN fg_test_case AS test ON test.repo_id = fg_daily.repo_id AND test.id = test_id ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


async def test_passes_beyond_a_tests_horizon_become_one_row_a_day(conn, pool, repo_id):
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": "P", "b": "PP", "c": "S"}) for n in (1, 2, 30)))
    await later(conn, repo_id, 3, {"a": "P", "b": "P", "c": "P"})
    figures = await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert (figures.before, figures.kept) == (12, 0)
    assert await days(conn) == [
        ("a", "2026-03-02", 2, 0, 2, 10, 5), ("a", "2026-03-03", 1, 0, 1, 5, 5),
        ("b", "2026-03-02", 4, 0, 4, 20, 5), ("b", "2026-03-03", 2, 0, 2, 10, 5),
        ("c", "2026-03-02", 0, 2, 0, 0, None), ("c", "2026-03-03", 0, 1, 0, 0, None),
    ]  # fmt: skip


async def test_failures_stay_and_so_does_every_pass_on_a_commit_on_which_the_test_failed(conn, pool, repo_id):
    again = {"head_sha": "f" * 40}
    await runs(
        conn,
        repo_id,
        *(Stored(run=n, tests={"a": "P"}) for n in range(1, 9)),
        Stored(run=10, tests={"a": "FP"}),
        Stored(run=11, tests={"a": "F"}, fields=again),
        Stored(run=12, tests={"a": "P"}, fields=again),
    )
    await later(conn, repo_id, 3, {"a": "P"})
    await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert await left(conn) == ["a 10 failed", "a 10 passed", "a 11 failed", "a 12 passed"]
    assert sum(row[2] for row in await days(conn)) == 8


async def test_a_test_that_has_not_run_often_enough_since_keeps_its_whole_month(conn, pool, repo_id):
    await runs(conn, repo_id, *(Stored(run=n, tests={"often": "P", "rare": "P"}) for n in range(1, 6)))
    await later(conn, repo_id, 3, {"often": "P"})
    await later(conn, repo_id, 2, {"rare": "P"}, first=HOURS_OF_MARCH + 100)
    await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert await left(conn) == [f"rare {n} passed" for n in range(1, 6)]


async def test_skips_and_runs_that_began_in_the_month_do_not_count_as_having_run_since(conn, pool, repo_id):
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": "P", "b": "P"}) for n in range(1, 6)))
    await later(conn, repo_id, 2, {"a": "P", "b": "P"})
    await later(conn, repo_id, 5, {"a": "S"}, first=HOURS_OF_MARCH + 50)
    await store(conn, repo_id, Stored(run=5, number=2 + 6 * HOURS_OF_MARCH, tests={"b": "P"}))
    figures = await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert figures.kept == figures.before == 10


async def test_what_was_executed_since_an_open_decision_or_issue_stays(conn, pool, repo_id):
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": "P", "b": "P", "c": "P"}) for n in range(1, 9)))
    await later(conn, repo_id, 3, {"a": "P", "b": "P", "c": "P"})
    ids = {row["name"]: TestId(row["id"]) for row in await conn.fetch("SELECT id, name FROM fg_test_case")}
    since = START + timedelta(hours=7)
    decision = NewDecision(
        test_id=ids["a"], state=DecisionState.ACTIVE, rationale="", by_user="ada", until=None, decided_at=since, flake_rate=0.1
    )  # fmt: skip
    await add_decision(conn, repo_id, decision, previous=None)
    await conn.execute(
        "INSERT INTO fg_issue_link (repo_id, key, test_id, number, opened_at) VALUES ($1, 'abcdefabcdef', $2, 5, $3)",
        repo_id, ids["b"], since,
    )  # fmt: skip
    await conn.execute(
        "INSERT INTO fg_issue_member (repo_id, test_id, link_id) SELECT repo_id, test_id, id FROM fg_issue_link"
    )
    await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert await left(conn) == ["a 7 passed", "b 7 passed", "a 8 passed", "b 8 passed"]


async def test_a_month_that_would_keep_most_of_its_rows_is_left_alone_until_later(conn, pool, repo_id):
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": "FP"}) for n in range(1, 9)))
    await later(conn, repo_id, 3, {"a": "P"})
    await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert len(await left(conn)) == 16
    row = await conn.fetchrow("SELECT weighed_at, compacted_at FROM fg_month WHERE starts_on = $1", MARCH)
    assert tuple(row) == (NOW, None)


async def test_a_month_that_was_rolled_up_is_like_every_other_one(conn, pool, repo_id):
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": "FP" if n == 3 else "P"}) for n in range(1, 9)))
    await later(conn, repo_id, 3, {"a": "P"})
    shape = """
        SELECT (SELECT array_agg(indexrelid::regclass::text ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = c.oid) AS indexes,
               (SELECT array_agg(conname || ' ' || contype::text || convalidated ORDER BY conname) FROM pg_constraint
                WHERE conrelid = c.oid) AS constraints,
               pg_get_expr(c.relpartbound, c.oid) AS bounds
        FROM pg_class AS c WHERE c.oid = 'fg_occurrence_2026_03'::regclass
        """
    before = await conn.fetchrow(shape)
    await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert dict(await conn.fetchrow(shape)) == dict(before)
    await store(conn, repo_id, Stored(run=20, tests={"a": "P"}))
    assert (await left(conn))[-1] == "a 20 passed"
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await conn.execute(
            "INSERT INTO fg_occurrence (repo_id, workflow_run, job, test_id, created_at, ordinal, outcome, source)"
            " VALUES ($1, 1, 0, 1, $2, 1, 'passed', 'report')",
            repo_id,
            START,
        )


async def test_a_second_roll_up_adds_to_the_days_of_the_first(conn, pool, repo_id):
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": "P"}) for n in range(1, 6)))
    await later(conn, repo_id, 3, {"a": "P"})
    await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    await store(conn, repo_id, Stored(run=7, tests={"a": "P"}))
    await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert [row[:3] for row in await days(conn)] == [("a", "2026-03-02", 6)]


async def test_a_roll_up_that_broke_off_left_nothing_that_the_next_one_minds(conn, pool, repo_id):
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": "P"}) for n in range(1, 6)))
    await later(conn, repo_id, 3, {"a": "P"})
    await conn.execute("CREATE TABLE fg_occurrence_next (half text)")
    figures = await compact_month(pool, MARCH, {repo_id: 3}, NOW)
    assert (figures.before, figures.kept) == (5, 0)


async def test_an_attempt_of_the_month_that_comes_meanwhile_is_stored_afterwards(conn, pool, repo_id, database_url):
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": "P"}) for n in range(1, 6)))
    await later(conn, repo_id, 3, {"a": "P"})
    late = await connect(database_url)
    async with asyncio.TaskGroup() as group:
        group.create_task(compact_month(pool, MARCH, {repo_id: 3}, NOW))
        await asyncio.sleep(0.02)
        group.create_task(store(late, repo_id, Stored(run=9, tests={"a": "P"})))
    await late.close()
    total = await conn.fetchval("SELECT count(*) FROM fg_occurrence") + sum(row[2] for row in await days(conn))
    assert total == 9


async def test_a_history_in_use_is_not_locked_out_and_the_month_stays(conn, repo_id, database_url, monkeypatch):
    monkeypatch.setattr("app.db.partitions.MOST_TRIES", 2)
    monkeypatch.setattr("app.db.partitions.PAUSE_SECONDS", 0.01)
    await store(conn, repo_id, Stored(run=1, tests={"a": "P"}))
    reader = await connect(database_url)
    async with reader.transaction():
        await reader.fetch("SELECT * FROM fg_occurrence")
        with pytest.raises(TooBusy):
            await drop_month(conn, MARCH)
        await store(reader, repo_id, Stored(run=2, tests={"a": "P"}))
    await reader.close()
    assert await left(conn) == ["a 1 passed", "a 2 passed"]


async def test_a_dropped_month_is_listed_until_all_of_it_is_forgotten(conn, repo_id):
    await store(conn, repo_id, Stored(run=1, tests={"a": "P"}))
    await drop_month(conn, MARCH)
    await drop_month(conn, MARCH)
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 0
    assert [one.starts_on for one in await list_months(conn)] == [MARCH]
    await forget_month(conn, MARCH)
    assert await list_months(conn) == []


async def test_a_month_is_indexed_anew_and_what_an_earlier_try_left_is_dropped(conn, repo_id):
    await store(conn, repo_id, Stored(run=1, tests={"a": "P"}))
    await conn.execute("CREATE INDEX half_done ON fg_occurrence_2026_03 (line)")
    await conn.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'half_done'::regclass")
    await reindex_month(conn, MARCH, NOW)
    assert await conn.fetchval("SELECT to_regclass('half_done') IS NULL")
    assert [one.reindexed_at for one in await list_months(conn)] == [NOW]


async def test_months_that_are_made_ahead_are_listed(conn):
    await ensure_month(conn, NOW)
    assert [one.starts_on for one in await list_months(conn)] == [date(2026, 7, 1)]


async def judged(conn, pool, repo_id):
    """All that is thought of the repository's tests, without the numbers that rows are given."""
    await recompute_repository_flake_scores(pool, await know(conn, repo_id))
    scores = await conn.fetch("SELECT * FROM fg_flake_score ORDER BY test_id")
    evidence = await conn.fetch(
        "SELECT test_id, grade, weight, at, age, head_sha, failed_run_id, failed_job, failed_ordinal, passed_run_id,"
        " passed_job, passed_ordinal FROM fg_evidence ORDER BY test_id, at, grade, failed_run_id, failed_job"
    )
    return [tuple(row) for row in scores], [tuple(row) for row in evidence]


async def test_a_window_that_is_made_larger_sees_nothing_of_days_that_have_lost_their_passes(conn, pool, repo_id):
    flaky = {10: "F", 11: "F", 12: "F", 13: "FP"}
    await runs(conn, repo_id, *(Stored(run=n, tests={"a": flaky.get(n, "P")}) for n in range(1, 30)))
    await later(conn, repo_id, 20, {"a": "P"})
    await compact_month(pool, MARCH, {repo_id: 20}, NOW)
    assert len(await left(conn)) == 5
    histories = await read_histories(conn, repo_id, [TestId(1)], names=NAMES, runs_each=500)
    assert [one.outcome for one in histories[TestId(1)]] == ["passed"] * 20
    scores, _ = await judged(conn, pool, repo_id)
    assert scores == []


MARKS = st.sampled_from(["P"] * 25 + ["F", "FP", "PP", "FF", "S"])


@st.composite
def histories(draw):
    """Runs of two tests over some months, a few hours apart, some of them run again."""
    count = draw(st.integers(90, 110))
    stored = []
    for n in range(count):
        run = 1 + n * 24
        for number in range(1, draw(st.sampled_from([1, 1, 1, 1, 2])) + 1):
            job = draw(st.sampled_from(["test", "test", "test (old)" if n < count // 2 else "test"]))
            tests = {name: draw(MARKS) for name in draw(st.sampled_from([("a", "b")] * 9 + [("a",)]))}
            stored.append(Stored(run=run, number=number, job=job, tests=tests))
    return stored


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stored=histories())
async def test_scores_evidence_and_counts_are_the_same_before_and_after_a_roll_up(stored, make_database):
    url = await make_database()
    conn = await connect(url)
    async with await open_pool(url) as pool:
        repo_id = await add_repository(conn)
        await conn.execute(
            'UPDATE fg_repository SET policy = \'{"window_size": 10, "min_runs": 5}\' WHERE id = $1', repo_id
        )
        await runs(conn, repo_id, *stored)
        before = await judged(conn, pool, repo_id)
        count = await conn.fetchval("SELECT count(*) FROM fg_occurrence")
        for month in await list_months(conn):
            await compact_month(pool, month.starts_on, {repo_id: HORIZON * 10}, NOW)
        assert await judged(conn, pool, repo_id) == before
        rolled_up = await conn.fetchval("SELECT coalesce(sum(passed + skipped), 0) FROM fg_daily")
        assert rolled_up > 0
        assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") + rolled_up == count
        verified = await verify_repository_flake_scores(pool, await know(conn, repo_id))
        assert verified.differing == ()
        assert (await get_repository(conn, repo_id)).policy is not None
    await conn.close()
