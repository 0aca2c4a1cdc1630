"""The HTTP side: lets requests in, plays the planted failures, counts, answers, and remembers every exchange."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from app.sandbox.github.answers import Refusal, respond
from app.sandbox.github.ask import Ask, Handler
from app.sandbox.github.doors import Token, real_now
from app.sandbox.github.faults import REFUSALS, Mischief
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Account

HOUR = 3600

PERSON = "person"
ANYBODY = "anybody"
"""Who is let in beside the App, with its JWT, and its installations: a person who signed in by it, or whoever comes."""

OF_PEOPLE_TOO = "metadata:read"
"""The right without which no App is: what it opens to an installation, it opens to people who signed in by the App."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an installation by its token, a person, or, where it is neither, the App itself."""

    token: Token | None = None
    person: Account | None = None

    @property
    def number(self) -> int:
        """Return whose limit it is that a request takes from."""
        if self.person is not None:
            return self.person.id
        return self.token.installation_id if self.token else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, for whoever checks them. Bodies are decoded JSON, None where there is none.

    `arrived_at` and `answered_at` are real time, in seconds since 1970.
    """

    method: str
    path: str
    query: dict[str, str]
    request_body: Any
    status: int
    response_body: Any
    headers: dict[str, str]
    response_headers: dict[str, str]
    arrived_at: float
    answered_at: float


@dataclass(slots=True)
class Api:
    """Answers the REST API. `limit` is what an installation, or the App, may ask in an hour."""

    stage: Stage
    limit: int = 5000
    observers: list[Callable[[Exchange], None]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    used: Counter[int] = field(default_factory=Counter)
    since: float = field(default_factory=lambda: real_now().timestamp())
    after: Callable[[], Awaitable[None]] | None = None
    """Awaited once an exchange is done, before its answer goes out: the place to stop a bot between two steps."""

    def wrap(self, handler: Handler, needed: str | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Turn an operation into a handler of HTTP; without a right that is `needed` it is the App's own."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, handler, needed)

        return answer

    async def _answer(self, request: web.Request, handler: Handler, needed: str | None) -> web.Response:
        arrived_at = real_now().timestamp()
        raw, method, path = await request.read(), request.method, request.path
        planted = self.stage.faults.take(method, path, *REFUSALS)
        response = planted.response if planted else await self._do(request, raw, handler, needed)
        self._note(request, raw, response, arrived_at)
        if self.after is not None:
            await self.after()
        if planted is None:
            await self._hinder(request)
        return response

    async def _hinder(self, request: web.Request) -> None:
        """Let an answer be late or lost where that is planted. A refusal always arrives: else nobody could heed it."""
        await self.stage.faults.delay(request.method, request.path)
        if self.stage.faults.take(request.method, request.path, Mischief.LOSE_ANSWER) and request.transport is not None:
            request.transport.abort()

    async def _do(self, request: web.Request, raw: bytes, handler: Handler, needed: str | None) -> web.Response:
        asker = 0
        try:
            self._check_version(request)
            caller = self._let_in(request, needed)
            asker = caller.number
            self._check_limit(asker)
            data = _decode(raw)
            result = handler(Ask(request, dict(request.match_info), data, caller.token, self.stage, caller.person))
            response = respond(request, await result if isinstance(result, Awaitable) else result)
        except Refusal as refusal:
            response = refusal.response
        if response.status != 304:
            self.used[asker] += 1
        self._tell_limits(response, asker)
        return response

    def _check_version(self, request: web.Request) -> None:
        asked, known = request.headers.get("X-GitHub-Api-Version"), self.stage.world.edition.api_versions
        if asked is None or asked in known:
            return
        listed = ", ".join(f'"{one}"' for one in known)
        why = f'The version you specified in the "X-GitHub-API-Version" request header, "{asked}", is not a supported version.'
        raise Refusal(400, f"{why} The following versions are currently supported: {listed}.")

    def _let_in(self, request: web.Request, needed: str | None) -> Caller:
        authorization = request.headers.get("Authorization", "")
        if needed is None:
            self.stage.doors.check_app(authorization)
        if needed is None or needed == ANYBODY:
            return Caller()
        person = self.stage.passes.check(authorization)
        if person is None and needed == PERSON:
            raise Refusal(401, "Requires authentication")
        if person is None:
            return Caller(token=self.stage.doors.check_installation(authorization, needed))
        if needed not in (PERSON, OF_PEOPLE_TOO):
            raise Refusal(403, "Resource not accessible by integration")
        return Caller(person=person)

    def _check_limit(self, asker: int) -> None:
        if self.stage.world.edition.has_limits and self._remaining(asker) == 0:
            raise Refusal(403, "API rate limit exceeded for installation.")

    def _remaining(self, asker: int) -> int:
        if real_now().timestamp() >= self.since + HOUR:
            self.since = real_now().timestamp()
            self.used.clear()
        return max(0, self.limit - self.used[asker])

    def _tell_limits(self, response: web.Response, asker: int) -> None:
        edition = self.stage.world.edition
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        if edition.version is not None:
            response.headers["X-GitHub-Enterprise-Version"] = edition.version
        if not edition.has_limits:
            return
        remaining = self._remaining(asker)
        response.headers["X-RateLimit-Limit"] = str(self.limit)
        response.headers["X-RateLimit-Remaining"] = str(remaining)
        response.headers["X-RateLimit-Used"] = str(self.limit - remaining)
        response.headers["X-RateLimit-Reset"] = str(int(self.since) + HOUR)
        response.headers["X-RateLimit-Resource"] = "core"

    def _note(self, request: web.Request, raw: bytes, response: web.Response, arrived_at: float) -> None:
        exchange = Exchange(
            method=request.method,
            path=request.rel_url.raw_path,
            query=dict(request.query),
            request_body=_decode_any(raw),
            status=response.status,
            response_body=_read(response),
            headers=dict(request.headers),
            response_headers={name.lower(): value for name, value in response.headers.items()},
            arrived_at=arrived_at,
            answered_at=real_now().timestamp(),
        )
        self.exchanges.append(exchange)
        for observe in self.observers:
            observe(exchange)


def _decode(raw: bytes) -> dict[str, object]:
    if not raw:
        return {}
    data = _decode_any(raw)
    if not isinstance(data, dict):
        raise Refusal(400, "Problems parsing JSON")
    return data


def _decode_any(raw: bytes) -> object:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def _read(response: web.Response) -> object:
    is_json = response.content_type == "application/json"
    return _decode_any(response.body) if is_json and isinstance(response.body, bytes) else None
