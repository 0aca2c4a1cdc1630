"""The HTTP side: who asks, what may they see, which failure is planted, and what is answered."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
from aiohttp import web

from app.sandbox.github.faults import Faults
from app.sandbox.github.render import PERMISSIONS, Json, Renderer
from app.sandbox.github.world import RepositoryData, World

LONGEST_BODY = 65_536


class Refusal(Exception):
    """What GitHub answers instead of what was asked for."""

    def __init__(self, status: int, message: str, *, errors: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, for whoever checks them."""

    method: str
    path: str
    query: dict[str, str]
    request_body: Any
    status: int
    response_body: Any
    headers: dict[str, str]


@dataclass(slots=True)
class Ask:
    """A request that was let in: `parts` of its path, decoded `data`, the installation that asks (None: the App)."""

    request: web.Request
    parts: dict[str, str]
    data: Json
    installation: int | None
    world: World
    render: Renderer

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query)

    @property
    def repo(self) -> RepositoryData:
        """Return the repository that the path names, if this installation may see it: else there is none."""
        repo = self.world.repositories.get(f"{self.parts['owner']}/{self.parts['repo']}")
        if repo is None or repo.installation_id != self.installation:
            raise Refusal(404, "Not Found")
        return repo

    def number(self, name: str) -> int:
        text = self.parts[name]
        if not text.isdigit():
            raise Refusal(404, "Not Found")
        return int(text)

    def text(self, name: str, *, most: int = LONGEST_BODY) -> str:
        """Return a text of the body that has to be there."""
        value = self.data.get(name)
        if not isinstance(value, str) or not value.strip():
            raise Refusal(422, "Validation Failed", errors=[{"code": "missing_field", "field": name}])
        if len(value) > most:
            raise Refusal(
                422, "Validation Failed", errors=[{"message": f"{name} is too long (maximum is {most} characters)"}]
            )
        return value


