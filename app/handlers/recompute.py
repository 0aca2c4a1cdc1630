"""Judge all tests of a repository anew from what is stored, or say where that would change anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.model import TestId
from app.core.upkeep import next_month, start_of
from app.db.connection import Pool
from app.db.orphans import Orphans, count_orphans
from app.db.partitions import list_months
from app.db.scores import list_tests_worth_judging
from app.handlers.bot import Bot, KnownRepo
from app.handlers.judge import fresh_opinions, rejudge, stored_opinions
from app.jobs import ApplyPolicy, DecideTests
from app.queue import enqueue

AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """How many tests were judged, and how many of them have a score; the others are healthy."""

    tests: int
    scores: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How many tests were judged, and those of them whose stored score or evidence is another than the one found now."""

    tests: int
    scores: int
    differing: tuple[TestId, ...]
    orphans: Orphans


async def recompute_repository_flake_scores(pool: Pool, repo: KnownRepo, *, batch: int = AT_ONCE) -> Recomputed:
    """Judge every test of a repository that ever failed or has a score, in the order of their numbers.

    `batch` tests are held in memory at once and stored in one transaction; who breaks it off leaves whole batches.
    """
    async with pool.acquire() as conn:
        tests = await list_tests_worth_judging(conn, repo.id)
        scores = 0
        for some in _batches(tests, batch):
            async with conn.transaction():
                scores += (await rejudge(conn, repo, some)).scores
    return Recomputed(tests=len(tests), scores=scores)


async def apply_policy(bot: Bot, job: ApplyPolicy) -> None:
    """Judge all tests by the policy that is in force now, and have them decided about: else it would show one run later."""
    repo = await bot.open(job.repo_id)
    async with bot.pool.acquire() as conn:
        for some in _batches(await list_tests_worth_judging(conn, repo.id), AT_ONCE):
            async with conn.transaction():
                moved = (await rejudge(conn, repo, some)).moved
                await enqueue(conn, DecideTests(repo_id=repo.id, tests=tuple(some), moved=tuple(moved)))


async def verify_repository_flake_scores(pool: Pool, repo: KnownRepo, *, batch: int = AT_ONCE) -> Verified:
    """Judge the same tests without storing anything, and compare; count the executions that belong to nothing.

    Each batch sees one moment of the database. A run that is stored and about to be scored shows as a difference.
    """
    differing: list[TestId] = []
    scores = 0
    async with pool.acquire() as conn:
        tests = await list_tests_worth_judging(conn, repo.id)
        for some in _batches(tests, batch):
            async with conn.transaction(isolation="repeatable_read", readonly=True):
                stored = await stored_opinions(conn, repo.id, some)
                fresh = await fresh_opinions(conn, repo, some)
            differing += [test for test in some if stored[test] != fresh[test]]
            scores += sum(one.score is not None for one in fresh.values())
    orphans = await _orphans(pool, repo)
    return Verified(tests=len(tests), scores=scores, differing=tuple(differing), orphans=orphans)


async def _orphans(pool: Pool, repo: KnownRepo) -> Orphans:
    without_test = without_run = 0
    async with pool.acquire() as conn:
        for month in await list_months(conn):
            found = await count_orphans(conn, repo.id, start_of(month.starts_on), start_of(next_month(month.starts_on)))
            without_test += found.without_test
            without_run += found.without_run
    return Orphans(without_test=without_test, without_run=without_run)


def _batches(tests: Sequence[TestId], size: int) -> list[Sequence[TestId]]:
    return [tests[start : start + size] for start in range(0, len(tests), size)]
