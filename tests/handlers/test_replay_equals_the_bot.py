"""A replay says what the bot does: the same history, lived through by the real handlers with a policy, and replayed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model import DecisionState
from app.core.policy import DEFAULT, load
from app.core.replay import What
from app.handlers.bot import know
from app.handlers.replay import replay_policy
from tests.handlers.lived import at_work, story

STATES = {
    What.PROPOSED: DecisionState.PROPOSED,
    What.QUARANTINED: DecisionState.ACTIVE,
    What.RELEASED: DecisionState.RESOLVED,
    What.EXPIRED: DecisionState.EXPIRED,
}
NO_ISSUES = "issues: {enabled: false}\n"
POLICIES = {
    "propose": "",
    "auto": "quarantine: {mode: auto, duration_days: 4}\n",
    "at most two": "quarantine: {mode: auto, max_tests: 2, duration_days: 6}\n",
    "low thresholds": "warn_threshold: 0.1\nquarantine_threshold: 0.3\nmin_runs: 5\nmin_failures: 1\n",
    "high thresholds": "quarantine_threshold: 0.95\nmin_failures: 4\nquarantine: {mode: auto}\n",
    "small window": "window_size: 10\nquarantine: {mode: auto, duration_days: 10}\n",
    "exempt": "exempt_tests: ['test_8', '*_6']\nquarantine: {mode: auto, max_tests: 3}\n",
    "exclude": "exclude: ['tests/ui.py']\nquarantine: {mode: auto}\n",
    "off": "quarantine: {mode: 'off'}\n",
}


@pytest.fixture
async def lived(database_url, github, processes):
    async with at_work(database_url, github, processes) as working:
        yield working


async def replayed(lived, policy, now, in_force=DEFAULT):
    """Replay a policy; returns what it says in the words of what is stored: decisions, and issues."""
    async with lived.bot.pool.acquire() as conn:
        repo = await know(conn, lived.repo_id)
    found = await replay_policy(lived.bot.pool, replace(repo, policy=in_force), policy, now)
    assert found.left_out == 0
    told = [(one, found.cases[one.test].name) for one in found.asked]
    decisions = [(one.at, name, STATES[one.what], one.why, one.attempt) for one, name in told if one.what in STATES]
    issues = [(one.at, name, one.attempt) for one, name in told if one.what is What.ISSUE_OPENED]
    return decisions, issues


async def compare(lived, text, attempts):
    policy = load(text)
    await lived.set_policy(policy)
    until = attempts[-1].ends + timedelta(days=2)
    await lived.live(attempts, until)
    decisions, issues = await replayed(lived, policy, until)
    assert decisions == await lived.decided()
    assert issues == await lived.opened()
    return decisions, issues


@pytest.mark.parametrize("name", POLICIES)
async def test_a_replay_decides_as_the_bot_does_with_that_policy(lived, name):
    decisions, issues = await compare(lived, POLICIES[name] + NO_ISSUES, story(1))
    assert bool(decisions) is (name != "off")
    assert issues == []
