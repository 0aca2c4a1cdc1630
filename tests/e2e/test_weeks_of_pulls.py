"""Weeks of a team's pull requests: nothing wrong is ever shown, and telling all of it again changes nothing."""

import asyncio
import copy
import random
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import timedelta

import pytest

from tests.e2e.team import Team, ours
from tests.e2e.weeks import AT_LENGTH, EVERY_DAY, FLAKY, REALLY_BROKEN, SHARED, Trouble

MAX_PER_DAY = 5

SENT_AGAIN_WITHIN = timedelta(days=3)
"""GitHub keeps a delivery for so long."""

MAY_BE_CALLED_FLAKY = {name for _, name in (FLAKY, *SHARED)}

EVER_DECIDED = """
    SELECT DISTINCT test.name FROM fg_quarantine_decision AS d
    JOIN fg_test_case AS test ON test.repo_id = d.repo_id AND test.id = d.test_id
"""


@dataclass
class Watch:
    """Sees each write of the bot at the moment that it is made: what is wrong for a moment is wrong.

    `red` are the heads that must not be green now.
    """

    red: set = field(default_factory=set)
    wrong: list = field(default_factory=list)
    writes: int = 0

    def __call__(self, exchange):
        if exchange.method == "GET" or exchange.path.endswith("/access_tokens"):
            return
        self.writes += 1
        said = exchange.response_body or {}
        if said.get("conclusion") in ("success", "neutral") and said["head_sha"] in self.red:
            self.wrong.append(f"{said['head_sha']} is {said['conclusion']}: {said['output']['title']}")
        for text in strings_of(exchange.request_body):
            self.wrong += [text for _, name in REALLY_BROKEN if is_called_flaky(text, name)]


def strings_of(data):
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        return [text for one in data for text in strings_of(one)]
    return [data] if isinstance(data, str) else []


def is_called_flaky(text, name):
    """Tell whether a row, or an entry of a list, that names the test has a word of flakes or of quarantine."""
    entries = text.replace("\n|", "\n\n").replace("\n- ", "\n\n").split("\n\n")
    said = " ".join(one for one in entries if name in one).lower().replace("not enough to call it flaky", "")
    return "flak" in said or "quarantine" in said


async def assert_nothing_is_wrong(team):
    repo = team.repo
    assert team.watch.wrong == []
    flaky = {name for name, standing in (await team.standings()).items() if standing == "flaky"}
    decided = {row["name"] for row in await team.conn.fetch(EVER_DECIDED)}
    assert flaky | decided <= MAY_BE_CALLED_FLAKY
    assert not [one.title for one in repo.issues if any(name in one.title for _, name in REALLY_BROKEN)]
    assert all(one.conclusion == "failure" for one in repo.data.checks.values() if one.head_sha in team.watch.red)
    assert all(len(ours(pull)) <= (pull.number not in team.clean) for pull in team.pulls)
    opened = Counter(one.created_at.date() for one in repo.issues)
    assert max(opened.values(), default=0) <= MAX_PER_DAY


def all_that_is_shown(repo):
    """Everything that people see: conversations with their comments and reactions, issues, labels, checks."""
    data = repo.data
    return copy.deepcopy(
        {
            "issues and pull requests": {number: asdict(one) for number, one in data.issues.items()},
            "checks": {number: asdict(one) for number, one in data.checks.items()},
            "labels": data.labels,
        }
    )


async def tell_again(github, bot, guids, chance):
    """Send deliveries again, in any order, some twice at once."""
    for guid in chance.sample(guids, k=len(guids)):
        copies = chance.choice((1, 1, 1, 2))
        await asyncio.gather(*(github.redeliver(guid) for _ in range(copies)))
    await bot.settle()


async def tell_again_what_is_forgotten(team, guids, chance):
    """Send deliveries again when the bot has long forgotten that it had them; GitHub itself sends none that is so old."""
    team.github.advance(days=8)
    await team.bot.sweep()
    await team.bot.settle()
    await tell_again(team.github, team.bot, guids, chance)


