"""What the commands that run the bot share: the database, GitHub, the processes for parsing, and an orderly end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import aiohttp
import asyncpg
import structlog
from aiohttp import web

from app.cli.parsers import Parsers
from app.core.quota import Pace
from app.db.connection import DATABASE_AWAY, Connection, Pool, open_pool
from app.db.embedded import start_embedded
from app.db.limits import SharedBudgets
from app.db.migrate import check_known, find_migrations, list_applied, migrate
from app.github.client import GitHub
from app.github.wire import Wire
from app.handlers.bot import Bot
from app.metrics import GITHUB_QUOTA, GITHUB_REQUESTS
from app.settings import AppIdentity, Settings

PARSERS = 2
_A_SECOND = 1.0
_PATIENCE = 60
"""How often we look, a second apart, for a server that is only starting, or for migrations."""

_ANSWERED_WITHIN = 15.0
"""Seconds in which requests that have begun are answered once the process is to end; a webhook takes 8 at most."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

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


async def wait_for_migrations(url: str) -> None:
    """Wait up to a minute for somebody else to bring the database up to date. Raises WrongSchema, CannotStart."""
    conn = await connect_when_there(url)
    try:
        for _ in range(_PATIENCE):
            missing = await _count_missing(conn)
            if not missing:
                return
            _log.warning("migrations_missing", missing=missing)
            await asyncio.sleep(_A_SECOND)
    finally:
        await conn.close()
    raise CannotStart(f"the schema lacks {missing} migrations: run flakeguard migrate")


async def _count_missing(conn: Connection) -> int:
    applied = await list_applied(conn)
    check_known(applied, find_migrations())
    return len(find_migrations()) - len(applied)


async def connect_when_there(url: str) -> Connection:
    """Connect, waiting up to a minute for a server that is only starting.

    Our types are not there before the first migration, so this connection knows none of them. Raises CannotStart.
    """
    for _ in range(_PATIENCE):
        try:
            return await asyncpg.connect(url, timeout=10)
        except ValueError as error:
            raise CannotStart(f"FLAKEGUARD_DATABASE_URL makes no sense: {error}") from error
        except DATABASE_AWAY as error:
            _log.warning("database_away", error=type(error).__name__)
            await asyncio.sleep(_A_SECOND)
        except asyncpg.PostgresError as error:
            raise CannotStart(f"the database refuses us: {error}") from error
    raise CannotStart("the database cannot be reached")


@asynccontextmanager
async def open_bot(settings: Settings, app: AppIdentity, url: str, pool: Pool) -> AsyncIterator[Bot]:
    """Put a bot together; what it opened is closed at the end."""
    # Limits have a pool of their own: who holds a lock of the other one waits for GitHub, and so for them.
    async with await open_pool(url, size=4, is_hasty=True) as limits, aiohttp.ClientSession() as session:
        processes = Parsers(PARSERS)
        wire = Wire(session, api_url=settings.github_api_url, user_agent=_USER_AGENT, on_request=_count_request)
        github = GitHub(
            wire,
            app_id=app.app_id,
            private_key=app.private_key,
            on_quota=_note_quota,
            budgets=SharedBudgets(limits, Pace()),
        )
        try:
            yield Bot(
                pool=pool,
                github=github,
                app_id=app.app_id,
                clock=settings.clock(),
                processes=processes,
                web_url=settings.github_url,
                keeping=settings.keeping,
            )
        finally:
            processes.end()


_USER_AGENT = "FlakeGuard"


def _count_request(route: str, status: int) -> None:
    GITHUB_REQUESTS.labels(route=route, status=status or "none").inc()


def _note_quota(installation_id: int, remaining: int) -> None:
    GITHUB_QUOTA.labels(installation=installation_id).set(remaining)


@asynccontextmanager
async def listen(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the application; yields the port, which the system chooses where 0 is given. Raises CannotStart."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_ANSWERED_WITHIN)
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
    """Set `stop` at SIGTERM and SIGINT, so that running jobs are finished first; at a second one the process ends at once."""
    loop = asyncio.get_running_loop()

    def begin_to_stop() -> None:
        stop.set()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in _SIGNALS:
        loop.add_signal_handler(number, begin_to_stop)
