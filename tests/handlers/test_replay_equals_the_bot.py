"""A replay says what the bot does: the same history, lived through by the real handlers with a policy, and replayed."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from app.core.model import DecisionState
from app.core.policy import DEFAULT, load
from app.core.replay import What
from app.handlers.bot import know
from app.handlers.replay import replay_policy
from tests.db.stored_runs import START, store
from tests.handlers.lived import at_work, causes, lulls, story

STATES = {
    What.PROPOSED: DecisionState.PROPOSED,
    What.QUARANTINED: DecisionState.ACTIVE,
    What.RELEASED: DecisionState.RESOLVED,
    What.EXPIRED: DecisionState.EXPIRED,
}
NO_ISSUES = "issues: {enabled: false}\n"
QUICK = {
    "small window, low thresholds, some tests left alone": (
        "window_size: 15\nwarn_threshold: 0.1\nquarantine_threshold: 0.3\nmin_runs: 5\nmin_failures: 1\n"
        "quarantine: {mode: auto}\nexempt_tests: ['test_8']\nexclude: ['tests/ui.py']\n" + NO_ISSUES
    ),
}
LONG = QUICK | {
    "propose": NO_ISSUES,
    "a team of its own": (
        "min_runs: 5\nteams: {'@acme/web': {warn_threshold: 0.1, quarantine_threshold: 0.3, quarantine: {mode: auto}}}\n"
        + NO_ISSUES
    ),
    "auto, two at most, one issue a day": (
        "quarantine: {mode: auto, duration_days: 4, max_tests: 2}\nissues: {max_per_day: 1}\n"
    ),
    "auto": "quarantine: {mode: auto, duration_days: 4}\nissues: {max_per_day: 2}\n",
    "low thresholds": (
        "warn_threshold: 0.1\nquarantine_threshold: 0.3\nmin_runs: 5\nmin_failures: 1\nissues: {max_per_day: 2}\n"
    ),
    "high thresholds": "quarantine_threshold: 0.95\nmin_failures: 4\nquarantine: {mode: auto}\n" + NO_ISSUES,
    "small window": "window_size: 10\nquarantine: {mode: auto, duration_days: 10}\n",
    "exempt": "exempt_tests: ['test_8', '*_6']\nquarantine: {mode: auto, max_tests: 3}\n" + NO_ISSUES,
    "exclude": "exclude: ['tests/ui.py']\nquarantine: {mode: auto}\n" + NO_ISSUES,
    "off": "quarantine: {mode: 'off'}\n",
}
AUTO = "quarantine: {mode: auto, duration_days: 4}\nissues: {max_per_day: 1}\n"
CHANGES = {
    "to auto": ("issues: {max_per_day: 1}\n", AUTO),
    "to off": (AUTO, "quarantine: {mode: 'off'}\nissues: {max_per_day: 1}\n"),
    "to lower thresholds": (
        "quarantine_threshold: 0.9\nissues: {max_per_day: 1}\n",
        "quarantine_threshold: 0.3\nwarn_threshold: 0.2\nwindow_size: 80\nissues: {max_per_day: 2}\n",
    ),
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
    return _stored(found, found.asked), _stored(found, found.in_force)


def _stored(found, events):
    told = [(one, found.cases[one.test].name) for one in events]
    decisions = [(one.at, name, STATES[one.what], one.why, one.attempt) for one, name in told if one.what in STATES]
    issues = [
        (one.at, one.what, one.cause, name if one.cause is None else None, one.attempt)
        for one, name in told
        if one.what not in STATES
    ]
    return decisions, issues


async def compare(lived, text, attempts):
    """Live with a policy from the beginning, then replay it beside another one."""
    policy = load(text)
    await lived.own("/tests/ui.py @acme/web\n")
    await lived.set_policy(policy)
    until = attempts[-1].ends + timedelta(days=2)
    await lived.live(attempts, until)
    (decisions, issues), _ = await replayed(lived, policy, until)
    assert decisions == await lived.decided()
    assert issues == lived.changed()
    return {state for _, _, state, *_ in decisions}, {what for _, what, *_ in issues}


@pytest.mark.parametrize("name", QUICK)
async def test_a_replay_decides_as_the_bot_does_with_that_policy(lived, name):
    states, issues = await compare(lived, QUICK[name], story(1, runs=40, slow=0.2))
    assert DecisionState.PROPOSED in states or DecisionState.ACTIVE in states
    assert bool(issues) is (NO_ISSUES not in QUICK[name])


@pytest.mark.long
@pytest.mark.parametrize("slow", [0.0, 0.3])
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", LONG)
async def test_whatever_the_policy_and_the_history_a_replay_decides_as_the_bot_does(lived, name, seed, slow):
    states, _ = await compare(lived, LONG[name], story(seed, slow=slow))
    assert bool(states) is (name != "off")


async def change_midway(lived, before, after, attempts):
    """Live with a policy that becomes another one thirty days before the end; returns what was decided, and what became of issues, since."""
    middle = len(attempts) // 2
    await lived.set_policy(before)
    since = attempts[middle].ends - timedelta(seconds=1)
    await lived.live(attempts[:middle], since)
    lived.github.now = since
    await lived.put_in_force(after)
    await lived.live(attempts[middle:], since + timedelta(days=30))
    return since, await lived.decided(since), lived.changed(since)


@pytest.mark.parametrize("name", [pytest.param("to auto", marks=pytest.mark.long), pytest.param("to off", marks=pytest.mark.long), pytest.param("to lower thresholds", marks=pytest.mark.long)])  # fmt: skip
async def test_a_replay_begins_with_what_was_decided_and_opened_until_then(lived, name):
    before, after = (load(text) for text in CHANGES[name])
    since, decided, opened = await change_midway(lived, before, after, story(4, runs=80))
    (decisions, issues), _ = await replayed(lived, after, since + timedelta(days=30), in_force=before)
    assert decided
    assert (decisions, issues) == (decided, opened)


@pytest.mark.long
async def test_the_policy_in_force_is_replayed_from_the_same_beginning(lived):
    before, after = (load(text) for text in CHANGES["to auto"])
    since, decided, opened = await change_midway(lived, before, before, story(4, runs=80))
    _, (decisions, issues) = await replayed(lived, after, since + timedelta(days=30), in_force=before)
    assert (decisions, issues) == (decided, opened)


async def test_where_thirty_days_would_take_too_long_fewer_are_replayed_and_then_fewer_tests(lived, monkeypatch):
    """A fork's pull request asks for what it likes: a window of 300 runs costs six times one of 50."""
    async with lived.bot.pool.acquire() as conn:
        for one in story(1, runs=140):
            await store(conn, lived.repo_id, one)
        repo = await know(conn, lived.repo_id)
    until = START + timedelta(days=30)

    async def days_and_left_out(policy):
        found = await replay_policy(lived.bot.pool, repo, policy, until)
        return (until - found.since).days, found.is_shortened, found.left_out

    assert await days_and_left_out(DEFAULT) == (30, False, 0)
    days, is_shortened, left_out = await days_and_left_out(load("window_size: 300\n"))
    assert (7 < days < 30, is_shortened, left_out) == (True, True, 0)
    monkeypatch.setattr("app.handlers.replay.MOST_WORK", 5_000)
    days, is_shortened, left_out = await days_and_left_out(DEFAULT)
    assert (days, is_shortened, left_out > 0) == (7, True, True)


