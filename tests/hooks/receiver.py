"""A receiver of hooks, as somebody would write one: it proves each delivery, and does each once."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from uuid import uuid4

from aiohttp import web
from aiohttp.test_utils import TestServer

from app.core.hooks.body import Body, RepositoryTold, StandingTold, TestTold, encode
from app.core.hooks.hook import Hook, HookEvent
from app.core.model import Standing
from app.jobs import TellHook

SECRET = "a secret of sixteen and more"


@dataclass(kw_only=True)
class Got:
    """One delivery as it came."""

    headers: dict
    raw: bytes

    @property
    def body(self):
        return json.loads(self.raw)

    @property
    def guid(self):
        return self.headers["X-FlakeGuard-Delivery"]

    def is_ours(self, secret=SECRET):
        """As the README of anybody's webhook receiver has it."""
        proof = "sha256=" + hmac.new(secret.encode(), self.raw, hashlib.sha256).hexdigest()
        given = {self.headers.get("X-FlakeGuard-Signature-256"), self.headers.get("X-Hub-Signature-256")}
        return given == {proof}


class Receiver:
    """Answers as `answer` says, a function of the request; remembers all that came, and by its own address only."""

    def __init__(self):
        self.got = []
        self.answer = ok
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._take)
        self.server = TestServer(app, host="127.0.0.1")

    async def _take(self, request):
        self.got.append(Got(headers=dict(request.headers), raw=await request.read()))
        return await self.answer(request)

    @property
    def url(self):
        return str(self.server.make_url("/hook?token=hidden"))

    def hook(self, **fields):
        return Hook(**{"name": "team", "url": self.url, "secret": SECRET, "allows_private": True} | fields)

    def guids(self):
        return [one.guid for one in self.got]


async def ok(_request):
    return web.Response(status=204)


def always(status, **headers):
    async def answer(_request):
        return web.Response(status=status, headers={name.replace("_", "-"): text for name, text in headers.items()})

    return answer


def job_of(at, *, repo_id=1, hook="team", name="test_3"):
    """Something to be told at that moment."""
    body = Body(
        event=HookEvent.STANDING,
        action="changed",
        delivery=uuid4(),
        at=at,
        repository=RepositoryTold(owner="acme", name="web", id=7, url="https://github.com/acme/web", page=None),
        test=TestTold(id=3, suite="unit", class_name="tests.test_api", name=name, file=None, team=None, page=None),
        standing=StandingTold(
            before=Standing.HEALTHY,
            after=Standing.FLAKY,
            score=0.83,
            flake_rate=0.2,
            runs=10,
            failures=2,
            evidence=None,
        ),
    )
    return TellHook(repo_id=repo_id, hook=hook, guid=str(body.delivery), event=body.event, body=encode(body).decode())
