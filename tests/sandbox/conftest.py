"""A sandbox, a repository in it, and ways to ask it: as the App, as an installation, or with whatever one likes to send."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import jwt
import pytest
from aiohttp import web

from app.sandbox.github import ArtifactSpec, JobSpec, SandboxGitHub
from app.sandbox.github.doors import real_now

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    status: int
    body: object
    headers: dict


@dataclass
class Receiver:
    status: int = 202
    taken: list = field(default_factory=list)
    url: str = ""


class Asker:
    """Asks with one Authorization header."""

    def __init__(self, session, authorization):
        self.session = session
        self.headers = {"Authorization": authorization} if authorization else {}

    async def __call__(self, method, path, data=None, **headers):
        async with self.session.request(
            method, path, json=data, headers=self.headers | headers, allow_redirects=False
        ) as answer:
            is_json = answer.content_type == "application/json"
            body = await answer.json() if is_json and answer.status != 304 else await answer.read()
            return Said(answer.status, body, {name.lower(): value for name, value in answer.headers.items()})


def sign(github, *, issuer="1", seconds=500, key=None):
    now = int(real_now().timestamp())
    claims = {"iat": now - 60, "exp": now + seconds, "iss": issuer}
    return jwt.encode(claims, key or github.private_key_pem, algorithm="RS256")


@pytest.fixture
async def github():
    sandbox = SandboxGitHub(app_id=1, webhook_secret="secret")
    sandbox.now = START
    async with sandbox:
        yield sandbox


@pytest.fixture
async def session(github):
    async with aiohttp.ClientSession(github.api_url) as opened:
        yield opened


@pytest.fixture
def repo(github):
    made = github.repository("acme/web")
    made.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    return made


@pytest.fixture
def app(github, session):
    return Asker(session, f"Bearer {sign(github)}")


@pytest.fixture
def buy(app, session):
    """Buy a token of a repository's installation; what is wanted of it may be narrowed."""

    async def get(repo, wanted=None):
        said = await app("POST", f"/app/installations/{repo.data.installation_id}/access_tokens", wanted)
        assert said.status == 201, said
        return Asker(session, f"token {said.body['token']}")

    return get


@pytest.fixture
async def ask(buy, repo):
    """Ask as the installation on the repository."""
    return await buy(repo)


@pytest.fixture
async def receiver(github):
    """Where webhooks go: keeps headers and body of each, answers `receiver.status`."""

    receiver = Receiver()

    async def take(request):
        receiver.taken.append((request.headers, await request.read()))
        return web.Response(status=receiver.status)

    server = web.Application(client_max_size=30 << 20)
    server.router.add_post("/hook", take)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    github.webhook_url = receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
def start(repo):
    """Start a run with a job that fails and one that does not, and an artifact."""

    async def begin(head=None):
        if head is None:
            head = await repo.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
        jobs = [JobSpec(name="test", conclusion="failure", log="boom"), JobSpec(name="lint", log="fine")]
        artifacts = [ArtifactSpec(name="junit", files={"a.xml": "<a/>"}, job="test")]
        return await repo.start_run(workflow="CI", head=head, jobs=jobs, artifacts=artifacts)

    return begin
