"""GET /setup and what follows: a code, a choice, a button, and the App that GitHub made of it. Open until there is one."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from app.core.text import cut
from app.github.errors import GitHubError, Gone
from app.github.registration import Registration
from app.web.setup.browser import Visit
from app.web.setup.choice import BadChoice, Choice, Given, Keeping, guess_public_url
from app.web.setup.door import Door, Locked
from app.web.setup.forms import Refused, host_of, read_form
from app.web.setup.keep import AlreadyKept, NoWebhookSecret, store, variables_of
from app.web.setup.manifest import read_permissions, write_manifest
from app.web.setup.rendering import add_static, dress, render

Convert = Callable[[str, str], Awaitable[Registration]]
"""Trades a code for an App, on the GitHub that has its pages at that address."""

_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_CLOSED = "Set-up was finished meanwhile, and is closed now."
_FOREIGN = (
    "This was not begun in this browser, or it was done already. Nothing was taken: begin again, and delete the App on "
    "GitHub if one was made."
)
_AWAY = "GitHub does not answer. Load this page once more in a moment."
_BY_HAND = (
    "Load this page once more in a moment. Where that does not help, the App is there all the same: make a private key, a "
    "client secret and a webhook secret in its settings, and start FlakeGuard with them, as docs/setup.md says."
)
_LONGEST_WORDS = 200

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new App: the variables that name it, and the visit in which it was made."""

    variables: Mapping[str, str] = field(repr=False)
    html_url: str
    visit: Visit
    since: datetime


