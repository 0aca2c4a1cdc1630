"""What becomes of the bot's work when the App, or a repository that it is on, is taken away, moved or brought back."""

import math
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.sandbox.github.faults import Fault, Mischief
from tests.e2e.leavings import finish_run, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_installing import push
from tests.e2e.test_set_up import check, set_policy

US = "flakeguard[bot]"


async def known(conn):
    """What we know of each repository: its full name, whether we may work there, whether the App lost it."""
    rows = await conn.fetch(
        """
        SELECT repo.owner || '/' || repo.name, repo.removed_at IS NULL AND home.deleted_at IS NULL
               AND home.suspended_at IS NULL, repo.installation_id
        FROM fg_repository AS repo JOIN fg_installation AS home ON home.id = repo.installation_id
        ORDER BY repo.external_id
        """
    )
    return [tuple(row) for row in rows]


def home(repo):
    return repo.data.installation_id


def writes(github):
    """What we have asked GitHub to change; a token changes nothing."""
    return [one for one in github.requests if one.method != "GET" and not one.path.endswith("/access_tokens")]


async def open_pull(repo, bot, number=1, **spec):
    """A pull request with a finished run, of which we have said what we think."""
    pull = await repo.open_pull(author="dana", branch=f"f{number}", files={f"{number}.py": "1"}, title=f"F{number}")
    await run_ci(repo, bot, pull, **spec)
    return pull


def ours(pull):
    return [one for one in pull.comments if one.author == US]


async def nothing_is_left_to_do(bot, conn):
    assert await bot.held_jobs() == []
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery WHERE processed_at IS NULL") == 0
    assert await conn.fetchval("SELECT count(*) FROM fg_repository WHERE heard_installation_id IS NOT NULL") == 0


async def test_what_time_alone_asks_for_waits_for_the_end_of_a_suspension(github, repo, bot, conn):
    await prove_flaky(github, repo, bot)
    pull = await open_pull(repo, bot, failed=("test_3",))
    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3 for 20d")
    await bot.settle()
    await github.suspend(repo)
    await bot.settle()
    with capture_logs() as lines:
        # It ends soon, and then it is over; either would be found anew by each sweep.
        for _ in range(2):
            github.advance(days=15)
            await bot.sweep()
            await bot.settle()
    assert [line for line in lines if line["event"] == "job_dropped"] == []
    open_still = "SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE' AND ended_at IS NULL"
    assert await conn.fetchval(open_still) == 1
    await github.unsuspend(repo)
    await bot.settle()
    await bot.sweep()
    await bot.settle()
    assert await conn.fetchval(open_still) == 0


async def test_nothing_is_asked_while_an_installation_is_suspended_and_webhooks_are_taken(github, repo, bot, conn):
    sha = await push(repo, "1")
    await bot.settle()
    github.hold_webhooks()
    await finish_run(repo, sha, failed=("test_1",))
    github.webhooks.is_held = False
    await github.suspend(repo)
    await bot.settle()
    asked = len(github.requests)
    await github.release_webhooks(order="reversed", copies=2)
    await bot.settle()
    assert len(github.requests) == asked
    assert {one.status for one in github.deliveries} <= {200, 202}
    await nothing_is_left_to_do(bot, conn)
    await github.unsuspend(repo)
    sha = await push(repo, "2")
    await run_ci(repo, bot, sha)
    assert check(repo, sha, "FlakeGuard").conclusion == "success"


@pytest.mark.long
async def test_a_suspension_that_nobody_told_of_is_noted_when_github_refuses_us(github, repo, bot, conn):
    sha = await push(repo, "1")
    await bot.settle()
    github.hold_webhooks()
    await finish_run(repo, sha)
    github.world.installations[home(repo)].suspended_at = github.now
    await github.release_webhooks()
    await bot.settle()
    assert await known(conn) == [("acme/web", False, home(repo))]
    await nothing_is_left_to_do(bot, conn)


async def test_what_changed_unheard_is_found_out_within_a_day(github, repo, bot, conn):
    other = github.repository("acme/api")
    await github.install(repo)
    await bot.settle()
    github.lose_webhooks(2)
    await github.rename(repo, "shop")
    await github.uncover(other)
    await bot.sweep()
    await bot.settle()
    assert await known(conn) == [("acme/web", True, home(repo)), ("acme/api", True, home(repo))]
    github.advance(hours=25)
    await bot.sweep()
    await bot.settle()
    assert await known(conn) == [("acme/shop", True, home(repo)), ("acme/api", False, home(repo))]


async def test_an_address_at_which_nothing_is_found_ends_no_installation(github, repo, bot, conn):
    await run_ci(repo, bot, await push(repo, "1"))
    github.plant(Fault(kind=Mischief.FAIL, status=404, message="Not Found", times=math.inf))
    # A process that was started with it has bought no token before.
    bot.bot.github.renew_token(home(repo))
    with capture_logs() as lines:
        sha = await push(repo, "2")
        await finish_run(repo, sha)
        await bot.settle(within=timedelta(seconds=1))
    assert {line["event"] for line in lines} & {"key_refused", "job_dropped", "repository_lost"} == {"key_refused"}
    assert await known(conn) == [("acme/web", True, home(repo))]
    github.stage.faults.planted.clear()
    await bot.settle()
    assert check(repo, sha, "FlakeGuard").conclusion == "success"
    await nothing_is_left_to_do(bot, conn)


