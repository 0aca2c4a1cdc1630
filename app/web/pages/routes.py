"""The dashboard's routes."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import web

from app.web.access.gate import Entry
from app.web.access.visitor import Nobody
from app.web.access.visits import carry
from app.web.answering import REPOSITORY, Answering, Refusal
from app.web.pages.account import make_token, revoke_token, show_account
from app.web.pages.api_docs import show_api
from app.web.pages.causes import show_cluster, show_clusters
from app.web.pages.deeds import show_audit, show_quarantine
from app.web.pages.one_test import decide, show_test
from app.web.pages.overview import show_overview
from app.web.pages.policy import show_policy, try_policy
from app.web.pages.rendering import View
from app.web.pages.repository import show_repository
from app.web.pages.runs import show_run, show_runs
from app.web.pages.tests import show_tests

Show = Callable[[View, web.Request], Awaitable[web.StreamResponse]]
ShowOf = Callable[[View, web.Request, Entry], Awaitable[web.StreamResponse]]

PAGES: dict[str, Show] = {"/": show_overview, "/account": show_account, "/api/docs": show_api}
FORMS: dict[str, Show] = {"/account/tokens": make_token, r"/account/tokens/{token_id:\d{1,18}}/revoke": revoke_token}
_TEST = r"/tests/{test_id:\d{1,18}}"
REPOSITORY_PAGES: dict[str, ShowOf] = {
    "": show_repository,
    "/tests": show_tests,
    _TEST: show_test,
    "/clusters": show_clusters,
    r"/clusters/{cluster_id:\d{1,18}}": show_cluster,
    "/runs": show_runs,
    r"/runs/{run_id:\d{1,18}}": show_run,
    "/quarantine": show_quarantine,
    "/audit": show_audit,
    "/policy": show_policy,
}
"""By what stands behind the repository in the address."""
REPOSITORY_FORMS: dict[str, ShowOf] = {f"{_TEST}/decide": decide, "/policy": try_policy}


def add_dashboard(app: web.Application, answering: Answering, view: View) -> None:
    """Add the routes of all pages."""
    for path, show in PAGES.items():
        app.router.add_get(path, answering.wrap(_page(show, view)))
    for path, take in FORMS.items():
        app.router.add_post(path, answering.wrap(_page(take, view)))
    for path, take_of in REPOSITORY_FORMS.items():
        app.router.add_post(f"/repos{REPOSITORY}{path}", answering.of_repository(_repository_page(take_of, view)))
    for path, show_of in REPOSITORY_PAGES.items():
        app.router.add_get(f"/repos{REPOSITORY}{path}", answering.of_repository(_repository_page(show_of, view)))


def _page(show: Show, view: View) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await show(view, request)

    return answer


def _repository_page(show: ShowOf, view: View) -> Callable[[web.Request, Entry], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request, entry: Entry) -> web.StreamResponse:
        return await show(view, request, entry)

    return answer


def refuse_with(view: View) -> Callable[[web.Request, Refusal], Awaitable[web.StreamResponse]]:
    """Return what says on a page why nothing else is shown, or sends who has not signed in to do so."""

    async def refuse(request: web.Request, why: Refusal) -> web.StreamResponse:
        if why.status == HTTPStatus.UNAUTHORIZED and request.method == "GET" and view.pages.can_sign_in:
            there = urlencode({"next": request.rel_url.raw_path_qs})
            return web.Response(status=303, headers={"Location": f"/login?{there}"})
        carry(request, Nobody())
        parts = {"status": why.status, "title": HTTPStatus(why.status).phrase, "detail": why.detail}
        return view.pages.render(request, "refused.html", view.gate.clock(), parts, status=why.status)

    return refuse
