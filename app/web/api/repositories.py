"""GET /api/v1/repos: the repositories that whoever asks may see, with how they are."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from app.db.reading.repositories import ListedRepository, list_repositories
from app.web.access.gate import Gate
from app.web.access.visitor import Nobody
from app.web.access.visits import visitor_of
from app.web.answering import Refusal
from app.web.api.csv_text import to_csv
from app.web.api.openapi import page_of, problems
from app.web.api.resources import answer_csv, answer_json, is_csv


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that whoever asks may see. `id` is GitHub's.

    `healthy` to `broken` count its tests by standing, `open_quarantines` those in quarantine. Of the last 7 days: `runs`,
    `runs_flaked`, those that failed and succeeded when they were tried again, `flake_rate`, the share of the two (null
    without a run), and `minutes_lost`, what the failed attempts of those took and made people wait.
    """

    id: int
    owner: str
    name: str
    is_private: bool
    default_branch: str
    healthy: int
    suspect: int
    flaky: int
    broken: int
    open_quarantines: int
    proposed: int
    runs: int
    runs_flaked: int
    flake_rate: float | None
    minutes_lost: float
    last_run_at: datetime | None


PATHS: dict[str, Any] = {
    "get": {
        "operationId": "listRepositories",
        "summary": "The repositories with FlakeGuard that you may see.",
        "parameters": [{"name": "format", "in": "query", "schema": {"enum": ["json", "csv"], "default": "json"}}],
        "responses": {
            "200": {
                "description": "All of them.",
                "content": {
                    "application/json": {"schema": page_of({"$ref": "#/components/schemas/Repository"})},
                    "text/csv": {"schema": {"type": "string"}},
                },
            }
        }
        | problems(400, 401, 503),
    }
}


def answer_at(gate: Gate) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return what lists the repositories behind that gate."""

    async def answer(request: web.Request) -> web.Response:
        visitor = visitor_of(request)
        if isinstance(visitor, Nobody) and not gate.opens_public:
            raise Refusal(status=401, detail="Sign in to see this.")
        as_csv = is_csv(request.query.get("format", "json"))
        may_see = [one.external_id for one in await gate.list_repositories(visitor)]
        async with gate.pool.acquire() as conn:
            found = await list_repositories(conn, may_see, as_of=gate.clock())
        items = [_repository(one) for one in found]
        if as_csv:
            return answer_csv(to_csv(Repository, items), "repositories")
        return answer_json(request, {"items": items, "next": None})

    return answer


def _repository(one: ListedRepository) -> Repository:
    own = {field.name: getattr(one, field.name) for field in msgspec.structs.fields(Repository)}
    return Repository(**own | {"id": one.external_id})