@pytest.mark.long
async def test_a_policy_that_changed_during_a_suspension_is_read_when_it_ends(github, repo, bot, conn):
    await github.install(repo)
    await bot.settle()
    await github.suspend(repo)
    await set_policy(repo, bot, "min_runs: 7\n")
    await github.unsuspend(repo)
    await bot.settle()
    assert await conn.fetchval("SELECT policy->>'min_runs' FROM fg_repository") == "7"


async def test_a_repository_that_is_taken_away_is_let_alone_and_one_that_comes_back_goes_on(github, repo, bot, conn):
    await push(repo, "1")
    await bot.settle()
    await github.uncover(repo)
    await bot.settle()
    assert await conn.fetchval("SELECT removed_at FROM fg_repository") == github.now
    await github.cover(repo)
    await bot.settle()
    assert await conn.fetchval("SELECT removed_at FROM fg_repository") is None
    sha = await push(repo, "2")
    await run_ci(repo, bot, sha)
    assert check(repo, sha, "FlakeGuard").conclusion == "success"


async def _reinstall(github, repo):
    await github.uninstall(repo)
    await github.reinstall(repo)


MOVES = {
    "renamed": lambda github, repo: github.rename(repo, "shop"),
    "its default branch renamed": lambda github, repo: github.rename_default_branch(repo, "trunk"),
    "installed again": _reinstall,
    "transferred": lambda github, repo: github.transfer(repo, "umbrella"),
}


async def test_a_repository_that_is_moved_keeps_its_comment_its_issue_and_what_is_known_of_its_tests(
    github, repo, bot, conn
):
    await github.cover(github.repository("umbrella/site"))
    await prove_flaky(github, repo, bot)
    pull = await open_pull(repo, bot, failed=("test_3",))
    [comment], [issue] = ours(pull), repo.issues
    for number, (what, move) in enumerate(MOVES.items()):
        await move(github, repo)
        github.advance(minutes=5)
        await pull.push(files={"1.py": f"{number}"})
        await run_ci(repo, bot, pull, failed=("test_3",))
        assert check(repo, pull.head_sha, "FlakeGuard").conclusion == "neutral", what
        assert await conn.fetchval("SELECT standing FROM fg_flake_score") == "flaky", what
        assert [one.id for one in ours(pull)] == [comment.id], what
        assert f"/{repo.full_name}/" in comment.body, what
        assert [one.number for one in repo.issues] == [issue.number], what
        assert ("umbrella/shop" if what == "transferred" else "acme/shop", True, home(repo)) in await known(conn), what
    assert await conn.fetchval("SELECT count(*) FROM fg_repository WHERE name = 'shop'") == 1
    await nothing_is_left_to_do(bot, conn)


@pytest.mark.long
async def test_proofs_of_pull_requests_are_no_forks_after_their_repository_was_renamed(github, repo, bot, conn):
    sha = await push(repo, "1")
    await run_ci(repo, bot, sha)
    pull = await open_pull(repo, bot, failed=("test_3",))
    await run_ci(repo, bot, pull)
    assert await conn.fetch("SELECT from_fork FROM fg_evidence") == [(False,)]
    await github.rename(repo, "shop")
    await run_ci(repo, bot, pull, failed=("test_3",))
    assert set(await conn.fetch("SELECT from_fork FROM fg_evidence")) == {(False,)}


async def test_a_job_of_a_repository_that_was_renamed_unheard_is_done_under_its_new_name(github, repo, bot, conn):
    sha = await push(repo, "1")
    await bot.settle()
    github.lose_webhooks(1)
    await github.rename(repo, "shop")
    # The old name leads on, and the next event tells that there is another one.
    await run_ci(repo, bot, sha, failed=("test_1",))
    assert check(repo, sha, "FlakeGuard").conclusion == "failure"
    assert await known(conn) == [("acme/shop", True, home(repo))]


async def test_a_late_event_neither_renames_nor_revives_a_repository(github, repo, bot, conn):
    sha = await push(repo, "1")
    await bot.settle()
    github.hold_webhooks()
    await finish_run(repo, sha)
    github.webhooks.is_held = False
    await github.rename(repo, "shop")
    await github.uncover(repo)
    before = github.repository("acme/web")
    await github.cover(before)
    await bot.settle()
    await github.release_webhooks()
    await bot.settle()
    installation = github.world.install(repo.data.owner).id
    assert await known(conn) == [("acme/web", False, installation), ("acme/web", True, installation)]
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run") == 0
    await nothing_is_left_to_do(bot, conn)