CAUSES = {
    "one issue a day": "quarantine: {mode: auto}\nissues: {max_per_day: 1}\n",
    "two issues a day, low thresholds": (
        "warn_threshold: 0.1\nquarantine_threshold: 0.3\nmin_runs: 5\nmin_failures: 1\nissues: {max_per_day: 2}\n"
    ),
    "a team of its own, some tests left alone": (
        "issues: {max_per_day: 3}\nexclude: ['tests/ui.py']\n"
        "teams: {'@acme/web': {warn_threshold: 0.1, quarantine_threshold: 0.3, quarantine: {mode: auto}}}\n"
    ),
    "high thresholds": "quarantine_threshold: 0.9\nmin_failures: 3\nissues: {max_per_day: 5}\n",
}


async def test_tests_with_one_cause_open_one_issue_in_the_replay_as_with_the_bot(lived):
    """Some of it opens for the cause itself, none of whose tests is flaky enough alone."""
    await compare(lived, CAUSES["two issues a day, low thresholds"], causes(2, story(2, runs=28)))
    opened = [cause for _, what, cause, *_ in lived.changed() if what is What.ISSUE_OPENED]
    assert len(opened) > 2
    assert any(opened)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 31))
async def test_however_causes_come_and_go_a_replay_opens_the_issues_that_the_bot_does(lived, seed):
    name = sorted(CAUSES)[seed % len(CAUSES)]
    await compare(lived, CAUSES[name], causes(seed, story(seed, slow=0.3 * (seed % 2))))


