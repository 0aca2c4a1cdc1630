"""A small GitHub in memory behind a real HTTP server: it keeps state, sends signed webhooks, and fails when told to.

The demo and the end-to-end tests use it. What GitHub does (waits, limits, oddities) it does, too.
"""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from aiohttp import web

from app.sandbox.github.api import Api, Exchange
from app.sandbox.github.deliveries import Delivery
from app.sandbox.github.doors import Doors
from app.sandbox.github.edition import ENTERPRISE_SERVER, GITHUB_COM, Edition
from app.sandbox.github.faults import Fault, Faults, Mischief
from app.sandbox.github.handles import Pull, Repository, Run
from app.sandbox.github.login.passes import Passes
from app.sandbox.github.login.registration import Registration
from app.sandbox.github.login.routes import add_login
from app.sandbox.github.moving import Moving
from app.sandbox.github.pages import add_pages
from app.sandbox.github.registering.keys import make_keys
from app.sandbox.github.registering.pending import Pending
from app.sandbox.github.registering.routes import add_registering
from app.sandbox.github.render import Renderer
from app.sandbox.github.routes import add_routes
from app.sandbox.github.specs import ArtifactSpec, JobSpec
from app.sandbox.github.stage import Stage
from app.sandbox.github.storage import Storage
from app.sandbox.github.webhooks import Webhooks
from app.sandbox.github.world import World

__all__ = [
    "ENTERPRISE_SERVER",
    "GITHUB_COM",
    "ArtifactSpec",
    "Edition",
    "Exchange",
    "JobSpec",
    "Pull",
    "Repository",
    "Run",
    "SandboxGitHub",
]

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LARGEST_REQUEST = 32 << 20


