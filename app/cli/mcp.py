"""`flakeguard mcp`: answers agents, over its own input and output or over HTTP."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from app.cli.asking import ask
from app.cli.log_format import configure_log
from app.cli.running import CannotStart, bound, port_of, stop_on_signals
from app.cli.site import USER_AGENT, open_site, pulls_of
from app.db.connection import Pool
from app.github.wire import open_wire
from app.mcp.asking import Api
from app.settings import BadSetting, Elsewhere, Settings
from app.web.access.gate import Gate
from app.web.site import Site

_LOOPBACK = "127.0.0.1"
_NAMES = ("127.0.0.1", "localhost", "[::1]")
_NO_EXTRA = "flakeguard mcp needs what it does not find here: pip install 'flakeguard-app[mcp]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where to listen, and under which further names clients come."""

    host: str
    port: int
    names: tuple[str, ...]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "mcp", help="answer agents: a server for the Model Context Protocol, which changes nothing"
    )
    parser.add_argument(
        "--url", metavar="URL", help="the FlakeGuard to ask (FLAKEGUARD_URL); our own database by default"
    )
    parser.add_argument("--token-file", metavar="FILE", help="file with the API token, if not FLAKEGUARD_TOKEN has it")
    parser.add_argument("--http", metavar="[HOST:]PORT", type=_place, help="listen there, instead of on standard input")
    parser.add_argument(
        "--allow-host", metavar="NAME", action="append", default=[], help="a name under which clients reach --http"
    )
    parser.set_defaults(run=run)


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is not [HOST:]PORT")
    return host.strip("[]") or _LOOPBACK, int(port)


def run(args: argparse.Namespace) -> int:
    """Answer until the input ends, or until SIGTERM over HTTP; 2 where a setting is bad, 1 where something else is."""
    try:
        import app.mcp.server  # noqa: F401, PLC0415 - only the extra brings what it needs
    except ImportError:
        print(_NO_EXTRA, file=sys.stderr)
        return 2
    place = _Place(host=args.http[0], port=args.http[1], names=tuple(args.allow_host)) if args.http else None
    try:
        there = Elsewhere.from_env(url=args.url, token_file=args.token_file)
        if there.url is None:
            return _ask_ourselves(place)
        configure_log("console", "warning")
        asyncio.run(_ask(there.url, there.url, there.token, place))
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _ask_ourselves(place: _Place | None) -> int:
    """Answer by our own database; what keeps us from it is one line on standard error, as with every other question to it."""

    async def question(settings: Settings, pool: Pool) -> int:
        async with _our_site(settings, pool, asks_tokens=place is not None) as path:
            await _ask("http://flakeguard", "FlakeGuard", None, place, socket_path=path)
        return 0

    return ask(question)


@asynccontextmanager
async def _our_site(settings: Settings, pool: Pool, *, asks_tokens: bool) -> AsyncIterator[str]:
    """Serve our own API on a socket in a folder that is nobody else's: a port would be open to all users of the machine.

    Who can read the database may see all that is in it; who comes over HTTP, what their token may.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="flakeguard-mcp-"))
        site = await stack.enter_async_context(open_site(settings, pool) if asks_tokens else _all_of_it(settings, pool))
        app = web.Application()
        site.add_routes(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        path = str(Path(folder) / "api")
        await web.UnixSite(runner, path).start()
        yield path


@asynccontextmanager
async def _all_of_it(settings: Settings, pool: Pool) -> AsyncIterator[Site]:
    async with open_wire(api_url=settings.github_api_url, user_agent=USER_AGENT) as api:
        gate = Gate(pool=pool, api=api, clock=settings.clock(), is_demo=True)
        yield Site(gate=gate, api=api, web_url=settings.github_url, tell_pull=pulls_of(pool, settings.github_url))


async def _ask(url: str, name: str, token: str | None, place: _Place | None, *, socket_path: str | None = None) -> None:
    from app.mcp.server import make_server, serve_stdio  # noqa: PLC0415 - only the extra brings what it needs

    connector = aiohttp.UnixConnector(socket_path) if socket_path else None
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        api = Api(session=session, url=url, name=name, token=token)
        if place is None:
            await serve_stdio(make_server(api))
        else:
            await _serve(api, place)


async def _serve(api: Api, place: _Place) -> None:
    """Answer over HTTP. The token is each client's own, and ours is nobody's."""
    from app.mcp.server import PATH, make_http_app, make_server, serve_http  # noqa: PLC0415 - as above

    app = make_http_app(make_server(api, each_its_own=True), [*_NAMES, place.host, *place.names])
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with bound(place.host, place.port) as sockets:
        print(f"listening at http://{place.host}:{port_of(sockets)}{PATH}", file=sys.stderr, flush=True)
        await serve_http(app, list(sockets), stop)
