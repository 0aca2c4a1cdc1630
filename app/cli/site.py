"""What people look at, made of the settings."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import BrokenExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import structlog

from app.cli.parsers import Parsers
from app.core.addresses import issuer_of
from app.core.flake_report import to_json
from app.core.model import RepoId
from app.core.policy import Policy
from app.core.pull_told import PullFailures
from app.core.replay_text import render
from app.db.connection import Pool
from app.github.people import OAuthClient
from app.github.wire import open_wire
from app.settings import Settings
from app.web.access.gate import Gate
from app.web.access.job_tokens import JobTokens
from app.web.access.session import Cookies
from app.web.api.routes import TellPull, WriteReport
from app.web.pages.rendering import ReplayPolicy
from app.web.site import Site

USER_AGENT = "FlakeGuard"
LONGEST_QUESTION = 20
"""Seconds that a page may ask the database for; nobody waits longer, and others want its connection."""

REPLAY_SECONDS = 60.0
"""What is thought of for longer is given up, and its process ends."""

_log = structlog.get_logger()


def replay_over(pool: Pool, seconds: float = REPLAY_SECONDS) -> ReplayPolicy:
    """Return what replays a policy in a process of its own, which lives only as long as that: whoever serves pages goes on.

    It raises TimeoutError where the thinking takes too long or too much.
    """

    async def replay(repo_id: RepoId, policy: Policy, now: datetime) -> str:
        # Who only takes webhooks has no need of what judges tests.
        from app.handlers.bot import know  # noqa: PLC0415
        from app.handlers.replay import replay_policy  # noqa: PLC0415

        async with pool.acquire() as conn:
            repo = await know(conn, repo_id)
        if repo is None:
            return "Nothing is known of this repository any more."
        processes = Parsers(1, seconds_each=seconds)
        try:
            # It is begun by a thread: that takes a moment, in which the loop serves others.
            await asyncio.to_thread(processes.submit, int)
            return render(await replay_policy(pool, repo, policy, now, processes))
        except (BrokenExecutor, MemoryError) as error:
            raise TimeoutError("the replay takes too much") from error
        finally:
            # Nobody waits for one that was given up: it ends by itself when its time is over.
            processes.shutdown(wait=False, cancel_futures=True)

    return replay


def reports_of(pool: Pool) -> WriteReport:
    """Return what writes flakiness reports, each of one moment."""

    async def write(repo_id: RepoId, as_of: datetime) -> dict[str, object] | None:
        from app.handlers.bot import know  # noqa: PLC0415 - as above
        from app.handlers.flake_report import generate_flakiness_report  # noqa: PLC0415

        async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            repo = await know(conn, repo_id)
            return None if repo is None else to_json(await generate_flakiness_report(conn, repo, as_of))

    return write


def pulls_of(pool: Pool, web_url: str) -> TellPull:
    """Return what tells of pull requests by what is stored; `web_url` is where GitHub has its pages."""

    async def tell(repo_id: RepoId, number: int) -> PullFailures | None:
        from app.handlers.bot import LinkedRepo, know  # noqa: PLC0415 - as above
        from app.handlers.report.stored import tell_stored_pull  # noqa: PLC0415

        async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            known = await know(conn, repo_id)
            if known is None:
                return None
            repo = LinkedRepo(id=known.id, row=known.row, policy=known.policy, web_url=web_url)
            return await tell_stored_pull(conn, repo, number)

    return tell


def _job_tokens(settings: Settings) -> JobTokens | None:
    """Let jobs in where it is known for which address their tokens are to be."""
    if settings.public_url is None:
        return None
    return JobTokens(issuer=issuer_of(settings.github_url), audience=settings.public_url)


@asynccontextmanager
async def open_site(settings: Settings, pool: Pool) -> AsyncIterator[Site]:
    """Open pages and API; until sign-in is configured they say how to switch it on, and show nothing."""
    async with (
        open_wire(api_url=settings.github_api_url, user_agent=USER_AGENT) as api,
        open_wire(api_url=settings.github_url, user_agent=USER_AGENT) as web,
    ):
        gate = Gate(
            pool=pool,
            api=api,
            clock=settings.clock(),
            opens_public=settings.opens_public,
            job_tokens=_job_tokens(settings),
        )
        # Programs and jobs may ask, where nobody can sign in.
        site = Site(
            gate=gate,
            api=api,
            web_url=settings.github_url,
            write_report=reports_of(pool),
            tell_pull=pulls_of(pool, settings.github_url),
        )
        sign_in = settings.sign_in
        if sign_in is None or settings.public_url is None:
            _log.info("dashboard_off", missing="FLAKEGUARD_CLIENT_ID")
            yield site
            return
        yield replace(
            site,
            keys=sign_in.session_keys,
            cookies=Cookies(sign_in.session_keys, is_secure=settings.public_url.startswith("https://")),
            client=OAuthClient(web=web, client_id=sign_in.client_id, client_secret=sign_in.client_secret),
            public_url=settings.public_url,
            replay=replay_over(pool),
        )
