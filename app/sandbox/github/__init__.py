"""A small GitHub in memory behind a real HTTP server: it keeps state, sends signed webhooks, and fails when told to.

The demo and the end-to-end tests use it. What GitHub does (waits, limits, oddities) it does, too.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self

from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.sandbox.github.faults import Fault, Faults
from app.sandbox.github.handles import Pull, Repository, Run
from app.sandbox.github.render import Json, Renderer
from app.sandbox.github.routes import add_routes
from app.sandbox.github.server import Api, Exchange
from app.sandbox.github.specs import ArtifactSpec, JobSpec
from app.sandbox.github.webhooks import Delivery, Webhooks
from app.sandbox.github.world import RepositoryData, World

__all__ = ["ArtifactSpec", "Exchange", "JobSpec", "Pull", "Repository", "Run", "SandboxGitHub"]


class SandboxGitHub:
    """The sandbox: `async with` it, make repositories, tell the story."""

    def __init__(self, *, app_id: int = 1, app_slug: str = "flakeguard", webhook_secret: str = "secret") -> None:  # noqa: S107 - a sandbox has no secrets
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.private_key_pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.world = World(now=datetime(2026, 1, 5, 9, tzinfo=UTC), app_id=app_id, app_slug=app_slug)
        self.webhooks = Webhooks(webhook_secret, lambda: self.world.now)
        self.faults = Faults()
        self.api = Api(self.world, public.decode(), self.faults)
        self.render = Renderer(self.world, "http://sandbox", "http://sandbox")
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, port: int = 0, extra: Callable[[web.Application], None] | None = None) -> None:
        """Listen on the loopback interface; `extra` may add pages."""
        app = web.Application(client_max_size=32 << 20)
        add_routes(app, self.api)
        app.router.add_get("/_blob/{kind}/{id}", self._blob)
        if extra is not None:
            extra(app)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        self.render = Renderer(self.world, self.api_url, self.api_url)
        self.api.render = self.render

    async def stop(self) -> None:
        await self.webhooks.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

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
        return self.webhooks.url

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self.webhooks.url = url

    @property
    def deliveries(self) -> list[Delivery]:
        return self.webhooks.sent

    @property
    def requests(self) -> list[Exchange]:
        return self.api.exchanges

    @property
    def observers(self) -> list[Callable[[Exchange], None]]:
        return self.api.observers

    def repository(
        self, full_name: str, *, default_branch: str = "main", private: bool = False, installed: bool = True
    ) -> Repository:
        """Make a repository and install the App on its account."""
        owner, _, name = full_name.partition("/")
        account = self.world.account(owner, "Organization" if installed else "User")
        data = RepositoryData(
            id=self.world.next_id(),
            owner=account,
            name=name,
            default_branch=default_branch,
            is_private=private,
            created_at=self.world.now,
            installation_id=self.world.install(account).id if installed else None,
        )
        self.world.repositories[full_name] = data
        return Repository(self, data)

    async def install(self, repo: Repository) -> None:
        """Tell the App that it was installed."""
        found = self.world.installations[repo.data.installation_id or 0]
        payload: Json = {
            "action": "created",
            "installation": self.render.installation(found),
            "repositories": [],
            "sender": self.render.user(found.account),
        }
        await self.webhooks.deliver("installation", payload)

    async def redeliver(self, guid: str) -> None:
        found = next(one for one in self.webhooks.sent if one.guid == guid)
        await self.webhooks.redeliver(found)

    def hold_webhooks(self) -> None:
        self.webhooks.is_held = True

    async def release_webhooks(self, *, order: str = "as sent", seed: int = 0, copies: int = 1) -> None:
        await self.webhooks.release(order=order, seed=seed, copies=copies)

    def fail_next(
        self, status: int, *, times: int = 1, method: str | None = None, path: str | None = None, message: str = ""
    ) -> None:
        self.faults.planted.append(Fault("fail", status=status, times=times, method=method, path=path, message=message))

    def rate_limit(self, seconds: float, *, secondary: bool = False, times: int = 1) -> None:
        """Answer with a rate limit that ends after so many seconds of real time."""
        self.faults.planted.append(Fault("limit", status=403 if secondary else 0, times=times, seconds=seconds))

    def lose_answer(self, *, method: str, path: str | None = None, times: int = 1) -> None:
        """Do what is asked, then drop the connection before the answer."""
        self.faults.planted.append(Fault("lose", times=times, method=method, path=path))

    def slow(self, seconds: float, *, path: str | None = None) -> None:
        self.faults.planted.append(Fault("slow", seconds=seconds, path=path))

    async def _blob(self, request: web.Request) -> web.Response:
        """Answer as the storage behind GitHub: it refuses whoever shows a token there."""
        if "Authorization" in request.headers:
            return web.Response(status=403, text="no Authorization here")
        data = self._stored(request.match_info["kind"], int(request.match_info["id"]))
        return web.Response(status=404, text="BlobNotFound") if data is None else web.Response(body=data)

    def _stored(self, kind: str, number: int) -> bytes | None:
        for repo in self.world.repositories.values():
            for run in repo.runs.values():
                if kind == "artifact":
                    found = next((one.data for one in run.artifacts if one.id == number), None)
                else:
                    found = next((j.log for a in run.attempts for j in a.jobs if j.id == number), None)
                if found is not None:
                    return found
        return None
