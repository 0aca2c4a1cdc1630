"""A bot that works: GitHub, the processes for parsing, and the jobs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from app.cli.listening import listeners_of
from app.cli.parsers import Parsers
from app.core.quota import FREE, Pace
from app.db.connection import Pool, open_pool
from app.db.limits import SharedBudgets
from app.github.client import GitHub
from app.github.wire import open_wire
from app.handlers.bot import Bot
from app.hooks.courier import Courier
from app.metrics import GITHUB_REQUESTS, KEY_REFUSED
from app.settings import AppIdentity, Settings
from app.worker import HANDLERS, Worker, run_worker

PARSERS = 2

_USER_AGENT = "FlakeGuard"
_BUY_TOKEN = "POST /app/installations/{installation_id}/access_tokens"  # noqa: S105 - a route


async def work(
    settings: Settings, app: AppIdentity, url: str, stop: asyncio.Event, *, heartbeat: timedelta, drain: timedelta
) -> None:
    """Do jobs until `stop` is set."""
    async with await open_pool(url, size=20) as pool, open_bot(settings, app, url, pool) as bot:
        await run_worker(Worker(bot=bot, handlers=HANDLERS), url, stop, heartbeat=heartbeat, drain=drain)


@asynccontextmanager
async def open_bot(settings: Settings, app: AppIdentity, url: str, pool: Pool) -> AsyncIterator[Bot]:
    """Put a bot together; what it opened is closed at the end."""
    # Limits have a pool of their own: who holds a lock of the other one waits for GitHub, and so for them.
    async with (
        await open_pool(url, size=4, is_hasty=True) as limits,
        open_wire(api_url=settings.github_api_url, user_agent=_USER_AGENT, on_request=_count_request) as wire,
    ):
        processes = Parsers(PARSERS)
        github = GitHub(
            wire,
            app_id=app.app_id,
            private_key=app.private_key,
            budgets=SharedBudgets(limits, Pace() if settings.has_limits else FREE),
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
                listeners=listeners_of(settings),
                courier=Courier(settings.hooks) if settings.hooks else None,
            )
        finally:
            processes.end()


def _count_request(route: str, status: int) -> None:
    GITHUB_REQUESTS.labels(route=route, status=status or "none").inc()
    if route == _BUY_TOKEN and 200 <= status < 300:
        KEY_REFUSED.set(0)
