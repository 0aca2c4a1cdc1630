"""What the commands that run the bot share: the database, a place to listen, traces, and an orderly end."""

import asyncio
import ctypes
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import asyncpg
import structlog
from aiohttp import web

from app.db.connection import DATABASE_AWAY, Connection
from app.db.embedded import start_embedded
from app.db.migrate import check_known, find_migrations, list_applied, migrate
from app.metrics import VERSION
from app.settings import BadSetting, Settings

_A_SECOND = 1.0
_PATIENCE = 60
"""How often we look, a second apart, for a server that is only starting, or for migrations."""

_ANSWERED_WITHIN = 15.0
"""Seconds in which requests that have begun are answered once the process is to end; a webhook takes 8 at most."""

LONGEST_ADDRESS = 64 * 1024
"""Bytes of a request's first line: what failed is asked for in the address, in which a letter may take twelve."""

_WAITING = 128
"""How many connections may wait until somebody answers them."""

_OF_TLS = ("root certificate file ", "`sslmode` ", "`sslnegotiation` ", "direct TLS ")
"""How asyncpg's complaints begin that are about TLS, in which no piece of a password can stand."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_M_MMAP_THRESHOLD, _LARGE_PIECE = -3, 64 * 1024

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
        await check_schema(conn)
    finally:
        await conn.close()


async def wait_for_migrations(url: str) -> None:
    """Wait up to a minute for somebody else to bring the database up to date. Raises WrongSchema, CannotStart."""
    conn = await connect_when_there(url)
    try:
        for _ in range(_PATIENCE):
            missing = await check_schema(conn)
            if not missing:
                return
            _log.warning("migrations_missing", missing=missing)
            await asyncio.sleep(_A_SECOND)
    finally:
        await conn.close()
    raise CannotStart(f"the schema lacks {missing} migrations: run flakeguard migrate")


async def check_schema(conn: Connection) -> int:
    """Return how many migrations the database lacks, and name in the log those of a newer release. Raises WrongSchema."""
    applied, migrations = await list_applied(conn), find_migrations()
    if newer := check_known(applied, migrations):
        _log.warning("beside_a_newer_release", migrations=newer)
    return len({one.version for one in migrations} - {one.version for one in applied})


async def connect_when_there(url: str) -> Connection:
    """Connect, waiting up to a minute for a server that is only starting.

    Our types are not there before the first migration, so this connection knows none of them. Raises CannotStart.
    """
    _check_root_certificate(url)
    for _ in range(_PATIENCE):
        try:
            return await asyncpg.connect(url, timeout=10)
        except ssl.SSLCertVerificationError as error:
            raise CannotStart(f"the database's certificate is not trusted: {error.verify_message}") from error
        except ValueError as error:
            raise CannotStart(_no_sense(error)) from error
        except DATABASE_AWAY as error:
            _log.warning("database_away", error=type(error).__name__)
            await asyncio.sleep(_A_SECOND)
        except asyncpg.PostgresError as error:
            raise CannotStart(f"the database refuses us: {error}") from error
    raise CannotStart("the database cannot be reached")


def _check_root_certificate(url: str) -> None:
    """Insist that the file of `sslrootcert` is one of certificates: else it would look as if the server were away."""
    for file in parse_qs(urlsplit(url).query).get("sslrootcert", []):
        try:
            ssl.create_default_context(cafile=file)
        except OSError as error:
            why = error.strerror if not isinstance(error, ssl.SSLError) else "it holds no certificate"
            raise CannotStart(f"FLAKEGUARD_DATABASE_URL: the file sslrootcert={file} cannot be used: {why}") from error


def _no_sense(error: ValueError) -> str:
    said = str(error.args[0]) if error.args else ""
    if isinstance(error, asyncpg.InterfaceError) and said.startswith(_OF_TLS):
        return f"FLAKEGUARD_DATABASE_URL: {said}"
    # Of a password with a slash in it the error would name a piece, which looks like the port.
    return "FLAKEGUARD_DATABASE_URL makes no sense: write / : @ in a password as %2F %3A %40"


def give_memory_back() -> None:
    """Have large pieces of memory go back to the system once they are free.

    glibc raises by itself the size from which it does so, up to 32 MiB: after one flood of large bodies, a process would
    stay as large as it was then. Other libraries have no such setting, and no need of one.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_PIECE)


@contextmanager
def tracing(settings: Settings) -> Iterator[None]:
    """Send traces until the end of the block where an endpoint for them is set. Raises BadSetting without the extra."""
    if not settings.has_traces:
        yield
        return
    try:
        from app.cli.otlp import send_traces  # noqa: PLC0415 - only the otel extra brings what it needs
    except ImportError as error:
        raise BadSetting(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set: install flakeguard-app[otel], which sends traces there"
        ) from error
    with send_traces(VERSION):
        yield


@asynccontextmanager
async def listen(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the application; yields the port, which the system chooses where 0 is given. Raises CannotStart."""
    async with bound(host, port) as sockets, answering(app, sockets):
        yield port_of(sockets)


@asynccontextmanager
async def bound(host: str, port: int) -> AsyncIterator[Sequence[socket.socket]]:
    """Take a place to listen at: one application after another may answer there, and nobody is refused between two.

    Raises CannotStart.
    """
    try:
        made = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, start_serving=False)
    except OSError as error:
        why = error.strerror or error
        raise CannotStart(f"cannot listen on {host}:{port} (--host, --port): {why}") from error
    # A server closes its sockets at its end. A socket listens for as long as one of its copies is open.
    sockets = [one.dup() for one in made.sockets]
    made.close()
    try:
        for one in sockets:
            one.listen(_WAITING)
        yield sockets
    finally:
        for one in sockets:
            one.close()


def port_of(sockets: Sequence[socket.socket]) -> int:
    return int(sockets[0].getsockname()[1])


@asynccontextmanager
async def answering(
    app: web.Application, sockets: Sequence[socket.socket], *, seconds: float = _ANSWERED_WITHIN
) -> AsyncIterator[Sequence[web.SockSite]]:
    """Have an application answer until the end of the block; what it has begun by then may take so many seconds more.

    Yields what takes connections: each may be stopped before.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=seconds, max_line_size=LONGEST_ADDRESS)
    await runner.setup()
    try:
        sites = [web.SockSite(runner, one.dup(), backlog=_WAITING) for one in sockets]
        for site in sites:
            await site.start()
        yield sites
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
