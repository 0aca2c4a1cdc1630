"""GET /login, GET /login/callback, POST /logout, POST /logout/everywhere: signing in with GitHub, and out again."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import structlog
from aiohttp import web

from app.db.people import note_sign_in, sign_out_everywhere
from app.github.errors import GitHubError
from app.github.people import OAuthClient, PersonToken, SignedOut, exchange_code, get_person, revoke_token
from app.github.wire import Wire
from app.web.access.gate import Gate
from app.web.access.session import LONGEST, Cookies, Session, SigningIn
from app.web.access.visitor import SignedIn
from app.web.access.visits import check_form, visitor_of
from app.web.answering import Answering

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningDesk:
    """Where people sign in. `public_url` is where browsers find us, which GitHub leads back to."""

    gate: Gate
    cookies: Cookies
    client: OAuthClient
    api: Wire
    public_url: str

    def add_routes(self, app: web.Application, answering: Answering) -> None:
        app.router.add_get("/login", answering.wrap(self.begin))
        app.router.add_get("/login/callback", answering.wrap(self.come_back))
        app.router.add_post("/logout", answering.wrap(self.sign_out))
        app.router.add_post("/logout/everywhere", answering.wrap(self.sign_out_everywhere))

    @property
    def _callback(self) -> str:
        return f"{self.public_url}/login/callback"

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """Send a browser to GitHub, to come back with a code that is good in this browser alone."""
        begun = SigningIn.begin(own_path(request.query.get("next", "/")))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).decode().rstrip("=")
        asked = urlencode(
            {
                "client_id": self.client.client_id,
                "redirect_uri": self._callback,
                "state": begun.state,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        # The address is written here, of settings alone: it leads to our GitHub and nowhere else.
        response = _lead(f"{self.client.web.base_url}/login/oauth/authorize?{asked}")
        self.cookies.write_signing_in(response, begun)
        return response

    async def come_back(self, request: web.Request) -> web.StreamResponse:
        """Take the code that GitHub gave the browser, and let the person in."""
        begun = self.cookies.read_signing_in(request)
        if begun is None or not hmac.compare_digest(begun.state.encode(), request.query.get("state", "").encode()):
            raise web.HTTPBadRequest(
                text="This sign-in was not begun in this browser, or too long ago. Sign in again.\n"
            )
        token = None
        if "error" not in request.query:
            token = await self._exchange(request.query.get("code", ""), begun.verifier)
        if token is None:
            raise web.HTTPForbidden(text="GitHub did not let you sign in. Sign in again, or ask who runs this bot.\n")
        session = await self._begin_session(token)
        response = _lead(begun.then)
        self.cookies.end_signing_in(response)
        self.cookies.write_session(response, session)
        return response

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """Forget the session, and have GitHub take the token back."""
        return await self._sign_out(request, everywhere=False)

    async def sign_out_everywhere(self, request: web.Request) -> web.StreamResponse:
        """End all sessions of the person, wherever they signed in."""
        return await self._sign_out(request, everywhere=True)

    async def _exchange(self, code: str, verifier: str) -> PersonToken | None:
        try:
            return await exchange_code(self.client, code, verifier=verifier, redirect_uri=self._callback)
        except GitHubError as error:
            raise _away(error) from error

    async def _begin_session(self, token: PersonToken) -> Session:
        try:
            person = await get_person(self.api, token.token)
        except (GitHubError, SignedOut) as error:
            raise _away(error) from error
        now = self.gate.clock()
        async with self.gate.pool.acquire() as conn:
            await note_sign_in(conn, person.id, person.login, now)
        _log.info("signed_in", person_id=person.id)
        return Session(
            person_id=person.id,
            login=person.login,
            token=token.token,
            csrf=secrets.token_urlsafe(24),
            began_at=now,
            ends_at=now + min(timedelta(seconds=token.seconds), LONGEST),
        )

    async def _sign_out(self, request: web.Request, *, everywhere: bool) -> web.StreamResponse:
        visitor = visitor_of(request)
        response = _lead("/")
        if not isinstance(visitor, SignedIn):
            # So comes a form of another site's, without the cookie; the browser would obey an answer that ends it.
            return response
        await check_form(request, visitor)
        if everywhere:
            async with self.gate.pool.acquire() as conn:
                await sign_out_everywhere(conn, visitor.session.person_id, self.gate.clock())
        try:
            await revoke_token(self.client, self.api, visitor.session.token, everywhere=everywhere)
        except GitHubError as error:
            # The session ends here, whatever GitHub says; the token ends by itself within hours.
            _log.warning("token_not_revoked", person_id=visitor.session.person_id, error=str(error))
        self.cookies.end_session(response)
        return response


def own_path(text: str) -> str:
    """Return a path of this site, and the front page for what would lead elsewhere: two slashes of any kind, a scheme."""
    is_ours = text.startswith("/") and text[1:2] not in ("/", "\\") and text.isprintable()
    return text if is_ours else "/"


def _lead(where: str) -> web.Response:
    # aiohttp would raise its own redirects, and cookies set on them before are easily lost.
    return web.Response(status=303, headers={"Location": where})


def _away(error: Exception) -> web.HTTPException:
    _log.warning("sign_in_failed", error=str(error))
    return web.HTTPServiceUnavailable(text="GitHub does not answer as it should. Try again in a minute.\n")
