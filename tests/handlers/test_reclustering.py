"""Failures are clustered anew when the rules change, and as maintainers merge and split; nothing that hangs on them is lost."""

from datetime import UTC, datetime

import pytest

from app.core.signature import RULES_VERSION, fingerprint
from app.db.aliases import list_aliases
from app.db.clusters import ClusterSeen, list_clusters, save_clusters
from app.db.connection import open_pool
from app.handlers import recluster as handler
from app.handlers.bot import know
from app.handlers.recluster import merge_clusters, recluster_repository, split_cluster
from tests.db.stored_runs import Stored, add_repository, store

NOW = datetime(2026, 3, 9, tzinfo=UTC)
REDIS, MAIL, OTHER = "redis went away", "mail went away", "total was 3"


@pytest.fixture
async def pool(database_url):
    async with await open_pool(database_url, size=2) as opened:
        yield opened


@pytest.fixture
async def repo_id(conn):
    return await add_repository(conn)


async def fail(conn, repo_id, run, **messages):
    """A run in which those tests failed with those messages and passed when they were retried, signed by the rules of now."""
    one = Stored(run=run, tests=dict.fromkeys(messages, "FP") | {"test_quiet": "P"})
    attempt = await store(conn, repo_id, one)
    aliases = await list_aliases(conn, repo_id)
    for name, message in messages.items():
        marks = fingerprint(message, None)
        strict = aliases.get(marks.strict, marks.strict)
        await conn.execute(
            "UPDATE fg_occurrence AS o SET failure_message = $3, failure_msg_signature = $4, failure_loose_signature = $5"
            " FROM fg_test_case AS test WHERE test.id = o.test_id AND test.name = $2 AND o.workflow_run = $1"
            " AND o.outcome = 'failed'",
            attempt, name, message, strict, marks.loose,
        )  # fmt: skip
        await save_clusters(conn, repo_id, [seen(strict, message)], RULES_VERSION, one.at)


def seen(signature, message):
    return ClusterSeen(
        signature=signature, stack_digest=None, title=message, example_message=message, example_stack_trace=None,
        is_infra=False,
    )  # fmt: skip


async def age(conn, *messages, into=None):
    """Make the failures with those messages look as if older rules had signed them, each by itself or all `into` one."""
    for message in messages:
        now = fingerprint(message, None)
        old = into or f"old {message}"
        await conn.execute(
            "UPDATE fg_occurrence SET failure_msg_signature = $2, failure_loose_signature = $3 WHERE failure_msg_signature = $1",
            now.strict, old, f"old loose {message}",
        )  # fmt: skip
        await conn.execute("DELETE FROM fg_failure_cluster WHERE failure_msg_signature = $1", old)
        await conn.execute(
            "UPDATE fg_failure_cluster SET failure_msg_signature = $2, rules_version = $3 WHERE failure_msg_signature = $1",
            now.strict, old, RULES_VERSION - 1,
        )  # fmt: skip


async def clusters(conn, repo_id):
    return {one.title: one for one in await list_clusters(conn, repo_id, 100)}


async def open_issue(conn, repo_id, cluster):
    await conn.execute(
        "INSERT INTO fg_issue_link (repo_id, key, cluster_id) VALUES ($1, 'abcdefabcdef', $2)", repo_id, cluster.id
    )


async def issue_of(conn):
    return await conn.fetchval(
        "SELECT cluster.title FROM fg_issue_link AS link JOIN fg_failure_cluster AS cluster ON cluster.id = link.cluster_id"
    )


async def test_what_older_rules_clustered_is_clustered_anew_with_its_issue_counts_and_dates(pool, conn, repo_id):
    await fail(conn, repo_id, 1, test_a=REDIS, test_b=OTHER)
    await fail(conn, repo_id, 2, test_c=REDIS)
    before = await clusters(conn, repo_id)
    await open_issue(conn, repo_id, before[REDIS])
    await age(conn, REDIS)
    assert await recluster_repository(pool, await know(conn, repo_id)) == 1
    after = await clusters(conn, repo_id)
    assert {name: (one.test_count, one.occurrence_count, one.first_seen_at) for name, one in after.items()} == {
        name: (one.test_count, one.occurrence_count, one.first_seen_at) for name, one in before.items()
    }
    assert await issue_of(conn) == REDIS
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence WHERE failure_msg_signature LIKE 'old%'") == 0
    assert await recluster_repository(pool, await know(conn, repo_id)) == 0


