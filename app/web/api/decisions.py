"""POST /api/v1/repos/{owner}/{repo}/decisions: decide about a test, as a command in a comment does."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from app.core.model import TestId
from app.web.access.gate import Entry, Gate
from app.web.access.visits import check_form, visitor_of
from app.web.answering import Refusal
from app.web.api.openapi import REPOSITORY_PARTS, problems
from app.web.api.resources import answer_json
from app.web.deciding import LONGEST_REASON, MOST_DAYS, hand_over


class Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to happen to a test. `days` is for how long it is quarantined, the policy's time where it is left out."""

    test_id: Annotated[int, msgspec.Meta(ge=0, lt=10**18)]
    action: Literal["quarantine", "release", "dismiss"]
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)] | None = None


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
        "parameters": REPOSITORY_PARTS,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Decide"},
                    "example": {"test_id": 17, "action": "quarantine", "days": 14, "reason": "known flake"},
                }
            },
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
    """Take a decision."""
    visitor = visitor_of(request)
    await check_form(request, visitor)
    wanted = _read(await request.read())
    test = TestId(wanted.test_id)
    at = await hand_over(gate, entry, visitor, test, action=wanted.action, days=wanted.days, reason=wanted.reason)
    done = Accepted(test_id=test, action=wanted.action, by=visitor.login, accepted_at=at)
    return answer_json(request, done, status=202)


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
