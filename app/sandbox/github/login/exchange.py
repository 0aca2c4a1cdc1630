"""Codes for tokens, and the App's taking back of tokens."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from app.sandbox.github.answers import Empty, Refusal
from app.sandbox.github.ask import Ask
from app.sandbox.github.login.registration import Registration
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Account

_TROUBLES = "/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/"
_SAYS = {
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "redirect_uri_mismatch": "The redirect_uri MUST match the registered callback URL for this application.",
    "bad_verification_code": "The code passed is incorrect or expired.",
    "bad_refresh_token": "The refresh token passed is incorrect or expired.",
    "unsupported_grant_type": "The grant type is not supported.",
}


class _Refused(Exception):
    """GitHub's word for what is wrong; the answer is a 200 all the same."""


async def exchange(stage: Stage, request: web.Request) -> web.Response:
    """Answer a code with a token: as JSON where that is asked for, else as a form."""
    given = await _given(request)
    try:
        answer = stage.passes.give(_person(stage, given))
    except _Refused as refused:
        word = str(refused)
        anchor = word.replace("_", "-")
        answer = {"error": word, "error_description": _SAYS[word], "error_uri": f"{_TROUBLES}#{anchor}"}
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response(answer)
    return web.Response(text=urlencode(answer), content_type="application/x-www-form-urlencoded")


async def _given(request: web.Request) -> Mapping[str, str]:
    """Return what was sent: GitHub takes a query, a form or JSON."""
    if request.content_type == "application/json":
        body = await request.json()
        return {name: value for name, value in body.items() if isinstance(value, str)}
    form = await request.post()
    return dict(request.query) | {name: value for name, value in form.items() if isinstance(value, str)}


def _person(stage: Stage, given: Mapping[str, str]) -> Account:
    if not is_app(stage.world.registration, given.get("client_id", ""), given.get("client_secret", "")):
        raise _Refused("incorrect_client_credentials")
    match given.get("grant_type", "authorization_code"):
        case "authorization_code":
            return _person_of_code(stage, given)
        case "refresh_token":
            person = stage.passes.take_refresh(given.get("refresh_token", ""))
            if person is None:
                raise _Refused("bad_refresh_token")
            return person
        case _:
            raise _Refused("unsupported_grant_type")


def _person_of_code(stage: Stage, given: Mapping[str, str]) -> Account:
    code = stage.passes.take_code(given.get("code", ""))
    if code is None or not code.is_proven_by(given.get("code_verifier", "")):
        raise _Refused("bad_verification_code")
    if given.get("redirect_uri", code.redirect_uri) != code.redirect_uri:
        raise _Refused("redirect_uri_mismatch")
    return code.person


def is_app(known: Registration, client_id: str, client_secret: str) -> bool:
    """Tell whether somebody has the App's id and secret."""
    return hmac.compare_digest(client_id.encode(), known.client_id.encode()) and hmac.compare_digest(
        client_secret.encode(), known.client_secret.encode()
    )


def revoke_token(ask: Ask) -> Empty:
    """Take one token back."""
    if not ask.stage.passes.revoke(_own_token(ask)):
        raise Refusal(422, "Validation Failed")
    return Empty()


def revoke_grant(ask: Ask) -> Empty:
    """Take back all tokens of the person whose token is shown."""
    found = ask.stage.passes.tokens.get(_own_token(ask))
    if found is None:
        raise Refusal(422, "Validation Failed")
    ask.stage.passes.revoke_all(found.person)
    return Empty()


def _own_token(ask: Ask) -> str:
    """Return the token that is shown, to the App itself only: it proves itself by its id and secret."""
    known = ask.world.registration
    scheme, _, text = ask.request.headers.get("Authorization", "").partition(" ")
    try:
        client_id, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client_id = secret = ""
    if scheme.lower() != "basic" or not is_app(known, client_id, secret):
        raise Refusal(401, "Bad credentials")
    if ask.parts["client_id"] != known.client_id:
        raise Refusal(404, "Not Found")
    return ask.text("access_token")
