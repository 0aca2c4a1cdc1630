"""GET /repos/{owner}/{repo}: how a repository's tests are, at a look."""

from datetime import timedelta

from aiohttp import web

from app.core.drawing.legend import FLAKED, INTERVALS, LOST
from app.core.drawing.small import draw_interval
from app.core.drawing.trend import draw_flaked, draw_lost
from app.core.model import Standing
from app.db.reading.clusters import ClustersWanted, list_clusters
from app.db.reading.decisions import DecisionsWanted, list_decisions
from app.db.reading.repositories import list_repositories
from app.db.reading.runs import RunsWanted, list_runs
from app.db.reading.tests import ListedTest, TestsWanted, list_tests
from app.db.reading.trends import list_trend
from app.web.access.gate import Entry
from app.web.pages.rendering import View

_SHOWN = 10
_TREND = timedelta(days=30)


async def show_repository(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show the flakiest tests, the trend, what is in quarantine, the latest causes and runs."""
    now, repo_id = view.gate.clock(), entry.repo_id
    days = ((now - _TREND).date(), now.date())
    async with view.gate.pool.acquire() as conn:
        [figures] = await list_repositories(conn, [entry.repo.external_id], as_of=now)
        tests = (await list_tests(conn, repo_id, TestsWanted(), None, _SHOWN)).items
        trend = await list_trend(conn, repo_id, now - _TREND, now)
        parts = {
            "figures": figures,
            "counts": {one.value: getattr(figures, one.value) for one in Standing},
            "tests": [(one, _interval(one)) for one in tests if one.score > 0],
            "pictures": {
                "flaked": draw_flaked(trend, days) + FLAKED,
                "lost": draw_lost(trend, days) + LOST,
                "intervals": INTERVALS,
            },
            "decisions": (await list_decisions(conn, repo_id, DecisionsWanted(is_open=True), None, _SHOWN)).items,
            "clusters": (await list_clusters(conn, repo_id, ClustersWanted(), None, _SHOWN)).items,
            "runs": (await list_runs(conn, repo_id, RunsWanted(), None, _SHOWN)).items,
        }
    badge = view.badge_address(entry.repo)
    return view.pages.render_of(request, "repository.html", entry, now, badge=badge, **parts)


def _interval(test: ListedTest) -> str:
    if test.low is None or test.high is None:
        return ""
    words = f"{test.flake_rate:.0%} of its runs, 90 % interval {test.low:.0%} to {test.high:.0%}"
    return draw_interval(test.flake_rate, test.low, test.high, words)
