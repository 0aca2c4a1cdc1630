"""The one browser in which the right code was given, and how far it is."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from app.web.setup.choice import FIELDS, LONGEST_ANSWER, Choice

COOKIE = "flakeguard-setup"
_GOOD_FOR = timedelta(hours=1)
"""As long as GitHub keeps a new App for whoever has its code."""


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(slots=True, kw_only=True)
class Visit:
    """What its cookie opens. `csrf` stands in its forms; `state` is what GitHub has to bring back, once."""

    began_at: datetime
    token: str = field(default_factory=_secret, repr=False)
    csrf: str = field(default_factory=_secret, repr=False)
    choice: Choice | None = None
    state: str | None = field(default=None, repr=False)
    typed: Mapping[str, str] = field(default_factory=dict)
    """What the choice's fields held when it was sent last, none of it a secret: the page is filled with it again."""

    def is_of(self, request: web.Request) -> bool:
        """Tell whether the request comes from the browser in which the visit began."""
        return is_same(request.cookies.get(COOKIE, ""), self.token)

    def is_over(self, now: datetime) -> bool:
        return now - self.began_at >= _GOOD_FOR

    def is_own_form(self, csrf: str) -> bool:
        return is_same(csrf, self.csrf)

    def remember(self, form: Mapping[str, str]) -> None:
        """Keep what was typed, whether or not it makes sense; whatever else a form holds is forgotten."""
        self.typed = {name: form[name][:LONGEST_ANSWER] for name in FIELDS if name in form}

    def choose(self, choice: Choice) -> str:
        """Note what was chosen; return the state with which GitHub is asked for it."""
        self.choice, self.state = choice, _secret()
        return self.state

    def take_state(self, given: str) -> Choice | None:
        """Return what was chosen if that state belongs to it; a state is used up by that."""
        if self.state is None or not is_same(given, self.state):
            return None
        self.state = None
        return self.choice

    def write(self, response: web.StreamResponse, *, is_secure: bool) -> None:
        # Lax, and not Strict: GitHub leads back to us.
        response.set_cookie(
            COOKIE,
            self.token,
            path="/setup",
            max_age=int(timedelta(days=1).total_seconds()),
            secure=is_secure,
            httponly=True,
            samesite="Lax",
        )


def is_same(given: str, secret: str) -> bool:
    """Compare in a time that says nothing of where they differ."""
    # What stands in a header may be no text, of which aiohttp makes halves of pairs.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode())
