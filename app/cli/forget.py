"""`flakeguard forget`: deletes all that is stored of a repository, where somebody asks for that."""

import argparse
import sys

from app.cli.asking import add_repository, ask, known_repository
from app.core.counts import count
from app.db.connection import Pool
from app.db.forgetting import Forgotten, count_stored
from app.handlers.forget import forget_now
from app.settings import Settings


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("forget", help="delete all that is stored of a repository")
    add_repository(parser)
    parser.add_argument("--yes", action="store_true", help="do it; else it is only said how much that is")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Delete a repository where it is confirmed; 1 where it is not, or the App is at work there and would read it again."""
    full_name = "/".join(args.repository)

    async def question(settings: Settings, pool: Pool) -> int:
        async with pool.acquire() as conn:
            repo = await known_repository(conn, args.repository)
            stored = await count_stored(conn, repo.id)
        if repo.row.is_ours:
            print(f"{full_name}: take it from the App's installation first: it would be read again", file=sys.stderr)
            return 1
        if not args.yes:
            print(f"{full_name}: {_words(stored)} would be deleted for good: confirm that with --yes", file=sys.stderr)
            return 1
        print(f"{full_name}: {_words(await forget_now(pool, repo.id, settings.clock()))} deleted")
        return 0

    return ask(question)


def _words(stored: Forgotten) -> str:
    attempts, executions = count(stored.attempts, "attempt"), count(stored.executions, "execution")
    return f"{attempts} with {executions} of {count(stored.tests, 'test')}"
