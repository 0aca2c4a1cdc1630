"""Runs go on being read after an upgrade, before their repository's failures have been clustered anew."""

from datetime import UTC, datetime

import pytest

from app.core.signature import RULES_VERSION, fingerprint
from app.db.aliases import list_aliases
from app.db.clusters import ClusterSeen, list_clusters, save_clusters
from app.db.connection import open_pool
from app.handlers.bot import know
from app.handlers.recluster import merge_clusters, recluster_repository
from tests.db.stored_runs import Stored, add_repository, store

NOW = datetime(2026, 3, 9, tzinfo=UTC)
REDIS, MAIL = "redis went away", "mail went away"


@pytest.fixture
async def pool(database_url):
    async with await open_pool(database_url, size=2) as opened:
        yield opened


@pytest.fixture
async def repo_id(conn):
    return await add_repository(conn)


async def fail(conn, repo_id, run, message, *, title=None):
    """A run in which a test failed with that message, signed by the rules of now."""
    one = Stored(run=run, tests={"test_a": "FP"})
    attempt = await store(conn, repo_id, one)
    marks = fingerprint(message, None)
    strict = (await list_aliases(conn, repo_id)).get(marks.strict, marks.strict)
    await conn.execute(
        "UPDATE fg_occurrence SET failure_message = $2, failure_msg_signature = $3, failure_loose_signature = $4"
        " WHERE workflow_run = $1 AND outcome = 'failed'",
        attempt, message, strict, marks.loose,
    )  # fmt: skip
    seen = ClusterSeen(
        signature=strict, stack_digest=None, title=title or message, example_message=message, example_stack_trace=None,
        is_infra=False,
    )  # fmt: skip
    await save_clusters(conn, repo_id, [seen], RULES_VERSION, one.at)


async def age(conn, *messages):
    """Make what is stored look as if older rules had made it: with other signatures for those messages."""
    await conn.execute("UPDATE fg_failure_cluster SET rules_version = $1", RULES_VERSION - 1)
    for message in messages:
        now = fingerprint(message, None).strict
        for column in ("fg_failure_cluster SET failure_msg_signature", "fg_occurrence SET failure_msg_signature"):
            await conn.execute(f"UPDATE {column} = $2 WHERE failure_msg_signature = $1", now, f"old {message}")
        for column in ("signature", "into_signature"):
            await conn.execute(f"UPDATE fg_cluster_alias SET {column} = $2 WHERE {column} = $1", now, f"old {message}")


async def listed(conn, repo_id):
    return [(one.title, one.occurrence_count) for one in await list_clusters(conn, repo_id, 100)]


async def test_a_cause_that_keeps_its_signature_is_counted_once_although_a_run_came_before(pool, conn, repo_id):
    await fail(conn, repo_id, 1, REDIS)
    [before] = await list_clusters(conn, repo_id, 100)
    await conn.execute(
        "INSERT INTO fg_issue_link (repo_id, key, cluster_id) VALUES ($1, 'abcdefabcdef', $2)", repo_id, before.id
    )
    await age(conn)
    await fail(conn, repo_id, 2, REDIS)
    assert await recluster_repository(pool, await know(conn, repo_id)) == 1
    [after] = await list_clusters(conn, repo_id, 100)
    assert (after.occurrence_count, after.first_seen_at) == (2, before.first_seen_at)
    assert await conn.fetchval("SELECT cluster_id FROM fg_issue_link") == after.id


async def test_a_merge_holds_for_the_failures_of_runs_that_came_before(pool, conn, repo_id):
    for run, message in enumerate((REDIS, REDIS, MAIL), start=1):
        await fail(conn, repo_id, run, message)
    by_title = {one.title: one.id for one in await list_clusters(conn, repo_id, 100)}
    refusal = await merge_clusters(conn, await know(conn, repo_id), by_title[MAIL], by_title[REDIS], by="dana", now=NOW)
    assert refusal is None
    await age(conn, REDIS, MAIL)
    await fail(conn, repo_id, 4, MAIL)
    await recluster_repository(pool, await know(conn, repo_id))
    assert await listed(conn, repo_id) == [(REDIS, 4)]
    await fail(conn, repo_id, 5, MAIL)
    assert await listed(conn, repo_id) == [(REDIS, 5)]


async def test_when_a_cause_was_first_seen_stays_where_its_oldest_failures_are_gone(pool, conn, repo_id):
    await fail(conn, repo_id, 1, REDIS)
    [before] = await list_clusters(conn, repo_id, 100)
    await fail(conn, repo_id, 2, REDIS)
    await age(conn, REDIS)
    await conn.execute("DELETE FROM fg_occurrence WHERE created_at = $1", before.first_seen_at)
    await fail(conn, repo_id, 3, REDIS)
    await recluster_repository(pool, await know(conn, repo_id))
    [after] = await list_clusters(conn, repo_id, 100)
    assert (after.occurrence_count, after.first_seen_at) == (2, before.first_seen_at)


async def test_a_cause_that_keeps_its_signature_gets_the_title_of_the_new_rules(pool, conn, repo_id):
    await fail(conn, repo_id, 1, "org.acme.shop.CartError: waited 3 s", title="org.acme.shop.CartError: waited <q>")
    await age(conn)
    await recluster_repository(pool, await know(conn, repo_id))
    assert await listed(conn, repo_id) == [("CartError: waited …", 1)]
