"""POST /api/v1/repos/{owner}/{repo}/decisions: decide about a test, as a command in a comment does."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from app.core.model import DecisionState, TestId
from app.db.cases import get_cases
from app.jobs import DecideAsPerson
from app.queue import enqueue
from app.web.access.gate import Entry, Gate
from app.web.access.visits import check_form, visitor_of
from app.web.answering import NOT_FOUND, Refusal
from app.web.api.openapi import problems
from app.web.api.resources import answer_json

_STATES = {
    "quarantine": DecisionState.ACTIVE,
    "release": DecisionState.RESOLVED,
    "dismiss": DecisionState.DISMISSED,
}


class Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to happen to a test. `days` is for how long it is quarantined, the policy's time where it is left out."""

    test_id: Annotated[int, msgspec.Meta(ge=0, lt=10**18)]
    action: Literal["quarantine", "release", "dismiss"]
    days: Annotated[int, msgspec.Meta(ge=1, le=365)] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The decision was written down and is being carried out, as far as the policy allows it; the audit tells."""

    test_id: int
    action: str
    by: str
    accepted_at: datetime


PATHS: dict[str, Any] = {
    "post": {
        "operationId": "decide",
        "summary": "Quarantine a test, release it, or dismiss what is proposed. Takes write access to the repository.",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 100}}
            for name in ("owner", "repo")
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Decide"}}},
        },
        "responses": {
            "202": {
                "description": "It will be done.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}},
            }
        }
        | problems(400, 401, 403, 404, 413, 503),
    }
}


async def decide(request: web.Request, entry: Entry, gate: Gate) -> web.Response:
    """Write a decision down for a worker, which has the rights to show it on GitHub."""
    visitor = visitor_of(request)
    await check_form(request, visitor)
    if not entry.may_decide:
        raise Refusal(
            status=403, detail="This takes write access to the repository, and a token with the scope `decide`."
        )
    wanted = _read(await request.read())
    at, test = gate.clock(), TestId(wanted.test_id)
    job = DecideAsPerson(
        repo_id=entry.repo_id,
        test_id=test,
        state=_STATES[wanted.action],
        by=visitor.login,
        at=at.isoformat(),
        days=wanted.days,
        because=wanted.reason,
    )
    async with gate.pool.acquire() as conn:
        if not await get_cases(conn, entry.repo_id, [test]):
            raise NOT_FOUND
        await enqueue(conn, job)
    return answer_json(
        request, Accepted(test_id=test, action=wanted.action, by=visitor.login, accepted_at=at), status=202
    )


def _read(body: bytes) -> Decide:
    try:
        said = msgspec.json.decode(body)
        if isinstance(said, dict):
            # JSON knows no whole numbers: 17.0 is one, too.
            said = {
                name: int(one) if isinstance(one, float) and one.is_integer() else one for name, one in said.items()
            }
        return msgspec.convert(said, Decide)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refusal(status=400, detail=f"{error}.") from error
