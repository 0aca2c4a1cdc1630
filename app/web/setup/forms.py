"""Forms as they come in: small, of the kind that browsers send, and from our own pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

LARGEST_FORM = 16 * 1024
_MOST_FIELDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Exception):
    """Why something is not done: a status of HTTP, and words for people."""

    status: HTTPStatus
    why: str
    retry_after: int | None = None


async def read_form(request: web.Request, *, public_url: str | None) -> Mapping[str, str]:
    """Read a form that one of our own pages sent. Raises Refused."""
    _check_origin(request, public_url)
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refused(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, why="That is no form.")
    body = await _read(request)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Refused(status=HTTPStatus.BAD_REQUEST, why="That form cannot be read.") from error
    return dict(fields)


async def _read(request: web.Request) -> bytes:
    too_large = Refused(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why="That form is too large.")
    if (request.content_length or 0) > LARGEST_FORM:
        raise too_large
    body = bytearray()
    async for piece in request.content.iter_chunked(LARGEST_FORM):
        body += piece
        if len(body) > LARGEST_FORM:
            raise too_large
    return bytes(body)


def _check_origin(request: web.Request, public_url: str | None) -> None:
    """Insist on one of our own pages. A program that is no browser says nothing of where it is, and has our cookie or not."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_foreign = site not in (None, "same-origin")
    if site is None and origin is not None:
        # A proxy may have changed the host that we are asked by; then the public address is the browser's.
        is_foreign = host_of(origin) not in {request.host.lower(), host_of(public_url or "")} - {""}
    if is_foreign:
        raise Refused(status=HTTPStatus.FORBIDDEN, why="That form was sent by a page that is none of ours.")


def host_of(address: str) -> str:
    """Return host and port of an address, as they stand in Host; empty where there is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    return host if port in (None, usual) else f"{host}:{port}"
