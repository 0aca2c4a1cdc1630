"""Who a job of GitHub Actions is, by the token that GitHub signed for it (OpenID Connect): no secret stands in a workflow.

Source: GitHub's "OpenID Connect reference"; RFC 7519, RFC 8725 (one algorithm, audience and issuer compared whole).
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import jwt
import structlog

LARGEST_TOKEN = 8_000
_ALGORITHMS = ("RS256",)
_LEEWAY_SECONDS = 60
_FETCH_SECONDS = 5.0
_KEYS_KEPT_SECONDS = 600
_PAUSE_SECONDS = 10.0
"""So long nobody waits for an issuer that did not answer."""

_NUMBER = re.compile(r"[0-9]{1,18}")
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

_log = structlog.get_logger()


class NotAJob(Exception):
    """A token that GitHub did not sign for a job and for us, or that is over."""


class IssuerAway(Exception):
    """GitHub's keys cannot be had: nobody knows whose token it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobIdentity:
    """What GitHub says of a job: of which repository (GitHub's id) and run, and the commit that it was started for."""

    repository_id: int
    run_id: int
    run_attempt: int
    sha: str
    check_run_id: int | None


def looks_like_one(token: str) -> bool:
    """Tell whether a token is a JWT by its looks; the tokens of persons are none."""
    return token.startswith("eyJ") and token.count(".") == 2


class JobTokens:
    """Reads tokens that `issuer` signed for `audience`, our own address. The keys are GitHub's, fetched when they are needed."""

    def __init__(self, *, issuer: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = [audience.rstrip("/"), f"{audience.rstrip('/')}/"]
        # It keeps the keys, follows no redirect, and does not ask again at once for a key that is not there.
        self._keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks", lifespan=_KEYS_KEPT_SECONDS, timeout=_FETCH_SECONDS)
        self._fetching = asyncio.Lock()
        self._away_until = 0.0

    async def read(self, token: str) -> JobIdentity:
        """Return whose token it is. Raises NotAJob, IssuerAway."""
        if len(token) > LARGEST_TOKEN:
            raise NotAJob("it is too long")
        key = await self._find_key(token)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["iss", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise NotAJob(str(error)) from error
        return _identity(claims)

    async def _find_key(self, token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise NotAJob("it is no JWT") from error
        kid = header.get("kid")
        if header.get("alg") not in _ALGORITHMS or not isinstance(kid, str):
            raise NotAJob("it is not signed as GitHub's are")
        loop = asyncio.get_running_loop()
        # One at a time: whoever comes while the issuer is away shall not wait for it in a row.
        async with self._fetching:
            if loop.time() < self._away_until:
                raise IssuerAway
            try:
                return await asyncio.to_thread(self._keys.get_signing_key, kid)
            except jwt.PyJWKClientConnectionError as error:
                self._away_until = loop.time() + _PAUSE_SECONDS
                _log.warning("job_keys_away", issuer=self._issuer, error=str(error))
                raise IssuerAway from error
            except (jwt.PyJWTError, ValueError) as error:
                raise NotAJob("GitHub has no such key") from error


def _identity(claims: dict[str, Any]) -> JobIdentity:
    sha = claims.get("sha")
    if not isinstance(sha, str) or not _SHA.fullmatch(sha):
        raise NotAJob("it names no commit")
    check_run = claims.get("check_run_id")
    return JobIdentity(
        repository_id=_number(claims, "repository_id"),
        run_id=_number(claims, "run_id"),
        run_attempt=_number(claims, "run_attempt"),
        sha=sha,
        check_run_id=None if check_run is None else _number(claims, "check_run_id"),
    )


def _number(claims: dict[str, Any], name: str) -> int:
    """Read a number, which GitHub writes as text."""
    value = claims.get(name)
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise NotAJob(f"it has no {name}")
    return int(value)
