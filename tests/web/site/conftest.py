"""The pages and the API as people meet them: the whole bot, a sandbox GitHub to sign in with, and browsers."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import pytest
from yarl import URL

from app.cli.in_process import run_in_process
from app.cli.site import pulls_of, replay_over, reports_of
from app.github.people import OAuthClient
from app.settings import AppIdentity
from app.web.access.gate import KEPT_SECONDS, Gate
from app.web.access.session import Cookies
from app.web.site import Site
from tests.e2e.conftest import github, processes
from tests.e2e.leavings import finish_run, job_and_artifact
from tests.e2e.processes import free_port

__all__ = ["github", "processes"]

KEY = "a key of thirty-two characters and more"


@pytest.fixture
def opens_public():
    return False


@pytest.fixture
def kept_seconds():
    return KEPT_SECONDS


@pytest.fixture
def job_tokens():
    return None


@pytest.fixture
async def bot(github, database_url, processes, opens_public, kept_seconds, job_tokens):
    app = AppIdentity(app_id=4242, private_key=github.private_key_pem, secrets=("secret",))
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    def make(pool, wire):
        return Site(
            gate=Gate(
                pool=pool,
                api=wire,
                clock=lambda: github.now,
                opens_public=opens_public,
                kept_seconds=kept_seconds,
                job_tokens=job_tokens,
            ),
            api=wire,
            web_url=github.web_url,
            keys=[KEY],
            cookies=Cookies([KEY], is_secure=False),
            client=OAuthClient(web=wire, client_id=github.client_id, client_secret=github.client_secret),
            public_url=address,
            replay=replay_over(pool),
            write_report=reports_of(pool),
            tell_pull=pulls_of(pool, github.web_url),
        )

    github.callback_urls = [f"{address}/login/callback"]
    async with run_in_process(
        database_url, app, github.api_url, lambda: github.now, processes, port=port, site=make
    ) as running:
        github.webhook_url = running.webhook_url
        yield running


@dataclass(frozen=True)
class Seen:
    """What a browser or a program got."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def location(self):
        return self.headers.get("Location")


class Browser:
    """A browser with its cookies, which follows no redirect by itself."""

    def __init__(self, address):
        self.address = address
        self.jar = aiohttp.CookieJar(unsafe=True)
        self.session = aiohttp.ClientSession(cookie_jar=self.jar)

    async def ask(self, method, path, **more):
        there = path if path.startswith("http") else self.address + path
        async with self.session.request(method, URL(there, encoded=True), allow_redirects=False, **more) as answer:
            headers = {name.title(): value for name, value in answer.headers.items()}
            return Seen(answer.status, await answer.text(), headers)

    async def get(self, path, **more):
        return await self.ask("GET", path, **more)

    async def sign_in(self, login, *, then="/"):
        """Go to GitHub, be known there as `login`, and come back."""
        begun = await self.get(f"/login?next={then}")
        granted = await self.get(f"{begun.location}&as={login}")
        back = urlsplit(granted.location)
        return await self.get(f"{back.path}?{back.query}")

    def cookies(self):
        return {one.key: one.value for one in self.jar if urlsplit(self.address).hostname == one["domain"]}


@pytest.fixture
async def browse(bot):
    """Return a function that opens another browser."""
    browsers = []

    def open_one():
        browsers.append(Browser(bot.address))
        return browsers[-1]

    yield open_one
    for one in browsers:
        await one.session.close()


@pytest.fixture
async def repo(github, bot):
    """A private repository with a proven flake, of which dana may write, and max read."""
    made = github.repository("acme/web")
    made.data.is_private = True
    made.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    for login, role in (("dana", "write"), ("max", "read")):
        made.grant(login, role)
    for number in range(3):
        sha = await made.push(branch="main", files={"code.py": str(number)}, message=str(number), author="dana")
        run = await finish_run(made, sha, failed=("test_3",) if number else ())
        if number:
            job, artifact = job_and_artifact()
            await run.rerun_failed(jobs=[job], artifacts=[artifact])
            await run.complete()
        github.advance(hours=1)
    await bot.settle()
    github.stage.world.account("eve")
    return made