async def test_a_cluster_that_newer_rules_tell_apart_leaves_its_issue_to_its_largest_part(pool, conn, repo_id):
    await fail(conn, repo_id, 1, test_a=REDIS, test_b=MAIL)
    await fail(conn, repo_id, 2, test_a=MAIL)
    await age(conn, REDIS, MAIL, into="old both")
    [both] = (await clusters(conn, repo_id)).values()
    await open_issue(conn, repo_id, both)
    await recluster_repository(pool, await know(conn, repo_id))
    after = await clusters(conn, repo_id)
    assert {name: one.occurrence_count for name, one in after.items()} == {REDIS: 1, MAIL: 2}
    assert await issue_of(conn) == MAIL


async def test_what_was_proven_of_a_way_to_fail_holds_for_its_new_signature(pool, conn, repo_id):
    await fail(conn, repo_id, 1, test_a=REDIS)
    await age(conn, REDIS)
    await conn.execute(
        "INSERT INTO fg_proof (repo_id, test_id, loose_signature, proven_at) SELECT repo_id, id, $1, $2 FROM fg_test_case"
        " WHERE name = 'test_a'",
        f"old loose {REDIS}", NOW,
    )  # fmt: skip
    await recluster_repository(pool, await know(conn, repo_id))
    ways = {row[0] for row in await conn.fetch("SELECT loose_signature FROM fg_proof")}
    assert ways >= {f"old loose {REDIS}", fingerprint(REDIS, None).loose}


async def test_rules_that_make_the_same_signature_change_nothing_but_the_version(pool, conn, repo_id):
    await fail(conn, repo_id, 1, test_a=REDIS)
    await conn.execute("UPDATE fg_failure_cluster SET rules_version = $1", RULES_VERSION - 1)
    before = await clusters(conn, repo_id)
    await recluster_repository(pool, await know(conn, repo_id))
    assert await clusters(conn, repo_id) == before
    assert await conn.fetchval("SELECT rules_version FROM fg_failure_cluster") == RULES_VERSION


async def test_a_cluster_whose_failures_are_gone_goes_too(pool, conn, repo_id):
    await fail(conn, repo_id, 1, test_a=REDIS)
    await age(conn, REDIS)
    await conn.execute("DELETE FROM fg_occurrence WHERE outcome = 'failed'")
    await recluster_repository(pool, await know(conn, repo_id))
    assert await clusters(conn, repo_id) == {}


async def test_clustering_anew_goes_through_many_failures_some_at_a_time(pool, conn, repo_id, monkeypatch):
    monkeypatch.setattr(handler, "AT_ONCE", 2)
    for run in range(1, 8):
        await fail(conn, repo_id, run, test_a=REDIS, test_b=REDIS)
    await age(conn, REDIS)
    await recluster_repository(pool, await know(conn, repo_id))
    assert (await clusters(conn, repo_id))[REDIS].occurrence_count == 14


async def merged(conn, repo_id):
    """Two causes that fail different tests, the first with an issue, made one."""
    await fail(conn, repo_id, 1, test_a=REDIS, test_b=MAIL)
    known = await clusters(conn, repo_id)
    await open_issue(conn, repo_id, known[REDIS])
    async with conn.transaction():
        repo = await know(conn, repo_id)
        assert await merge_clusters(conn, repo, known[REDIS].id, known[MAIL].id, by="dana", now=NOW) is None
    return repo


async def test_a_merge_moves_failures_issues_and_what_comes_later(conn, repo_id):
    await merged(conn, repo_id)
    await fail(conn, repo_id, 2, test_c=REDIS)
    [one] = (await clusters(conn, repo_id)).values()
    assert (one.title, one.test_count, one.occurrence_count, one.merged, one.kind) == (MAIL, 3, 3, 1, "systemic")
    assert await issue_of(conn) == MAIL
    assert tuple(await conn.fetchrow("SELECT actor, action FROM fg_audit")) == ("dana", "merged")