Handler = Callable[[Ask], Awaitable[object] | object]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that is answered by pages; `key` is where it stands in the answer, None where it is the answer."""

    items: list[Json]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    body: object


@dataclass(frozen=True, slots=True)
class Redirect:
    location: str


@dataclass(frozen=True, slots=True)
class Empty:
    status: int = 204


@dataclass(slots=True)
class Api:
    """Answers the REST API."""

    world: World
    public_key: str
    faults: Faults
    render: Renderer | None = None
    observers: list[Callable[[Exchange], None]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    tokens: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    after: Callable[[], Awaitable[None]] | None = None

    def wrap(self, handler: Handler, permission: str | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Turn an answer of ours into one of GitHub's, with its errors, headers and pages."""

        async def answer(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            await self.faults.pause(request.method, request.path)
            try:
                planted = self.faults.take("fail", request.method, request.path)
                if planted is not None:
                    return self._log(
                        request,
                        raw,
                        web.json_response({"message": planted.message or "Server Error"}, status=planted.status),
                    )
                limited = self.faults.take("limit", request.method, request.path)
                if limited is not None:
                    return self._log(request, raw, _limited(limited.seconds, is_secondary=limited.status == 403))
                ask = self._let_in(request, raw, permission)
                result = handler(ask)
                response = self._respond(request, await result if isinstance(result, Awaitable) else result)
            except Refusal as refusal:
                said: Json = {"message": str(refusal), "documentation_url": "https://docs.github.com/rest"}
                if refusal.errors:
                    said["errors"] = list(refusal.errors)
                response = web.json_response(said, status=refusal.status)
            response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
            response.headers["X-RateLimit-Limit"] = "5000"
            response.headers["X-RateLimit-Remaining"] = "4900"
            response.headers["X-RateLimit-Reset"] = str(int(datetime.now(UTC).timestamp()) + 3600)  # noqa: TID251 - the network's time
            self._log(request, raw, response)
            if self.after is not None:
                await self.after()
            if self.faults.take("lose", request.method, request.path) is not None and request.transport is not None:
                request.transport.abort()
            return response

        return answer

    def _log(self, request: web.Request, raw: bytes, response: web.Response) -> web.Response:
        exchange = Exchange(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            request_body=json.loads(raw) if raw else None,
            status=response.status,
            response_body=json.loads(response.body)
            if isinstance(response.body, bytes) and _is_json(response)
            else None,
            headers=dict(request.headers),
        )
        self.exchanges.append(exchange)
        for observe in self.observers:
            observe(exchange)
        return response

    def _let_in(self, request: web.Request, raw: bytes, permission: str | None) -> Ask:
        installation = self._who(request, permission)
        try:
            data = json.loads(raw) if raw else {}
        except ValueError:
            raise Refusal(400, "Problems parsing JSON") from None
        if self.render is None:
            raise Refusal(503, "not started")
        parts = dict(request.match_info)
        return Ask(request, parts, data if isinstance(data, dict) else {}, installation, self.world, self.render)

    def _who(self, request: web.Request, permission: str | None) -> int | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if permission is None:
            self._check_jwt(token)
            return None
        known = self.tokens.get(token)
        if scheme.lower() not in ("bearer", "token") or known is None or known[1] < datetime.now(UTC):  # noqa: TID251
            raise Refusal(401, "Bad credentials")
        installation = self.world.installations.get(known[0])
        if installation is None or installation.is_deleted:
            raise Refusal(401, "Bad credentials")
        if installation.suspended_at is not None:
            raise Refusal(403, "This installation has been suspended")
        name, _, level = permission.partition(":")
        granted = PERMISSIONS.get(name)
        if granted is None or (level == "write" and granted != "write"):
            raise Refusal(403, "Resource not accessible by integration")
        return known[0]

    def _check_jwt(self, token: str) -> None:
        try:
            claims = jwt.decode(token, self.public_key, algorithms=["RS256"], issuer=str(self.world.app_id))
        except jwt.PyJWTError as error:
            raise Refusal(401, "A JSON web token could not be decoded") from error
        if claims["exp"] - claims["iat"] > 660:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")

    def mint(self, installation_id: int) -> Json:
        """Make an installation token, in the long form that GitHub gives since 2026, good for an hour of real time."""
        until = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251 - tokens keep real time
        body = jwt.encode({"installation": installation_id, "n": self.world.next_id()}, "x" * 32)
        token = f"ghs_{self.world.app_id}_{body}{'0' * 300}"
        self.tokens[token] = (installation_id, until)
        return {
            "token": token,
            "expires_at": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": PERMISSIONS,
            "repository_selection": "all",
        }

    def _respond(self, request: web.Request, result: object) -> web.Response:
        match result:
            case Listing(items, key):
                return _page(request, items, key)
            case Created(body):
                return web.json_response(body, status=201)
            case Redirect(location):
                return web.Response(status=302, headers={"Location": location})
            case Empty(status):
                return web.Response(status=status)
            case web.Response():
                return result
            case _:
                return web.json_response(result)


def _is_json(response: web.Response) -> bool:
    return response.content_type == "application/json"


def _limited(seconds: float, *, is_secondary: bool) -> web.Response:
    message = "You have exceeded a secondary rate limit" if is_secondary else "API rate limit exceeded"
    headers = (
        {"Retry-After": str(max(1, round(seconds)))}
        if is_secondary
        else {
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(int(datetime.now(UTC).timestamp() + seconds)),  # noqa: TID251 - the network's time
        }
    )
    return web.json_response({"message": message}, status=403, headers=headers)


def _page(request: web.Request, items: list[Json], key: str | None) -> web.Response:
    size = min(100, int(request.query.get("per_page", "30")))
    number = int(request.query.get("page", "1"))
    shown = items[(number - 1) * size : number * size]
    headers = {}
    if number * size < len(items):
        query = urlencode(dict(request.query) | {"page": str(number + 1)})
        headers["Link"] = f'<{request.url.origin()}{request.path}?{query}>; rel="next"'
    body: object = shown if key is None else {"total_count": len(items), key: shown}
    return web.json_response(body, headers=headers)


def etagged(request: web.Request, body: Any) -> web.Response:  # noqa: ANN401 - any JSON
    """Answer with an ETag, or 304 where the asker has that already."""
    text = json.dumps(body)
    tag = f'W/"{hash(text) & 0xFFFFFFFFFFFF:x}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    return web.Response(text=text, content_type="application/json", headers={"ETag": tag})