LOW = "warn_threshold: 0.1\nquarantine_threshold: 0.3\nwindow_size: 20\nmin_runs: 5\nmin_failures: 1\n"
ENDS = {
    "reopened": LOW + "issues: {max_per_day: 3, reopen_days: 30}\n",
    "others follow": LOW + "issues: {max_per_day: 2, reopen_days: 0}\n",
    "some of each": "quarantine: {mode: auto, duration_days: 4}\n" + LOW + "issues: {max_per_day: 2, reopen_days: 3}\n",
    "in the usual window": "min_runs: 5\nquarantine: {mode: auto, duration_days: 4}\nissues: {reopen_days: 2}\n",
}


async def test_an_issue_that_is_over_is_closed_and_reopened_in_the_replay_as_by_the_bot(lived):
    few = {"test_2", "test_4", "test_7"}
    attempts = [
        replace(one, tests={name: marks for name, marks in one.tests.items() if name in few})
        for one in lulls(1, story(1, runs=42))
    ]
    _, became = await compare(lived, ENDS["reopened"], attempts)
    assert became == {What.ISSUE_OPENED, What.ISSUE_CLOSED, What.ISSUE_REOPENED}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("name", ENDS)
async def test_issues_are_closed_reopened_and_followed_in_the_replay_as_by_the_bot(lived, name, seed):
    attempts = lulls(seed, story(seed, runs=130, slow=0.3 * (seed % 2)))
    _, became = await compare(lived, ENDS[name], attempts if seed % 3 else causes(seed, attempts))
    assert What.ISSUE_CLOSED in became
    if name != "in the usual window":  # There it is chance whether an issue closes in time to be reopened.
        assert (What.ISSUE_REOPENED in became) is (name != "others follow")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("name", ENDS)
async def test_a_replay_begins_with_the_issues_that_were_open_and_closed_then(lived, name, seed):
    policy = load(ENDS[name])
    attempts = lulls(seed, story(seed, runs=130))
    since, decided, changed = await change_midway(lived, policy, policy, attempts)
    (decisions, issues), _ = await replayed(lived, policy, since + timedelta(days=30), in_force=policy)
    assert What.ISSUE_CLOSED in {what for _, what, *_ in changed}
    assert (decisions, issues) == (decided, changed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize("name", ["reopened", "some of each"])
async def test_what_people_closed_before_the_beginning_is_closed_then_whatever_became_of_it_since(lived, name, seed):
    policy, chance = load(ENDS[name]), Random(seed)
    attempts = lulls(seed, story(seed, runs=130))
    await lived.set_policy(policy)
    begin = 0
    for middle in range(20, 70, 10):
        await lived.close_issues(chance, chance.choice(("completed", "not_planned")))
        since = attempts[middle].ends - timedelta(seconds=1)
        await lived.live(attempts[begin:middle], since)
        begin = middle
    await lived.live(attempts[begin:], since + timedelta(days=30))
    (decisions, issues), _ = await replayed(lived, policy, since + timedelta(days=30), in_force=policy)
    became = {what for _, what, *_ in lived.changed(since)}
    assert What.ISSUE_REOPENED in became or name != "reopened"
    assert (decisions, issues) == (await lived.decided(since), lived.changed(since))


async def live_with_causes(lived, seed, runs, name="others follow"):
    """Live through so many attempts in which tests join the issues of others, and leave them for new ones; returns the policy and the end."""
    policy = load(ENDS[name])
    attempts = causes(seed, lulls(seed, story(seed, runs=130)))[:runs]
    await lived.set_policy(policy)
    until = attempts[-1].ends + timedelta(days=1)
    await lived.live(attempts, until)
    return policy, until


async def issues_since(lived, policy, since):
    """Return what a replay that begins then says of issues."""
    (_, issues), _ = await replayed(lived, policy, since + timedelta(days=30), in_force=policy)
    return issues


async def test_a_test_that_has_left_its_issue_since_the_beginning_is_told_of_by_that_one_until_then(lived):
    """Else the replay would open one for it at once, since the one that tells of it now was not begun."""
    policy, _ = await live_with_causes(lived, 5, 80)
    since = START + timedelta(days=6, hours=13)
    assert lived.changed(since)
    assert await issues_since(lived, policy, since) == lived.changed(since)


@pytest.mark.long
@pytest.mark.parametrize("seed", [5, 7])
@pytest.mark.parametrize("name", ENDS)
async def test_wherever_a_replay_begins_its_issues_are_and_tell_of_what_they_were_and_told_of_then(lived, name, seed):
    policy, until = await live_with_causes(lived, seed, 200, name)
    since = START + timedelta(days=3)
    while since < until - timedelta(days=1):
        happened = [one for one in lived.changed(since) if one[0] <= since + timedelta(days=30)]
        assert await issues_since(lived, policy, since) == happened, since
        since += timedelta(hours=17)
