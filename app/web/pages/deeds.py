"""GET /repos/{owner}/{repo}/quarantine and …/audit: what was decided, and who did what."""

from aiohttp import web

from app.core.deeds_text import DEEDS, what_was_done, why_it_was_done
from app.core.impact_text import impact_words
from app.core.model import DecisionState
from app.db.reading.decisions import ListedDecision
from app.web.access.gate import Entry
from app.web.api.table import AUDIT, DECISIONS
from app.web.pages.lists import read_list
from app.web.pages.rendering import View

_STATES = {
    DecisionState.ACTIVE: "in quarantine",
    DecisionState.PROPOSED: "proposed",
    DecisionState.EXPIRED: "expired",
    DecisionState.DISMISSED: "dismissed",
    DecisionState.RESOLVED: "resolved",
}
_OPEN = ("", DecisionState.ACTIVE, DecisionState.PROPOSED)


async def show_quarantine(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show what is in force and what is proposed; with another state asked for, what has ended like that."""
    if "is_open" not in request.query and request.query.get("state", "").strip() in _OPEN:
        request = request.clone(rel_url=request.rel_url.update_query(is_open="true"))
    shown = await read_list(view, request, entry, DECISIONS)
    return view.pages.render_of(
        request, "quarantine.html", entry, view.gate.clock(), shown=shown, states=_STATES, cost_of=_cost
    )


async def show_audit(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show who did what to which test, and why."""
    shown = await read_list(view, request, entry, AUDIT)
    return view.pages.render_of(
        request,
        "audit.html",
        entry,
        view.gate.clock(),
        shown=shown,
        deeds=DEEDS,
        what_was_done=what_was_done,
        why_it_was_done=why_it_was_done,
    )


def _cost(one: ListedDecision) -> str:
    impact = one.impact
    return impact_words(
        pulls=impact.pulls,
        runs=impact.runs,
        minutes=impact.minutes_lost,
        waited=impact.minutes_waited,
        to=one.decided_at,
    )
