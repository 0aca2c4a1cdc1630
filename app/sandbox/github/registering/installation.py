"""The pages on which an account lets the App in."""

from html import escape
from urllib.parse import urlencode

from aiohttp import web

from app.sandbox.github.installing import Installing
from app.sandbox.github.login.authorize import COOKIE
from app.sandbox.github.pages.layout import page
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Account, Installation


def show_accounts(stage: Stage, request: web.Request) -> web.Response:
    """Show a button for each account that has repositories."""
    _check(stage, request)
    owners = {repo.owner.login for repo in stage.world.repositories.values()}
    state = escape(request.query.get("state", ""))
    forms = "".join(
        f'<form method="post" action="/apps/{escape(stage.world.app_slug)}/installations">'
        f'<input type="hidden" name="state" value="{state}">'
        f'<button name="target" value="{escape(login)}">Install on {escape(login)}</button></form>'
        for login in sorted(owners)
    )
    name = escape(stage.world.registration.name)
    body = f'<h1>Install {name}</h1><div class="buttons">{forms or "No account has a repository."}</div>'
    return page("Install", body, form_action="*")


async def install(stage: Stage, request: web.Request) -> web.Response:
    """Let the App into all repositories of an account, tell it so, and lead to where its owner wants people to go then."""
    _check(stage, request)
    form = await request.post()
    account = stage.world.accounts.get(str(form.get("target")))
    if account is None:
        raise web.HTTPNotFound
    made = stage.world.install(account)
    for repo in stage.world.repositories.values():
        if repo.owner is account:
            repo.installation_id = made.id
    await Installing(stage).announce_installation(made)
    return web.Response(status=302, headers={"Location": _next(stage, request, made, str(form.get("state", "")))})


def _check(stage: Stage, request: web.Request) -> None:
    if request.match_info["slug"] != stage.world.app_slug:
        raise web.HTTPNotFound


def _next(stage: Stage, request: web.Request, made: Installation, state: str) -> str:
    """Return where GitHub leads who installed it: to sign in where the App asks for that, else to its set-up address."""
    known = stage.world.registration
    told = {"installation_id": str(made.id), "setup_action": "install"} | ({"state": state} if state else {})
    if known.asks_on_install and known.callback_urls:
        there = known.callback_urls[0]
        told["code"] = stage.passes.write_code(_person(stage, request), there, None)
        return f"{there}?{urlencode(told)}"
    if known.setup_url is not None:
        return f"{known.setup_url}?{urlencode(told)}"
    return f"/settings/installations/{made.id}"


def _person(stage: Stage, request: web.Request) -> Account:
    return stage.world.accounts.get(request.cookies.get(COOKIE, "")) or stage.world.account("flakeguard-owner")
