"""What a person decides about a test on a page or by the API, written down for a worker, which has the rights to show it."""

from datetime import datetime

from app.core.identity import storable
from app.core.model import DecisionState, TestId
from app.db.cases import get_cases
from app.jobs import DecideAsPerson
from app.queue import enqueue
from app.web.access.gate import Entry, Gate
from app.web.access.visitor import Visitor
from app.web.answering import NOT_FOUND, Refusal

MOST_DAYS, LONGEST_REASON = 365, 500
ACTIONS = {
    "quarantine": DecisionState.ACTIVE,
    "release": DecisionState.RESOLVED,
    "dismiss": DecisionState.DISMISSED,
}


async def hand_over(
    gate: Gate,
    entry: Entry,
    visitor: Visitor,
    test: TestId,
    *,
    action: str,
    days: int | None,
    reason: str | None,
) -> datetime:
    """Have a decision carried out as far as the policy allows it; returns when it was made. Raises Refusal."""
    if not entry.may_decide:
        raise Refusal(
            status=403, detail="This takes write access to the repository, and a token with the scope `decide`."
        )
    at = gate.clock()
    job = DecideAsPerson(
        repo_id=entry.repo_id,
        test_id=test,
        state=ACTIONS[action],
        by=visitor.login,
        at=at.isoformat(),
        days=days,
        # What no column takes would have the worker fail where nobody hears of it.
        because=storable(reason or "").strip() or None,
    )
    async with gate.pool.acquire() as conn:
        if not await get_cases(conn, entry.repo_id, [test]):
            raise NOT_FOUND
        await enqueue(conn, job)
    return at
