"""What pages load: a style sheet and scripts, from our own files, under names that change when they do."""

import hashlib
from pathlib import Path

from aiohttp import web

from app.web.answering import dress

STATIC = Path(__file__).parents[1] / "static"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_A_YEAR = "public, max-age=31536000, immutable"


class Statics:
    """All files of ours, read once. `address` gives the one to link to."""

    def __init__(self) -> None:
        self._files = {one.name: one.read_bytes() for one in sorted(STATIC.iterdir()) if one.suffix in _KINDS}

    def address(self, name: str) -> str:
        """Return the address of a file, with a mark of what is in it, so that browsers may keep it for good."""
        return f"/static/{name}?{hashlib.sha256(self._files[name]).hexdigest()[:12]}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file."""
        name = request.match_info["name"]
        if name not in self._files:
            return dress(web.Response(status=404, text="there is no such file\n"))
        response = web.Response(body=self._files[name], content_type=_KINDS[Path(name).suffix], charset="utf-8")
        response.headers["Cache-Control"] = _FOR_A_YEAR
        response.headers["Vary"] = "Accept-Encoding"
        response.enable_compression()
        return dress(response)
