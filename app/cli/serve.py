"""`flakeguard serve`: takes webhooks, does the work, or both in one process."""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog

from app.cli.log_format import configure_log
from app.cli.running import apply_migrations, database_url, listen, open_bot, stop_on_signals
from app.db.connection import Pool, open_pool
from app.db.embedded import NoEmbeddedServer
from app.db.migrate import DatabaseFromTheFuture
from app.server import make_app
from app.settings import BadSetting, Clock, Settings
from app.web.health import Health
from app.web.webhook import Intake
from app.worker import HANDLERS, Worker, run_worker

_log = structlog.get_logger()


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="run the bot")
    parser.add_argument("--role", choices=("all", "web", "worker"), default="all", help="what this process does")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument(
        "--repick-after",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="when the jobs of a process that died are done by another one",
    )
    parser.add_argument("--no-migrate", action="store_true", help="do not bring the database up to date first")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; 2 where a setting is missing or bad, named in one line on standard error."""
    try:
        settings = Settings.from_env()
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    configure_log(settings.log_format, settings.log_level)
    try:
        asyncio.run(_serve(settings, args))
    except (NoEmbeddedServer, DatabaseFromTheFuture) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _intake(settings: Settings, pool: Pool, clock: Clock) -> Intake | None:
    app = settings.app
    return None if app is None else Intake(pool=pool, secrets=app.secrets, app_id=app.app_id, clock=clock)


async def _serve(settings: Settings, args: argparse.Namespace) -> None:
    url = await asyncio.to_thread(database_url, settings)
    clock = settings.clock()
    if not args.no_migrate:
        await apply_migrations(url, clock)
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(await open_pool(url, size=20))
        if args.role != "worker":
            intake = _intake(settings, pool, clock)
            port = await stack.enter_async_context(listen(make_app(intake, Health(pool=pool)), args.host, args.port))
            _log.info("listening", address=f"http://{args.host}:{port}", app_configured=settings.app is not None)
        if args.role != "web" and settings.app is not None:
            bot = await stack.enter_async_context(open_bot(settings, settings.app, pool))
            heartbeat = timedelta(seconds=args.repick_after)
            await run_worker(Worker(bot=bot, handlers=HANDLERS), url, stop, heartbeat=heartbeat)
        await stop.wait()
    _log.info("stopped")
