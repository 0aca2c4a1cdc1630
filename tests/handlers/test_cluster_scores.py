"""Causes that several tests fail by are judged with the run that showed them."""

import pytest

from app.core.model import AttemptId, Standing
from app.core.score import SCORER_VERSION
from app.db.clusters import ClusterSeen, save_clusters
from app.db.runs import get_attempt
from app.handlers.bot import know
from app.handlers.clusters import cluster_failures
from tests.db.stored_runs import Stored, add_repository, store

TESTS = [f"test_{number}" for number in range(1, 5)]


@pytest.fixture
async def repo_id(conn):
    return await add_repository(conn)


async def store_run(conn, repo_id, run, hit=None, *, number=1, marks="F"):
    """One attempt in which `hit` failed with the cause that all share, and the others passed."""
    one = Stored(run=run, number=number, tests={name: marks if name == hit else "P" for name in TESTS})
    attempt_id = await store(conn, repo_id, one)
    await conn.execute("UPDATE fg_occurrence SET failure_msg_signature = 'cause' WHERE outcome = 'failed'")
    seen = ClusterSeen(
        signature="cause", stack_digest=None, title="connection lost", example_message=None, example_stack_trace=None,
        is_infra=False,
    )  # fmt: skip
    if hit:
        await save_clusters(conn, repo_id, [seen], 1, one.at)
    return AttemptId(attempt_id)


async def judged(conn, repo_id, attempt_id):
    repo = await know(conn, repo_id)
    return await cluster_failures(conn, repo, await get_attempt(conn, repo_id, attempt_id))


async def flaking(conn, repo_id):
    """Twelve runs, in three of which another test met the cause and passed in the second attempt; returns the last."""
    hits = {4: "test_1", 8: "test_2", 12: "test_3"}
    for run in range(1, 13):
        last = await store_run(conn, repo_id, run, hits.get(run))
        if run in hits:
            last = await store_run(conn, repo_id, run, number=2)
    return last


async def test_a_cause_that_comes_and_goes_over_several_tests_is_one_systemic_flake(conn, repo_id):
    [found] = await judged(conn, repo_id, await flaking(conn, repo_id))
    assert (found.title, found.tests, found.occurrences, found.kind) == ("connection lost", 3, 3, "systemic")
    assert found.standing is Standing.FLAKY
    stored = await conn.fetchrow("SELECT score, standing::text, runs, failures, scorer_version FROM fg_cluster_score")
    assert tuple(stored) == (found.score.score, "flaky", 12, 3, SCORER_VERSION)
    evidence = await conn.fetch("SELECT grade::text, test_id FROM fg_evidence WHERE cluster_id = $1", found.cluster_id)
    assert [tuple(row) for row in evidence] == [("E2", None)] * 3


async def test_judging_it_again_stores_the_same_and_leaves_the_evidence_of_tests_alone(conn, repo_id):
    last = await flaking(conn, repo_id)
    await conn.execute(
        "INSERT INTO fg_evidence (repo_id, test_id, grade, weight, at, age, head_sha, from_fork, failed_run_id,"
        " failed_run_attempt, failed_job, failed_ordinal)"
        " SELECT repo_id, min(id), 'E1', 1, $1, 0, 'a', false, 1, 1, 'test', 1 FROM fg_test_case GROUP BY repo_id",
        Stored(run=1, tests={}).at,
    )
    first = await judged(conn, repo_id, last)
    assert await judged(conn, repo_id, last) == first
    counts = await conn.fetchrow("SELECT count(test_id) AS of_tests, count(cluster_id) AS of_clusters FROM fg_evidence")
    assert tuple(counts) == (1, 3)


async def test_a_cause_that_hit_one_test_only_is_that_tests_own_and_one_of_other_runs_is_not_judged(conn, repo_id):
    first = await store_run(conn, repo_id, 1, "test_1")
    assert await judged(conn, repo_id, first) == []
    await store_run(conn, repo_id, 2, "test_2")
    calm = await store_run(conn, repo_id, 3)
    assert await judged(conn, repo_id, calm) == []
    assert len(await judged(conn, repo_id, first)) == 1
