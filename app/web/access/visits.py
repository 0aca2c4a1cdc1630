"""Each request's visitor: found out once, before any page is asked for, and carried along."""

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web

from app.web.access.gate import Gate
from app.web.access.job_tokens import NotAJob, looks_like_one
from app.web.access.session import Cookies, unmask
from app.web.access.visitor import Audience, Job, Nobody, Program, SignedIn, Visitor

FORM_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
LARGEST_FORM = 256 * 1024

_VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", object)  # type: ignore[arg-type]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadToken(Exception):
    """A token was sent that is none of ours, was revoked or is over."""


def visitor_of(request: web.Request) -> Visitor:
    """Return who is looking."""
    return request[_VISITOR]


async def find_visitor(request: web.Request, gate: Gate, cookies: Cookies | None) -> Visitor:
    """Find out who is looking: by a token where one is sent, else by their session. Raises BadToken, IssuerAway."""
    if gate.is_demo:
        return Audience()
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind:
        if kind.lower() != "bearer":
            raise BadToken
        return await _bearer(gate, token.strip())
    session = cookies.read_session(request, gate.clock()) if cookies else None
    if session is None:
        return Nobody()
    visitor = SignedIn(session=session)
    return visitor if await gate.is_still_signed_in(visitor) else Nobody()


async def _bearer(gate: Gate, token: str) -> Visitor:
    if not token.isascii():
        raise BadToken
    if gate.job_tokens is not None and looks_like_one(token):
        try:
            return Job(identity=await gate.job_tokens.read(token))
        except NotAJob as error:
            raise BadToken from error
    program = await gate.find_program(token)
    if program is None:
        raise BadToken
    return program


def carry(request: web.Request, visitor: Visitor) -> None:
    """Let whoever answers the request know who is looking."""
    request[_VISITOR] = visitor


async def check_form(request: web.Request, visitor: Visitor) -> None:
    """Make sure that a write was meant: a cookie goes along with what other sites send, too. Raises HTTPForbidden.

    A program's token is sent by itself by no browser, and needs nothing more.
    """
    if isinstance(visitor, Program | Audience):
        # Nobody is anybody in the demo, and nothing in it is worth a trick.
        return
    if not isinstance(visitor, SignedIn) or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise web.HTTPForbidden(text="this was not sent from one of our pages\n")
    given = request.headers.get(CSRF_HEADER)
    if given is None and request.content_type == "application/x-www-form-urlencoded":
        given = str((await request.post()).get(FORM_FIELD, ""))
    if not hmac.compare_digest(unmask(given or "").encode(), visitor.session.csrf.encode()):
        raise web.HTTPForbidden(text="this was not sent from one of our pages, or the page is too old: load it again\n")
