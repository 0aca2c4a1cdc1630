"""A small GitHub of each test's own: a real HTTP server that answers what it was told to and remembers what it was asked."""

import importlib.util
import json
import sys
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.github.client import GitHub, Patience
from app.github.wire import Wire, open_wire

SHARED = Path(__file__).parents[2] / "../shared/github"
APP_ID = 4711
INSTALLATION = 9


@dataclass
class Say:
    """One answer of the fake GitHub."""

    status: int = 200
    body: object = None
    headers: dict = field(default_factory=dict)

    def respond(self):
        if isinstance(self.body, bytes):
            return web.Response(status=self.status, body=self.body, headers=self.headers)
        if self.body is None:
            return web.Response(status=self.status, headers=self.headers)
        return web.json_response(self.body, status=self.status, headers=self.headers)


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    raw_path: str
    query: dict
    headers: object
    body: object


class FakeGitHub:
    """Answers are told per method and path, one after the other; the last one stays."""

    def __init__(self, prefix=""):
        self.prefix = prefix
        self.asked = []
        self._answers = defaultdict(deque)
        self.minted = 0

    def says(self, method, path, *answers):
        self._answers[method, self.prefix + path].extend(answers)

    def asked_for(self, path):
        return [one for one in self.asked if one.path == self.prefix + path]

    @property
    def without_minting(self):
        return [one for one in self.asked if not one.path.endswith("/access_tokens")]

    def url(self, path=""):
        return str(self.server.make_url(self.prefix + path))

    async def answer(self, request):
        body = await request.read()
        self.asked.append(
            Asked(
                method=request.method,
                path=request.path,
                raw_path=request.raw_path,
                query=dict(request.query),
                headers=request.headers,
                body=json.loads(body) if body else None,
            )
        )
        answers = self._answers[request.method, request.path]
        if not answers:
            return self._mint(request.path)
        told = answers.popleft() if len(answers) > 1 else answers[0]
        return await told(request) if callable(told) else told.respond()

    def _mint(self, path):
        if not path.endswith("/access_tokens"):
            return web.json_response({"message": "Not Found"}, status=404)
        self.minted += 1
        expires_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds").replace("+00:00", "Z")  # noqa: TID251
        return web.json_response({"token": f"ghs_{self.minted}", "expires_at": expires_at}, status=201)


@pytest.fixture(scope="session")
def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def say():
    return Say


async def serve(fake):
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", fake.answer)
    fake.server = TestServer(app)
    await fake.server.start_server()
    return fake


@pytest.fixture
async def fake():
    """A GitHub as at api.github.com."""
    started = await serve(FakeGitHub())
    yield started
    await started.server.close()


@pytest.fixture
async def fake_server():
    """A GitHub Enterprise Server, whose API stands under /api/v3."""
    started = await serve(FakeGitHub(prefix="/api/v3"))
    yield started
    await started.server.close()


@pytest.fixture
async def opened(fake):
    """The connections that the bot has, too."""
    async with open_wire(api_url=fake.url(), user_agent="FlakeGuard/test") as wire:
        yield wire


@pytest.fixture
def connect(fake, opened, private_key):
    """Make our side of the connection."""

    def make(*, to=fake, patience=None, wire=Wire, on_request=None):
        return GitHub(
            wire(
                opened.session,
                storage=opened.storage,
                api_url=to.url(),
                user_agent="FlakeGuard/test",
                on_request=on_request,
            ),
            app_id=APP_ID,
            private_key=private_key,
            patience=patience or Patience(fresh=(0, 0, 0), reads=(0, 0), write_pause=0),
        )

    return make


@pytest.fixture
def github(connect):
    return connect()


@pytest.fixture
def client(github):
    return github.installation(INSTALLATION)


@pytest.fixture
def repo(github):
    return github.repository(INSTALLATION, "acme", "shop")


@pytest.fixture(scope="session")
def description():
    """GitHub's own description of its API, with a way to check an exchange against it."""
    if not (SHARED / "validate.py").is_file():
        pytest.skip("GitHub's description is not beside the checkout")
    spec = importlib.util.spec_from_file_location("github_description", SHARED / "validate.py")
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their own module up by name.
    sys.modules["github_description"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def contract(description):
    return description.Contract()


@pytest.fixture(scope="session")
def examples(description):
    """Return GitHub's own example of the answer to an operation."""
    told = description.Contract(SHARED / "rest-openapi-subset-examples.json")

    def find(method, path):
        operation = told.find(method, urlsplit(path).path)[1]
        status, answer = next((s, told._deref(r)) for s, r in operation["responses"].items() if s.startswith("2"))
        media = answer.get("content", {}).get("application/json", {})
        for example in media.get("examples", {}).values():
            value = told._deref(told._deref(example)["value"])
            # Some examples name another example, which holds the value once more.
            return int(status), value["value"] if isinstance(value, dict) and "value" in value else value
        return int(status), None

    return find


@pytest.fixture(scope="session")
def permissions(description):
    """Which permissions GitHub asks for, by method and route template."""
    return json.loads((SHARED / "permissions-subset.json").read_text())
