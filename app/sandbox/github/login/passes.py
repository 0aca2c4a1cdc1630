"""Codes and tokens of people: what each is good for, and until when. Their clock is the network's, not the story's."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.sandbox.github.answers import Refusal
from app.sandbox.github.doors import real_now
from app.sandbox.github.world import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a person came back with: good once, for the address that it was given to and for whoever has the verifier."""

    person: Account
    redirect_uri: str
    challenge: str | None
    until: datetime

    def is_proven_by(self, verifier: str) -> bool:
        """Tell whether the verifier is the one whose SHA-256 was given as challenge (PKCE, RFC 7636, method S256)."""
        if self.challenge is None:
            return True
        digest = hashlib.sha256(verifier.encode()).digest()
        return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), self.challenge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A person's token, or the one by which a new one is had."""

    person: Account
    until: datetime


@dataclass(slots=True)
class Passes:
    """All that was given out and not taken back. The lives are GitHub's; a test that has no time shortens them."""

    code_life: timedelta = timedelta(minutes=10)
    token_life: timedelta = timedelta(hours=8)
    refresh_life: timedelta = timedelta(seconds=15_897_600)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Pass] = field(default_factory=dict)
    refreshing: dict[str, Pass] = field(default_factory=dict)

    def write_code(self, person: Account, redirect_uri: str, challenge: str | None) -> str:
        text, until = secrets.token_hex(10), real_now() + self.code_life
        self.codes[text] = Code(person=person, redirect_uri=redirect_uri, challenge=challenge, until=until)
        return text

    def take_code(self, text: str) -> Code | None:
        """Return a code that is still good; it is used up by that, whatever comes of it."""
        found = self.codes.pop(text, None)
        return found if found is not None and found.until > real_now() else None

    def take_refresh(self, text: str) -> Account | None:
        """Return whose token is to be made anew; the refresh token is used up."""
        found = self.refreshing.pop(text, None)
        return found.person if found is not None and found.until > real_now() else None

    def give(self, person: Account) -> dict[str, object]:
        """Make a token, and the one that renews it, as GitHub answers them."""
        token, renewal = f"ghu_{secrets.token_hex(18)}", f"ghr_{secrets.token_hex(38)}"
        self.tokens[token] = Pass(person=person, until=real_now() + self.token_life)
        self.refreshing[renewal] = Pass(person=person, until=real_now() + self.refresh_life)
        return {
            "access_token": token,
            "expires_in": int(self.token_life.total_seconds()),
            "refresh_token": renewal,
            "refresh_token_expires_in": int(self.refresh_life.total_seconds()),
            "scope": "",
            "token_type": "bearer",
        }

    def check(self, authorization: str) -> Account | None:
        """Return the person whose token it is, None where it is no person's at all. Raises Refusal."""
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() not in ("bearer", "token") or not text.startswith("ghu_"):
            return None
        found = self.tokens.get(text)
        if found is None or found.until <= real_now():
            raise Refusal(401, "Bad credentials")
        return found.person

    def revoke(self, token: str) -> bool:
        """Take a token back; False where there is none such."""
        return self.tokens.pop(token, None) is not None

    def revoke_all(self, person: Account) -> None:
        """Take back all that a person ever allowed the App."""
        for kept in (self.tokens, self.refreshing):
            for text in [text for text, one in kept.items() if one.person is person]:
                del kept[text]
