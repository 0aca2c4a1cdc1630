"""A stranger's report may hold thousands of failures, in as many files: what is done with them keeps nobody else waiting."""

import asyncio
import random
from dataclasses import replace

import msgspec

from app.core.model import CaseName, Fingerprint
from app.db.cases import ensure_cases
from app.db.connection import open_pool
from app.db.locks import RunLock
from app.db.owners import save_codeowners
from app.handlers.bot import Bot
from app.handlers.ingest.store import store_attempt
from app.handlers.owners import assign_owners
from tests.db.stored_runs import START
from tests.handlers.test_two_workers import attempt, execution, leavings, new_repository

FAILURES = 400
LINES = "\n".join("1.2-3/4:5@a.b " * 7 for _ in range(40))


def failed(number):
    """A failure unlike all others, of as many and as odd lines as are looked at for its title."""
    row = execution(number, "F")
    marks = Fingerprint(strict=f"{number:032x}", loose=f"{number:032x}", stack=None)
    return replace(
        row, found=msgspec.structs.replace(row.found, message=f"{number} {LINES}"[:4_000], fingerprint=marks)
    )


async def longest_pause_while(work):
    """Return how long the event loop served nobody at most until the work was done."""
    loop, longest, task = asyncio.get_running_loop(), 0.0, asyncio.create_task(work)
    while not task.done():
        before = loop.time()
        await asyncio.sleep(0.01)
        longest = max(longest, loop.time() - before)
    await task
    return longest


async def test_thousands_of_failures_that_are_all_different_hold_up_nobody_else(database_url, conn):
    left = leavings(1, random.Random(0))
    rows = tuple(map(failed, range(FAILURES)))
    left = replace(left, harvests={1: replace(left.harvests[1], executions=rows, tests=FAILURES, failures=FAILURES)})
    async with await open_pool(database_url, size=2) as pool:
        bot = Bot(pool=pool, github=None, app_id=1, clock=lambda: START, processes=None)
        repo = await new_repository(pool, 1)
        async with pool.acquire() as own:
            work = store_attempt(bot, repo, RunLock(own, repo.id, 1), attempt(1), left, then=lambda _: ())
            assert await longest_pause_while(work) < 1
    assert await conn.fetchval("SELECT count(*) FROM fg_failure_cluster") == FAILURES


async def test_the_owners_of_thousands_of_files_are_found_while_others_are_served(database_url, conn):
    rules = "\n".join(f"src/module{number}/**/*.py @acme/team{number}" for number in range(1_000))
    cases = {
        CaseName(suite="", class_name="c", name=f"t{number}"): f"tests/a/b/c/test_{number}.py"
        for number in range(1_500)
    }
    async with await open_pool(database_url, size=2) as pool:
        repo = await new_repository(pool, 1)
        tests = list((await ensure_cases(conn, repo.id, cases, START)).values())
        await save_codeowners(conn, repo.id, sha="a" * 40, content=f"/tests/a/ @acme/all\n{rules}", at=START)
        async with pool.acquire() as own:
            assert await longest_pause_while(assign_owners(own, repo, tests)) < 1
    assert await conn.fetchval("SELECT count(*) FROM fg_test_case WHERE owner_team = '@acme/all'") == len(cases)
