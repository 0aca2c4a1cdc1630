"""A new policy is in force at once, for tests that do not run again, too; a team may have rules of its own."""

from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_owners import own
from tests.e2e.test_set_up import set_policy


async def decisions(conn):
    rows = await conn.fetch("SELECT state FROM fg_quarantine_decision ORDER BY id")
    return [row["state"] for row in rows]


async def standings(conn):
    return [row["standing"] for row in await conn.fetch("SELECT standing FROM fg_flake_score ORDER BY test_id")]


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
