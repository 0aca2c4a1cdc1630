"""Pages."""

from aiohttp import web

from app.sandbox.github.world import World


def add_pages(app: web.Application, world: World) -> None: ...
