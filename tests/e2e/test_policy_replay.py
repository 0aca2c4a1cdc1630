"""A pull request that brings a policy is told what it would have done."""

import app.handlers.policy as policy_handler
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_set_up import check, set_policy

NAME = "FlakeGuard policy"
FILE = ".github/flakeguard.yml"


async def propose(repo, bot, text):
    pull = await repo.open_pull(author="dana", branch="policy", files={FILE: text}, title="Policy")
    await bot.settle()
    return pull, check(repo, pull.head_sha, NAME)


async def test_the_check_says_what_the_policy_would_have_done(github, repo, bot, conn):
    await prove_flaky(github, repo, bot)
    pull, told = await propose(repo, bot, "quarantine: {mode: auto}\n")
    assert told.conclusion == "success"
    text = told.text
    assert text.startswith("With this policy, in the last 30 days: 1 test put into quarantine (1 now)")
    assert "With the policy in force: 1 test proposed (1 now)" in text
    assert await conn.fetchval("SELECT count(*) FROM fg_quarantine_decision WHERE state = 'ACTIVE'") == 0
    await pull.push(files={FILE: "quarantine: {mode: propose}\n"})
    await bot.settle()
    assert check(repo, pull.head_sha, NAME).text.startswith("No difference in the last 30 days.")


async def test_a_broken_policy_is_told_as_ever(github, repo, bot):
    await prove_flaky(github, repo, bot)
    _, told = await propose(repo, bot, "min_runs: x\n")
    assert (told.conclusion, told.annotations[0]["start_line"]) == ("failure", 1)
    assert not told.text


async def test_a_replay_that_takes_too_long_is_said_to_and_fails_nothing(github, repo, bot, monkeypatch):
    monkeypatch.setattr(policy_handler, "REPLAY_SECONDS", 0.0)
    await set_policy(repo, bot, "")
    _, told = await propose(repo, bot, "quarantine: {mode: auto}\n")
    assert told.conclusion == "success"
    assert told.text == "What it would have done in the last days could not be found out in time."
