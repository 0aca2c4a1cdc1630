"""GET /api/v1/repos/{owner}/{repo}/quarantine: the tests in quarantine as a text that a runner understands."""

from typing import Any

from aiohttp import web

from app.core.skiplists import Format, quarantine_for
from app.db.reading.quarantine import list_quarantined
from app.web.access.gate import Entry, Gate
from app.web.answering import Refusal
from app.web.api.openapi import REPOSITORY_PARTS, problems
from app.web.api.resources import answer_body

PATHS: dict[str, Any] = {
    "get": {
        "operationId": "getQuarantine",
        "summary": "The tests in quarantine, as a list for a runner that is to leave them out, or as JSON.",
        "description": "A job of GitHub Actions asks with its own token, made for this server's address as audience.",
        "parameters": [
            *REPOSITORY_PARTS,
            {
                "name": "format",
                "in": "query",
                "description": "Who reads it.",
                "schema": {"enum": [one.value for one in Format], "default": Format.JSON.value},
            },
        ],
        "responses": {
            "200": {
                "description": "All of them. An empty list leaves out nothing, in every format.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Quarantine"}},
                    "text/plain": {"schema": {"type": "string"}},
                },
            },
            "304": {"description": "It is still what the ETag in If-None-Match stands for."},
        }
        | problems(400, 401, 404, 503),
    }
}


async def answer(request: web.Request, entry: Entry, gate: Gate) -> web.Response:
    """Write the list."""
    wanted = _format(request)
    async with gate.pool.acquire() as conn:
        tests = await list_quarantined(conn, entry.repo_id, gate.clock())
    said = quarantine_for(wanted, tests)
    return answer_body(request, said.text.encode(), said.media_type)


def _format(request: web.Request) -> Format:
    if unknown := sorted(request.query.keys() - {"format"}):
        raise Refusal(status=400, detail=f"`{unknown[0][:100]}` is no parameter of this list: format.")
    [text] = request.query.getall("format", [Format.JSON])[:1]
    try:
        return Format(text)
    except ValueError as error:
        known = ", ".join(Format)
        raise Refusal(status=400, detail=f"`format` must be one of {known}.") from error
