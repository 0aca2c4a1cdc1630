"""GET /repos/{owner}/{repo}/quarantine and …/audit: what was decided, and who did what."""

from aiohttp import web

from app.core.impact_text import impact_words
from app.core.model import DecisionState
from app.db.reading.decisions import ListedDecision
from app.web.access.gate import Entry
from app.web.api.table import AUDIT, DECISIONS
from app.web.pages.lists import read_list
from app.web.pages.rendering import View


async def show_quarantine(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show what is decided and what is proposed; with a state asked for, also what has ended."""
    shown = await read_list(view, request, entry, DECISIONS, defaults={"is_open": "true"})
    states = [one.value for one in DecisionState]
    return view.pages.render_of(
        request, "quarantine.html", entry, view.gate.clock(), shown=shown, states=states, cost_of=_cost
    )


async def show_audit(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show who did what to which test, and why."""
    shown = await read_list(view, request, entry, AUDIT)
    return view.pages.render_of(request, "audit.html", entry, view.gate.clock(), shown=shown)


def _cost(one: ListedDecision) -> str:
    impact = one.impact
    return impact_words(pulls=impact.pulls, runs=impact.runs, minutes=impact.minutes_lost, waited=impact.minutes_waited)
