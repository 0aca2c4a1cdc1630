"""GET /: the repositories that the visitor may see, with how they are."""

from itertools import groupby

from aiohttp import web

from app.db.reading.repositories import list_repositories
from app.web.access.visitor import Nobody
from app.web.access.visits import visitor_of
from app.web.pages.rendering import View


async def show_overview(view: View, request: web.Request) -> web.Response:
    """Show an organisation after the other, or what to do where there is nothing to see."""
    visitor, now = visitor_of(request), view.gate.clock()
    if isinstance(visitor, Nobody) and not view.gate.opens_public:
        return view.pages.render(request, "welcome.html", now, {})
    keys = await view.gate.list_repositories(visitor)
    async with view.gate.pool.acquire() as conn:
        found = await list_repositories(conn, [one.external_id for one in keys], as_of=now)
    owners = [(owner, list(some)) for owner, some in groupby(found, key=lambda one: one.owner)]
    return view.pages.render(request, "overview.html", now, {"owners": owners})
