"""What people look at, made of the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from app.db.connection import Pool
from app.github.people import OAuthClient
from app.github.wire import open_wire
from app.settings import Settings
from app.web.access.gate import Gate
from app.web.access.session import Cookies
from app.web.site import Site

USER_AGENT = "FlakeGuard"

_log = structlog.get_logger()


@asynccontextmanager
async def open_site(settings: Settings, pool: Pool) -> AsyncIterator[Site]:
    """Open pages and API; until sign-in is configured they say how to switch it on, and show nothing."""
    async with (
        open_wire(api_url=settings.github_api_url, user_agent=USER_AGENT) as api,
        open_wire(api_url=settings.github_url, user_agent=USER_AGENT) as web,
    ):
        gate = Gate(pool=pool, api=api, clock=settings.clock(), opens_public=settings.opens_public)
        sign_in = settings.sign_in
        if sign_in is None or settings.public_url is None:
            _log.info("dashboard_off", missing="FLAKEGUARD_CLIENT_ID")
            yield Site(gate=gate, api=api, web_url=settings.github_url)
            return
        yield Site(
            gate=gate,
            api=api,
            web_url=settings.github_url,
            cookies=Cookies(sign_in.session_keys, is_secure=settings.public_url.startswith("https://")),
            client=OAuthClient(web=web, client_id=sign_in.client_id, client_secret=sign_in.client_secret),
            public_url=settings.public_url,
        )