async def test_what_was_merged_into_a_cluster_follows_it_into_another(conn, repo_id):
    repo = await merged(conn, repo_id)
    await fail(conn, repo_id, 2, test_d=OTHER)
    known = await clusters(conn, repo_id)
    async with conn.transaction():
        await merge_clusters(conn, repo, known[MAIL].id, known[OTHER].id, by="dana", now=NOW)
    await fail(conn, repo_id, 3, test_a=REDIS, test_b=MAIL)
    [one] = (await clusters(conn, repo_id)).values()
    assert (one.title, one.occurrence_count, one.merged) == (OTHER, 5, 2)


async def test_a_split_undoes_a_merge(conn, repo_id):
    repo = await merged(conn, repo_id)
    await fail(conn, repo_id, 2, test_c=REDIS)
    [one] = (await clusters(conn, repo_id)).values()
    async with conn.transaction():
        assert await split_cluster(conn, repo, one.id, by="dana", now=NOW) is None
    after = await clusters(conn, repo_id)
    assert {name: (part.test_count, part.occurrence_count, part.merged) for name, part in after.items()} == {
        REDIS: (2, 2, 0),
        MAIL: (1, 1, 0),
    }
    assert await issue_of(conn) == MAIL
    assert [row[0] for row in await conn.fetch("SELECT action FROM fg_audit ORDER BY id")] == ["merged", "split"]


async def test_a_merge_survives_newer_rules(pool, conn, repo_id):
    await merged(conn, repo_id)
    await conn.execute(
        "UPDATE fg_cluster_alias SET signature = 'old redis', into_signature = 'old mail', rules_version = 0"
    )
    await conn.execute("UPDATE fg_occurrence SET failure_msg_signature = 'old mail' WHERE outcome = 'failed'")
    await conn.execute(
        "UPDATE fg_failure_cluster SET failure_msg_signature = 'old mail', rules_version = $1", RULES_VERSION - 1
    )
    await recluster_repository(pool, await know(conn, repo_id))
    [one] = (await clusters(conn, repo_id)).values()
    assert (one.occurrence_count, one.merged) == (2, 1)
    await fail(conn, repo_id, 2, test_c=REDIS, test_d=MAIL)
    [one] = (await clusters(conn, repo_id)).values()
    assert one.occurrence_count == 4
    assert await conn.fetchval("SELECT by_user FROM fg_cluster_alias") == "dana"


async def test_what_cannot_be_merged_or_split_is_refused_with_a_reason(conn, repo_id):
    await fail(conn, repo_id, 1, test_a=REDIS, test_b=MAIL)
    repo, known = await know(conn, repo_id), await clusters(conn, repo_id)
    one, other = known[REDIS].id, known[MAIL].id
    assert "two clusters" in (await merge_clusters(conn, repo, one, one, by="dana", now=NOW)).why
    assert "two clusters" in (await merge_clusters(conn, repo, one, 999, by="dana", now=NOW)).why
    assert "nothing was merged" in (await split_cluster(conn, repo, one, by="dana", now=NOW)).why
    assert "no such cluster" in (await split_cluster(conn, repo, 999, by="dana", now=NOW)).why
    await age(conn, REDIS)
    assert "newer rules" in (await merge_clusters(conn, repo, one, other, by="dana", now=NOW)).why


async def test_when_a_cause_was_first_seen_is_remembered_after_its_failures_are_gone(conn, repo_id):
    await fail(conn, repo_id, 1, test_a=REDIS)
    first = (await clusters(conn, repo_id))[REDIS].first_seen_at
    await conn.execute("DELETE FROM fg_occurrence WHERE outcome = 'failed'")
    await fail(conn, repo_id, 5, test_a=REDIS)
    assert (await clusters(conn, repo_id))[REDIS].first_seen_at == first


@pytest.mark.parametrize(
    ("runs", "tests", "kind"),
    [(1, ("a",), "isolated"), (3, ("a",), "isolated"), (1, ("a", "b"), "infra"), (2, ("a", "b"), "systemic")],
)
async def test_a_cause_is_isolated_infra_or_systemic_by_the_tests_and_runs_that_it_hit(
    conn, repo_id, runs, tests, kind
):
    for run in range(1, runs + 1):
        await fail(conn, repo_id, run, **{f"test_{name}": REDIS for name in tests})
    assert (await clusters(conn, repo_id))[REDIS].kind == kind