@dataclass(slots=True, kw_only=True)
class Desk:
    """Makes one App. `made` is set once there is one; from then on there is nothing here any more.

    Who made it is answered once nobody else comes in here, which `closed` tells: the next connection that their browser
    opens is then taken by whoever answers next, as the App that was made.
    """

    door: Door
    given: Given
    file: Path
    convert: Convert
    clock: Callable[[], datetime]
    made: "asyncio.Future[Made]"
    closed: asyncio.Event
    _visit: Visit | None = None

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._wrap(self.lead_here))
        app.router.add_get("/setup", self._wrap(self.show))
        app.router.add_post("/setup/code", self._wrap(self.take_code))
        app.router.add_get("/setup/choice", self._wrap(self.lead_here))
        app.router.add_post("/setup/choice", self._wrap(self.take_choice))
        app.router.add_get("/setup/callback", self._wrap(self.come_back))
        add_static(app)

    async def lead_here(self, _request: web.Request) -> web.Response:
        return _lead("/setup")

    async def show(self, request: web.Request) -> web.Response:
        """Ask for the code, and who has given it for what they want."""
        visit = self._visit_of(request)
        return self._ask_code() if visit is None else self._ask_choice(request, visit, visit.typed)

    async def take_code(self, request: web.Request) -> web.Response:
        """Let the browser in whose person has the code."""
        form = await read_form(request, public_url=self.given.public_url)
        try:
            is_right = self.door.open(form.get("code", ""))
        except Locked as locked:
            why = f"Too many wrong codes. Try again in {locked.seconds} seconds."
            raise Refused(status=HTTPStatus.TOO_MANY_REQUESTS, why=why, retry_after=locked.seconds) from locked
        if not is_right:
            return self._ask_code("That is not the code. It stands in the log of flakeguard serve.")
        self._visit = Visit(began_at=self.clock())
        response = _lead("/setup")
        self._visit.write(response, is_secure=(self.given.public_url or "").startswith("https://"))
        return response

    async def take_choice(self, request: web.Request) -> web.Response:
        """Show the button that has GitHub make the App."""
        form = await read_form(request, public_url=self.given.public_url)
        visit = self._insist(request)
        if not visit.is_own_form(form.get("csrf", "")):
            raise Refused(status=HTTPStatus.FORBIDDEN, why="That form is not of this visit.")
        visit.remember(form)
        try:
            choice = self.given.choose(form)
            _check_host(request, choice)
        except BadChoice as error:
            return self._ask_choice(request, visit, form, error)
        state = visit.choose(choice)
        return render(
            "button.html",
            choice=choice,
            state=state,
            manifest=write_manifest(choice),
            permissions=read_permissions(),
            posts_to=_origin(choice.github_url),
        )

    async def come_back(self, request: web.Request) -> web.Response:
        """Take the App for which GitHub led the browser back."""
        visit = self._insist(request)
        state, code = request.query.get("state", ""), request.query.get("code", "")
        choice = visit.take_state(state)
        if choice is None or not _CODE.fullmatch(code):
            raise Refused(status=HTTPStatus.FORBIDDEN, why=_FOREIGN)
        made = await self._trade(visit, choice, state, code)
        if self.made.done():
            raise Refused(status=HTTPStatus.CONFLICT, why=_CLOSED)
        return await self._keep(visit, choice, made)

    async def _trade(self, visit: Visit, choice: Choice, state: str, code: str) -> Registration:
        try:
            return await self.convert(choice.github_url, code)
        except Gone as error:
            _log.warning("set_up_refused", reason=error.reason)
            raise Refused(status=HTTPStatus.FORBIDDEN, why=_FOREIGN) from error
        except GitHubError as error:
            # The code is good for an hour: who loads the page once more tries once more.
            visit.state = state
            _log.warning("set_up_github_away", reason=error.reason)
            raise Refused(status=HTTPStatus.BAD_GATEWAY, why=_why_not_had(error.said)) from error

    async def _keep(self, visit: Visit, choice: Choice, made: Registration) -> web.Response:
        try:
            variables = variables_of(made, choice)
        except NoWebhookSecret as error:
            why = "GitHub made the App without a secret for its webhooks. Delete it on GitHub, and begin again."
            raise Refused(status=HTTPStatus.BAD_GATEWAY, why=why) from error
        trouble = None
        if choice.keeping is Keeping.FILE:
            trouble = await self._try_to_store(variables)
        is_shown = choice.keeping is Keeping.ELSEWHERE or trouble is not None
        self.made.set_result(Made(variables=variables, html_url=made.html_url, visit=visit, since=visit.began_at))
        _log.info("set_up_done", app_id=made.id, stored=not is_shown)
        await self.closed.wait()
        if not is_shown:
            return _lead("/setup/first-run")
        return render("secrets.html", variables=variables, trouble=trouble)

    async def _try_to_store(self, variables: Mapping[str, str]) -> str | None:
        """Store an App; return why that failed: its secrets are shown then, for GitHub never tells them again."""
        try:
            await asyncio.to_thread(store, self.file, variables)
        except AlreadyKept as error:
            raise Refused(status=HTTPStatus.CONFLICT, why=_CLOSED) from error
        except OSError as error:
            _log.error("set_up_not_stored", file=str(self.file), error=type(error).__name__)
            return f"{self.file} could not be written: {error.strerror}."
        return None

    def _visit_of(self, request: web.Request) -> Visit | None:
        visit = self._visit
        if visit is None or visit.is_over(self.clock()) or not visit.is_of(request):
            return None
        return visit

    def _insist(self, request: web.Request) -> Visit:
        visit = self._visit_of(request)
        if visit is None:
            raise Refused(status=HTTPStatus.FORBIDDEN, why=_FOREIGN)
        return visit

    def _ask_code(self, trouble: str | None = None) -> web.Response:
        status = HTTPStatus.OK if trouble is None else HTTPStatus.FORBIDDEN
        return render("code.html", trouble=trouble, public_url=self.given.public_url, status=status)

    def _ask_choice(
        self, request: web.Request, visit: Visit, form: Mapping[str, str], error: BadChoice | None = None
    ) -> web.Response:
        return render(
            "choice.html",
            csrf=visit.csrf,
            form=form,
            given=self.given,
            guess=guess_public_url(request.host),
            file=self.file,
            field=error.field if error else None,
            trouble=str(error) if error else None,
            status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        )

    def _wrap(self, answer: Callable[[web.Request], Awaitable[web.Response]]) -> Callable[..., Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            if self.made.done():
                raise web.HTTPNotFound
            try:
                return await answer(request)
            except Refused as refused:
                response = render("refused.html", why=refused.why, status=refused.status)
                if refused.retry_after is not None:
                    response.headers["Retry-After"] = str(refused.retry_after)
                return response

        return handle


def _check_host(request: web.Request, choice: Choice) -> None:
    """Insist that the browser is at the public address: to nowhere else would GitHub lead it back with its cookie."""
    origin = request.headers.get("Origin", "null")
    if origin != "null" and host_of(origin) != host_of(choice.public_url):
        raise BadChoice(
            "public_url", f"You are at {origin} now, but GitHub will lead you to that address: begin there, at /setup."
        )


def _why_not_had(said: str) -> str:
    """Say why there is no App yet: an Enterprise Server, or a proxy before it, may let nobody ask who has not signed in."""
    return f"GitHub made the App and does not hand it over: {cut(said, _LONGEST_WORDS)}. {_BY_HAND}" if said else _AWAY


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _lead(there: str) -> web.Response:
    return dress(web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there}))
