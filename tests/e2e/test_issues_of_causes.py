"""One issue for one cause, however many tests it makes flaky; what was over and what somebody closed comes back as it should."""

from datetime import timedelta

import pytest

from app.db.issues import (
    get_issue_link,
    give_to_cluster,
    list_issues_of_tests,
    list_members_of_issue,
    note_issue,
)
from app.handlers.bot import know
from app.handlers.recluster import merge_clusters, split_cluster
from tests.e2e.leavings import finish_run, job_and_artifact, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_owners import own
from tests.e2e.test_set_up import set_policy

EACH_ITS_OWN = "AssertionError: the answer of {test} was late"
MINE = "flakeguard[bot]"


async def flake(github, repo, bot, tests, *, times=1, count=12, hours=1, **more):
    """Runs on main in which those tests fail and then pass on the same commit."""
    for _ in range(times):
        github.advance(hours=hours)
        sha = await repo.push(branch="main", files={"code.py": str(github.now)}, message="x", author="dana")
        run = await finish_run(repo, sha, failed=tests, count=count, **more)
        job, artifact = job_and_artifact(count=count)
        await run.rerun_failed(jobs=[job], artifacts=[artifact])
    await bot.settle()


async def calm(github, repo, bot, times, *, count=12, hours=1):
    for _ in range(times):
        sha = await repo.push(branch="main", files={"code.py": str(github.now)}, message="x", author="dana")
        await finish_run(repo, sha, count=count)
        github.advance(hours=hours)
    await bot.settle()


def said_by_us(issue):
    return [one.body for one in issue.comments if one.author == MINE]


async def test_fifty_tests_that_one_cause_takes_down_time_and_again_get_one_issue(github, repo, bot):
    await calm(github, repo, bot, 10, count=250)
    tests = tuple(f"test_{number}" for number in range(50))
    await flake(github, repo, bot, tests, times=3, count=250, message="AssertionError: the cache was empty")
    [issue] = repo.issues
    assert issue.title.startswith("Flaky test: 50 tests fail alike, AssertionError: the cache was empty")
    assert issue.body.count("| `tests.test_api.test_") == 50


async def test_tests_with_one_cause_share_an_issue_which_the_next_one_joins(github, repo, bot):
    await calm(github, repo, bot, 10)
    await flake(github, repo, bot, ("test_1", "test_2"), times=2)
    [issue] = repo.issues
    assert "2 tests fail now and then" in issue.body
    await flake(github, repo, bot, ("test_5",), times=2)
    assert [one.number for one in repo.issues] == [issue.number]
    assert "3 tests fail now and then" in issue.body


async def test_the_issue_of_one_test_becomes_that_of_the_cause_when_a_second_test_shares_it(github, repo, bot):
    await calm(github, repo, bot, 10)
    await flake(github, repo, bot, ("test_1",), times=2)
    [issue] = repo.issues
    assert issue.title == "Flaky test: tests.test_api.test_1"
    await flake(github, repo, bot, ("test_2",), times=2)
    assert len(repo.issues) == 1
    assert issue.title.startswith("Flaky test: 2 tests fail alike")


async def test_a_text_that_is_written_while_its_issue_becomes_that_of_a_cause_does_not_pass_for_the_new_one(
    github, repo, bot, conn
):
    """Who writes holds the issue's lock, who gives it to a cause does not: the new title was lost now and then."""
    await calm(github, repo, bot, 10)
    await flake(github, repo, bot, ("test_1",), times=2)
    mine = await conn.fetchval("SELECT id FROM fg_repository")
    [link] = (await list_issues_of_tests(conn, mine, await list_members_of_issue(conn, mine, 1))).values()
    cause = await conn.fetchval("SELECT id FROM fg_failure_cluster")
    await give_to_cluster(conn, mine, link.id, cause)
    told = {"number": link.number, "url": link.url, "opened_at": link.opened_at, "digest": "of the older text"}
    await note_issue(conn, mine, link.key, **told, cluster_id=link.cluster_id)
    assert (await get_issue_link(conn, mine, link.id)).body_digest is None
    await note_issue(conn, mine, link.key, **told, cluster_id=cause)
    assert (await get_issue_link(conn, mine, link.id)).body_digest == "of the older text"


