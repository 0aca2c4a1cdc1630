"""Before there is an App: the set-up page, until it has made one, or until another process has."""

import asyncio
import sys

import structlog
from aiohttp import web

from app.cli.known import Known, Place
from app.cli.running import answering
from app.core.addresses import api_of
from app.db.connection import Pool
from app.github.registration import Registration, convert_manifest
from app.github.wire import open_wire
from app.server import make_probes, make_set_up
from app.settings import Settings
from app.web.setup.choice import GITHUB, Given
from app.web.setup.desk import Desk, Made
from app.web.setup.door import Door
from app.web.setup.waiting import Waiting

_LOOK_EVERY = 2.0
"""Seconds between two looks for an App that another process has made."""
_ANSWERED_WITHIN = 5.0

_log = structlog.get_logger()


async def set_up(settings: Settings, role: str, place: Place, pool: Pool) -> Known | None:
    """Wait for an App, and serve the page that makes one unless we are a worker; None where we are told to stop first.

    Raises BadSetting where what was kept makes no sense.
    """
    made: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
    closed = asyncio.Event()
    site = _site(settings, role, place, made, closed)
    async with answering(site, place.sockets, seconds=_ANSWERED_WITHIN) as doors:
        await _until(settings, made, place.stop)
        for one in doors:
            await one.stop()
        closed.set()
    if not made.done() and place.stop.is_set():
        return None
    known = (
        _known(made.result(), role, pool) if made.done() else Known(settings=Settings.from_env(needs_key=role != "web"))
    )
    _log.info("app_known", app_id=known.settings.app.app_id if known.settings.app else None, made_here=made.done())
    return known


def _site(
    settings: Settings, role: str, place: Place, made: "asyncio.Future[Made]", closed: asyncio.Event
) -> web.Application:
    if role == "worker":
        _log.warning("no_app_configured", effect="nothing is worked on", missing="FLAKEGUARD_APP_ID")
        return make_probes(place.health)
    desk = _desk(settings, place.address, made, closed)
    desk.door.announce()
    return make_set_up(desk, place.health)


def _known(made: Made, role: str, pool: Pool) -> Known:
    waiting = Waiting(pool=pool, visit=made.visit, app_url=made.html_url, since=made.since)
    return Known(settings=Settings.from_env(needs_key=role != "web", made=made.variables), waiting=waiting)


def _desk(settings: Settings, address: str, made: "asyncio.Future[Made]", closed: asyncio.Event) -> Desk:
    there = f"{settings.public_url or address}/setup"

    def announce(code: str) -> None:
        _log.warning("set_up_open", effect="webhooks are answered with 503", address=there, code=code)
        print(f"\nSet FlakeGuard up at {there} with the code {code}\n", file=sys.stderr, flush=True)

    async def convert(github_url: str, code: str) -> Registration:
        is_ours = github_url == settings.github_url
        api_url = settings.github_api_url if is_ours else api_of(github_url)
        async with open_wire(api_url=api_url, user_agent="FlakeGuard") as wire:
            return await convert_manifest(wire, code)

    clock = settings.clock()
    return Desk(
        door=Door(clock=clock, announce=announce),
        given=Given(
            public_url=settings.public_url, github_url=None if settings.github_url == GITHUB else settings.github_url
        ),
        file=settings.app_file,
        convert=convert,
        clock=clock,
        made=made,
        closed=closed,
    )


async def _until(settings: Settings, made: "asyncio.Future[Made]", stop: asyncio.Event) -> None:
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not (made.done() or stopping.done() or settings.app_file.is_file()):
            await asyncio.wait((made, stopping), timeout=_LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
