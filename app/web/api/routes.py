"""The routes of `/api/v1`."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from aiohttp import web

from app.core.model import RepoId
from app.db.repository_keys import RepositoryKey
from app.web.access.gate import Entry, Gate
from app.web.access.visitor import Nobody
from app.web.access.visits import visitor_of
from app.web.answering import NOT_FOUND, REPOSITORY, Answering, Refusal, RepositoryHandler
from app.web.api import decisions
from app.web.api.openapi import REPOSITORY_PARTS, Resource, describe, page_of, problems
from app.web.api.resources import Asked, Listing, answer_json, answer_list, answer_thing
from app.web.api.table import RESOURCES

ROOT = "/api/v1"


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that whoever asks may see. `id` is GitHub's."""

    id: int
    owner: str
    name: str
    is_private: bool
    default_branch: str


OPENAPI = describe(
    RESOURCES,
    {
        "/repos": {
            "get": {
                "operationId": "listRepositories",
                "summary": "The repositories with FlakeGuard that you may see.",
                "responses": {
                    "200": {
                        "description": "All of them.",
                        "content": {
                            "application/json": {"schema": page_of({"$ref": "#/components/schemas/Repository"})}
                        },
                    }
                }
                | problems(401, 503),
            }
        },
        "/repos/{owner}/{repo}/decisions": decisions.PATHS,
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
    },
    [Repository, decisions.Decide, decisions.Accepted],
)
_OPENAPI_TEXT = msgspec.json.format(msgspec.json.encode(OPENAPI)).decode()


WriteReport = Callable[[RepoId, datetime], Awaitable[dict[str, object] | None]]
"""Writes the flakiness report of a repository; None where nothing is known of it any more."""


def add_api(app: web.Application, answering: Answering, write_report: WriteReport | None) -> None:
    """Add all of the API's routes."""
    add = app.router.add_route
    gate = answering.gate

    async def list_repositories(request: web.Request) -> web.Response:
        visitor = visitor_of(request)
        if isinstance(visitor, Nobody) and not gate.opens_public:
            raise Refusal(status=401, detail="Sign in to see this.")
        found = await gate.list_repositories(visitor)
        return answer_json(request, {"items": [_repository(one) for one in found], "next": None})

    async def decide(request: web.Request, entry: Entry) -> web.Response:
        return await decisions.decide(request, entry, gate)

    async def report(request: web.Request, entry: Entry) -> web.Response:
        said = await write_report(entry.repo_id, gate.clock()) if write_report else None
        if said is None:
            raise NOT_FOUND
        return answer_json(request, said)

    add("GET", ROOT + "/repos" + REPOSITORY + "/report", answering.of_repository(report))
    add("GET", ROOT + "/openapi.json", answering.wrap(_openapi))
    add("GET", ROOT + "/repos", answering.wrap(list_repositories))
    add("POST", ROOT + "/repos" + REPOSITORY + "/decisions", answering.of_repository(decide))
    for one in RESOURCES:
        add("GET", ROOT + "/repos" + REPOSITORY + _numbers(one.path), answering.of_repository(_answer(one, gate)))
    add("*", ROOT + "{rest:.*}", answering.wrap(_nothing))


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


def _repository(key: RepositoryKey) -> Repository:
    return Repository(
        id=key.external_id,
        owner=key.owner,
        name=key.name,
        is_private=key.is_private,
        default_branch=key.default_branch,
    )


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
