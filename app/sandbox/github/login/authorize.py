"""The page on which a person says who they are; it leads back to the App with a code."""

from html import escape
from urllib.parse import urlencode

from aiohttp import web

from app.sandbox.github.pages.layout import page
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Account

COOKIE = "sandbox_person"
_SESSION = 8 * 3600
_MISMATCH = {
    "error": "redirect_uri_mismatch",
    "error_description": "The redirect_uri MUST match the registered callback URL for this application.",
    "error_uri": "/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/#redirect-uri-mismatch",
}


def authorize(stage: Stage, request: web.Request) -> web.Response:
    """Lead back at once who is known by `?as=LOGIN` or by the cookie that such a query leaves; ask others who they are.

    `prompt=select_account` asks them in any case.
    """
    known, query = stage.world.registration, request.query
    if query.get("client_id") != known.client_id or not known.callback_urls:
        raise web.HTTPNotFound
    there = query.get("redirect_uri", known.callback_urls[0])
    if there not in known.callback_urls:
        return _lead(known.callback_urls[0], request, _MISMATCH)
    if query.get("code_challenge_method", "S256") != "S256":
        raise web.HTTPBadRequest(text="code_challenge_method must be S256: plain is not supported")
    person = _person(stage, request)
    if person is None:
        return _ask(stage, request)
    code = stage.passes.write_code(person, there, query.get("code_challenge") or None)
    response = _lead(there, request, {"code": code})
    response.set_cookie(COOKIE, person.login, max_age=_SESSION, httponly=True, samesite="Lax")
    return response


def _lead(there: str, request: web.Request, answer: dict[str, str]) -> web.Response:
    """Lead back to the App, with the state that it gave."""
    state = {"state": request.query["state"]} if "state" in request.query else {}
    joint = "&" if "?" in there else "?"
    return web.Response(status=302, headers={"Location": f"{there}{joint}{urlencode(answer | state)}"})


def _person(stage: Stage, request: web.Request) -> Account | None:
    login = request.query.get("as")
    if login is None and request.query.get("prompt") != "select_account":
        login = request.cookies.get(COOKIE)
    found = stage.world.accounts.get(login or "")
    return found if found is not None and found.type == "User" else None


def _ask(stage: Stage, request: web.Request) -> web.Response:
    """Show one button an account, the suggested one first."""
    people = sorted(one.login for one in stage.world.accounts.values() if one.type == "User")
    people.sort(key=lambda login: login != request.query.get("login"))
    kept = {name: value for name, value in request.query.items() if name not in ("as", "prompt")}
    buttons = "".join(
        f'<a class="button" role="button" href="?{escape(urlencode(kept | {"as": login}))}">{escape(login)}</a>'
        for login in people
    )
    name = escape(stage.world.app_slug)
    body = (
        f"<h1>Sign in to {name}</h1><p>The App {name} would like to know who you are, and to read what you may read.</p>"
        f'<p class="buttons">{buttons or "There is nobody yet."}</p>'
    )
    return page("Sign in", body)
