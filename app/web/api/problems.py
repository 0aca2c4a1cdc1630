"""Errors as RFC 9457 says: `application/problem+json`."""

from http import HTTPStatus

import msgspec
from aiohttp import web

from app.web.answering import Refusal


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not answered. `title` is the status in words, `detail` says what to do about it."""

    type: str
    title: str
    status: int
    detail: str


async def refuse(_request: web.Request, why: Refusal) -> web.Response:
    """Write a refusal as a program reads it."""
    problem = Problem(type="about:blank", title=HTTPStatus(why.status).phrase, status=why.status, detail=why.detail)
    headers = {"Cache-Control": "no-store"}
    if why.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="FlakeGuard"'
    if why.allowed:
        headers["Allow"] = ", ".join(why.allowed)
    if why.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "30"
    return web.Response(
        status=why.status, body=msgspec.json.encode(problem), content_type="application/problem+json", headers=headers
    )
