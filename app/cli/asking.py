"""What the commands that ask the database share: its pool, what a person names, and their exit status."""

import argparse
import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import date

from app.cli.log_format import configure_log
from app.cli.running import CannotStart, apply_migrations, check_schema, connect_when_there, database_url
from app.core.find_tests import Ambiguous, Found, NotFound, find_tests
from app.core.model import CaseName, RepoId, TestId
from app.core.pull_report import name_of
from app.core.text import shown
from app.db.cases import list_known_cases
from app.db.connection import Connection, Pool, open_pool
from app.db.embedded import NoEmbeddedServer
from app.db.migrate import WrongSchema
from app.db.repositories import find_repository
from app.handlers.bot import KnownRepo, know
from app.settings import BadSetting, Settings

Question = Callable[[Settings, Pool], Awaitable[int]]
"""Asks, prints, and returns the exit status."""

_MOST_CASES = 500_000
_MOST_NAMED = 5


class UnknownRepository(RuntimeError):
    """Nobody has told us of that repository; the message is one line that names it."""


class NotThere(LookupError):
    """The repository has nothing of that name; the message is one line."""


def add_repository(parser: argparse.ArgumentParser) -> None:
    """Let a command take OWNER/REPO as `args.repository`."""
    parser.add_argument("repository", metavar="OWNER/REPO", type=_full_name)


def _full_name(text: str) -> tuple[str, str]:
    if not re.fullmatch(r"[^/\s]+/[^/\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not OWNER/REPO")
    owner, _, name = text.partition("/")
    return owner, name


def day(text: str) -> date:
    """Read a day that a command is given. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-01-31") from error


def ask(question: Question, *, is_migrating: bool = False) -> int:
    """Ask the configured database; what keeps it from an answer is one line on standard error.

    Migrates first where `is_migrating`, else asks a database only whose schema this release can work with. Returns the question's exit
    status; 2 where a setting is bad, 1 where something else is.
    """
    try:
        settings = Settings.from_env()
        configure_log(settings.log_format, settings.log_level)
        url = database_url(settings)
        return asyncio.run(_ask(question, settings, url, is_migrating=is_migrating))
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    except (CannotStart, NoEmbeddedServer, WrongSchema, UnknownRepository) as error:
        print(error, file=sys.stderr)
        return 1


async def _ask(question: Question, settings: Settings, url: str, *, is_migrating: bool) -> int:
    if is_migrating:
        await apply_migrations(url, settings.clock())
    else:
        await _check_schema(url)
    async with await open_pool(url) as pool:
        return await question(settings, pool)


async def _check_schema(url: str) -> None:
    conn = await connect_when_there(url)
    try:
        missing = await check_schema(conn)
    finally:
        await conn.close()
    if missing:
        raise CannotStart(f"the schema lacks {missing} migrations: run flakeguard migrate")


async def named_repository(conn: Connection, full_name: tuple[str, str]) -> RepoId:
    """Return the repository of that owner and name. Raises UnknownRepository."""
    found = await find_repository(conn, *full_name)
    if found is None:
        raise UnknownRepository(f"the database knows no repository {'/'.join(full_name)}")
    return found


async def known_repository(conn: Connection, full_name: tuple[str, str]) -> KnownRepo:
    """Return the repository of that owner and name with its policy. Raises UnknownRepository, also where it just went."""
    repo = await know(conn, await named_repository(conn, full_name))
    if repo is None:
        raise UnknownRepository(f"the database knows no repository {'/'.join(full_name)}")
    return repo


async def named_tests(conn: Connection, repo_id: RepoId, wanted: str) -> dict[CaseName, TestId]:
    """Return the tests that a person means: one, or all that a glob matches. Raises NotThere."""
    known = {one.case: TestId(one.id) for one in await list_known_cases(conn, repo_id, [], _MOST_CASES)}
    match find_tests(wanted, tuple(known)):
        case Found(tests=tests):
            return {test: known[test] for test in tests}
        case Ambiguous(candidates=tests, total=total):
            raise NotThere(f"{wanted!r} could be {total} tests: {some_names(tests)}")
        case NotFound(near=near):
            raise NotThere(f"no test is called {wanted!r}" + (f"; near it: {some_names(near)}" if near else ""))


def some_names(tests: Iterable[CaseName]) -> str:
    """Return the names of the first few tests, for a message of one line."""
    return ", ".join(shown(name_of(one)) for one in list(tests)[:_MOST_NAMED])
