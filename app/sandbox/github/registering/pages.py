"""The pages on which an App is made from a manifest."""

from html import escape
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from app.sandbox.github.login.authorize import COOKIE
from app.sandbox.github.pages.layout import page
from app.sandbox.github.registering.manifest import BadManifest, Manifest, read_manifest
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Account


async def show_new(stage: Stage, request: web.Request) -> web.Response:
    """Show what the App will be called, and a button that makes it."""
    form = await request.post()
    text, owner = str(form.get("manifest", "")), _owner(stage, request)
    try:
        manifest = read_manifest(text)
    except BadManifest as error:
        return _refuse(error)
    hidden = {"manifest": text, "state": request.query.get("state", ""), "owner": owner.login}
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    rights = ", ".join(f"{name}: {level}" for name, level in manifest.permissions.items())
    body = (
        f"<h1>Create GitHub App for {escape(owner.login)}</h1>"
        f'<form method="post" action="/settings/apps">{fields}<p><label>GitHub App name '
        f'<input name="name" value="{escape(manifest.name)}"></label></p>'
        '<p class="buttons"><button type="submit">Create GitHub App</button></p></form>'
        f"<p>Permissions: {escape(rights)}</p><p>Webhooks go to {escape(manifest.hook_url)}</p>"
    )
    return page("Create GitHub App", body, form_action=f"'self' {_origin(manifest)}")


async def create(stage: Stage, request: web.Request) -> web.Response:
    """Make the App, and lead back with the code that is traded for it."""
    form = await request.post()
    owner = stage.world.accounts.get(str(form.get("owner")))
    if owner is None:
        raise web.HTTPNotFound
    try:
        manifest = read_manifest(str(form.get("manifest", "")), name=str(form.get("name", "")))
    except BadManifest as error:
        return _refuse(error)
    answer = {"code": stage.pending.add(manifest, owner)}
    if state := form.get("state"):
        answer["state"] = str(state)
    joint = "&" if "?" in manifest.redirect_url else "?"
    return web.Response(status=302, headers={"Location": f"{manifest.redirect_url}{joint}{urlencode(answer)}"})


def _owner(stage: Stage, request: web.Request) -> Account:
    """Return whose App it will be: the organisation's that the path names, or that of who signed in."""
    if "org" in request.match_info:
        found = stage.world.accounts.get(request.match_info["org"])
        if found is None or found.type != "Organization":
            raise web.HTTPNotFound
        return found
    signed_in = stage.world.accounts.get(request.cookies.get(COOKIE, ""))
    return signed_in or stage.world.account("flakeguard-owner")


def _origin(manifest: Manifest) -> str:
    parts = urlsplit(manifest.redirect_url)
    return f"{parts.scheme}://{parts.netloc}"


def _refuse(error: BadManifest) -> web.Response:
    said = page(
        "Invalid GitHub App configuration", f"<h1>Invalid GitHub App configuration</h1><p>{escape(str(error))}</p>"
    )
    said.set_status(422)
    return said
