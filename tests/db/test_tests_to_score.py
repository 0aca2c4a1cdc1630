"""Which tests an attempt has judged and decided about."""

import pytest

from app.db.occurrences import list_tests_to_score
from tests.db.stored_runs import Stored, add_repository, store

DECISION = """
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at, ended_at)
SELECT repo_id, id, 'ACTIVE', '', $1::timestamptz, CASE WHEN $2 THEN NULL ELSE $1::timestamptz END FROM fg_test_case WHERE name = 'test_a'
"""
ISSUE = """
INSERT INTO fg_issue_link (repo_id, key, test_id, opened_at, state)
SELECT repo_id, 'abcdefabcdef', id, $1, CASE WHEN $2 THEN 'open' ELSE 'closed' END FROM fg_test_case WHERE name = 'test_a'
"""
MEMBER = "INSERT INTO fg_issue_member (repo_id, test_id, link_id) SELECT repo_id, test_id, id FROM fg_issue_link"
RUN = Stored(run=2, tests={"test_a": "P", "test_b": "P"})


@pytest.fixture
async def repo_id(conn):
    return await add_repository(conn)


async def to_score(conn, repo_id, one):
    attempt_id = await store(conn, repo_id, one)
    found = await list_tests_to_score(conn, repo_id, attempt_id, one.at)
    names = await conn.fetch("SELECT name FROM fg_test_case WHERE id = ANY ($1::bigint[]) ORDER BY name", found)
    return [row["name"] for row in names]


async def test_a_test_that_failed_is_judged_and_one_that_only_passed_is_not(conn, repo_id):
    assert await to_score(conn, repo_id, Stored(run=1, tests={"test_a": "FP", "test_b": "P", "test_c": "S"})) == [
        "test_a"
    ]


@pytest.mark.parametrize("waiting", [DECISION, ISSUE], ids=["decision", "issue"])
@pytest.mark.parametrize("is_open", [True, False])
async def test_a_test_without_a_score_is_looked_at_while_a_decision_or_issue_waits_for_its_passes(
    conn, repo_id, waiting, is_open
):
    await store(conn, repo_id, Stored(run=1, tests={"test_a": "P", "test_b": "P", "test_c": "P"}))
    await conn.execute(waiting, RUN.at, is_open)
    await conn.execute(MEMBER)
    assert await to_score(conn, repo_id, RUN) == (["test_a"] if is_open else [])
    assert await to_score(conn, repo_id, Stored(run=3, tests={"test_c": "P"})) == []
