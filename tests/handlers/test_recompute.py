"""A repository's scores from what is stored: the same bytes each time, in whatever order it was stored."""

import random

import pytest

from app.core.model import TestId as Number
from app.db.connection import connect, open_pool
from app.handlers.bot import know
from app.handlers.recompute import recompute_repository_flake_scores, verify_repository_flake_scores
from tests.db.stored_runs import Stored, add_repository, store

FLAKY = {4: "FP", 9: "FP", 13: "F"}
"""Runs of test_flaky that are no plain passes; the last one passes in its second attempt."""


def story():
    """Twenty runs: a flaky test, one that fails for good since run 15, one that failed at first, and one that is well."""
    for run in range(1, 21):
        tests = {
            "test_flaky": FLAKY.get(run, "P"),
            "test_broken": "F" if run >= 15 else "P",
            "test_once": "F" if run == 1 else "P",
            "test_well": "P",
        }
        yield Stored(run=run, tests=tests)
    yield Stored(run=13, number=2, tests={"test_flaky": "P"})


SCORES = """
SELECT test.name AS test, s.score, s.flake_rate, s.low, s.high, s.standing, s.window_n, s.runs, s.failures, s.e1, s.e2,
       s.e3, s.e4, s.e5, s.last_flake_at, s.passes_since_flake, s.passes_needed, s.broken_since, s.scorer_version,
       s.last_updated_at
FROM fg_flake_score AS s JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id
ORDER BY test.name
"""
EVIDENCE = """
SELECT test.name AS test, e.grade, e.weight, e.at, e.age, e.head_sha, e.pull_number, e.from_fork, e.loose_signature,
       e.failed_run_id, e.failed_run_attempt, e.failed_job, e.failed_ordinal, e.passed_run_id, e.passed_run_attempt,
       e.passed_job, e.passed_ordinal
FROM fg_evidence AS e JOIN fg_test_case AS test ON test.repo_id = e.repo_id AND test.id = e.test_id
ORDER BY test.name, e.at, e.failed_run_id, e.grade
"""
PROOFS = """
SELECT test.name AS test, p.loose_signature, p.pull_number, p.proven_at, p.accepted_by
FROM fg_proof AS p JOIN fg_test_case AS test ON test.repo_id = p.repo_id AND test.id = p.test_id
ORDER BY test.name, p.loose_signature, p.pull_number
"""


async def rows(conn):
    return [[tuple(row) for row in await conn.fetch(sql)] for sql in (SCORES, EVIDENCE, PROOFS)]


async def versions(conn):
    """Which transaction wrote each row, and where it lies."""
    tables = ("fg_flake_score", "fg_evidence", "fg_proof")
    return [await conn.fetch(f"SELECT xmin::text, ctid::text FROM {table} ORDER BY ctid") for table in tables]


@pytest.fixture
async def repo_id(conn):
    made = await add_repository(conn)
    for one in story():
        await store(conn, made, one)
    return made


@pytest.fixture
async def pool(database_url):
    async with await open_pool(database_url, size=2) as opened:
        yield opened


@pytest.fixture
async def repo(conn, repo_id):
    return await know(conn, repo_id)


async def test_scores_come_from_the_stored_executions_and_a_test_that_is_well_has_none(conn, pool, repo):
    done = await recompute_repository_flake_scores(pool, repo)
    assert (done.tests, done.scores) == (3, 3)
    scores, evidence, proofs = await rows(conn)
    assert [(row[0], row[5]) for row in scores] == [
        ("test_broken", "broken"),
        ("test_flaky", "flaky"),
        ("test_once", "healthy"),
    ]
    assert [row[:2] for row in evidence] == [("test_flaky", "E1"), ("test_flaky", "E1"), ("test_flaky", "E2")]
    assert [row[0] for row in proofs] == ["test_flaky"]


async def test_recomputing_again_gives_the_same_bytes_and_writes_no_row(conn, pool, repo):
    await recompute_repository_flake_scores(pool, repo)
    before, places = await rows(conn), await versions(conn)
    await recompute_repository_flake_scores(pool, repo, batch=1)
    assert await rows(conn) == before
    assert await versions(conn) == places


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_runs_stored_in_another_order_give_the_same_bytes(conn, pool, repo, make_database, seed):
    await recompute_repository_flake_scores(pool, repo)
    url = await make_database()
    other = await connect(url)
    other_id = await add_repository(other)
    for one in random.Random(seed).sample(list(story()), k=21):
        await store(other, other_id, one)
    async with await open_pool(url, size=2) as other_pool:
        await recompute_repository_flake_scores(other_pool, await know(other, other_id))
    assert await rows(other) == await rows(conn)
    await other.close()


async def test_a_test_whose_failures_have_left_the_window_loses_its_row(conn, pool, repo_id):
    await recompute_repository_flake_scores(pool, await know(conn, repo_id))
    policy = {"version": 1, "window_size": 10, "min_runs": 10}
    await conn.execute("UPDATE fg_repository SET policy = $1", policy)
    for run in range(21, 31):
        await store(conn, repo_id, Stored(run=run, tests={"test_flaky": "P", "test_once": "P", "test_broken": "P"}))
    done = await recompute_repository_flake_scores(pool, await know(conn, repo_id))
    assert (done.tests, done.scores) == (3, 0)
    scores, evidence, proofs = await rows(conn)
    assert (scores, evidence) == ([], [])
    assert len(proofs) == 1, "what was proven is kept for good"


async def test_what_was_just_recomputed_is_verified(pool, repo):
    await recompute_repository_flake_scores(pool, repo)
    found = await verify_repository_flake_scores(pool, repo, batch=2)
    assert (found.tests, found.differing, found.orphans.without_test, found.orphans.without_run) == (3, (), 0, 0)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE fg_flake_score SET score = score + 1e-15 WHERE e1 > 0",
        "UPDATE fg_flake_score SET low = 0 WHERE e1 > 0",
        "UPDATE fg_evidence SET head_sha = 'x' WHERE grade = 'E2'",
        "DELETE FROM fg_evidence WHERE grade = 'E2'",
        "DELETE FROM fg_flake_score WHERE e1 > 0",
    ],
)
async def test_a_stored_score_or_evidence_that_is_another_is_found_and_left_as_it_is(conn, pool, repo, tampering):
    await recompute_repository_flake_scores(pool, repo)
    await conn.execute(tampering)
    before = await rows(conn)
    found = await verify_repository_flake_scores(pool, repo)
    flaky = await conn.fetchval("SELECT id FROM fg_test_case WHERE name = 'test_flaky'")
    assert found.differing == (Number(flaky),)
    assert await rows(conn) == before


async def test_a_score_of_a_test_that_is_well_differs(conn, pool, repo):
    await recompute_repository_flake_scores(pool, repo)
    await conn.execute(
        "UPDATE fg_flake_score SET test_id = (SELECT id FROM fg_test_case WHERE name = 'test_well') WHERE standing = 'healthy'"
    )
    assert len((await verify_repository_flake_scores(pool, repo)).differing) == 2


async def test_executions_whose_test_is_gone_are_counted_and_never_judged(conn, pool, repo):
    await recompute_repository_flake_scores(pool, repo)
    await conn.execute("DELETE FROM fg_test_case WHERE name = 'test_once'")
    found = await verify_repository_flake_scores(pool, repo)
    assert (found.tests, found.differing, found.orphans.without_test, found.orphans.without_run) == (2, (), 20, 0)
    await conn.execute("UPDATE fg_occurrence SET workflow_run = workflow_run + 1000 WHERE workflow_run = 1")
    assert (await verify_repository_flake_scores(pool, repo)).orphans.without_run == 4
