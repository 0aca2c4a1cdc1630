"""GET /: the repositories that the visitor may see, with how they are."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby

from aiohttp import web

from app.core.counts import count
from app.core.drawing.legend import DAYS
from app.core.drawing.over_time import Days, nice_top
from app.core.drawing.small import draw_days
from app.db.reading.repositories import list_repositories
from app.db.reading.trends import FlakeDay, list_flake_days
from app.web.access.visitor import Nobody
from app.web.access.visits import visitor_of
from app.web.pages.rendering import View

_DRAWN = timedelta(days=13)
"""Two weeks, with the day of today."""


async def show_overview(view: View, request: web.Request) -> web.Response:
    """Show an organisation after the other, or what to do where there is nothing to see."""
    visitor, now = visitor_of(request), view.gate.clock()
    if isinstance(visitor, Nobody) and not view.gate.opens_public:
        return view.pages.render(request, "welcome.html", now, {})
    keys = await view.gate.list_repositories(visitor)
    async with view.gate.pool.acquire() as conn:
        found = await list_repositories(conn, [one.external_id for one in keys], as_of=now)
        flaked = await list_flake_days(conn, [one.id for one in found], now - _DRAWN, now)
    owners = [(owner, list(some)) for owner, some in groupby(found, key=lambda one: one.owner)]
    pictures = _pictures(flaked, ((now - _DRAWN).date(), now.date()))
    return view.pages.render(request, "overview.html", now, {"owners": owners, "pictures": pictures, "legend": DAYS})


def _pictures(flaked: Mapping[int, Sequence[FlakeDay]], days: Days) -> dict[int, str]:
    """Draw the repositories on one scale, so that they can be compared."""
    top = nice_top(max((one.flake_rate for own in flaked.values() for one in own), default=0.0))
    return {
        repo: draw_days(
            [(one.day, one.flake_rate) for one in own],
            days,
            top,
            f"in 14 days {sum(one.runs_flaked for one in own)} of {count(sum(one.runs for one in own), 'run')} flaked",
        )
        for repo, own in flaked.items()
    }
