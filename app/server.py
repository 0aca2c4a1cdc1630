"""The routes."""

from aiohttp import web

from app.web.body import LARGEST_BODY
from app.web.health import Health
from app.web.setup.desk import Desk
from app.web.setup.waiting import Waiting, add_installed
from app.web.site import Site
from app.web.webhook import Intake


def make_app(
    intake: Intake | None, health: Health, site: Site | None = None, *, waiting: Waiting | None = None
) -> web.Application:
    """Build the web application. Without an App configured, no webhook can be verified, so none is taken.

    `waiting` shows whoever has just set it up how far it is.
    """
    app = make_probes(health)
    if waiting is not None:
        waiting.add_routes(app)
    add_installed(app, waiting)
    if site is not None:
        site.add_routes(app)
    app.router.add_post("/webhooks/github", intake.answer if intake else _no_app)
    return app


def make_set_up(desk: Desk, health: Health) -> web.Application:
    """Build what there is before there is an App."""
    app = make_probes(health)
    desk.add_routes(app)
    app.router.add_post("/webhooks/github", _no_app)
    return app


def make_probes(health: Health) -> web.Application:
    """Build what each process shows of itself: all that a worker serves, which takes no webhooks."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes(
        [
            web.get("/livez", health.livez),
            web.get("/readyz", health.readyz),
            web.get("/metrics", health.metrics),
        ]
    )
    return app


async def _no_app(_request: web.Request) -> web.Response:
    return web.Response(status=503, text="no GitHub App is configured\n")