async def test_tests_that_fail_each_in_its_own_way_have_issues_of_their_own(github, repo, bot):
    await calm(github, repo, bot, 10)
    await flake(github, repo, bot, ("test_1", "test_2"), times=2, message=EACH_ITS_OWN)
    assert sorted(one.title for one in repo.issues) == [
        "Flaky test: tests.test_api.test_1",
        "Flaky test: tests.test_api.test_2",
    ]


@pytest.fixture
async def merged(github, repo, bot, conn):
    """Two issues of which a maintainer said that they have one cause; the older first."""
    await calm(github, repo, bot, 10)
    await flake(github, repo, bot, ("test_1", "test_2"), times=2, message=EACH_ITS_OWN)
    one, other = sorted(repo.issues, key=lambda issue: issue.number)
    await merge(github, bot, conn)
    return one, other


async def merge(github, bot, conn):
    rows = await conn.fetch("SELECT id FROM fg_failure_cluster ORDER BY id")
    known = await know(conn, await conn.fetchval("SELECT id FROM fg_repository"))
    async with conn.transaction():
        refusal = await merge_clusters(conn, known, rows[0]["id"], rows[1]["id"], by="dana", now=github.now)
    assert refusal is None
    await bot.settle()


async def test_of_two_issues_that_turn_out_to_have_one_cause_the_younger_is_closed_and_names_the_older(
    github, repo, bot, merged
):
    older, younger = merged
    key = older.body.splitlines()[0]
    assert (older.state, younger.state, younger.state_reason) == ("open", "closed", "duplicate")
    assert [one.partition("\n\n")[2] for one in said_by_us(younger)] == [
        f"This has the same cause as #{older.number}, which tells of its tests from now on."
    ]
    assert said_by_us(older) == []
    assert "2 tests fail now and then" in older.body
    await flake(github, repo, bot, ("test_2",), message=EACH_ITS_OWN)
    assert (younger.state, len(said_by_us(younger)), len(repo.issues)) == ("closed", 1, 2)
    assert older.body.splitlines()[0] == key


async def test_whoever_reopens_an_issue_that_was_closed_for_its_cause_is_heard(github, repo, bot, merged):
    _, younger = merged
    await repo.reopen_issue(younger.number, "dana")
    await bot.settle()
    await flake(github, repo, bot, ("test_1",), message=EACH_ITS_OWN)
    assert (younger.state, len(said_by_us(younger))) == ("open", 1)


async def test_splitting_a_cause_again_leaves_its_tests_with_the_issue_that_tells_of_them(
    github, repo, bot, conn, merged
):
    older, younger = merged
    known = await know(conn, await conn.fetchval("SELECT id FROM fg_repository"))
    async with conn.transaction():
        [cluster] = [row["id"] for row in await conn.fetch("SELECT id FROM fg_failure_cluster")]
        assert await split_cluster(conn, known, cluster, by="dana", now=github.now) is None
    await flake(github, repo, bot, ("test_1", "test_2"), message=EACH_ITS_OWN)
    assert (older.state, younger.state, len(repo.issues)) == ("open", "closed", 2)
    assert "2 tests fail now and then" in older.body


async def test_the_tests_of_an_excluded_file_get_no_issue(github, repo, bot):
    await set_policy(repo, bot, "exclude: [tests/test_api.py]\n")
    await prove_flaky(github, repo, bot)
    assert repo.issues == []


@pytest.fixture
async def over(github, repo, bot):
    """An issue that we closed by evidence."""
    await set_policy(repo, bot, "window_size: 10\nquarantine: {mode: 'off'}\nissues: {reopen_days: 3}\n")
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    await calm(github, repo, bot, 15, hours=2)
    assert issue.state == "closed"
    return issue


async def test_what_we_closed_reopens_within_the_days_of_the_policy(github, repo, bot, over):
    await flake(github, repo, bot, ("test_3",))
    assert (over.state, len(repo.issues)) == ("open", 1)


