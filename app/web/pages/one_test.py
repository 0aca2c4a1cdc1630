"""GET /repos/{owner}/{repo}/tests/{test_id}: all about one test; POST …/decide decides about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web

from app.core.change_text import legs_words, since_words
from app.core.counts import count
from app.core.drawing.legend import DURATIONS, EXECUTIONS, INTERVALS, RATES
from app.core.drawing.over_time import Scale, Spot, draw_band, nice_top
from app.core.drawing.small import draw_interval
from app.core.drawing.timeline import Mark, draw_timeline
from app.core.grades import GRADES
from app.core.model import DecisionState, Outcome, RepoId, Standing, TestId
from app.core.score import passes_needed
from app.db.connection import Connection
from app.db.quarantine_passes import count_passes_in_quarantine
from app.db.reading.audit import AuditEntry, AuditWanted, list_audit
from app.db.reading.decisions import DecisionsWanted, ListedDecision, list_decisions
from app.db.reading.evidence import list_evidence
from app.db.reading.history import (
    DurationWeek,
    HistoryWanted,
    PastOccurrence,
    RateWeek,
    list_durations,
    list_occurrences,
    list_rate_weeks,
)
from app.db.reading.tests import ShownTest, get_test, list_branches
from app.web.access.gate import Entry
from app.web.access.visits import check_form, visitor_of
from app.web.answering import NOT_FOUND, Refusal
from app.web.api.table import HISTORY
from app.web.deciding import ACTIONS, LONGEST_REASON, MOST_DAYS, hand_over
from app.web.pages.lists import PERIODS, read_list
from app.web.pages.rendering import View, page_of

_DRAWN = 120
_EVIDENCE = 20
_BESIDE = 10
_WEEKS = timedelta(weeks=13)


async def show_test(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show what is known of a test, what follows from it, and what it follows from."""
    test_id, now = TestId(int(request.match_info["test_id"])), view.gate.clock()
    async with view.gate.pool.acquire() as conn:
        test = await get_test(conn, entry.repo_id, test_id)
        if test is None:
            raise NOT_FOUND
        evidence = (await list_evidence(conn, entry.repo_id, test_id, None, _EVIDENCE)).items
        decisions = (await list_decisions(conn, entry.repo_id, DecisionsWanted(test=test_id), None, _BESIDE)).items
        deeds = (await list_audit(conn, entry.repo_id, AuditWanted(test=test_id), None, _BESIDE)).items
        weeks = await list_rate_weeks(conn, entry.repo_id, test_id, now - _WEEKS)
        durations = await list_durations(conn, entry.repo_id, test_id, now - _WEEKS)
        branches = await list_branches(conn, entry.repo_id)
        progress = await _progress(conn, entry.repo_id, decisions)
        drawn = (await list_occurrences(conn, entry.repo_id, test_id, HistoryWanted(), None, _DRAWN)).items
    shown = await read_list(view, request, entry, HISTORY, {"test_id": test_id}, of_page="decided")
    return view.pages.render_of(
        request,
        "one_test.html",
        entry,
        now,
        test=test,
        shown=shown,
        grades=GRADES,
        outcomes=[one.value for one in Outcome],
        periods=PERIODS,
        variants=_offered(sorted({one.variant for one in drawn if one.variant}), shown.wanted.variant),
        branches=_offered(branches, shown.wanted.branch),
        said=_said(test),
        in_quarantine=progress,
        choices=_CHOICES[test.decision],
        pictures={
            "interval": _interval(test),
            "executions": EXECUTIONS,
            "intervals": INTERVALS,
            "timeline": _timeline(entry, drawn),
            "rates": _rates(weeks),
            "durations": _durations(durations),
        },
        said_of=request.query.get("decided"),
        answer=next((one for one in deeds if _is_answer(one, request)), None),
        most_days=MOST_DAYS,
        deeds=deeds,
        evidence=evidence,
        decisions=decisions,
    )


