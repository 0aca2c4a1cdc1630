"""GET /account: a person's tokens; POST /account/tokens makes one, POST /account/tokens/{id}/revoke ends it."""

import hashlib
import secrets
from datetime import timedelta

from aiohttp import web

from app.db.people import add_token, delete_token, list_tokens
from app.web.access.visitor import SCOPES, SignedIn
from app.web.access.visits import check_form, visitor_of
from app.web.answering import NOT_FOUND, Refusal
from app.web.pages.rendering import View

PREFIX = "fgt_"
"""So that who finds one in a file knows what it is."""

MOST_TOKENS, MOST_REPOSITORIES = 50, 200
LONGEST_DAYS = 366
_LONGEST_NAME = 100


async def show_account(view: View, request: web.Request) -> web.Response:
    """Show a person's tokens, and the form for another one."""
    return await _show(view, request, _person(request), made=None)


async def make_token(view: View, request: web.Request) -> web.Response:
    """Make a token for what the form says, and show it this once."""
    visitor = _person(request)
    await check_form(request, visitor)
    form = await request.post()
    name = str(form.get("name", "")).strip()
    scopes = [one for one in SCOPES if one in form.getall("scope", [])]
    allowed = {one.external_id for one in await view.gate.list_repositories(visitor)}
    wanted = sorted({_number(one) for one in form.getall("repository", [])})
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise Refusal(status=400, detail=f"Give the token a name of at most {_LONGEST_NAME} characters.")
    if not scopes or not 0 < len(wanted) <= MOST_REPOSITORIES or not allowed.issuperset(wanted):
        raise Refusal(status=400, detail="Choose what the token is for: a scope, and repositories that you may see.")
    days = _number(str(form.get("days", "")))
    if not 1 <= days <= LONGEST_DAYS:
        raise Refusal(status=400, detail=f"A token is good for 1 to {LONGEST_DAYS} days.")
    made, now = PREFIX + secrets.token_urlsafe(32), view.gate.clock()
    async with view.gate.pool.acquire() as conn:
        if len(await list_tokens(conn, visitor.session.person_id)) >= MOST_TOKENS:
            raise Refusal(status=400, detail=f"You have {MOST_TOKENS} tokens: revoke one first.")
        await add_token(
            conn,
            visitor.session.person_id,
            name=name,
            digest=hashlib.sha256(made.encode()).digest(),
            scopes=scopes,
            repositories=wanted,
            at=now,
            until=now + timedelta(days=days),
        )
    return await _show(view, request, visitor, made=made)


async def revoke_token(view: View, request: web.Request) -> web.Response:
    """End a token of the person's own."""
    visitor = _person(request)
    await check_form(request, visitor)
    async with view.gate.pool.acquire() as conn:
        if not await delete_token(conn, visitor.session.person_id, int(request.match_info["token_id"])):
            raise NOT_FOUND
    return web.Response(status=303, headers={"Location": "/account"})


def _person(request: web.Request) -> SignedIn:
    visitor = visitor_of(request)
    if not isinstance(visitor, SignedIn):
        # A program makes no other programs.
        raise Refusal(status=401, detail="Sign in to see your account.")
    return visitor


async def _show(view: View, request: web.Request, visitor: SignedIn, *, made: str | None) -> web.Response:
    repositories = await view.gate.list_repositories(visitor)
    names = {one.external_id: one.full_name for one in repositories}
    async with view.gate.pool.acquire() as conn:
        tokens = await list_tokens(conn, visitor.session.person_id)
    now = view.gate.clock()
    parts = {"tokens": tokens, "names": names, "made": made, "scopes": SCOPES, "longest": LONGEST_DAYS}
    response = view.pages.render(request, "account.html", now, parts)
    if made is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


def _number(text: object) -> int:
    said = str(text)
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise Refusal(status=400, detail="A number in the form is none.")
    return int(said)
