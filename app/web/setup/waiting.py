"""After set-up, for the browser in which it was done: where to install the App, and whether a first run has come."""

from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus

from aiohttp import web

from app.db.connection import NO_DATABASE, Pool
from app.db.first_run import FirstRun, count_installations, count_repositories, find_first_run
from app.db.readiness import briefly
from app.web.setup.browser import Visit
from app.web.setup.rendering import add_static, dress, render

_PATIENCE_SECONDS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sofar:
    """How far a new installation is."""

    installations: int
    repositories: int
    run: FirstRun | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Shows how far it is to the browser of that visit; `since` is when set-up began, `app_url` the App's page on GitHub."""

    pool: Pool
    visit: Visit
    app_url: str
    since: datetime

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/setup/first-run", self.show)
        app.router.add_get("/setup/progress", self.tell)
        add_static(app)

    async def show(self, request: web.Request) -> web.Response:
        """Show it as a page."""
        sofar = await self._look(request)
        return render("first_run.html", install_url=f"{self.app_url}/installations/new", sofar=sofar)

    async def tell(self, request: web.Request) -> web.Response:
        """Tell it to the page's script."""
        sofar = await self._look(request)
        return dress(web.json_response(None if sofar is None else asdict(sofar)))

    async def _look(self, request: web.Request) -> Sofar | None:
        """Look; None while the database is away. To every other browser there is nothing here."""
        if not self.visit.is_of(request):
            raise web.HTTPNotFound
        try:
            async with briefly(self.pool, _PATIENCE_SECONDS) as conn:
                return Sofar(
                    installations=await count_installations(conn, self.since),
                    repositories=await count_repositories(conn, self.since),
                    run=await find_first_run(conn, self.since),
                )
        except NO_DATABASE:
            return None


def add_installed(app: web.Application, waiting: Waiting | None) -> None:
    """Add where GitHub leads those who have installed the App, today or in a year: our manifest says so for good."""

    async def lead_on(request: web.Request) -> web.Response:
        is_first = waiting is not None and waiting.visit.is_of(request)
        there = "/setup/first-run" if is_first else "/"
        return dress(web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there}))

    app.router.add_get("/setup/installed", lead_on)
