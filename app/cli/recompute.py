"""`flakeguard recompute`: judges a repository's tests anew from the executions that are stored."""

import argparse
import sys
from dataclasses import replace

from app.cli.asking import add_repository, ask, known_repository
from app.cli.listening import listeners_of
from app.core.counts import count, noun
from app.core.model import CaseName, TestId
from app.core.pull_report import name_of
from app.db.cases import get_cases
from app.db.connection import Pool
from app.db.orphans import Orphans
from app.handlers.bot import KnownRepo
from app.handlers.recluster import recluster_repository
from app.handlers.recompute import recompute_repository_flake_scores, verify_repository_flake_scores
from app.settings import Settings


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("recompute", help="judge a repository's tests anew from what is stored")
    add_repository(parser)
    parser.add_argument("--verify", action="store_true", help="change nothing, and say which scores would change")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge anew; with `--verify` return 1 where what is stored differs, and name it on standard error."""

    async def question(settings: Settings, pool: Pool) -> int:
        async with pool.acquire() as conn:
            repo = replace(await known_repository(conn, args.repository), listeners=listeners_of(settings))
        return await (_verify(pool, repo) if args.verify else _recompute(pool, repo))

    return ask(question)


async def _recompute(pool: Pool, repo: KnownRepo) -> int:
    await recluster_repository(pool, repo)
    done = await recompute_repository_flake_scores(pool, repo)
    print(f"{count(done.tests, 'test')} judged, {count(done.scores, 'score')} stored")
    return 0


async def _verify(pool: Pool, repo: KnownRepo) -> int:
    found = await verify_repository_flake_scores(pool, repo)
    names = await _names(pool, repo, found.differing)
    for test in found.differing:
        print(f"{name_of(names[test])}: the stored score is not what its executions say", file=sys.stderr)
    for line in _orphan_lines(found.orphans):
        print(line, file=sys.stderr)
    print(
        f"{count(found.tests, 'test')} judged, {count(found.scores, 'score')} found, {len(found.differing)} stored otherwise"
    )
    return 1 if found.differing or found.orphans.without_test or found.orphans.without_run else 0


async def _names(pool: Pool, repo: KnownRepo, tests: tuple[TestId, ...]) -> dict[TestId, CaseName]:
    async with pool.acquire() as conn:
        return {test: stored.case for test, stored in (await get_cases(conn, repo.id, tests)).items()}


def _orphan_lines(orphans: Orphans) -> list[str]:
    counted = (("test", orphans.without_test), ("attempt", orphans.without_run))
    return [
        f"{count(number, 'execution')} {noun(number, 'belongs', 'belong')} to no {what} that is stored"
        for what, number in counted
        if number
    ]
