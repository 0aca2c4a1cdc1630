"""A new policy is in force at once, for tests that do not run again, too; a team may have rules of its own."""

import re

from app.sandbox.github import JobSpec
from tests.core.log_story import job, step
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_owners import own
from tests.e2e.test_set_up import check, set_policy


async def decisions(conn):
    rows = await conn.fetch("SELECT state FROM fg_quarantine_decision ORDER BY id")
    return [row["state"] for row in rows]


async def standings(conn):
    return [row["standing"] for row in await conn.fetch("SELECT standing FROM fg_flake_score ORDER BY test_id")]


async def test_a_repository_that_a_run_is_the_first_to_tell_of_is_judged_by_its_policy_from_the_beginning(
    github, repo, bot, conn
):
    github.forget_webhooks(2)
    policy = "infra: [{pattern: 'licence server .{0,40}busy', name: the licence server was busy}]\n"
    await repo.push(branch="main", files={".github/flakeguard.yml": policy}, message="policy", author="dana")
    github.forget_webhooks(0)
    sha = await repo.push(branch="main", files={"code.py": "1"}, message="code", author="dana")
    log = job(step("make test", "error: licence server ls-3 is busy", code=1))
    run = await repo.start_run(workflow="CI", head=sha, jobs=[JobSpec(name="test", conclusion="failure", log=log)])
    await run.complete("failure")
    await bot.settle()
    assert await conn.fetchval("SELECT infra FROM fg_job") == "the licence server was busy"


async def test_a_policy_that_switches_quarantine_off_ends_it_without_another_run(github, repo, bot, conn):
    await set_policy(repo, bot, "quarantine: {mode: auto}\n")
    await prove_flaky(github, repo, bot)
    assert await decisions(conn) == ["ACTIVE"]
    await set_policy(repo, bot, "quarantine: {mode: 'off'}\n")
    assert await decisions(conn) == ["ACTIVE", "EXPIRED"]


async def test_other_thresholds_judge_what_is_stored(github, repo, bot, conn):
    await prove_flaky(github, repo, bot)
    assert await standings(conn) == ["flaky"]
    await set_policy(repo, bot, "quarantine_threshold: 0.95\n")
    assert await standings(conn) == ["suspect"]
    await repo.push(branch="main", files={".github/flakeguard.yml": ""}, message="back", author="dana")
    await bot.settle()
    assert await standings(conn) == ["flaky"]


async def test_a_team_has_thresholds_and_a_mode_of_its_own(github, repo, bot, conn):
    await own(repo, bot, "/tests/ @acme/Quality\n")
    await set_policy(repo, bot, 'teams: {"@acme/quality": {quarantine_threshold: 0.95}}\n')
    await prove_flaky(github, repo, bot)
    assert await standings(conn) == ["suspect"]
    assert await decisions(conn) == []
    await set_policy(repo, bot, 'teams: {"@acme/quality": {quarantine: {mode: auto}}}\n')
    assert await standings(conn) == ["flaky"]
    assert await decisions(conn) == ["ACTIVE"]


async def test_a_push_that_changes_the_policy_is_told_what_the_new_one_would_have_done(github, repo, bot):
    await prove_flaky(github, repo, bot)
    sha = await set_policy(repo, bot, "quarantine_threshold: 0.95\n")
    told = check(repo, sha, "FlakeGuard policy")
    assert (told.conclusion, told.summary) == ("success", "It is in force.")
    assert "in the last 30 days" in told.text
    assert "test_3" in told.text


async def test_a_stored_policy_that_this_release_cannot_read_writes_nothing_and_stops_nothing(github, repo, bot, conn):
    await set_policy(repo, bot, "min_runs: 7\n")
    await conn.execute('UPDATE fg_repository SET policy = policy || \'{"min_runs": "seven"}\'::jsonb')
    await prove_flaky(github, repo, bot)
    assert await standings(conn) == ["flaky"], "it is read and judged all the same"
    assert repo.issues == []


async def test_each_change_of_the_policy_stands_in_the_trail_once_and_what_says_the_same_does_not(
    github, repo, bot, conn
):
    await set_policy(repo, bot, "window_size: 40\n")
    await set_policy(repo, bot, "# forty runs\nwindow_size: 40\n")
    await set_policy(repo, bot, "window_size: forty\n")
    for push in [one for one in github.deliveries if one.event == "push"]:
        await github.redeliver(push.guid)
    await set_policy(repo, bot, "window_size: 50\n")
    deeds = await conn.fetch("SELECT actor, detail ->> 'why' AS why FROM fg_audit WHERE action = 'policy' ORDER BY id")
    assert [one["actor"] for one in deeds] == ["flakeguard", "flakeguard"]
    for one in deeds:
        assert re.fullmatch(r"what main says at [0-9a-f]{7} in \.github/flakeguard\.yml", one["why"])
