"""Pages to look at: repositories, pull requests, issues, checks and runs, roughly as GitHub shows them."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from app.sandbox.github.pages.checks import show_check, show_job, show_run
from app.sandbox.github.pages.conversations import show_file, show_index, show_issue, show_repository
from app.sandbox.github.pages.layout import STYLE
from app.sandbox.github.pages.speaking import take_comment
from app.sandbox.github.runs import WorkflowRun
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Issue, RepositoryData

_REPO = r"/{owner}/{repo}"


def add_pages(app: web.Application, stage: Stage) -> None:
    """Add pages of everything in the world. They show all of it to everybody, and anybody may say something: a sandbox has no secrets."""
    world = stage.world
    sights = _Sights(stage)
    add = app.router.add_get
    add("/", _answer(lambda _: show_index(world)))
    add("/_pages/style.css", _answer(lambda _: web.Response(text=STYLE, content_type="text/css")))
    add(_REPO, _answer(lambda request: show_repository(sights.repo(request))))
    add(_REPO + r"/{kind:pull|issues}/{number:\d+}", _answer(sights.issue))
    app.router.add_post(_REPO + r"/{kind:pull|issues}/{number:\d+}/comments", sights.comment)
    add(_REPO + r"/blob/{ref}/{path:.+}", _answer(sights.file))
    add(_REPO + r"/runs/{number:\d+}", _answer(sights.check))
    add(_REPO + r"/actions/runs/{run:\d+}", _answer(sights.run))
    add(_REPO + r"/actions/runs/{run:\d+}/attempts/{attempt:\d+}", _answer(sights.run))
    add(_REPO + r"/actions/runs/{run:\d+}/job/{job:\d+}", _answer(sights.job))


def _answer(look: Callable[[web.Request], web.Response]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        return look(request)

    return answer


class _Sights:
    """Finds what an address names, or answers 404."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    def repo(self, request: web.Request) -> RepositoryData:
        found = self._world.repositories.get("{owner}/{repo}".format_map(request.match_info))
        if found is None:
            raise web.HTTPNotFound
        return found

    def issue(self, request: web.Request) -> web.Response:
        return show_issue(*self._issue(request))

    async def comment(self, request: web.Request) -> web.Response:
        repo, issue = self._issue(request)
        return await take_comment(self._stage, repo, issue, request)

    def _issue(self, request: web.Request) -> tuple[RepositoryData, Issue]:
        repo = self.repo(request)
        issue = repo.issues.get(int(request.match_info["number"]))
        if issue is None:
            raise web.HTTPNotFound
        return repo, issue

    def file(self, request: web.Request) -> web.Response:
        repo, path = self.repo(request), request.match_info["path"]
        commit = self._world.find_commit(repo, request.match_info["ref"])
        if commit is None or path not in commit.files:
            raise web.HTTPNotFound
        return show_file(repo, commit, path)

    def check(self, request: web.Request) -> web.Response:
        repo = self.repo(request)
        check = repo.checks.get(int(request.match_info["number"]))
        if check is None:
            raise web.HTTPNotFound
        return show_check(repo, check)

    def run(self, request: web.Request) -> web.Response:
        repo, run = self._run(request)
        number = int(request.match_info.get("attempt", len(run.attempts)))
        if not 1 <= number <= len(run.attempts):
            raise web.HTTPNotFound
        return show_run(repo, run, number)

    def job(self, request: web.Request) -> web.Response:
        repo, run = self._run(request)
        wanted = int(request.match_info["job"])
        job = next((one for one in run.jobs if one.id == wanted), None)
        if job is None:
            raise web.HTTPNotFound
        return show_job(repo, run, job)

    def _run(self, request: web.Request) -> tuple[RepositoryData, WorkflowRun]:
        repo = self.repo(request)
        run = repo.runs.get(int(request.match_info["run"]))
        if run is None:
            raise web.HTTPNotFound
        return repo, run
