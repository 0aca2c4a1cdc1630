"""GET /badge/{owner}/{repo}.svg: of public repositories for everybody, of private ones for who has the signed address."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from aiohttp import web

from app.core.drawing.badge import draw_badge
from app.db.badges import count_for_badge
from app.db.connection import DATABASE_AWAY, Pool
from app.db.repository_keys import RepositoryKey
from app.web.answering import REPOSITORY, dress

_SECONDS = 300
"""GitHub's image proxy asks again after that; a badge is no news ticker."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Badges:
    """Draws badges. Private ones are signed with the keys of the sessions, and with nothing where there are none."""

    pool: Pool
    keys: Sequence[str]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(f"/badge{REPOSITORY}.svg", self.answer)

    def address(self, key: RepositoryKey) -> str | None:
        """Return where a repository's badge is; None where it is private and nothing signs."""
        path = f"/badge/{quote(key.owner)}/{quote(key.name)}.svg"
        if not key.is_private:
            return path
        return f"{path}?key={_sign(self.keys[0], key.external_id)}" if self.keys else None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer with the badge, or with one that says nothing: alike for what is private and for what is not there."""
        given = request.query.get("key", "")
        try:
            async with self.pool.acquire() as conn:
                counts = await count_for_badge(conn, request.match_info["owner"], request.match_info["repo"])
        except DATABASE_AWAY as error:
            _log.warning("badge_not_drawn", reason="database away", error=type(error).__name__)
            return dress(_unknown(status=503))
        # One signature is made in any case: how long that takes says nothing.
        is_signed = self._is_signed(given, counts.external_id if counts else 0)
        if counts is None or (counts.is_private and not is_signed):
            return dress(_unknown(status=404))
        body = draw_badge(counts.flaky, counts.broken).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        whose = "private" if counts.is_private else "public"
        headers = {"ETag": etag, "Cache-Control": f"{whose}, max-age={_SECONDS}"}
        if request.headers.get("If-None-Match") == etag:
            return dress(web.Response(status=304, headers=headers))
        response = web.Response(body=body, content_type="image/svg+xml", charset="utf-8", headers=headers)
        # It is made to be shown on other sites.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return dress(response)

    def _is_signed(self, given: str, external_id: int) -> bool:
        return any(hmac.compare_digest(given.encode(), _sign(key, external_id).encode()) for key in self.keys)


def _sign(key: str, external_id: int) -> str:
    return hmac.new(key.encode(), f"flakeguard badge {external_id}".encode(), hashlib.sha256).hexdigest()[:40]


def _unknown(*, status: int) -> web.Response:
    headers = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "cross-origin"}
    return web.Response(
        status=status,
        body=draw_badge(None, None).encode(),
        content_type="image/svg+xml",
        charset="utf-8",
        headers=headers,
    )
