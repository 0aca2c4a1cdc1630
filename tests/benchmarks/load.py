"""A storm of webhooks: 200 a second, one in twenty a run to be read, on whatever machine this is; `load.py SECONDS` for a shorter one."""

import asyncio
import hashlib
import hmac
import json
import sys
import tempfile
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from app.cli.running import apply_migrations
from app.db.connection import connect
from app.db.embedded import start_embedded
from app.queue.state import read_state
from app.sandbox.github import ArtifactSpec, JobSpec, SandboxGitHub
from tests.benchmarks.bot import percentiles, serving

A_SECOND = 200
RUNS_IN = 20
ACCOUNTS = 60
SECONDS = 600
TESTS = 40


def run(seconds=SECONDS):
    """Print how soon each webhook was answered, what was answered, and when the last run was judged."""
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        url = start_embedded(Path(folder) / "postgresql")
        asyncio.run(_run(url, seconds))


async def _run(url, seconds):
    await apply_migrations(url, lambda: datetime.now(UTC))  # noqa: TID251 - the benchmark's own clock
    async with SandboxGitHub(app_id=4242, webhook_secret="secret") as github:
        github.now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)  # noqa: TID251
        deliveries = await _past(github, seconds * A_SECOND)
        github.api.exchanges.clear()
        async with serving(github, url, "web") as web, serving(github, url, "worker") as worker:
            latencies, answers = await _storm(f"http://127.0.0.1:{web.port}/webhooks/github", deliveries)
            p50, p99 = percentiles(latencies)
            print(
                f"load          {len(latencies)} webhooks at {A_SECOND}/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms (reach: < 100),"
                f" slowest {max(latencies) * 1000:.0f} ms (reach: < 1000); answers {dict(sorted(answers.items()))}"
            )
            await _drain(url)
            print(f"load          peak memory: web {web.peak_mib():.0f} MiB, worker {worker.peak_mib():.0f} MiB")
        conn = await connect(url)
        done = await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE ingested_at IS NOT NULL")
        state = await read_state(conn)
        await conn.close()
        print(
            f"load          {done} of {seconds * A_SECOND // RUNS_IN} runs read; left in the queue: {state.jobs},"
            f" {len(github.requests)} requests to GitHub"
        )


async def _past(github, wanted):
    """Let CI do its work unheard; return what GitHub would have told, each run among events that ask for nothing."""
    repos = []
    for number in range(ACCOUNTS):
        repo = github.repository(f"org{number}/web")
        repo.commit(branch="main", files={"a.py": "1"}, message="1", author="dana")
        repos.append(repo)
    deliveries = []
    for number in range(wanted // RUNS_IN):
        repo = repos[number % ACCOUNTS]
        sha = await repo.push(branch="main", files={"a.py": str(number)}, message=str(number), author="dana")
        start = len(github.deliveries)
        artifact = ArtifactSpec(name="junit", files={"junit.xml": _report(number)}, job="test")
        job = JobSpec(name="test", conclusion="failure" if number % 7 == 0 else "success", log="done\n")
        run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
        await run.complete()
        own = [(one.event, one.payload) for one in github.deliveries[start:]]
        # GitHub tells of each check of others, too, which asks for nothing.
        quiet = [("check_run", own[0][1] | {"action": "created"})]
        told = [one for one in own if one[1].get("action") == "completed" or one[0] != "workflow_run"]
        deliveries += (told + quiet * RUNS_IN)[:RUNS_IN]
        github.advance(seconds=20)
    return deliveries


def _report(number):
    cases = []
    for test in range(TESTS):
        failed = '<failure message="boom">boom</failure>' if number % 7 == 0 and test == number % TESTS else ""
        cases.append(f'<testcase classname="tests.test_api" name="test_{test}" time="0.1">{failed}</testcase>')
    return f'<testsuite name="unit">{"".join(cases)}</testsuite>'


async def _storm(url, deliveries):
    """Send at a steady pace, however late the answers are."""
    latencies, answers = [], Counter()

    async def send(session, event, payload):
        body = json.dumps(payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest(),
        }
        began = time.perf_counter()
        async with session.post(url, data=body, headers=headers) as answer:
            await answer.read()
            answers[answer.status] += 1
        latencies.append(time.perf_counter() - began)

    connector = aiohttp.TCPConnector(limit=500)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        begin = time.perf_counter()
        for number, (event, payload) in enumerate(deliveries):
            await asyncio.sleep(max(0.0, begin + number / A_SECOND - time.perf_counter()))
            group.create_task(send(session, event, payload))
    return latencies, answers


async def _drain(url):
    conn = await connect(url)
    began = time.perf_counter()
    state = await read_state(conn)
    print(f"load          waiting when the storm ends: {state.jobs}")
    async with asyncio.timeout(3600):
        while any(state.jobs.get(name) for name in ("queued", "picked")):
            await asyncio.sleep(1)
            state = await read_state(conn)
    print(f"load          the queue was empty {time.perf_counter() - began:.0f} s later")
    await conn.close()


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