class SandboxGitHub(Moving):
    """The sandbox: `async with` it, make repositories, tell the story."""

    def __init__(
        self,
        *,
        app_id: int = 1,
        app_slug: str = "flakeguard",
        webhook_secret: str = "secret",  # noqa: S107 - a sandbox has no secrets
        edition: Edition = GITHUB_COM,
        callback_urls: Sequence[str] = (),
    ) -> None:
        private, public = make_keys()
        world = World(now=START, app_id=app_id, app_slug=app_slug, edition=edition)
        world.registration = Registration(
            callback_urls=tuple(callback_urls), private_key=private, name=app_slug.capitalize()
        )
        stage = Stage(
            world=world,
            doors=Doors(world, public),
            passes=Passes(),
            storage=Storage(world),
            faults=Faults(),
            webhooks=Webhooks(webhook_secret, app_id, lambda: world.now, edition),
            pending=Pending(),
            render=Renderer(world, "http://sandbox", "http://sandbox"),
        )
        super().__init__(stage)
        self.api = Api(stage)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, port: int = 0, extra: Callable[[web.Application], None] | None = None) -> None:
        """Listen on the loopback interface; `extra` may add pages of its own."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        add_routes(app, self.api)
        add_login(app, self.api)
        add_registering(app, self.api)
        app.router.add_get(r"/_blob/{kind}/{id:\d+}", self.stage.storage.serve)
        if extra is not None:
            extra(app)
        add_pages(app, self.stage)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        self.stage.render = Renderer(self.world, self.api_url, self.web_url)
        self.stage.webhooks.host = self.web_url.removeprefix("http://")

    async def stop(self) -> None:
        await self.stage.webhooks.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        return f"{self.web_url}{self.world.edition.prefix}"

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def render(self) -> Renderer:
        return self.stage.render

    @property
    def webhooks(self) -> Webhooks:
        return self.stage.webhooks

    @property
    def now(self) -> datetime:
        return self.world.now

    @now.setter
    def now(self, at: datetime) -> None:
        self.world.now = at

    def advance(self, **passed: float) -> None:
        """Let time pass: `advance(hours=2)`."""
        self.world.now += timedelta(**passed)

    @property
    def webhook_url(self) -> str | None:
        return self.stage.webhooks.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self.stage.webhooks.url = url

    @property
    def private_key_pem(self) -> str:
        return self.world.registration.private_key

    @property
    def client_id(self) -> str:
        return self.world.registration.client_id

    @property
    def client_secret(self) -> str:
        return self.world.registration.client_secret

    @property
    def callback_urls(self) -> tuple[str, ...]:
        """The addresses to which people may be led back, exactly so, once they have said who they are."""
        return self.world.registration.callback_urls

    @callback_urls.setter
    def callback_urls(self, urls: Sequence[str]) -> None:
        self.world.registration.callback_urls = tuple(urls)

    @property
    def passes(self) -> Passes:
        return self.stage.passes

    @property
    def deliveries(self) -> list[Delivery]:
        return self.stage.webhooks.sent

    @property
    def requests(self) -> list[Exchange]:
        return self.api.exchanges

    @property
    def observers(self) -> list[Callable[[Exchange], None]]:
        return self.api.observers

    async def redeliver(self, guid: str) -> None:
        found = next(one for one in self.deliveries if one.guid == guid)
        await self.stage.webhooks.redeliver(found)

    def hold_webhooks(self) -> None:
        self.stage.webhooks.is_held = True

    async def release_webhooks(
        self, *, order: str = "as sent", seed: int = 0, copies: int = 1, is_burst: bool = False
    ) -> None:
        """Send what was held back: `as sent`, `reversed` or `shuffled` (by the seed), each so many times.

        In a burst, the copies of one come at once, none waiting for the answer to another.
        """
        await self.stage.webhooks.release(order=order, seed=seed, copies=copies, is_burst=is_burst)

    def lose_webhooks(self, times: int) -> None:
        """Let the next webhooks find nobody; they stand in the list of deliveries as failed."""
        self.stage.webhooks.to_lose = times

    def forget_webhooks(self, times: int) -> None:
        """Let the next webhooks not be sent at all, as GitHub does now and then; no list of deliveries has them."""
        self.stage.webhooks.to_forget = times

    def artifacts_lag(self, seconds: float) -> None:
        """Let artifacts be listed so many seconds of the sandbox's time after their attempt's end, from now on."""
        self.world.artifacts_lag = timedelta(seconds=seconds)

    def logs_lag(self, seconds: float) -> None:
        """Let logs be stored so many seconds of the sandbox's time after their attempt's end, from now on."""
        self.world.logs_lag = timedelta(seconds=seconds)

    def links_live(self, seconds: float) -> None:
        """Let the storage's links be good for so many seconds of real time, from now on; GitHub's live a minute."""
        self.stage.storage.link_life = timedelta(seconds=seconds)

    def fail_next(
        self, status: int, *, times: int = 1, method: str | None = None, path: str | None = None, message: str = ""
    ) -> None:
        self.plant(Fault(kind=Mischief.FAIL, status=status, times=times, method=method, path=path, message=message))

    def rate_limit(
        self, seconds: float, *, secondary: bool = False, times: int = 1, status: int = 403, path: str | None = None
    ) -> None:
        """Answer with a rate limit that ends after so many seconds of real time; GitHub does so with 403 or 429."""
        kind = Mischief.SECONDARY_LIMIT if secondary else Mischief.PRIMARY_LIMIT
        self.plant(Fault(kind=kind, status=status, times=times, path=path, seconds=seconds))

    def lose_answer(self, *, method: str, path: str | None = None, times: int = 1) -> None:
        """Do what is asked, then drop the connection before the answer."""
        self.plant(Fault(kind=Mischief.LOSE_ANSWER, times=times, method=method, path=path))

    def slow(self, seconds: float, *, path: str | None = None) -> None:
        """Do what is asked, and answer late, from now on."""
        self.plant(Fault(kind=Mischief.SLOW, seconds=seconds, path=path, times=math.inf))

    def plant(self, fault: Fault) -> None:
        """Let something go wrong with requests that are yet to come."""
        self.stage.faults.planted.append(fault)
