"""The routes."""

from aiohttp import web

from app.web.health import Health, livez
from app.web.webhook import LARGEST_BODY, Intake


def make_app(intake: Intake | None, health: Health) -> web.Application:
    """Build the web application. Without an App configured, no webhook can be verified, so none is taken."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes(
        [
            web.post("/webhooks/github", intake.answer if intake else _no_app),
            web.get("/livez", livez),
            web.get("/readyz", health.readyz),
            web.get("/metrics", health.metrics),
        ]
    )
    return app


async def _no_app(_request: web.Request) -> web.Response:
    return web.Response(status=503, text="no GitHub App is configured\n")
