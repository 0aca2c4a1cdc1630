"""Templates of the set-up page, and the headers that all of its answers have."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import jinja2
from aiohttp import web

from app.core.counts import count

_Response = TypeVar("_Response", bound=web.StreamResponse)

_FOLDER = Path(__file__).parents[1]
_STATIC = {"setup.css": "text/css", "setup.js": "text/javascript"}
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action {actions}; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # Who is on another host learns where somebody came from, and not by which address.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["count"] = count


def render(name: str, *, status: int = HTTPStatus.OK, posts_to: str | None = None, **values: object) -> web.Response:
    """Write a page; everything put into it is escaped. Its forms lead to us, and to `posts_to` where that is given."""
    text = _templates.get_template(f"setup/{name}").render(values)
    return dress(web.Response(status=status, text=text, content_type="text/html"), posts_to=posts_to)


def dress(response: _Response, *, posts_to: str | None = None) -> _Response:
    """Add the headers. No connection is kept: who answers here may be another one by the next request."""
    response.force_close()
    actions = "'self'" if posts_to is None else f"'self' {posts_to}"
    response.headers.update(_HEADERS | {"Content-Security-Policy": _POLICY.format(actions=actions)})
    return response


def add_static(app: web.Application) -> None:
    """Serve the style sheet and the script."""
    for name, kind in _STATIC.items():
        app.router.add_get(f"/static/{name}", _file(_FOLDER / "static" / name, kind))


def _file(path: Path, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    body = path.read_bytes()

    async def answer(_request: web.Request) -> web.Response:
        return dress(web.Response(body=body, content_type=kind, charset="utf-8"))

    return answer
