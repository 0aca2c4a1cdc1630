"""Real processes: told to stop in the middle of a job, and started in any order."""

import asyncio
import signal
from contextlib import asynccontextmanager

import aiohttp
import asyncpg
import pytest

from app.db.connection import connect
from app.db.migrate import find_migrations, migrate
from tests.e2e.conftest import START
from tests.e2e.leavings import finish_run
from tests.e2e.test_kill import Processes, free_port, kill, until_idle, until_listening

TOLD = """
    SELECT status::text, count(*) AS n
    FROM pgqueuer_log
    WHERE entrypoint = 'IngestRun' AND status <> 'queued'
    GROUP BY status
"""
"""What was noted about the jobs that read runs: the webhook's, and that of the check suite that ended with it."""


@asynccontextmanager
async def serving(github, database_url, port, *arguments):
    """The whole bot in one process, which takes webhooks; killed at the end if it is there still."""
    process = await Processes(github, database_url).start("--role", "all", "--port", str(port), *arguments)
    try:
        await until_listening(port)
        github.webhook_url = f"http://127.0.0.1:{port}/webhooks/github"
        yield process
    finally:
        if process.returncode is None:
            await kill(process)


@pytest.fixture
def repo(github):
    made = github.repository("acme/web")
    made.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    return made


async def begin_a_run(github, repo, *, seconds):
    """A run whose reading takes so long, and that has begun to be read."""
    sha = await repo.push(branch="main", files={"code.py": "1"}, message="1", author="dana")
    began = asyncio.Event()
    github.slow(seconds, path="*/artifacts")
    github.observers.append(lambda exchange: began.set() if "/actions/runs/" in exchange.path else None)
    await finish_run(repo, sha)
    await asyncio.wait_for(began.wait(), 20)
    await asyncio.sleep(0.2)
    return sha


async def ask(port):
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/readyz") as answer:
        return answer.status, await answer.text()


async def test_told_to_stop_it_ends_what_it_has_begun_and_takes_what_comes_meanwhile(github, repo, conn, database_url):
    port = free_port()
    async with serving(github, database_url, port) as process:
        await begin_a_run(github, repo, seconds=1.0)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert await ask(port) == (503, "stopping\n")
        await repo.push(branch="main", files={"code.py": "2"}, message="2", author="dana")
        assert github.deliveries[-1].status == 202
        assert await asyncio.wait_for(process.wait(), 20) == 0
    told = {row["status"]: row["n"] for row in await conn.fetch(TOLD)}
    assert told.keys() == {"picked", "successful"}
    assert told["picked"] == told["successful"], "each was done once"
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE ingested_at IS NOT NULL") == 1
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask(port)


@pytest.mark.long
async def test_what_takes_too_long_is_given_back_and_done_by_the_next_process_at_once(github, repo, conn, database_url):
    port = free_port()
    async with serving(github, database_url, port, "--drain", "0.5") as process:
        sha = await begin_a_run(github, repo, seconds=8)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    github.stage.faults.planted.clear()
    # An hour's heartbeat: were the job not given back, nobody would do it before.
    async with serving(github, database_url, port, "--repick-after", "3600"):
        await until_idle(conn, 20)
    assert [one.conclusion for one in repo.check_runs(sha)] == ["success"]
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 12


@pytest.mark.long
async def test_told_twice_it_ends_at_once_and_the_next_process_does_the_rest(github, repo, conn, database_url):
    port = free_port()
    async with serving(github, database_url, port) as process:
        sha = await begin_a_run(github, repo, seconds=8)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 5) == -signal.SIGTERM
    github.stage.faults.planted.clear()
    async with serving(github, database_url, port, "--repick-after", "2"):
        await asyncio.sleep(3)
        await until_idle(conn, 20)
    assert [one.conclusion for one in repo.check_runs(sha)] == ["success"]


@pytest.mark.long
async def test_processes_may_start_before_the_database_is_migrated(github, repo, empty_database_url):
    port = free_port()
    bot = Processes(github, empty_database_url)
    started = [await bot.start("--role", "worker"), await bot.start("--role", "web", "--port", str(port))]
    try:
        await asyncio.sleep(3)
        assert [one.returncode for one in started] == [None, None]
        conn = await asyncpg.connect(empty_database_url)
        await migrate(conn, find_migrations(), now=START)
        await conn.close()
        await until_listening(port)
        github.webhook_url = f"http://127.0.0.1:{port}/webhooks/github"
        sha = await repo.push(branch="main", files={"code.py": "1"}, message="1", author="dana")
        await finish_run(repo, sha)
        conn = await connect(empty_database_url)
        await until_idle(conn, 30)
        await conn.close()
        assert [one.conclusion for one in repo.check_runs(sha)] == ["success"]
    finally:
        for one in started:
            await kill(one)


@pytest.mark.long
async def test_what_was_missed_before_the_start_is_looked_for_at_the_start(github, repo, conn, database_url):
    sha = await repo.push(branch="main", files={"code.py": "1"}, message="1", author="dana")
    github.webhook_url = f"http://127.0.0.1:{free_port()}/webhooks/github"
    await finish_run(repo, sha)
    assert {one.status for one in github.deliveries} == {None, 0}
    async with serving(github, database_url, free_port()):
        await asyncio.sleep(1)
        await until_idle(conn, 20)
        assert [one.conclusion for one in repo.check_runs(sha)] == ["success"]