def without_words_of_checks(shown):
    """Leave out what checks say: told again, one of weeks ago says what is known of its failed tests by now."""
    checks = [(one["head_sha"], one["name"], one["status"]) for one in shown["checks"].values()]
    return shown | {"checks": checks}


def heads_that_ended_otherwise(before, after):
    """Return the heads whose check has another conclusion than before, and which."""
    checks = before["checks"]
    return {
        one["head_sha"]: one["conclusion"]
        for number, one in after["checks"].items()
        if one["conclusion"] != checks[number]["conclusion"]
    }


@pytest.fixture
def hire(github, repo, bot, conn):
    """Makes the team; the bot is watched while it works."""

    def made(**knobs):
        # Weeks pass here in a minute, and what GitHub lets us ask is counted in real hours.
        github.api.limit = 1_000_000
        watch = Watch()
        github.observers.append(watch)
        return Team(github, repo, bot, conn, watch, seed=5, **knobs)

    return made


@pytest.mark.parametrize(
    ("pulls", "troubles", "shared", "redeliveries"),
    [(14, EVERY_DAY, SHARED[:7], 20), pytest.param(60, AT_LENGTH, SHARED, 1_000, marks=pytest.mark.long)],
    ids=["14 pull requests", "60 pull requests"],
)
async def test_in_weeks_of_pull_requests_nothing_wrong_is_shown_and_redeliveries_change_nothing(
    hire, repo, pulls, troubles, shared, redeliveries
):
    team = hire(shared=shared)
    await team.begin()
    for number in range(pulls):
        await team.open_pull(number, troubles.get(number, Trouble.NONE))
        await assert_nothing_is_wrong(team)
    assert len(team.excused) >= 2
    assert len(team.clean) >= pulls // 4
    assert len([one for one in repo.issues if FLAKY[1] in one.title]) == 1
    await assert_telling_it_again_changes_nothing(team, redeliveries)
    assert team.watch.wrong == []


async def assert_telling_it_again_changes_nothing(team, redeliveries):
    """Tell it at once, and twice when it is forgotten: the second time, nothing is left that could be brought up to date."""
    chance = random.Random(5)
    recorded = {one.guid: one.at for one in team.github.deliveries}
    shown, writes = all_that_is_shown(team.repo), team.watch.writes
    recent = [guid for guid, at in recorded.items() if at > team.github.now - SENT_AGAIN_WITHIN]
    await tell_again(team.github, team.bot, _some(recent, redeliveries, chance), chance)
    assert all_that_is_shown(team.repo) == shown
    assert team.watch.writes == writes

    told = _some(list(recorded), redeliveries, chance)
    await tell_again_what_is_forgotten(team, told, chance)
    again, writes = all_that_is_shown(team.repo), team.watch.writes
    assert without_words_of_checks(again) == without_words_of_checks(shown)
    # What met the flake weeks ago is judged by what is known of it now, and may need a look again; nothing turns green.
    ended_otherwise = heads_that_ended_otherwise(shown, again)
    clean = {pull.head_sha for pull in team.pulls if pull.number in team.clean}
    assert not set(ended_otherwise) & (team.watch.red | clean)
    assert "success" not in ended_otherwise.values()
    await tell_again_what_is_forgotten(team, told, chance)
    assert all_that_is_shown(team.repo) == again
    assert team.watch.writes == writes


def _some(guids, most, chance):
    return chance.sample(guids, k=min(most, len(guids)))


@pytest.mark.long
async def test_a_cause_that_fifty_tests_share_in_several_runs_opens_one_issue(hire, repo):
    team = hire(shared=SHARED, hit_every=1)
    await team.begin(runs=16)
    about_it = [one for one in repo.issues if any(name in one.title + one.body for _, name in SHARED)]
    assert len(about_it) == 1
