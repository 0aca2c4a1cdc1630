"""Where Apps are made and installed."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from app.sandbox.github.api import ANYBODY, Api
from app.sandbox.github.ask import Handler
from app.sandbox.github.registering.conversion import convert
from app.sandbox.github.registering.installation import install, show_accounts
from app.sandbox.github.registering.pages import create, show_new
from app.sandbox.github.stage import Stage

OPERATIONS: tuple[tuple[str, str, Handler, str], ...] = (
    ("POST", "/app-manifests/{code}/conversions", convert, ANYBODY),
)


def add_registering(app: web.Application, api: Api) -> None:
    """Add the pages at the web address, and the operation below the API's."""

    def on(answer: Callable[[Stage, web.Request], Awaitable[web.Response]]) -> Callable[..., Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return await answer(api.stage, request)

        return handle

    async def show(stage: Stage, request: web.Request) -> web.Response:
        return show_accounts(stage, request)

    app.router.add_post("/settings/apps/new", on(show_new))
    app.router.add_post("/organizations/{org}/settings/apps/new", on(show_new))
    app.router.add_post("/settings/apps", on(create))
    app.router.add_get("/apps/{slug}/installations/new", on(show))
    app.router.add_post("/apps/{slug}/installations", on(install))
    for method, path, handler, needed in OPERATIONS:
        app.router.add_route(method, api.stage.world.edition.prefix + path, api.wrap(handler, needed))
