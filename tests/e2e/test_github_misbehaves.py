"""A GitHub that fails, limits us, loses answers, tells things twice and in any order: what comes out is the same."""

import asyncio
import random
from datetime import timedelta

import aiohttp
import pytest
from multidict import CIMultiDict

from app.cli.in_process import run_in_process
from app.db.connection import connect
from app.github import refusals, wire
from app.sandbox.github import SandboxGitHub
from app.sandbox.github.faults import Fault, Mischief
from app.settings import AppIdentity
from tests.e2e.conftest import START
from tests.e2e.leavings import finish_run, job_and_artifact
from tests.e2e.state import all_that_is, differences

SECONDS = 2
"""How long a limit lasts here, and how late an answer is that nobody waits for."""

ON_ITS_WAY = 0.5
"""Seconds for which a request may have been under way when GitHub limited another one."""

AT_ONCE = 4
"""Each takes up to two dozen of the hundred connections that the database has."""

POLICY = "version: 1\nmin_runs: 4\nrerun: {enabled: true}\n"
ANY = "AssertionError: expected 2 to be 3"


def faults(chance, *, is_short):
    """Some of what can go wrong, each at one of the story's requests, some of it several times in a row."""
    most, requests = (3, 40) if is_short else (6, 120)
    ways = (
        {"kind": Mischief.FAIL, "status": 500},
        {"kind": Mischief.FAIL, "status": 502, "is_cut": True},
        {"kind": Mischief.LOSE_ANSWER},
        {"kind": Mischief.SLOW},
        {"kind": Mischief.PRIMARY_LIMIT, "status": 403},
        {"kind": Mischief.SECONDARY_LIMIT, "status": 403},
        {"kind": Mischief.SECONDARY_LIMIT, "status": 403, "is_named": False},
        {"kind": Mischief.SECONDARY_LIMIT, "status": 429},
        {"kind": Mischief.SECONDARY_LIMIT, "status": 429, "is_named": False},
    )
    for way in chance.choices(ways, k=most):
        method = chance.choice((None, "POST", "PATCH"))
        after = chance.randrange(requests if method is None else requests // 6)
        yield Fault(**way, seconds=SECONDS, times=chance.randint(1, 2), after=after, method=method)


class Story:
    """One bot, one GitHub and one database, for a flake that is proven, met, run again and quarantined."""

    def __init__(self, github, bot, conn, chance):
        self.github, self.bot, self.conn, self.chance = github, bot, conn, chance
        self.repo = github.repository("acme/web")
        self.repo.commit(branch="main", files={".github/flakeguard.yml": POLICY}, message="first", author="dana")
        self.repo.grant("dana", "write")
        self.pulls, self.runs = [], []

    async def tell(self, *, is_short):
        for what in (self._install, self._prove_flaky, self._meet_the_flake, self._end_reruns):
            await self._happens(what)
        for what in () if is_short else (self._bring_a_bug, self._decide):
            await self._happens(what)
        return await all_that_is(self.conn, self.repo, self.pulls)

    async def _happens(self, what):
        """Let something happen on GitHub while its webhooks are late, then let the bot hear of it."""
        self.github.hold_webhooks()
        await what()
        if self.chance is None:
            await self.github.release_webhooks()
        else:
            copies = self.chance.choice((1, 5))
            seed = self.chance.random()
            await self.github.release_webhooks(order="shuffled", seed=seed, copies=copies, is_burst=True)
        await self.bot.settle(within=timedelta(seconds=50))

    async def _install(self):
        await self.github.install(self.repo)

    async def _prove_flaky(self):
        for number in range(4):
            sha = await self.repo.push(branch="main", files={"code.py": str(number)}, message="m", author="dana")
            flakes = number in (1, 2)
            run = await finish_run(self.repo, sha, failed=("test_3",) if flakes else ())
            if flakes:
                job, artifact = job_and_artifact()
                await run.rerun_failed(jobs=[job], artifacts=[artifact])
            self.github.advance(hours=1)

    async def _open_pull(self, name, **spec):
        pull = await self.repo.open_pull(author="dana", branch=name, files={f"{name}.py": "1"}, title=name)
        self.pulls.append(pull)
        self.runs.append(await finish_run(self.repo, pull, **spec))

    async def _meet_the_flake(self):
        await self._open_pull("flake", failed=("test_3",))

    async def _end_reruns(self):
        for run in self.runs:
            if run.data.latest.status == "in_progress":
                await run.complete()

    async def _bring_a_bug(self):
        await self._open_pull("bug", failed=("test_3", "test_5"), message=ANY)
        await self._open_pull("both", failed=("test_3",))

    async def _decide(self):
        said = "/flakeguard quarantine test_3 for 14d\n/flakeguard status"
        await self.repo.comment(self.pulls[-1].number, "dana", said)


async def play(database_url, processes, seed=None, *, is_short=False):
    """Tell the story on a GitHub of its own; returns what there is in the end, and what was asked in spite of a limit."""
    async with SandboxGitHub(app_id=4242, app_slug="flakeguard", webhook_secret="secret") as github:
        github.now = START
        app = AppIdentity(app_id=4242, private_key=github.private_key_pem, secrets=("secret",))
        async with run_in_process(database_url, app, github.api_url, lambda: github.now, processes) as bot:
            github.webhook_url = bot.webhook_url
            chance = None if seed is None else random.Random(seed)
            conn = await connect(database_url)
            story = Story(github, bot, conn, chance)
            for fault in faults(chance, is_short=is_short) if chance else ():
                github.plant(fault)
            state = await story.tell(is_short=is_short)
            await conn.close()
        return state | {"asked too early": too_early(github.requests)}


def too_early(requests):
    """Return the requests that came while GitHub wanted to be left alone, and what it had answered before."""
    found = []
    for limited in requests:
        until = _closed_until(limited)
        found += [
            (round(one.arrived_at - limited.answered_at, 2), one.method, one.path, limited.status)
            for one in requests
            if _asker(one) == _asker(limited) and limited.answered_at + ON_ITS_WAY < one.arrived_at < until
        ]
    return found


def _closed_until(answer):
    if answer.status not in (403, 429) or "rate limit" not in str(answer.response_body).lower():
        return 0
    if answer.response_headers.get("x-ratelimit-remaining") == "0":
        return int(answer.response_headers["x-ratelimit-reset"])
    return answer.answered_at + int(answer.response_headers.get("retry-after", SECONDS))


def _asker(request):
    """Tell who asks: the App by a JWT, or its installation by a token."""
    return CIMultiDict(request.headers)["authorization"].partition(" ")[0]


@pytest.fixture
def hurry(monkeypatch):
    """Let a minute be two seconds where GitHub names no time, and no answer be waited for longer than one."""
    monkeypatch.setattr(refusals, "_MINUTE", timedelta(seconds=SECONDS))
    for name in ("_TIMEOUT", "_WRITE_TIMEOUT"):
        monkeypatch.setattr(wire, name, aiohttp.ClientTimeout(total=SECONDS / 2))


async def assert_all_the_same(make_database, processes, seeds, *, is_short=False):
    """Assert that the story ends as it does undisturbed, whichever of the seeds says what goes wrong."""
    ends, left = {}, [None, *seeds]
    while left:
        some, left = left[:AT_ONCE], left[AT_ONCE:]
        plays = [play(await make_database(), processes, seed, is_short=is_short) for seed in some]
        ends |= zip(some, await asyncio.gather(*plays), strict=True)
    undisturbed = ends.pop(None)
    assert [len(one) for one in undisturbed["comments"]] == ([1] if is_short else [1, 1, 3])
    assert undisturbed["asked too early"] == []
    different = [one for seed, end in ends.items() for one in differences(undisturbed, end, f"seed {seed}")]
    assert different == [], "\n".join(different)


@pytest.mark.long
async def test_whatever_goes_wrong_on_github_what_comes_out_is_the_same(make_database, processes, hurry):
    await assert_all_the_same(make_database, processes, [8], is_short=True)


@pytest.mark.long
async def test_two_hundred_times_what_comes_out_is_the_same(make_database, processes, hurry):
    await assert_all_the_same(make_database, processes, range(200))
