"""Prove who we are: the App by a JWT, an installation by a token that the JWT buys. Real time, whatever our clock says."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import jwt
from cachetools import TLRUCache, TTLCache
from gidgethub.apps import get_jwt

from app.github.errors import Gone, KeyRefused, NotInstalled
from app.github.refusals import KEY_WAIT
from app.github.routes import Route, route
from app.github.wire import Answer

_FRESH = 60.0
_JWT_SECONDS = 9 * 60
_JWT_KEPT = 4 * 60
_TOKEN_SPARE = 5 * 60
_TOKEN_SECONDS = 60 * 60
_MAX_INSTALLATIONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An authorization header, and until when (time.monotonic) GitHub's own servers may not all know it yet.

    `header` is a secret and never shown.
    """

    header: str = field(repr=False)
    fresh_until: float = 0.0

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() < self.fresh_until


class Credentials(Protocol):
    """Whatever a client proves itself with."""

    async def get(self) -> Credential: ...

    def invalidate(self, refused: Credential) -> bool:
        """Forget a credential that GitHub refused; tell whether asking for another one may help."""


class AppCredentials:
    """The App itself: a JWT signed with its private key (PEM)."""

    def __init__(self, *, app_id: int, private_key: str) -> None:
        self._app_id = str(app_id)
        self._private_key = private_key
        self._kept: TTLCache[str, Credential] = TTLCache(1, ttl=_JWT_KEPT)

    async def get(self) -> Credential:
        """Return a JWT of 9 minutes, backdated by one. Raises KeyRefused where the key is none."""
        kept = self._kept.get(self._app_id)
        if kept is None:
            kept = self._kept[self._app_id] = self._sign()
        return kept

    def _sign(self) -> Credential:
        try:
            signed = get_jwt(app_id=self._app_id, private_key=self._private_key, expiration=_JWT_SECONDS)
        except (ValueError, TypeError, jwt.PyJWTError) as problem:
            raise KeyRefused(KEY_WAIT, "the private key is no RSA key in PEM form") from problem
        return Credential(header=f"Bearer {signed}")

    def invalidate(self, refused: Credential) -> bool:
        del refused
        self._kept.clear()
        return False


class InstallationTokens:
    """The tokens of all installations: minted one at a time each, kept until five minutes before they expire.

    `buy` sends a POST as the App. A token is opaque: GitHub has changed its form and length before.
    """

    def __init__(self, buy: Callable[[Route], Awaitable[Answer]]) -> None:
        self._buy = buy
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._kept: TLRUCache[int, tuple[Credential, float]] = TLRUCache(
            _MAX_INSTALLATIONS, ttu=lambda _, kept, now: now + kept[1], timer=time.monotonic
        )

    async def get(self, installation_id: int) -> Credential:
        """Return a token that is good for five minutes at least.

        Raises NotInstalled where the installation is gone or suspended, KeyRefused, TryLater.
        """
        async with self._locks[installation_id]:
            kept = self._kept.get(installation_id)
            if kept is None:
                kept = self._kept[installation_id] = await self._mint(installation_id)
            return kept[0]

    def invalidate(self, installation_id: int, refused: Credential) -> None:
        """Forget a token that GitHub refused, unless a newer one has taken its place."""
        kept = self._kept.get(installation_id)
        if kept is not None and kept[0] is refused:
            del self._kept[installation_id]

    def forget(self, installation_id: int) -> None:
        """Forget the installation's token, if there is one."""
        self._kept.pop(installation_id, None)

    async def _mint(self, installation_id: int) -> tuple[Credential, float]:
        """Buy a token; return it with the seconds for which it may be kept."""
        where = route("/app/installations/{installation_id}/access_tokens", installation_id=installation_id)
        try:
            answer = await self._buy(where)
        except Gone as gone:
            raise NotInstalled(f"installation {installation_id} is gone") from gone
        token = Credential(header=f"token {answer.fields.text('token')}", fresh_until=time.monotonic() + _FRESH)
        expires_at = answer.fields.time_or_none("expires_at")
        left = None if expires_at is None else answer.seconds_until(expires_at.timestamp())
        return token, max((_TOKEN_SECONDS if left is None else left) - _TOKEN_SPARE, 0)


class InstallationCredentials:
    """One installation of the App."""

    def __init__(self, tokens: InstallationTokens, installation_id: int) -> None:
        self._tokens = tokens
        self._installation_id = installation_id

    async def get(self) -> Credential:
        return await self._tokens.get(self._installation_id)

    def invalidate(self, refused: Credential) -> bool:
        self._tokens.invalidate(self._installation_id, refused)
        return True
