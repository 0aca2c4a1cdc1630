"""Memory stays where it is: after many deliveries, under a flood of large bodies, after many runs."""

import asyncio
import hashlib
import hmac
import io
import itertools
import json
from contextlib import suppress

import aiohttp
import psutil
import pytest

from app.sandbox.github import SandboxGitHub
from tests.e2e.conftest import START
from tests.e2e.leavings import finish_run
from tests.e2e.processes import Processes, until_idle

MIB = 1 << 20
MOST_OF_WEB, MOST_OF_WORKER = 150 * MIB, 300 * MIB
FLAT = 1.1
FEW, MANY = 5_000, 50_000
AT_ONCE = 20
RUNS, RUNS_EACH = 300, 50
BODIES, BODY = 100, 25 * MIB

REPOSITORY = {
    "id": 501,
    "name": "web",
    "full_name": "acme/web",
    "owner": {"login": "acme", "type": "Organization"},
    "default_branch": "main",
    "private": False,
    "description": "x" * 20_000,  # A payload of GitHub's has some tens of kilobytes, nearly all of it nothing to us.
}
COMMON = {"repository": REPOSITORY, "installation": {"id": 9}, "sender": {"login": "dana", "type": "User"}}
RUN = {"id": 77, "run_attempt": 1, "head_sha": "a" * 40}


@pytest.fixture
async def github():
    async with SandboxGitHub(app_id=4242, app_slug="flakeguard", webhook_secret="secret") as sandbox:
        sandbox.now = START
        yield sandbox


@pytest.fixture
async def processes(github, database_url, tmp_path):
    # At the pace that github.com asks of who writes, three hundred checks take an hour.
    where = {"FLAKEGUARD_LOG_LEVEL": "warning", "FLAKEGUARD_GITHUB_LIMITS": "none"}
    async with Processes(github, database_url, tmp_path, **where) as made:
        yield made


def signature(body):
    return "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()


def headers(event, body, guid, signed=None):
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": signed or signature(body),
        "Content-Type": "application/json",
    }


def mixed():
    """Deliveries as they come to a busy App: of twenty one is a run's end, the rest is to take or to pass over."""
    run = RUN | {"head_branch": "main", "event": "push"}
    completed = ("workflow_run", COMMON | {"action": "completed", "workflow_run": run})
    started = ("workflow_run", COMMON | {"action": "requested", "workflow_run": run})
    job = (
        "workflow_job",
        COMMON
        | {"action": "completed", "workflow_job": {"id": 1, "run_id": 77, "run_attempt": 1, "head_sha": "a" * 40}},
    )
    star = ("star", COMMON | {"action": "created"})
    bodies = [(event, json.dumps(payload).encode()) for event, payload in (completed, started, job, star)]
    for number in itertools.count():
        kind = 0 if number % 20 == 0 else 1 + number % 3
        yield (*bodies[kind], f"guid-{number}")


async def send(address, deliveries):
    """Send deliveries by some connections at once; returns how many had which answer."""
    answers = {}
    async with aiohttp.ClientSession() as session:

        async def one_connection():
            for event, body, guid in deliveries:
                said = headers(event, body, guid)
                async with session.post(f"{address}/webhooks/github", data=body, headers=said) as answer:
                    answers[answer.status] = answers.get(answer.status, 0) + 1

        await asyncio.gather(*(one_connection() for _ in range(AT_ONCE)))
    return answers


async def flood(address, signed):
    """Send bodies of 25 MiB at once, each from a connection of its own; returns their answers."""
    body = b"x" * BODY

    async def one(session, number):
        said = headers("push", b"", f"flood-{number}", signed) if signed else {"X-GitHub-Event": "push"}
        try:
            async with session.post(f"{address}/webhooks/github", data=io.BytesIO(body), headers=said) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0  # refused before it was read

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        return await asyncio.gather(*(one(session, number) for number in range(BODIES)))


def tell(figures):
    print(figures)  # noqa: T201 - what one runs these for


