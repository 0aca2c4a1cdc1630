"""Where people sign in, and what their tokens are good for."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from app.sandbox.github.api import ANYBODY, PERSON, Api
from app.sandbox.github.ask import Handler
from app.sandbox.github.faults import REFUSALS
from app.sandbox.github.login import person
from app.sandbox.github.login.authorize import authorize
from app.sandbox.github.login.exchange import exchange, revoke_grant, revoke_token
from app.sandbox.github.stage import Stage

OPERATIONS: tuple[tuple[str, str, Handler, str], ...] = (
    ("GET", "/user", person.get_user, PERSON),
    ("GET", "/user/installations", person.list_installations, PERSON),
    ("GET", "/user/installations/{installation_id}/repositories", person.list_repositories, PERSON),
    ("DELETE", "/applications/{client_id}/token", revoke_token, ANYBODY),
    ("DELETE", "/applications/{client_id}/grant", revoke_grant, ANYBODY),
)
"""Method, path, operation, and who is let in; what takes back tokens asks for the App's id and secret itself."""


def add_login(app: web.Application, api: Api) -> None:
    """Add the pages at the web address, and the operations below the API's."""

    async def show(request: web.Request) -> web.Response:
        return authorize(api.stage, request)

    async def answer(request: web.Request) -> web.Response:
        return await exchange(api.stage, request)

    app.router.add_get("/login/oauth/authorize", show)
    app.router.add_post("/login/oauth/access_token", _with_faults(api.stage, answer))
    for method, path, handler, needed in OPERATIONS:
        app.router.add_route(method, api.stage.world.edition.prefix + path, api.wrap(handler, needed))


_Answer = Callable[[web.Request], Awaitable[web.Response]]


def _with_faults(stage: Stage, answer: _Answer) -> _Answer:
    """Let the failures that are planted strike here as they do in the API."""

    async def answer_or_fail(request: web.Request) -> web.Response:
        planted = stage.faults.take(request.method, request.path, *REFUSALS)
        response = planted.response if planted else await answer(request)
        await stage.faults.delay(request.method, request.path)
        return response

    return answer_or_fail
