"""`flakeguard serve`: takes webhooks, does the work, or both in one process."""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog

from app.cli.figures import start_figures
from app.cli.known import Known, Place
from app.cli.log_format import configure_log
from app.cli.running import (
    CannotStart,
    answering,
    apply_migrations,
    bound,
    database_url,
    give_memory_back,
    port_of,
    stop_on_signals,
    tracing,
    wait_for_migrations,
)
from app.cli.site import LONGEST_QUESTION, open_site
from app.db.connection import Pool, open_pool
from app.db.embedded import NoEmbeddedServer
from app.db.migrate import WrongSchema
from app.jobs import RecoverDeliveries
from app.queue import enqueue
from app.queue.consuming import DRAIN
from app.server import make_app, make_probes
from app.settings import AppIdentity, BadSetting, Clock, Settings
from app.web.health import Health
from app.web.webhook import Bell, Intake

_log = structlog.get_logger()


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="run the bot")
    parser.add_argument("--role", choices=("all", "web", "worker"), default="all", help="what this process does")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=8080, help="of webhooks, probes and metrics; a worker has the latter two"
    )
    parser.add_argument(
        "--repick-after",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="when the jobs of a process that died are done by another one",
    )
    parser.add_argument(
        "--drain",
        type=float,
        default=DRAIN.total_seconds(),
        metavar="SECONDS",
        help="how long running jobs may go on once the process is told to end, before another one does them",
    )
    parser.add_argument("--no-migrate", action="store_true", help="do not bring the database up to date first")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; 2 where a setting is bad, 1 where something else is; one line on standard error names it."""
    try:
        # Where strangers reach it, there is no key to be had: who only takes webhooks never asks GitHub.
        settings = Settings.from_env(needs_key=args.role != "web")
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    configure_log(settings.log_format, settings.log_level)
    give_memory_back()
    try:
        with tracing(settings):
            asyncio.run(_serve(settings, args))
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    except (CannotStart, NoEmbeddedServer, WrongSchema) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _intake(settings: Settings, pool: Pool, clock: Clock) -> Intake | None:
    app = settings.app
    if app is None:
        return None
    return Intake(pool=pool, secrets=app.secrets, app_id=app.app_id, clock=clock, bell=Bell(pool))


async def _look_back(settings: Settings, pool: Pool) -> None:
    """Have what came while nobody was there looked for, now that somebody is."""
    if settings.app is not None:
        async with pool.acquire() as conn:
            await enqueue(conn, RecoverDeliveries())


async def _serve(settings: Settings, args: argparse.Namespace) -> None:
    url = await asyncio.to_thread(database_url, settings)
    clock = settings.clock()
    if args.no_migrate:
        await wait_for_migrations(url)
    else:
        await apply_migrations(url, clock)
    start_figures(args.role)
    stop = asyncio.Event()
    stop_on_signals(stop)
    # A pool of their own, so that no probe waits for a webhook's connection, and no webhook for a worker's.
    async with await open_pool(url, size=2) as probes, bound(args.host, args.port) as sockets:
        health = Health(pool=probes, stopping=stop)
        address = f"http://{args.host}:{port_of(sockets)}"
        _log.info("listening", address=address, role=args.role, app_configured=settings.app is not None)
        place = Place(health=health, sockets=sockets, address=address, stop=stop)
        known = await _know_app(settings, args.role, place, probes)
        if known is not None:
            await _serve_app(known, args, url, place, probes)
    _log.info("stopped")


async def _know_app(settings: Settings, role: str, place: Place, pool: Pool) -> Known | None:
    """Return the App that we are, once there is one; None where we are told to stop first."""
    if settings.app is not None:
        if settings.is_app_kept:
            _log.info("app_of_set_up", file=str(settings.app_file))
        elif settings.app_file.is_file():
            _log.warning("app_of_set_up_ignored", file=str(settings.app_file), reason="the environment names an App")
        return Known(settings=settings)
    # Who has an App has no need of what makes one.
    from app.cli.setting_up import set_up  # noqa: PLC0415

    return await set_up(settings, role, place, pool)


async def _serve_app(known: Known, args: argparse.Namespace, url: str, place: Place, probes: Pool) -> None:
    settings = known.settings
    async with AsyncExitStack() as stack:
        if args.role == "worker":
            site = make_probes(place.health)
        else:
            own = await stack.enter_async_context(await open_pool(url, size=10, is_quiet=True))
            pages = await stack.enter_async_context(await open_pool(url, size=10, longest_seconds=LONGEST_QUESTION))
            shown = await stack.enter_async_context(open_site(settings, pages))
            intake = _intake(settings, own, settings.clock())
            site = make_app(intake, place.health, shown, waiting=known.waiting)
        await stack.enter_async_context(answering(site, place.sockets))
        await _look_back(settings, probes)
        if args.role != "web" and isinstance(settings.app, AppIdentity):
            # Who only takes webhooks has no need of what does the work: it is a quarter of its memory.
            from app.cli.working import work  # noqa: PLC0415

            heartbeat, drain = timedelta(seconds=args.repick_after), timedelta(seconds=args.drain)
            await work(settings, settings.app, url, place.stop, heartbeat=heartbeat, drain=drain)
        await place.stop.wait()
