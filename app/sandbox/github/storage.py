"""The storage behind GitHub: artifacts and logs, for whoever has a link that is still good.

It is a host of its own, but for an Enterprise Server's.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from app.sandbox.github.doors import real_now
from app.sandbox.github.world import World

_KEY = b"the storage's own"


@dataclass(slots=True)
class Storage:
    """Gives out links, good for `link_life` of real time, and serves what they lead to."""

    world: World
    link_life: timedelta = timedelta(minutes=1)

    def link(self, kind: str, number: int, port: int | None) -> str:
        """Return a signed address."""
        until = (real_now() + self.link_life).timestamp()
        path = f"/_blob/{kind}/{number}"
        host = "localhost" if self.world.edition.stores_elsewhere else "127.0.0.1"
        return f"http://{host}:{port}{path}?se={until}&sig={quote(_sign(path, str(until)), safe='')}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answer as the storage: it refuses whoever shows a token there, and links that are old or made up."""
        if "Authorization" in request.headers:
            return web.Response(status=403, text="AuthenticationFailed: Authorization header is not supported here")
        until = request.query.get("se", "0")
        if not hmac.compare_digest(request.query.get("sig", ""), _sign(request.path, until)):
            return web.Response(status=403, text="AuthenticationFailed: Signature did not match")
        if float(until) <= real_now().timestamp():
            return web.Response(status=403, text="AuthenticationFailed: Signed expiry time is over")
        data = self._stored(request.match_info["kind"], int(request.match_info["id"]))
        return web.Response(status=404, text="BlobNotFound") if data is None else web.Response(body=data)

    def _stored(self, kind: str, number: int) -> bytes | None:
        for repo in self.world.repositories.values():
            for run in repo.runs.values():
                if kind == "artifact":
                    found = next((one.data for one in run.artifacts if one.id == number), None)
                else:
                    found = next(
                        (job.log for job in run.jobs if job.id == number and job.log_at <= self.world.now), None
                    )
                if found is not None:
                    return found
        return None


def _sign(path: str, until: str) -> str:
    """Sign an address. The plus sign makes sure that nobody gets away with quoting it anew."""
    digest = hmac.new(_KEY, f"{path}?{until}".encode(), hashlib.sha256).digest()
    return f"s+{base64.b64encode(digest).decode()}"
