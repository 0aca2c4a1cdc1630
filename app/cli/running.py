"""What the commands that run the bot share: the database, GitHub, the processes for parsing, and an orderly end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import structlog
from aiohttp import web

from app.cli.parsers import Parsers
from app.db.connection import DATABASE_AWAY, Connection, Pool
from app.db.embedded import start_embedded
from app.db.migrate import check_known, find_migrations, list_applied, migrate
from app.github.client import GitHub
from app.github.wire import open_wire
from app.handlers.bot import Bot
from app.metrics import GITHUB_QUOTA, GITHUB_REQUESTS
from app.settings import AppIdentity, Settings

PARSERS = 2
_A_SECOND = 1.0

_log = structlog.get_logger()


class CannotStart(RuntimeError):
    """What the program needs around it is not there; the message is one line that names it."""


def database_url(settings: Settings) -> str:
    """Return the URL of the database, starting the embedded server where none is given. Raises NoEmbeddedServer."""
    if settings.database_url is not None:
        return settings.database_url
    folder = settings.data_dir / "postgresql"
    _log.info("embedded_database", folder=str(folder))
    return start_embedded(folder)


async def apply_migrations(url: str, clock: Callable[[], datetime]) -> None:
    conn = await connect_when_there(url)
    try:
        for migration in await migrate(conn, find_migrations(), now=clock()):
            _log.info("migrated", migration=migration.name)
    finally:
        await conn.close()


async def refuse_another_release(url: str) -> None:
    """Insist on a database that this release knows, up to date or not. Raises WrongSchema."""
    conn = await connect_when_there(url)
    try:
        check_known(await list_applied(conn), find_migrations())
    finally:
        await conn.close()


async def connect_when_there(url: str) -> Connection:
    """Connect, waiting up to a minute for a server that is only starting.

    Our types are not there before the first migration, so this connection knows none of them. Raises CannotStart.
    """
    for _ in range(60):
        try:
            return await asyncpg.connect(url, timeout=10)
        except ValueError as error:
            # Of a password with a slash in it the error would name a piece, which looks like the port.
            raise CannotStart(
                "FLAKEGUARD_DATABASE_URL makes no sense: write / : @ in a password as %2F %3A %40"
            ) from error
        except DATABASE_AWAY as error:
            _log.warning("database_away", error=type(error).__name__)
            await asyncio.sleep(_A_SECOND)
        except asyncpg.PostgresError as error:
            raise CannotStart(f"the database refuses us: {error}") from error
    raise CannotStart("the database cannot be reached")


@asynccontextmanager
async def open_bot(settings: Settings, app: AppIdentity, pool: Pool) -> AsyncIterator[Bot]:
    """Put a bot together; what it opened is closed at the end."""
    with Parsers(PARSERS) as processes:
        async with open_wire(
            api_url=settings.github_api_url, user_agent=_USER_AGENT, on_request=_count_request
        ) as wire:
            github = GitHub(wire, app_id=app.app_id, private_key=app.private_key, on_quota=_note_quota)
            yield Bot(
                pool=pool,
                github=github,
                app_id=app.app_id,
                clock=settings.clock(),
                processes=processes,
                web_url=settings.github_url,
                keeping=settings.keeping,
            )


_USER_AGENT = "FlakeGuard"


def _count_request(route: str, status: int) -> None:
    GITHUB_REQUESTS.labels(route=route, status=status or "none").inc()


def _note_quota(installation_id: int, remaining: int) -> None:
    GITHUB_QUOTA.labels(installation=installation_id).set(remaining)


@asynccontextmanager
async def listen(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the application; yields the port, which the system chooses where 0 is given. Raises CannotStart."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise CannotStart(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` at SIGTERM and SIGINT, so that running jobs are finished first."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
