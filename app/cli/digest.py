"""`flakeguard digest`: what the weekly digest of a repository says."""

import argparse
import sys

from app.cli.asking import add_repository, ask, known_repository
from app.core.weekly import last_week, render
from app.db.connection import Pool
from app.handlers.weekly import read_week
from app.settings import Settings


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("digest", help="write the weekly digest of a repository as its issue would say it now")
    add_repository(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the digest of the latest week that is over, whatever the policy says; 1 where the repository is not known."""

    async def question(settings: Settings, pool: Pool) -> int:
        async with pool.acquire() as conn:
            repo = await known_repository(conn, args.repository)
            sys.stdout.write(f"{render(await read_week(conn, repo, last_week(settings.clock()())))}\n")
        return 0

    return ask(question)
