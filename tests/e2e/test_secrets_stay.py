"""After a day of work, with failures of every kind, no secret stands in a log, a metric, a row or on GitHub."""

import asyncio
import os
import re
import socket
import sys
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import aiohttp
import pytest

from app.cli.running import CannotStart, connect_when_there
from app.queue.state import list_work
from app.sandbox.github import SandboxGitHub
from app.settings import BadSetting, Settings
from tests.e2e.conftest import START
from tests.e2e.leavings import finish_run
from tests.e2e.processes import SOON

PASSWORD = "hunter2-of-the-database"
SECRET = "the-secret-of-the-webhook"


def with_password(url):
    """Put a password into the URL; our own server asks for none and overlooks it."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0] or 'postgres'}:{PASSWORD}@{host}").geturl()


@pytest.fixture
async def github():
    sandbox = SandboxGitHub(app_id=4242, webhook_secret=SECRET)
    sandbox.now = START
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
    return {PASSWORD, SECRET, *key[:-1], *shown, *tokens, *parts, *signatures, *map(unquote, signatures)}


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
        left = {"metrics": await bot.metrics(), "log": await bot.stop()}
    left["rows"] = await rows_of(conn)
    left["GitHub"] = repr([github.world, [one.request_body for one in github.requests]])

    assert "test_3" in left["rows"]
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