async def test_who_takes_a_name_that_is_free_does_not_take_the_history_that_went_by_it(github, repo, bot, conn):
    await run_ci(repo, bot, await push(repo, "1"))
    github.lose_webhooks(1)
    await github.rename(repo, "shop")
    successor = github.repository("acme/web")
    await github.cover(successor)
    await bot.settle()
    # Nobody told of the new name: that two have one is enough to ask.
    github.hold_webhooks()
    sha = await push(repo, "2")
    await finish_run(repo, sha)
    await github.release_webhooks()
    await bot.settle()
    assert await known(conn) == [("acme/shop", True, home(repo)), ("acme/web", True, home(repo))]
    assert check(repo, sha, "FlakeGuard").conclusion == "success"
    runs = await conn.fetch("SELECT DISTINCT repo_id FROM fg_workflow_run")
    assert len(runs) == 1


async def test_a_repository_that_goes_where_the_app_is_not_is_lost(github, repo, bot, conn):
    await run_ci(repo, bot, await push(repo, "1"))
    before = home(repo)
    await github.transfer(repo, "umbrella")
    await bot.settle()
    assert await known(conn) == [("acme/web", False, before)]
    await nothing_is_left_to_do(bot, conn)


async def test_an_archived_repository_is_read_and_nothing_is_tried_there_until_it_is_not(github, repo, bot, conn):
    sha = await push(repo, "1")
    await bot.settle()
    await github.archive(repo)
    await bot.settle()
    before = len(writes(github))
    await run_ci(repo, bot, sha, failed=("test_1",))
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 12
    assert len(writes(github)) == before
    await nothing_is_left_to_do(bot, conn)
    await github.unarchive(repo)
    await repo.rerequest_check(check(repo, sha, "FlakeGuard"), "dana")
    await bot.settle()
    assert check(repo, sha, "FlakeGuard").conclusion == "failure"


async def test_an_archiving_that_nobody_told_of_is_noted_when_github_refuses_us(github, repo, bot, conn):
    sha = await push(repo, "1")
    await bot.settle()
    github.lose_webhooks(1)
    await github.archive(repo)
    github.hold_webhooks()
    await finish_run(repo, sha)
    for one in github.webhooks._held:
        one.payload["repository"]["archived"] = False
    await github.release_webhooks()
    await bot.settle()
    assert await conn.fetchval("SELECT archived_at FROM fg_repository") is not None
    await nothing_is_left_to_do(bot, conn)


@pytest.mark.long
async def test_who_may_see_a_repository_is_followed(github, repo, bot, conn):
    await push(repo, "1")
    for change, is_private in ((github.hide, True), (github.publish, False)):
        await change(repo)
        await bot.settle()
        assert await conn.fetchval("SELECT is_private FROM fg_repository") is is_private


async def test_a_deleted_repository_is_lost_and_its_successor_begins_anew(github, repo, bot, conn):
    await run_ci(repo, bot, await push(repo, "1"))
    await github.delete(repo)
    successor = github.repository("acme/web")
    sha = await push(successor, "1")
    await run_ci(successor, bot, sha)
    assert await known(conn) == [("acme/web", False, home(repo)), ("acme/web", True, home(repo))]
    assert check(successor, sha, "FlakeGuard").conclusion == "success"
    runs = await conn.fetch("SELECT count(*) FROM fg_workflow_run GROUP BY repo_id ORDER BY repo_id")
    assert [row[0] for row in runs] == [1, 1]


async def _every_event(github, repo, bot):
    """A run, then all that can befall a repository, told by held webhooks; returns what is true in the end."""
    other = github.repository("umbrella/site")
    sha = await push(repo, "1")
    await bot.settle()
    github.hold_webhooks()
    await finish_run(repo, sha)
    await github.rename(repo, "shop")
    await github.archive(repo)
    await github.rename_default_branch(repo, "trunk")
    await github.uninstall(repo)
    await github.reinstall(repo)
    await github.transfer(repo, "umbrella")
    await github.unarchive(repo)
    await github.hide(repo)
    await github.uncover(other)
    await github.suspend(repo)
    await github.unsuspend(repo)
    await github.rename(repo, "store")


@pytest.mark.parametrize(
    ("order", "seed"),
    [
        ("reversed", 0),
        *(pytest.param(order, seed, marks=pytest.mark.long) for order, seed in [("as sent", 0)]),
        *(pytest.param("shuffled", seed, marks=pytest.mark.long) for seed in range(1, 30)),
    ],
)
async def test_events_of_a_life_in_any_order_and_twice_end_the_same(github, repo, bot, conn, order, seed):
    await _every_event(github, repo, bot)
    await github.release_webhooks(order=order, seed=seed, copies=2)
    await bot.settle()
    rows = await conn.fetch(
        "SELECT owner, name, installation_id, default_branch, is_private, archived_at, removed_at"
        " FROM fg_repository ORDER BY external_id"
    )
    assert tuple(rows[0]) == ("umbrella", "store", home(repo), "trunk", True, None, None)
    assert [row["removed_at"] is None for row in rows[1:]] == [False] * len(rows[1:])
    deleted = await conn.fetch("SELECT account_login, deleted_at IS NULL, suspended_at IS NULL FROM fg_installation")
    assert sorted(map(tuple, deleted)) == [("acme", False, True), ("acme", True, True), ("umbrella", True, True)]
    await nothing_is_left_to_do(bot, conn)
