"""What every page and every answer of the API has around it: who is looking, what went wrong, and the headers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from app.db.connection import NO_DATABASE
from app.github.errors import GitHubError
from app.github.people import SignedOut
from app.web.access.gate import CannotTell, Entry, Gate
from app.web.access.job_tokens import IssuerAway
from app.web.access.session import Cookies
from app.web.access.visitor import Nobody
from app.web.access.visits import LARGEST_FORM, BadToken, carry, find_visitor, visitor_of

_log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
RepositoryHandler = Callable[[web.Request, Entry], Awaitable[web.StreamResponse]]

REPOSITORY = r"/{owner:[A-Za-z0-9][A-Za-z0-9_-]{0,99}}/{repo:(?!\.\.?(?:/|$))[A-Za-z0-9._-]{1,100}}"
"""A repository in a path, as GitHub lets owners and repositories be called; Enterprise users may have an underscore.

What would climb in a path is no name: GitHub has none like it, and is asked for none.
"""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Exception):
    """Why nothing else is answered. `status` is HTTP's; `detail` says it to people; `allowed` are methods that are."""

    status: int
    detail: str
    allowed: tuple[str, ...] = ()


NOT_FOUND = Refusal(status=404, detail="There is nothing here, or nothing that you may see.")
_SIGN_IN = Refusal(status=401, detail="Sign in to see this.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Wraps handlers, all alike. `refuse` writes a refusal as a page, or as the API does."""

    gate: Gate
    cookies: Cookies | None
    refuse: Callable[[web.Request, Refusal], Awaitable[web.StreamResponse]]

    def wrap(self, handler: Handler, *, counts_itself: bool = False) -> Handler:
        """Let a handler answer, and turn what goes wrong into answers; it may count for itself how much it is sent."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                if not counts_itself:
                    check_size(request)
                carry(request, await find_visitor(request, self.gate, self.cookies))
                response = await handler(request)
            except Exception as error:  # noqa: BLE001 - what is not known is raised again
                if isinstance(error, ConnectionError) and request.transport is None:
                    # Whoever asked has hung up, and hears no answer; it would look as if the database were away.
                    return web.Response(status=400)
                response = await self.refuse(request, _refusal(error))
            return dress(response)

        return answer

    def of_repository(self, handler: RepositoryHandler) -> Handler:
        """Let a handler answer about the repository in the path, to whoever may see it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            visitor = visitor_of(request)
            entry = await self.gate.enter(visitor, request.match_info["owner"], request.match_info["repo"])
            if entry is None:
                raise _SIGN_IN if isinstance(visitor, Nobody) else NOT_FOUND
            return await handler(request, entry)

        return self.wrap(answer)


def dress(response: web.StreamResponse) -> web.StreamResponse:
    """Add the headers that keep an answer from being used for anything else than looking at it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.setdefault("Vary", "Cookie, Authorization")
    return response


def check_size(request: web.Request) -> None:
    """Refuse bodies that no form of ours has. Raises Refusal."""
    if request.can_read_body and not 0 <= (request.content_length or -1) <= LARGEST_FORM:
        raise Refusal(status=413, detail=f"Say how long the body is, {LARGEST_FORM} bytes at most.")


def _refusal(error: Exception) -> Refusal:
    match error:
        case Refusal():
            return error
        case BadToken():
            return Refusal(status=401, detail="This token is none of ours, was revoked, or is over.")
        case SignedOut():
            return Refusal(status=401, detail="GitHub does not know this session any more. Sign in again.")
        case IssuerAway():
            return Refusal(status=503, detail="GitHub does not say whose token this is. Try again in a minute.")
        case CannotTell() | GitHubError():
            _log.warning("github_does_not_tell", error=str(error))
            return Refusal(status=503, detail="GitHub does not say in time who may see this. Try again in a minute.")
        case web.HTTPException() if error.status >= 400:
            return Refusal(status=error.status, detail=(error.text or error.reason).strip())
        case _ if isinstance(error, NO_DATABASE):
            _log.warning("page_not_shown", reason="database away", error=type(error).__name__)
            return Refusal(status=503, detail="The database is away. Try again in a minute.")
        case _:
            raise error
