"""What the API answers: refusals, lists by pages, redirects, and reads that cost nothing where nothing changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode

from aiohttp import web

from app.sandbox.github.render import Json

LARGEST_PAGE = 100
DOCUMENTATION = "https://docs.github.com/rest"


class Refusal(Exception):
    """What GitHub answers instead of what was asked for."""

    def __init__(
        self, status: int, message: str, *, errors: Sequence[object] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors
        self.headers = headers

    @property
    def response(self) -> web.Response:
        said: Json = {"message": str(self), "documentation_url": DOCUMENTATION}
        if self.errors:
            said["errors"] = list(self.errors)
        return web.json_response(said, status=self.status, headers=self.headers)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that is answered by pages; `key` is where it stands in the answer, None where it is the answer."""

    items: list[Json]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    body: object


@dataclass(frozen=True, slots=True)
class Accepted:
    pass


@dataclass(frozen=True, slots=True)
class Redirect:
    location: str


@dataclass(frozen=True, slots=True)
class Empty:
    status: int = 204


def respond(request: web.Request, result: object) -> web.Response:
    """Turn what an operation gives into an answer."""
    match result:
        case Listing(items, key):
            return _page(request, items, key)
        case Created(body):
            return web.json_response(body, status=201)
        case Accepted():
            return web.json_response({}, status=202)
        case Redirect(location):
            return web.Response(status=302, headers={"Location": location})
        case Empty(status):
            return web.Response(status=status)
        case web.Response():
            return result
        case _:
            return _etagged(request, result, {})


def _page(request: web.Request, items: list[Json], key: str | None) -> web.Response:
    size = min(LARGEST_PAGE, _number(request, "per_page", 30))
    number = _number(request, "page", 1)
    shown = items[(number - 1) * size : number * size]
    last = max(1, -(-len(items) // size))
    pages: dict[str, int] = {}
    if number > 1:
        pages |= {"prev": number - 1, "first": 1}
    if number < last:
        pages |= {"next": number + 1, "last": last}
    body: object = shown if key is None else {"total_count": len(items), key: shown}
    return _etagged(request, body, link(request, {name: {"page": str(page)} for name, page in pages.items()}))


def link(request: web.Request, pages: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the Link header that leads to other pages of a list; each page is told by what its query has of its own."""
    here = f"{request.url.origin()}{request.rel_url.raw_path}"
    links = [f'<{here}?{urlencode(dict(request.query) | dict(query))}>; rel="{name}"' for name, query in pages.items()]
    return {"Link": ", ".join(links)} if links else {}


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() else default


def _etagged(request: web.Request, body: object, headers: Mapping[str, str]) -> web.Response:
    """Answer with an ETag, or 304 where the asker has that already."""
    text = json.dumps(body)
    tag = f'W/"{sha256(text.encode()).hexdigest()}"'
    headers = {**headers, "ETag": tag}
    if request.method == "GET" and request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(text=text, content_type="application/json", headers=headers)
