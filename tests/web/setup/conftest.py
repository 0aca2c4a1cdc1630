"""The set-up page beside a sandbox GitHub, and browsers that go through both, page by page."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest
from aiohttp import web

from app.github.registration import convert_manifest
from app.github.wire import open_wire
from app.sandbox.github import SandboxGitHub
from app.server import make_set_up
from app.web.health import Health
from app.web.setup.choice import Given
from app.web.setup.desk import Desk
from app.web.setup.door import Door

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class _Forms(HTMLParser):
    """Reads the forms of a page: where each leads, and what is filled in."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.forms.append((said["action"], {}))
        elif tag == "input" and "name" in said and (said.get("type") != "radio" or "checked" in said):
            self.forms[-1][1][said["name"]] = said.get("value", "")


@dataclass
class Page:
    """What a browser shows."""

    url: str
    status: int
    text: str
    headers: dict

    @property
    def form(self):
        return _Forms(self.text).forms[0]


class Browser:
    """Has cookies of its own, follows links, and sends forms as browsers do: with the origin that they are at."""

    def __init__(self, session):
        self.session = session

    async def get(self, url, **headers):
        async with self.session.get(url, headers=headers) as answer:
            return Page(str(answer.url), answer.status, await answer.text(), dict(answer.headers))

    async def post(self, url, data, **headers):
        async with self.session.post(url, data=data, headers=headers) as answer:
            return Page(str(answer.url), answer.status, await answer.text(), dict(answer.headers))

    async def press(self, page, **filled):
        """Send the first form of a page, with what was filled in."""
        action, fields = page.form
        here = urlsplit(page.url)
        return await self.post(urljoin(page.url, action), fields | filled, Origin=f"{here.scheme}://{here.netloc}")


def new_browser():
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


@dataclass
class SetUpPage:
    """A desk that is served. `codes` are those that were announced, `now` is what its clock says."""

    github: object
    file: object
    desk: Desk | None = None
    address: str = ""
    codes: list = field(default_factory=list)
    now: datetime = NOW

    @property
    def made(self):
        return self.desk.made

    async def enter(self, browser):
        """Give the right code."""
        return await browser.press(await browser.get(f"{self.address}/setup"), code=self.codes[-1])

    async def choose(self, browser, **chosen):
        """Get as far as the button that leads to GitHub."""
        return await browser.press(
            await self.enter(browser), **{"owner": "account", "keeping": "file", "public_url": self.address} | chosen
        )

    async def at_github(self, browser, **chosen):
        """Press the button on GitHub's page; returns where that leads to, without following it."""
        page = await browser.press(await self.choose(browser, **chosen))
        assert page.status == 200, page.text
        action, fields = page.form
        async with browser.session.post(urljoin(page.url, action), data=fields, allow_redirects=False) as answer:
            return answer.headers["Location"]


@pytest.fixture
async def github():
    async with SandboxGitHub(app_id=1) as sandbox:
        sandbox.repository("acme/web")
        yield sandbox


@pytest.fixture
async def make_page(github, tmp_path):
    """Serves desks, each for one App, that ask the sandbox."""
    runners = []

    async def convert(_github_url, code):
        async with open_wire(api_url=github.api_url, user_agent="FlakeGuard/test") as wire:
            return await convert_manifest(wire, code)

    closed = asyncio.Event()
    closed.set()

    async def make(**given):
        page = SetUpPage(github, tmp_path / "app" / "app.json")
        page.desk = Desk(
            door=Door(clock=lambda: page.now, announce=page.codes.append),
            given=Given(**{"public_url": None, "github_url": github.web_url} | given),
            file=page.file,
            convert=convert,
            clock=lambda: page.now,
            made=asyncio.get_running_loop().create_future(),
            closed=closed,
        )
        page.desk.door.announce()
        runner = web.AppRunner(make_set_up(page.desk, Health(pool=None)), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        page.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        runners.append(runner)
        return page

    yield make
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def page(make_page):
    return await make_page()


@pytest.fixture
async def browser():
    async with new_browser() as session:
        yield Browser(session)


@pytest.fixture
async def other():
    """Somebody else's browser."""
    async with new_browser() as session:
        yield Browser(session)


def minutes(number):
    return timedelta(minutes=number)


def titles(text):
    return re.findall(r"<h1>(.*?)</h1>", text)
