"""Processes of their own that ask as one installation: together they keep what GitHub allows it."""

import asyncio
import contextlib
import itertools
import json
import sys
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import web

from app.core.quota import LONGEST_WRITE, News, Quota
from app.db.limits import note_news
from app.sandbox.github import SandboxGitHub

PACE = {"seconds_a_point": 0.02, "points_saved": 20, "seconds_a_content": 0.0, "content_saved": 0, "write_pause": 0.1}
MOST = timedelta(seconds=LONGEST_WRITE)
TOLD = News(quota=Quota(limit=5000, remaining=5000, resets_in=3600), strikes_before=0, strikes=0)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as GitHub saw it, in seconds of one clock."""

    method: str
    began: float
    ended: float
    status: int


class Watch:
    """What GitHub has seen of a repository; it takes its time for a write."""

    def __init__(self):
        self.since = time.monotonic()
        self.seen = []
        self._counted = asyncio.Condition()

    @property
    def writes(self):
        return sorted((one for one in self.seen if one.method == "POST"), key=lambda one: one.began)

    def asked_while(self, refused, seconds):
        """When after a refusal requests came, in seconds, that were not under way already: in the latter half of the wait."""
        return [one.began - refused.ended for one in self.seen if seconds / 2 < one.began - refused.ended < seconds]

    async def until(self, count):
        async with self._counted, asyncio.timeout(30):
            await self._counted.wait_for(lambda: len(self.seen) >= count)

    async def answer(self, request, handler):
        if not request.path.startswith("/repos/"):
            return await handler(request)
        began = time.monotonic()
        if request.method == "POST":
            await asyncio.sleep(0.15)
        response = await handler(request)
        async with self._counted:
            self.seen.append(Seen(request.method, began, time.monotonic(), response.status))
            self._counted.notify_all()
        return response


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
async def github(watch):
    @web.middleware
    async def seeing(request, handler):
        return await watch.answer(request, handler)

    sandbox = SandboxGitHub(app_id=4242, webhook_secret="secret")
    await sandbox.start(extra=lambda app: app.middlewares.append(seeing))
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def repo(github):
    made = github.repository("acme/web")
    made.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    return made


@pytest.fixture
async def start(github, repo, watch, database_url):
    """Starts processes that wait for the word to go."""
    started = []

    async def make(count, **what):
        told = {
            "database": database_url, "api": github.api_url, "app": 4242, "key": github.private_key_pem,
            "installation": repo.data.installation_id, "pace": PACE, "reads": 0, "writes": 0,
        }  # fmt: skip
        made = [await _spawn(told | what) for _ in range(count)]
        started.extend(made)
        for process in made:
            assert await process.stdout.readline() == b"ready\n"
        watch.since = time.monotonic()
        for process in made:
            process.stdin.write(b"go\n")
        return made

    yield make
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _spawn(told):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.e2e.asking", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    process.stdin.write(json.dumps(told).encode() + b"\n")
    return process


async def end(processes):
    async with asyncio.timeout(60):
        assert [await process.wait() for process in processes] == [0] * len(processes)


def assert_kept(watch, pace):
    """Requests may be late on their way and come together; all of them take the time that they must."""
    for earlier, later in itertools.pairwise(watch.writes):
        assert later.began - earlier.ended >= pace["write_pause"] * 0.99
    points = sum(5 if one.method == "POST" else 1 for one in watch.seen)
    took = max(one.began for one in watch.seen) - watch.since
    assert took >= (points - pace["points_saved"] - 5) * pace["seconds_a_point"]


async def test_two_processes_write_one_after_the_other_and_ask_no_more_than_is_allowed(start, watch):
    await end(await start(2, reads=40, writes=3))
    assert sorted(one.status for one in watch.seen) == [200] * 80 + [201] * 6
    assert_kept(watch, PACE)


async def test_what_github_says_to_one_process_all_of_them_heed(github, start, watch):
    processes = await start(2, reads=40)
    await watch.until(20)
    github.rate_limit(2, secondary=True, status=429, path="/repos/*")
    await end(processes)
    [refused] = [one for one in watch.seen if one.status == 429]
    assert watch.asked_while(refused, 2) == []
    assert len(watch.seen) == 81


async def test_a_process_that_is_killed_while_it_writes_keeps_the_others_from_nothing_for_long(start, watch, conn):
    dying, other = await start(2, writes=3)
    await watch.until(1)
    dying.kill()
    await dying.wait()
    # The time passes for which it could still be writing.
    await conn.execute("UPDATE fg_github_limit SET writing_until = writing_until - $1::interval", MOST)
    await end([other])
    assert len(watch.writes) >= 3


@pytest.mark.long
async def test_ten_processes_are_no_more_than_one(github, repo, start, watch, conn):
    pace = PACE | {"seconds_a_point": 0.01}
    # Before a first answer tells that there is a limit, each of them may have so many requests under way.
    await note_news(conn, repo.data.installation_id, TOLD)
    processes = await start(10, reads=60, writes=2, pace=pace)
    await watch.until(100)
    github.rate_limit(3, secondary=True, status=403, path="/repos/*")
    await end(processes)
    [refused] = [one for one in watch.seen if one.status == 403]
    assert watch.asked_while(refused, 3) == []
    assert len(watch.seen) == 621
    assert_kept(watch, pace)