async def decide(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Take the form's decision, and lead back to the test."""
    visitor = visitor_of(request)
    await check_form(request, visitor)
    form = await request.post()
    action, days = str(form.get("action", "")), str(form.get("days", "")).strip()
    reason = str(form.get("reason", "")).strip()[:LONGEST_REASON] or None
    if action not in ACTIONS:
        raise Refusal(status=400, detail="Choose what is to be done.")
    if days and not (days.isascii() and days.isdigit() and len(days) < 5 and 1 <= int(days) <= MOST_DAYS):
        raise Refusal(status=400, detail=f"A quarantine lasts 1 to {MOST_DAYS} days.")
    test_id = TestId(int(request.match_info["test_id"]))
    at = await hand_over(
        view.gate, entry, visitor, test_id, action=action, days=int(days) if days else None, reason=reason
    )
    decided = urlencode({"decided": at.isoformat()})
    return web.Response(status=303, headers={"Location": f"{page_of(entry.repo, 'tests', test_id)}?{decided}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a test is on its way out of quarantine: so many passes in a row, and how many end it."""

    passes: int
    needed: int


async def _progress(conn: Connection, repo_id: RepoId, decisions: Sequence[ListedDecision]) -> Progress | None:
    """Count as the rules do that end quarantines, and as the issue tells; None where the test is in none."""
    held = next((one for one in decisions if one.state is DecisionState.ACTIVE and one.ended_at is None), None)
    if held is None:
        return None
    test_id = TestId(held.test_id)
    passes = await count_passes_in_quarantine(conn, repo_id, {test_id: held.decided_at})
    return Progress(passes=passes.get(test_id, 0), needed=passes_needed(held.flake_rate))


def _is_answer(deed: AuditEntry, request: web.Request) -> bool:
    """Tell whether a deed is what became of the decision that led to this page."""
    return deed.actor == visitor_of(request).login and deed.at.isoformat() == request.query.get("decided")


_CHOICES: dict[DecisionState | None, tuple[tuple[str, str], ...]] = {
    None: (("quarantine", "quarantine it"),),
    DecisionState.PROPOSED: (("quarantine", "quarantine it, as proposed"), ("dismiss", "dismiss the proposal")),
    DecisionState.ACTIVE: (("release", "release it"), ("quarantine", "quarantine it until another day")),
}
"""What can be decided while a decision is open: the actions of `ACTIONS`, and what they are called here."""


def _offered(found: Sequence[str], chosen: str | None) -> tuple[str, ...]:
    """Return what a menu offers: what is looked at stays in it, whatever was found."""
    return (*found, chosen) if chosen and chosen not in found else tuple(found)


_STANDINGS = {
    Standing.HEALTHY: "Nothing in its latest runs says that it flakes.",
    Standing.SUSPECT: "There are signs that it flakes, and no proof yet.",
    Standing.FLAKY: "It was proven to fail and to pass on the same code.",
    Standing.BROKEN: "It fails consistently: that is no flake, and nothing excuses it.",
}


def _said(test: ShownTest) -> tuple[str, ...]:
    since = since_words(test.since, is_broken=test.standing is Standing.BROKEN) if test.since else ""
    legs = legs_words(test.legs) if test.legs else ""
    # These sentences are Markdown elsewhere, and end there as they go on.
    return tuple(
        f"{one.replace('`', '').removesuffix('.')}." for one in (_STANDINGS[test.standing], since, legs) if one
    )


def _interval(test: ShownTest) -> str:
    if test.low is None or test.high is None:
        return ""
    words = f"flaked in {test.flake_rate:.0%} of its runs, 90 % interval {test.low:.0%} to {test.high:.0%}"
    return draw_interval(test.flake_rate, test.low, test.high, words)


def _timeline(entry: Entry, occurrences: Sequence[PastOccurrence]) -> str:
    if not occurrences:
        return ""
    marks = [
        Mark(
            at=one.at,
            commit=one.head_sha,
            run_id=one.run_id,
            run_attempt=one.run_attempt,
            ordinal=one.ordinal,
            variant=one.variant,
            outcome=one.outcome,
            href=page_of(entry.repo, "runs", one.run_id),
        )
        for one in reversed(occurrences)
    ]
    bad = sum(one.outcome.is_bad for one in occurrences)
    return draw_timeline(marks, f"the latest {count(len(occurrences), 'execution')}, of which {bad} failed")


def _rates(weeks: Sequence[RateWeek]) -> str:
    if not weeks:
        return ""
    top = nice_top(max(one.high for one in weeks))
    spots = [
        Spot(
            day=one.starts_on,
            value=one.rate,
            low=one.low,
            high=one.high,
            words=f"week of {one.starts_on}: failed in {one.failed} of {one.executed}",
        )
        for one in weeks
    ]
    words = f"how often it failed, week by week, from {weeks[0].starts_on} to {weeks[-1].starts_on}"
    return draw_band(spots, Scale(top=top, words=f"{top:.0%}"), words, kind="failed") + RATES


def _durations(weeks: Sequence[DurationWeek]) -> str:
    if not weeks:
        return ""
    top = nice_top(max(one.p95_ms for one in weeks))
    spots = [
        Spot(
            day=one.starts_on,
            value=one.p50_ms,
            low=one.p50_ms,
            high=one.p95_ms,
            words=f"week of {one.starts_on}: half within {one.p50_ms:.0f} ms, 95 % within {one.p95_ms:.0f} ms",
        )
        for one in weeks
    ]
    label = f"{top / 1000:g} s" if top >= 1000 else f"{top:g} ms"
    words = "how long it took, week by week: median and 95th percentile"
    return draw_band(spots, Scale(top=top, words=label), words) + DURATIONS
