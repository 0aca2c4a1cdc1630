"""GET /badge/{owner}/{repo}.svg: of public repositories for everybody, of private ones for who has the signed address."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from aiohttp import web

from app.core.drawing.badge import draw_badge
from app.db.badges import BadgeCounts, count_for_badge
from app.db.connection import NO_DATABASE, Pool
from app.db.repository_keys import RepositoryKey, find_key_by_name
from app.web.access.seal import derive
from app.web.answering import REPOSITORY, dress

_SECONDS = 300
"""GitHub's image proxy asks again after that; a badge is no news ticker."""

_LONGEST_NUMBER = 18

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
        return f"{path}?key={key.external_id}-{_sign(self.keys[0], key.external_id)}" if self.keys else None

    async def answer(self, request: web.Request) -> web.Response:
        """Answer with the badge, or with one that says nothing: alike for what is private and for what is not there."""
        try:
            repo, counts = await self._look(request)
        except NO_DATABASE as error:
            _log.warning("badge_not_drawn", reason="database away", error=type(error).__name__)
            return _dress(_unknown(status=503), "no-store")
        if repo is None or counts is None:
            return _dress(_unknown(status=404), "no-store")
        svg = draw_badge(counts.flaky, counts.broken)
        etag = hashlib.sha256(svg.encode()).hexdigest()[:32]
        is_known = any(one.value in (etag, "*") for one in request.if_none_match or ())
        response = web.Response(status=304) if is_known else _picture(svg)
        response.etag = etag
        return _dress(response, f"{'private' if repo.is_private else 'public'}, max-age={_SECONDS}")

    async def _look(self, request: web.Request) -> tuple[RepositoryKey | None, BadgeCounts | None]:
        # Only a good signature has private ones looked for: who has none learns by no time that they are there.
        signed = self._read_key(request.query.get("key", ""))
        owner, name = request.match_info["owner"], request.match_info["repo"]
        async with self.pool.acquire() as conn:
            repo = await find_key_by_name(conn, owner, name, only_public=True)
            if repo is None and signed is not None:
                repo = await find_key_by_name(conn, owner, name, among=[signed])
            return (None, None) if repo is None else (repo, await count_for_badge(conn, repo.id))

    def _read_key(self, given: str) -> int | None:
        """Return GitHub's number of the repository that a signature is for; None where it is none of ours."""
        number, _, said = given.partition("-")
        if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER and said.isascii()):
            return None
        own = int(number)
        return own if any(hmac.compare_digest(said, _sign(key, own)) for key in self.keys) else None


def _sign(key: str, external_id: int) -> str:
    """Sign GitHub's number of a repository, which it keeps when it is renamed."""
    return hmac.new(derive(key, "badge"), str(external_id).encode(), hashlib.sha256).hexdigest()[:40]


def _unknown(*, status: int) -> web.Response:
    return _picture(draw_badge(None, None), status=status)


def _picture(svg: str, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=svg.encode(), content_type="image/svg+xml", charset="utf-8")


def _dress(response: web.Response, cache: str) -> web.Response:
    # It is made to be shown on other sites, and who looks makes no difference. A 304 says so, too: a browser takes its
    # headers for those of what it has kept.
    response.headers.update({"Cache-Control": cache, "Cross-Origin-Resource-Policy": "cross-origin"})
    dress(response)
    del response.headers["Vary"]
    return response
