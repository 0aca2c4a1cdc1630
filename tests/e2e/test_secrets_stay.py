"""After a day of work, with failures of every kind, no secret stands in a log, a metric, a row or on GitHub."""

import asyncio
import os
import re
import socket
import sys
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import aiohttp
import pytest

from app.cli.running import CannotStart, connect_when_there
from app.queue.state import list_work
from app.sandbox.github import SandboxGitHub
from app.settings import BadSetting, Settings
from tests.e2e.conftest import START
from tests.e2e.leavings import finish_run
from tests.e2e.processes import SOON
from tests.web.site.conftest import Browser

PASSWORD = "hunter2-of-the-database"
SECRET = "the-secret-of-the-webhook"
SESSION_KEY = "a-key-that-seals-the-sessions-of-people"
HOOK_PATH = "services/T0/B0/the-path-of-the-hook-is-secret"
HOOK_SECRET = "the-secret-that-signs-for-the-hook"
PROGRAM = "fgt_" + "of-a-program-" * 3
OURS = (PASSWORD, SECRET, SESSION_KEY, HOOK_PATH, HOOK_SECRET, PROGRAM)
PUBLIC = "http://flakeguard.test"


def with_password(url):
    """Put a password into the URL; our own server asks for none and overlooks it."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0] or 'postgres'}:{PASSWORD}@{host}").geturl()


@pytest.fixture
async def github():
    sandbox = SandboxGitHub(app_id=4242, webhook_secret=SECRET)
    sandbox.now = START
    sandbox.callback_urls = [f"{PUBLIC}/login/callback"]
    async with sandbox:
        yield sandbox


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bot:
    """The bot as an operator runs it, told to log everything."""

    def __init__(self, github, database_url):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        offset = int((github.now - datetime.now(UTC)).total_seconds())  # noqa: TID251 - the sandbox's day is another
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("FLAKEGUARD_")} | {
            "FLAKEGUARD_DATABASE_URL": with_password(database_url),
            "FLAKEGUARD_APP_ID": "4242",
            "FLAKEGUARD_PRIVATE_KEY": github.private_key_pem,
            "FLAKEGUARD_WEBHOOK_SECRET": SECRET,
            "FLAKEGUARD_GITHUB_API_URL": github.api_url,
            "FLAKEGUARD_GITHUB_URL": github.web_url,
            "FLAKEGUARD_CLIENT_ID": github.client_id,
            "FLAKEGUARD_CLIENT_SECRET": github.client_secret,
            "FLAKEGUARD_PUBLIC_URL": PUBLIC,
            "FLAKEGUARD_SESSION_KEY": SESSION_KEY,
            # Nobody is there, so that each delivery fails and is told of.
            "FLAKEGUARD_HOOK_URL": f"https://hook.invalid/{HOOK_PATH}",
            "FLAKEGUARD_HOOK_SECRET": HOOK_SECRET,
            "FLAKEGUARD_CLOCK_OFFSET": str(offset + 86_400),
            "FLAKEGUARD_LOG_LEVEL": "debug",
            "FLAKEGUARD_LOG_FORMAT": "json",
        }

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "serve", "--no-migrate", "--port", str(self.port)),
            env=self.environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return self
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)

    async def metrics(self):
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as answer:
            return await answer.text()

    async def stop(self):
        """Stop it and return everything that it said."""
        self.process.terminate()
        said, _ = await self.process.communicate()
        return said.decode()

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.communicate()


async def until_idle(conn):
    """Wait until no job is left that could be done now; what failed waits for its time."""
    async with asyncio.timeout(60):
        while await list_work(conn, within=SOON):  # noqa: ASYNC110 - the work is another process'
            await asyncio.sleep(0.1)


async def look_around(github, bot):
    """Sign in as a person, look, sign out; come back from GitHub with a wrong code; ask as programs with wrong tokens."""
    browser = Browser(bot.url)
    await browser.sign_in("dana")
    front = await browser.get("/repos/acme/web")
    csrf = front.text.partition('name="csrf" value="')[2].partition('"')[0]
    left = await browser.ask("POST", "/logout", data={"csrf": csrf})
    begun = await browser.get("/login")
    state = parse_qs(urlsplit(begun.location).query)["state"][0]
    wrong = await browser.get(f"/login/callback?code={github.client_secret}&state={state}")
    asked = [
        await browser.get("/api/v1/repos", headers={"Authorization": f"{scheme} {PROGRAM}"})
        for scheme in ("Bearer", "Basic", "token")
    ]
    await browser.session.close()
    return [front.status, left.status, wrong.status, *(one.status for one in asked)]


async def rows_of(conn):
    """Return every row of every table as text."""
    tables = await conn.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return "\n".join(
        [
            row["text"]
            for table in tables
            for row in await conn.fetch(f"SELECT t::text AS text FROM {table['name']} AS t")
        ]
    )


def secrets_of(github):
    """Return all that opens a door: ours, and what GitHub gave us, whole and in its telling parts."""
    shown = {one.headers.get("Authorization", "").partition(" ")[2] for one in github.requests} - {""}
    links = [one.response_headers["location"] for one in github.requests if "location" in one.response_headers]
    signatures = {re.search("sig=([^&]+)", link)[1] for link in links}
    key = [line for line in github.private_key_pem.splitlines() if not line.startswith("-----")]
    tokens = set(github.stage.doors.tokens)
    assert min(len(shown), len(signatures), len(tokens)) > 0
    assert max(map(len, tokens)) > 400
    parts = {part for token in shown | tokens for part in token.split(".") if len(part) > 30}
    return {*OURS, github.client_secret, *key[:-1], *shown, *tokens, *parts, *signatures, *map(unquote, signatures)}


def plant(github):
    """Let go wrong what can: answers that say no in every way, links that are over, and a signature that is none."""
    for status in (401, 404, 418, 422, 502):
        github.fail_next(status, path="/repos/*/actions/*", message="no, ghs_" + "x" * 40)
    github.fail_next(500, path="/app/*", message="no")
    github.lose_answer(method="POST", path="/repos/*/check-runs")
    github.rate_limit(1, secondary=True)


@pytest.mark.attack("secrets")
async def test_no_secret_is_found_in_anything_that_the_bot_leaves_behind(github, database_url, conn):
    repo = github.repository("acme/web")
    repo.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    repo.grant("dana", "write")
    async with Bot(github, database_url) as bot:
        github.webhook_url = f"{bot.url}/webhooks/github"
        for number, prepare in enumerate((lambda: None, lambda: github.links_live(0), lambda: plant(github))):
            prepare()
            sha = await repo.push(branch="main", files={"code.py": f"{number}"}, message="m", author="dana")
            await finish_run(repo, sha, failed=("test_3",))
            await until_idle(conn)
        github.links_live(60)
        pull = await repo.open_pull(author="dana", branch="f", files={"b.py": "1"}, title="F")
        await finish_run(repo, pull.head_sha, failed=("test_3",))
        await repo.comment(pull.number, "dana", "/flakeguard status")
        async with aiohttp.ClientSession() as session:
            signed = {
                "X-Hub-Signature-256": f"sha256={SECRET}",
                "X-GitHub-Delivery": SECRET[:10],
                "X-GitHub-Event": "ping",
            }
            await session.post(github.webhook_url, data=b"{}", headers=signed)
        await until_idle(conn)
        seen = await look_around(github, bot)
        left = {"metrics": await bot.metrics(), "log": await bot.stop()}
    left["rows"] = await rows_of(conn)
    # Whoever trades a code or takes a token back says who they are in the body, as GitHub wants it.
    bodies = [
        one.request_body for one in github.requests if not one.path.startswith(("/login/oauth/", "/applications/"))
    ]
    left["GitHub"] = repr([github.world, bodies])

    assert "test_3" in left["rows"]
    assert seen[0] == 200
    assert seen[3:] == [401] * 3
    assert '"hook": "hook.invalid-' in left["log"]
    assert '"level": "warning"' in left["log"]
    assert "flakeguard_github_requests_total" in left["metrics"]
    found = {(where, secret[:12]) for where, text in left.items() for secret in secrets_of(github) if secret in text}
    assert found == set()


@pytest.mark.attack("secrets")
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://bot:{PASSWORD}/x@db.example/flakeguard",
        f"postgresql://bot:{PASSWORD}@db.example:port/flakeguard",
        f"postgres://bot:{PASSWORD}@[::1/flakeguard",
        f"mysql://bot:{PASSWORD}@db.example/flakeguard",
        f"{PASSWORD}",
    ],
)
async def test_a_url_of_a_database_that_makes_no_sense_is_named_and_not_repeated(url):
    with pytest.raises((BadSetting, CannotStart), match="FLAKEGUARD_DATABASE_URL") as bad:
        await connect_when_there(Settings.from_env({"FLAKEGUARD_DATABASE_URL": url}).database_url)
    assert "hunter2" not in str(bad.value)
