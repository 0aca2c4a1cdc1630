"""The whole bot against the sandbox GitHub: real HTTP, real PostgreSQL, real processes for parsing."""

from datetime import UTC, datetime

import pytest

from app.cli.in_process import run_in_process
from app.cli.parsers import Parsers
from app.sandbox.github import SandboxGitHub
from app.settings import AppIdentity

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def processes():
    with Parsers(1) as pool:
        yield pool


@pytest.fixture
async def github():
    sandbox = SandboxGitHub(app_id=4242, app_slug="flakeguard", webhook_secret="secret")
    sandbox.now = START
    async with sandbox:
        yield sandbox


@pytest.fixture
async def bot(github, database_url, processes):
    app = AppIdentity(app_id=4242, private_key=github.private_key_pem, secrets=("secret",))
    async with run_in_process(
        database_url, app, github.api_url, lambda: github.now, processes, web_url=github.web_url
    ) as running:
        github.webhook_url = running.webhook_url
        yield running
        assert await running.held_jobs() == []


@pytest.fixture
def repo(github, bot):
    made = github.repository("acme/web")
    made.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    for login, role in (("dana", "write"), ("max", "read")):
        made.grant(login, role)
    return made
