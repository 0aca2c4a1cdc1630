"""GET /repos/{owner}/{repo}: how a repository's tests are, at a look."""

from datetime import timedelta

from aiohttp import web

from app.db.reading.clusters import ClustersWanted, list_clusters
from app.db.reading.decisions import DecisionsWanted, list_decisions
from app.db.reading.repositories import list_repositories
from app.db.reading.runs import RunsWanted, list_runs
from app.db.reading.tests import TestsWanted, list_tests
from app.db.reading.trends import list_trend
from app.web.access.gate import Entry
from app.web.pages.rendering import View

_SHOWN = 10
_TREND = timedelta(days=30)


async def show_repository(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show the flakiest tests, the trend, what is in quarantine, the latest causes and runs."""
    now, repo_id = view.gate.clock(), entry.repo_id
    async with view.gate.pool.acquire() as conn:
        [figures] = await list_repositories(conn, [entry.repo.external_id], as_of=now)
        parts = {
            "figures": figures,
            "tests": (await list_tests(conn, repo_id, TestsWanted(), None, _SHOWN)).items,
            "trend": await list_trend(conn, repo_id, now - _TREND, now),
            "decisions": (await list_decisions(conn, repo_id, DecisionsWanted(is_open=True), None, _SHOWN)).items,
            "clusters": (await list_clusters(conn, repo_id, ClustersWanted(), None, _SHOWN)).items,
            "runs": (await list_runs(conn, repo_id, RunsWanted(), None, _SHOWN)).items,
        }
    return view.pages.render_of(request, "repository.html", entry, now, **parts)
