"""`flakeguard migrate`: brings the database up to the schema of this release."""

import argparse
import asyncio
import sys
from typing import assert_never

from app.cli.log_format import configure_log
from app.cli.running import CannotStart, apply_migrations, connect_when_there, database_url
from app.db.embedded import NoEmbeddedServer
from app.db.migrate import Compared, Progress, WrongSchema, compare, find_migrations, list_applied
from app.settings import BadSetting, Settings


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("migrate", help="bring the database up to date")
    parser.add_argument("--status", action="store_true", help="say what is applied and what is missing, change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Migrate, or say what is missing: `--status` returns 1 while this release cannot work with the schema."""
    try:
        settings = Settings.from_env()
        configure_log(settings.log_format, settings.log_level)
        url = database_url(settings)
        if args.status:
            return asyncio.run(_status(url))
        asyncio.run(apply_migrations(url, settings.clock()))
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    except (CannotStart, NoEmbeddedServer, WrongSchema) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _status(url: str) -> int:
    conn = await connect_when_there(url)
    try:
        compared = compare(await list_applied(conn), find_migrations())
    finally:
        await conn.close()
    for one in compared:
        print(f"{one.name}: {_words(one)}")
    there = {one.progress for one in compared}
    return 0 if there <= {Progress.APPLIED, Progress.UNKNOWN} else 1


def _words(one: Compared) -> str:
    match one.progress:
        case Progress.MISSING:
            return "missing"
        case Progress.APPLIED:
            return _applied(one)
        case Progress.CHANGED:
            return f"{_applied(one)}, and changed since: the file is another one now"
        case Progress.UNKNOWN:
            return f"{_applied(one)} by a newer release, and does not shut this one out"
        case Progress.SHUTS_OUT:
            return f"{_applied(one)} by a newer release, and shuts this one out"
        case _:
            assert_never(one.progress)


def _applied(one: Compared) -> str:
    return f"applied {one.applied_at:%Y-%m-%d %H:%M} UTC"
