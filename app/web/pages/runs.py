"""GET /repos/{owner}/{repo}/runs and …/{run_id}: what CI did, attempt by attempt."""

from aiohttp import web

from app.db.reading.runs import get_run
from app.db.reading.tests import list_branches
from app.web.access.gate import Entry
from app.web.answering import NOT_FOUND
from app.web.api.table import RUNS
from app.web.pages.lists import PERIODS, read_list
from app.web.pages.rendering import View

_CONCLUSIONS = ("success", "failure", "cancelled", "timed_out", "action_required", "skipped", "neutral")


async def show_runs(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show runs, the latest first."""
    shown = await read_list(view, request, entry, RUNS)
    async with view.gate.pool.acquire() as conn:
        branches = await list_branches(conn, entry.repo_id)
    return view.pages.render_of(
        request,
        "runs.html",
        entry,
        view.gate.clock(),
        shown=shown,
        branches=branches,
        conclusions=_CONCLUSIONS,
        periods=PERIODS,
    )


async def show_run(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show every attempt of a run, the first one first: no retry hides what came before it."""
    async with view.gate.pool.acquire() as conn:
        run = await get_run(conn, entry.repo_id, int(request.match_info["run_id"]))
    if run is None:
        raise NOT_FOUND
    return view.pages.render_of(request, "run.html", entry, view.gate.clock(), run=run)
