"""GET /repos/{owner}/{repo}/clusters and …/{cluster_id}: failures by their cause."""

from aiohttp import web

from app.core.clustered import FailureKind
from app.db.reading.clusters import get_cluster
from app.web.access.gate import Entry
from app.web.answering import NOT_FOUND
from app.web.api.table import CLUSTERS
from app.web.pages.lists import PERIODS, read_list
from app.web.pages.rendering import View


async def show_clusters(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show causes, the latest first."""
    shown = await read_list(view, request, entry, CLUSTERS)
    kinds = [one.value for one in FailureKind]
    return view.pages.render_of(
        request, "clusters.html", entry, view.gate.clock(), shown=shown, kinds=kinds, periods=PERIODS
    )


async def show_cluster(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show one cause: an example, the tests that it hit, and its latest failures."""
    async with view.gate.pool.acquire() as conn:
        cluster = await get_cluster(conn, entry.repo_id, int(request.match_info["cluster_id"]))
    if cluster is None:
        raise NOT_FOUND
    names = {one.test_id: one.name for one in cluster.tests}
    return view.pages.render_of(request, "cluster.html", entry, view.gate.clock(), cluster=cluster, names=names)
