"""`kill -9` of any process at any point: what comes out is what comes out undisturbed."""

import asyncio
import ctypes
import os
import random
import signal
import socket
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from app.db.connection import connect
from app.jobs import LookAtReactions
from app.queue.state import list_work
from app.sandbox.github import SandboxGitHub
from tests.e2e.conftest import START
from tests.e2e.leavings import finish_run, job_and_artifact
from tests.e2e.state import all_that_is, differences

SOON = timedelta(seconds=50)
"""More than any pause between two tries of a job."""


async def tell(github, repo, *, pushes=44, pulls=12):
    """Pushes to main, some of which flake, and between them pull requests that hit the flake or bring a bug.

    The pull requests are there from the beginning, so that their numbers are the same whenever an issue is opened. To the end
    there are flakes in the window: who hears of a run later would otherwise never have proposed what is withdrawn by then.
    """
    opened = [
        await repo.open_pull(author="dana", branch=f"f{number}", files={f"{number}.py": "1"}, title=str(number))
        for number in range(pulls)
    ]
    for number in range(pushes):
        sha = await repo.push(branch="main", files={"code.py": str(number)}, message=str(number), author="dana")
        flakes = number % 10 == 0 and number > 0
        job, artifact = job_and_artifact(
            failed=("test_3",) if flakes else (), flaky=("test_7",) if number % 9 == 8 else ()
        )
        run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
        await run.complete()
        if flakes:
            job, artifact = job_and_artifact()
            await run.rerun_failed(jobs=[job], artifacts=[artifact])
        github.advance(minutes=5)
        if number % 3 == 2 and number // 3 < pulls:
            await _run_pull(repo, opened[number // 3], number // 3)
            github.advance(minutes=5)
    return opened


async def _run_pull(repo, pull, number):
    failed, message = (("test_3",), None) if number % 2 else ((f"test_{number}",), "AssertionError: a bug")
    spec = {"failed": failed} | ({"message": message} if message else {})
    job, artifact = job_and_artifact(**spec)
    run = await repo.start_run(workflow="CI", head=pull, jobs=[job], artifacts=[artifact])
    await run.complete()


async def ask_again(repo, pulls, conn):
    """Have all be written anew by what is known in the end: a text says what was known when there was a reason to write it."""
    sha = await repo.push(branch="main", files={"code.py": "last"}, message="last", author="dana")
    run = await finish_run(repo, sha, failed=("test_3",), flaky=("test_7",))
    job, artifact = job_and_artifact()
    await run.rerun_failed(jobs=[job], artifacts=[artifact])
    await until_idle(conn)
    for pull in pulls:
        await repo.comment(pull.number, "dana", "/flakeguard status")
    await until_idle(conn)


class Processes:
    """The bot as it is run: one process takes webhooks, another works and is killed."""

    def __init__(self, github, database_url):
        offset = int((github.now - datetime.now(UTC)).total_seconds())  # noqa: TID251 - the sandbox's day is another
        self.environ = os.environ | {
            "FLAKEGUARD_DATABASE_URL": database_url,
            "FLAKEGUARD_APP_ID": "4242",
            "FLAKEGUARD_PRIVATE_KEY": github.private_key_pem,
            "FLAKEGUARD_WEBHOOK_SECRET": "secret",
            "FLAKEGUARD_GITHUB_API_URL": github.api_url,
            "FLAKEGUARD_GITHUB_LIMITS": "none",
            "FLAKEGUARD_CLOCK_OFFSET": str(offset + 2 * 86400),
            "FLAKEGUARD_LOG_LEVEL": "error",
        }

    async def start(self, *arguments):
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "serve", "--no-migrate", *arguments),
            env=self.environ,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


_LIBC = ctypes.CDLL(None)
_SET_PDEATHSIG = 1


def _die_with_parent():
    """Let a process that works for a test end with it, however the test ends: its session is its own."""
    _LIBC.prctl(_SET_PDEATHSIG, signal.SIGKILL)


async def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def until_idle(conn, seconds=600):
    """Wait until nothing is left to do, nor waits for another try. Nobody reacts to comments here, so looking for that is none."""
    idle, work = 0, []
    try:
        async with asyncio.timeout(seconds):
            while idle < 3:
                work = [one for one in await list_work(conn, within=SOON) if one != LookAtReactions.__name__]
                idle = 0 if work else idle + 1
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"never idle: {Counter(work)}") from None


async def until_listening(port):
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


class Killer:
    """One process that takes webhooks and two that work, each of which may be killed at any moment and comes back."""

    def __init__(self, bot, port, conn):
        self.bot, self.conn = bot, conn
        self.busy = 0
        self.roles = {"web": ("--role", "web", "--port", str(port))} | dict.fromkeys(
            ("one", "two"), ("--role", "worker", "--port", "0", "--repick-after", "2")
        )
        self.running = {}

    async def start(self, name):
        self.running[name] = await self.bot.start(*self.roles[name])

    async def kill_some(self, kills):
        chance = random.Random(5)
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.02, 1.2))
            self.busy += bool(await list_work(self.conn))
            name = chance.choice(sorted(self.running))
            await kill(self.running[name])
            await self.start(name)

    async def end(self):
        for process in self.running.values():
            await kill(process)


async def play(github, repo, database_url, port, kills, *, pushes, pulls):
    conn = await connect(database_url)
    killer = Killer(Processes(github, database_url), port, conn)
    try:
        for name in sorted(killer.roles):
            await killer.start(name)
        await until_listening(port)
        github.webhook_url = f"http://127.0.0.1:{port}/webhooks/github"
        async with asyncio.TaskGroup() as group:
            group.create_task(killer.kill_some(kills))
            opened = await tell(github, repo, pushes=pushes, pulls=pulls)
        # The last to start looks through GitHub's log for what nobody took.
        await kill(killer.running["web"])
        await killer.start("web")
        await until_listening(port)
        await until_idle(conn)
        await ask_again(repo, opened, conn)
        return await all_that_is(conn, repo, opened), killer.busy
    finally:
        await killer.end()
        await conn.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def play_anew(make_database, kills, **size):
    """The whole story on a database and a GitHub of its own."""
    async with SandboxGitHub(app_id=4242, app_slug="flakeguard", webhook_secret="secret") as github:
        github.now = START
        github.api.limit = 1_000_000
        repo = github.repository("acme/web")
        repo.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
        repo.grant("dana", "write")
        return await play(github, repo, await make_database(), free_port(), kills, **size)


@pytest.mark.long
@pytest.mark.parametrize(("kills", "size"), [(20, {"pushes": 44, "pulls": 12}), (200, {"pushes": 240, "pulls": 60})])
async def test_processes_that_are_killed_at_any_moment_leave_what_undisturbed_ones_leave(
    make_database, record_property, kills, size
):
    undisturbed, _ = await play_anew(make_database, kills=0, **size)
    killed, busy = await play_anew(make_database, kills=kills, **size)
    record_property("kills while there was work", busy)
    assert busy > kills / 4, "they are to be killed while they have something to do"
    assert len(undisturbed["occurrences"]) > (size["pushes"] + size["pulls"]) * 12
    assert undisturbed["jobs held"] == []
    different = differences(undisturbed, killed, "killed")
    assert different == [], "\n".join(different)
