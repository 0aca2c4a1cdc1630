"""A person's session, which their browser keeps, sealed."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from aiohttp import web

from app.web.access.seal import Seal

LONGEST = timedelta(hours=8)
"""A session ends with the person's token, which is good for eight hours; GitHub lets them in again without a question."""

_SIGN_IN_SECONDS = 600


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in, by what they prove it at GitHub, and what their forms carry so that nobody else can send them."""

    person_id: int
    login: str
    token: str
    csrf: str
    began_at: datetime
    ends_at: datetime

    def __repr__(self) -> str:
        return f"Session(person_id={self.person_id})"


def mask(secret: str) -> str:
    """Write a secret into a page otherwise each time: what is compressed beside strangers' words else tells of itself by its length.

    Source: "BREACH: reviving the CRIME attack", masking secrets.
    """
    pad = secrets.token_bytes(len(secret.encode()))
    return (pad + _xor(pad, secret.encode())).hex()


def unmask(masked: str) -> str:
    """Read what `mask` wrote; an empty text where it did not."""
    try:
        both = bytes.fromhex(masked)
    except ValueError:
        return ""
    half = len(both) // 2
    return _xor(both[:half], both[half:]).decode("utf-8", "replace") if len(both) == 2 * half else ""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


class SigningIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser that was sent to GitHub has to bring back: it binds the answer to that browser."""

    state: str
    verifier: str
    then: str

    @classmethod
    def begin(cls, then: str) -> "SigningIn":
        return cls(state=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48), then=then)


class Cookies:
    """Sealed cookies of this site alone. Over HTTPS their names keep other hosts of the domain from setting them."""

    def __init__(self, keys: Sequence[str], *, is_secure: bool) -> None:
        prefix = "__Host-" if is_secure else ""
        self._is_secure = is_secure
        self._session, self._signing_in = f"{prefix}flakeguard", f"{prefix}flakeguard-sign-in"
        self._seal_session, self._seal_signing_in = Seal(keys, "session"), Seal(keys, "signing in")

    def read_session(self, request: web.Request, now: datetime) -> Session | None:
        """Return the session that the browser sent; None where there is none that is still good."""
        seconds = int(LONGEST.total_seconds())
        found = self._seal_session.open(request.cookies.get(self._session, ""), Session, seconds=seconds)
        return found if found is not None and found.began_at <= now < found.ends_at else None

    def write_session(self, response: web.StreamResponse, session: Session) -> None:
        seconds = int((session.ends_at - session.began_at).total_seconds())
        self._set(response, self._session, self._seal_session.close(session), seconds)

    def end_session(self, response: web.StreamResponse) -> None:
        self._delete(response, self._session)

    def read_signing_in(self, request: web.Request) -> SigningIn | None:
        text = request.cookies.get(self._signing_in, "")
        return self._seal_signing_in.open(text, SigningIn, seconds=_SIGN_IN_SECONDS)

    def write_signing_in(self, response: web.StreamResponse, begun: SigningIn) -> None:
        self._set(response, self._signing_in, self._seal_signing_in.close(begun), _SIGN_IN_SECONDS)

    def end_signing_in(self, response: web.StreamResponse) -> None:
        self._delete(response, self._signing_in)

    def _set(self, response: web.StreamResponse, name: str, value: str, seconds: int) -> None:
        # Lax, and not Strict: GitHub leads back to us, and who follows a link in a comment is signed in.
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._is_secure, httponly=True, samesite="Lax"
        )

    def _delete(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(name, path="/", secure=self._is_secure, httponly=True, samesite="Lax")
