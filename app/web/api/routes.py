"""The routes of `/api/v1`."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from aiohttp import web

from app.core.model import RepoId
from app.core.pull_told import PullFailures
from app.core.skiplists.json import Quarantine
from app.web.access.gate import Entry, Gate
from app.web.answering import NOT_FOUND, REPOSITORY, Answering, Refusal, RepositoryHandler
from app.web.api import decisions, quarantine, repositories, uploads
from app.web.api.openapi import REPOSITORY_PARTS, Resource, describe, problems
from app.web.api.resources import Asked, Listing, answer_json, answer_list, answer_thing
from app.web.api.table import RESOURCES

ROOT = "/api/v1"
LARGEST_PULL = 10**9 - 1


OPENAPI = describe(
    RESOURCES,
    {
        "/repos": repositories.PATHS,
        "/reports": uploads.PATHS,
        "/repos/{owner}/{repo}/decisions": decisions.PATHS,
        "/repos/{owner}/{repo}/quarantine": quarantine.PATHS,
        "/repos/{owner}/{repo}/report": {
            "get": {
                "operationId": "getReport",
                "summary": "The flakiness report, as `flakeguard report --format json` writes it.",
                "parameters": REPOSITORY_PARTS,
                "responses": {
                    "200": {
                        "description": "What is known of the repository's tests.",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                }
                | problems(400, 401, 404, 503),
            }
        },
        "/repos/{owner}/{repo}/pulls/{number}/failures": {
            "get": {
                "operationId": "getPullFailures",
                "summary": "What the latest commit of a pull request failed of, and what each failed test is.",
                "parameters": [
                    *REPOSITORY_PARTS,
                    {
                        "name": "number",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST_PULL},
                    },
                ],
                "responses": {
                    "200": {
                        "description": "What is stored of it.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PullFailures"}}},
                    }
                }
                | problems(400, 401, 404, 503),
            }
        },
    },
    [repositories.Repository, uploads.Taken, Quarantine, PullFailures, decisions.Decide, decisions.Accepted],
)
_OPENAPI_TEXT = msgspec.json.format(msgspec.json.encode(OPENAPI)).decode()


WriteReport = Callable[[RepoId, datetime], Awaitable[dict[str, object] | None]]
"""Writes the flakiness report of a repository; None where nothing is known of it any more."""

TellPull = Callable[[RepoId, int], Awaitable[PullFailures | None]]
"""Tells what a pull request failed of; None where nothing is known of its repository any more."""


def add_api(
    app: web.Application, answering: Answering, write_report: WriteReport | None, tell_pull: TellPull | None = None
) -> None:
    """Add all of the API's routes."""
    add = app.router.add_route
    gate = answering.gate

    async def report(request: web.Request, entry: Entry) -> web.Response:
        said = await write_report(entry.repo_id, gate.clock()) if write_report else None
        if said is None:
            raise NOT_FOUND
        return answer_json(request, said)

    async def pull(request: web.Request, entry: Entry) -> web.Response:
        told = await tell_pull(entry.repo_id, int(request.match_info["number"])) if tell_pull else None
        if told is None:
            raise NOT_FOUND
        return answer_json(request, told)

    add("GET", ROOT + "/repos" + REPOSITORY + "/report", answering.of_repository(report))
    add("GET", ROOT + "/repos" + REPOSITORY + r"/pulls/{number:\d{1,9}}/failures", answering.of_repository(pull))

    add("GET", ROOT + "/repos" + REPOSITORY + "/quarantine", answering.of_repository(_at(gate, quarantine.answer)))
    add("POST", ROOT + "/repos" + REPOSITORY + "/decisions", answering.of_repository(_at(gate, decisions.decide)))
    add("GET", ROOT + "/openapi.json", answering.wrap(_openapi))
    add(
        "POST",
        ROOT + "/reports",
        answering.wrap(lambda request: uploads.take_reports(request, gate), counts_itself=True),
    )
    add("GET", ROOT + "/repos", answering.wrap(repositories.answer_at(gate)))
    for one in RESOURCES:
        add("GET", ROOT + "/repos" + REPOSITORY + _numbers(one.path), answering.of_repository(_answer(one, gate)))
    add("*", ROOT + "{rest:.*}", answering.wrap(_nothing))


def _at(gate: Gate, answer: Callable[[web.Request, Entry, Gate], Awaitable[web.Response]]) -> RepositoryHandler:
    return lambda request, entry: answer(request, entry, gate)


def _answer(one: Resource, gate: Gate) -> RepositoryHandler:
    async def answer(request: web.Request, entry: Entry) -> web.Response:
        ids = {name: int(text) for name, text in request.match_info.items() if name not in ("owner", "repo")}
        async with gate.pool.acquire() as conn:
            asked = Asked(conn=conn, repo=entry.repo, ids=ids, now=gate.clock())
            if isinstance(one, Listing):
                return await answer_list(request, one, asked)
            return await answer_thing(request, one, asked)

    return answer


def _numbers(path: str) -> str:
    """Let the parts of a path be numbers only."""
    return path.replace("}", r":\d{1,18}}")


async def _openapi(_request: web.Request) -> web.Response:
    return web.Response(text=_OPENAPI_TEXT, content_type="application/json")


async def _nothing(request: web.Request) -> web.Response:
    own = request.match_info.route.resource
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource is not own:
            allowed |= (await resource.resolve(request))[1]
    if allowed:
        raise Refusal(
            status=405, detail=f"This address takes {' and '.join(sorted(allowed))}.", allowed=tuple(sorted(allowed))
        )
    raise Refusal(status=404, detail="The API has no such address; /api/v1/openapi.json describes those that it has.")
