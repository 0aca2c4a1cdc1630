"""GET /repos/{owner}/{repo}/tests: the tests, by what is looked for."""

from aiohttp import web

from app.core.model import Standing
from app.db.reading.tests import TestOrder, list_branches, list_teams
from app.web.access.gate import Entry
from app.web.api.table import TESTS
from app.web.pages.lists import PERIODS, read_list
from app.web.pages.rendering import View


async def show_tests(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show tests, the flakiest first unless told otherwise."""
    shown = await read_list(view, request, entry, TESTS)
    async with view.gate.pool.acquire() as conn:
        teams, branches = await list_teams(conn, entry.repo_id), await list_branches(conn, entry.repo_id)
    choices = {
        "standings": [one.value for one in Standing],
        "orders": [one.value for one in TestOrder],
        "teams": teams,
        "branches": branches,
        "periods": PERIODS,
    }
    return view.pages.render_of(request, "tests.html", entry, view.gate.clock(), shown=shown, **choices)