async def test_after_those_days_there_is_a_new_issue_that_names_the_old(github, repo, bot, over):
    github.advance(days=4)
    await flake(github, repo, bot, ("test_3",), times=2)
    old, new = repo.issues
    assert (old.state, new.state) == ("closed", "open")
    assert f"goes on from #{old.number}" in new.body


async def test_whoever_closes_an_issue_as_completed_is_told_once_what_will_prove_it(github, repo, bot):
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    github.advance(hours=1)
    await repo.close_issue(issue.number, "dana")
    await bot.settle()
    [told] = said_by_us(issue)
    assert "I take this as fixed" in told
    await flake(github, repo, bot, ("test_3",))
    assert issue.state == "open"
    assert len(said_by_us(issue)) == 1


async def test_a_claimed_fix_that_holds_is_said_to_hold(github, repo, bot):
    await set_policy(repo, bot, "window_size: 10\nquarantine: {mode: 'off'}\n")
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    github.advance(hours=1)
    await repo.close_issue(issue.number, "dana")
    await bot.settle()
    assert "14 passes in a row from here on" in said_by_us(issue)[0]
    # The first of them began in the minute in which it was closed.
    await calm(github, repo, bot, 14)
    assert len(said_by_us(issue)) == 1
    await calm(github, repo, bot, 1)
    assert issue.state == "closed"
    assert any("The fix holds" in one for one in said_by_us(issue)), said_by_us(issue)


async def test_passes_from_before_a_claimed_fix_do_not_end_a_quarantine(github, repo, bot, conn):
    await set_policy(repo, bot, "window_size: 10\nquarantine: {mode: auto}\n")
    await prove_flaky(github, repo, bot)
    await calm(github, repo, bot, 10)
    [issue] = repo.issues
    await repo.close_issue(issue.number, "dana")
    await bot.settle()
    await calm(github, repo, bot, 8)
    states = "SELECT state FROM fg_quarantine_decision ORDER BY id"
    assert [row["state"] for row in await conn.fetch(states)] == ["ACTIVE"]
    await calm(github, repo, bot, 7)
    assert [row["state"] for row in await conn.fetch(states)] == ["ACTIVE", "RESOLVED"]


async def test_not_planned_is_heard(github, repo, bot):
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    await repo.close_issue(issue.number, "dana", reason="not_planned")
    await flake(github, repo, bot, ("test_3",))
    assert (issue.state, said_by_us(issue), len(repo.issues)) == ("closed", [], 1)


async def test_the_owner_is_not_called_again_when_the_issue_changes(github, repo, bot):
    await own(repo, bot, "* @acme/quality\n")
    await calm(github, repo, bot, 10)
    await flake(github, repo, bot, ("test_3",), times=2)
    [issue] = repo.issues
    await flake(github, repo, bot, ("test_3",))
    assert "- Owner @acme/quality\n" not in issue.body
    assert "- Owner `@\u200bacme/quality`" in issue.body


async def test_a_quarantine_that_ends_within_a_week_is_reminded_of_once(github, repo, bot):
    await set_policy(repo, bot, "quarantine: {mode: auto, duration_days: 30}\n")
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    github.advance(days=22)
    await bot.sweep()
    await bot.settle()
    assert said_by_us(issue) == []
    github.advance(days=2)
    for _ in range(2):
        await bot.sweep()
        await bot.settle()
    [told] = said_by_us(issue)
    assert "The quarantine of `tests.test_api.test_3` ends on" in told


async def test_a_test_in_quarantine_that_does_not_run_any_more_is_reported_once(github, repo, bot):
    await set_policy(repo, bot, "quarantine: {mode: auto, duration_days: 90}\n")
    await prove_flaky(github, repo, bot)
    [issue] = repo.issues
    github.advance(days=15)
    sha = await repo.push(branch="main", files={"code.py": "later"}, message="x", author="dana")
    await run_ci(repo, bot, sha, count=2)
    for _ in range(2):
        await bot.sweep()
        await bot.settle()
    [told] = said_by_us(issue)
    assert "has not run since 2026-03-02, while other tests did" in told
    assert github.now - issue.created_at > timedelta(days=14)