async def peak_while(pid, work):
    """Return what the work returns, and the most that the process held meanwhile."""
    process, peak = psutil.Process(pid), 0
    task = asyncio.create_task(work)
    while not task.done():
        peak = max(peak, process.memory_info().rss)
        await asyncio.sleep(0.01)
    return await task, peak


@pytest.mark.long
async def test_the_web_process_is_as_large_after_fifty_thousand_deliveries_as_after_five_thousand(processes):
    web = await processes.serve("web")
    deliveries = mixed()
    first = await send(web.address, itertools.islice(deliveries, FEW))
    after_few = web.memory[web.process.pid]
    rest = await send(web.address, itertools.islice(deliveries, MANY - FEW))
    after_many = web.memory[web.process.pid]
    tell(f"web: {after_few / MIB:.0f} MiB after {FEW}, {after_many / MIB:.0f} MiB after {MANY} deliveries")
    assert set(first) | set(rest) == {200, 202}
    assert after_many < after_few * FLAT
    assert after_many < MOST_OF_WEB


@pytest.mark.long
@pytest.mark.parametrize("signed", [None, "sha256=" + "0" * 64], ids=["not signed", "signed wrongly"])
async def test_a_flood_of_large_bodies_that_nobody_signed_does_not_make_the_web_process_large(processes, signed):
    web = await processes.serve("web")
    assert set(await send(web.address, itertools.islice(mixed(), 1000))) == {200, 202}
    before = web.memory[web.process.pid]
    answers, peak = await peak_while(web.process.pid, flood(web.address, signed))
    after = web.memory[web.process.pid]
    counted = {status: answers.count(status) for status in set(answers)}
    tell(f"web: {before / MIB:.0f} MiB before, {peak / MIB:.0f} MiB at most, {after / MIB:.0f} MiB after; {counted}")
    assert set(answers) <= {0, 401, 503}
    assert peak < MOST_OF_WEB
    assert after < before * FLAT


class Peaks:
    """The most that each process of a worker held, looked at from time to time."""

    def __init__(self, served):
        self.served, self.most = served, {}

    async def watch(self):
        while True:
            self.look()
            await asyncio.sleep(0.05)

    def look(self):
        with suppress(psutil.NoSuchProcess):
            for pid, held in self.served.memory.items():
                self.most[pid] = max(held, self.most.get(pid, 0))


async def ingest(github, repo, conn, runs):
    """Let so many runs end on the default branch, of which one in ten has a failed test, and be read."""
    for number in range(runs):
        sha = await repo.push(branch="main", files={"code.py": f"{github.now} {number}"}, message="m", author="dana")
        await finish_run(repo, sha, failed=("test_3",) if number % 10 == 0 else (), count=200)
        github.advance(minutes=1)
        if number % 20 == 19:
            # As they come in life: the sandbox that sends them shares this machine.
            await until_idle(conn)
    await until_idle(conn)


@pytest.mark.long
async def test_the_worker_is_as_large_after_many_runs_as_after_some_and_so_are_its_children(processes, github, conn):
    web, worker = await processes.serve("web"), await processes.serve("worker")
    github.webhook_url = f"{web.address}/webhooks/github"
    repo = github.repository("acme/web")
    repo.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    peaks = Peaks(worker)
    watching = asyncio.create_task(peaks.watch())
    held = []
    for _ in range(RUNS // RUNS_EACH):
        await ingest(github, repo, conn, RUNS_EACH)
        held.append(sum(worker.memory.values()))
        tell(f"worker: {sorted(one // MIB for one in worker.memory.values())} MiB after {len(held) * RUNS_EACH} runs")
    watching.cancel()
    stored = await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE ingested_at IS NOT NULL")
    tell(f"worker: at most {sorted(one // MIB for one in peaks.most.values())} MiB each; {stored} runs")
    assert stored == RUNS
    assert held[-1] < held[len(held) // 2] * FLAT
    assert max(held) < MOST_OF_WORKER
