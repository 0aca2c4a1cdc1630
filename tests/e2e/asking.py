"""A process that asks GitHub as an installation, for tests with several of them: `python -m tests.e2e.asking`.

What it is to do stands on standard input as JSON; what waits for its turn waits like a job does, and is asked again.
"""

import asyncio
import json
import sys

from app.core.quota import Pace
from app.db.connection import open_pool
from app.db.limits import SharedBudgets
from app.github.client import GitHub, Patience
from app.github.errors import TryLater
from app.github.issues import create_issue
from app.github.repositories import get_repository
from app.github.wire import open_wire


async def ask(told):
    async with (
        await open_pool(told["database"], size=4, is_hasty=True) as pool,
        open_wire(api_url=told["api"], user_agent="FlakeGuard/test") as wire,
    ):
        github = GitHub(
            wire,
            app_id=told["app"],
            private_key=told["key"],
            patience=Patience(reads=()),
            budgets=SharedBudgets(pool, Pace(**told["pace"])),
        )
        repo = github.repository(told["installation"], "acme", "web")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        reads = [_until_done(lambda: get_repository(repo)) for _ in range(told["reads"])]
        writes = [_until_done(lambda: create_issue(repo, title="said", body="")) for _ in range(told["writes"])]
        await asyncio.gather(*reads, *writes)


async def _until_done(asked):
    while True:
        try:
            return await asked()
        except TryLater as wait:
            await asyncio.sleep(wait.after.total_seconds())


asyncio.run(ask(json.loads(sys.stdin.readline())))
