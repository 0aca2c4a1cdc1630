"""What it costs to ask the database before each request to GitHub: the waits and budgets that processes share."""

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from app.cli.running import apply_migrations
from app.core.quota import FREE, Cost
from app.db.connection import open_pool
from app.db.embedded import start_embedded
from app.db.limits import SharedBudgets
from app.github.client import GitHub
from app.github.repositories import get_repository
from app.github.wire import open_wire
from app.sandbox.github import SandboxGitHub

TURNS = 2_000
PROCESSES = 10


def run():
    """Print how long a turn takes, alone and among ten askers, beside a request to the sandbox."""
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        url = start_embedded(Path(folder) / "postgresql")
        asyncio.run(_run(url))


async def _run(url):
    await apply_migrations(url, lambda: datetime.now(UTC))  # noqa: TID251 - the benchmark's own clock
    async with await open_pool(url, size=PROCESSES, is_hasty=True) as pool:
        budgets = SharedBudgets(pool, FREE)
        await budgets(9).take(Cost(points=1), longest=0)
        _print("a turn", await _measure(lambda: budgets(9).take(Cost(points=1), longest=0), 1))
        _print(
            f"a turn among {PROCESSES}", await _measure(lambda: budgets(9).take(Cost(points=1), longest=0), PROCESSES)
        )
        async with SandboxGitHub(app_id=4242, webhook_secret="secret") as github:
            await _ask_the_sandbox(github, budgets)


async def _ask_the_sandbox(github, budgets):
    github.api.limit = 10 * TURNS
    made = github.repository("acme/web")
    async with open_wire(api_url=github.api_url, user_agent="FlakeGuard/benchmark") as wire:
        client = GitHub(wire, app_id=4242, private_key=github.private_key_pem, budgets=budgets)
        repo = client.repository(made.data.installation_id, "acme", "web")
        await get_repository(repo)
        _print("a request with its turn, to the sandbox", await _measure(lambda: get_repository(repo), 1))


async def _measure(ask, at_once):
    took = []

    async def one():
        for _ in range(TURNS // at_once):
            began = time.perf_counter()
            await ask()
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(one() for _ in range(at_once)))
    return took


def _print(what, took):
    cuts = quantiles(took, n=100)
    print(f"asking        {what}: median {cuts[49] * 1e3:.2f} ms, p99 {cuts[98] * 1e3:.2f} ms (reach 1 ms for a turn)")


if __name__ == "__main__":
    run()
