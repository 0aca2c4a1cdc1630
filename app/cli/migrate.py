"""`flakeguard migrate`: brings the database up to the schema of this release."""

import argparse
import asyncio
import sys

from app.cli.log_format import configure_log
from app.cli.running import CannotStart, apply_migrations, connect_when_there, database_url
from app.db.embedded import NoEmbeddedServer
from app.db.migrate import DatabaseFromTheFuture, find_migrations, list_applied
from app.settings import BadSetting, Settings


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("migrate", help="bring the database up to date")
    parser.add_argument("--status", action="store_true", help="say what is applied and what is missing, change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Migrate, or say what is missing: `--status` returns 1 while something is."""
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
    except (CannotStart, NoEmbeddedServer, DatabaseFromTheFuture) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _status(url: str) -> int:
    conn = await connect_when_there(url)
    try:
        applied = {one.version: one for one in await list_applied(conn)}
    finally:
        await conn.close()
    missing = 0
    for migration in find_migrations():
        done = applied.get(migration.version)
        missing += done is None
        print(f"{migration.name}: {f'applied {done.applied_at:%Y-%m-%d %H:%M} UTC' if done else 'missing'}")
    return 1 if missing else 0
