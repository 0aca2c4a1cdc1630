"""The tables of an issue: the tests that its cause makes flaky, what they did week by week, and who decided what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.core.counts import count
from app.core.model import CaseName, DecisionState, Standing
from app.core.pull_report import name_of
from app.core.text import code, plain

PEERS_LISTED = 50
DEEDS_LISTED = 10
WEEKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One of the tests that an issue stands for. It is done with when it has passed `needed` times since it last failed."""

    case: CaseName
    standing: Standing
    flake_rate: float
    runs: int
    passes: int
    needed: int
    decision: DecisionState | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What tests did in the UTC week that begins on `starts_on`, a Monday: executions and how many of them failed."""

    starts_on: date
    executed: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A row of the audit trail. `actor` is a login, `flakeguard` for a rule; `case` is the test, None where it is about none."""

    at: datetime
    actor: str
    action: str
    case: CaseName | None
    why: str


_DONE: Mapping[str, str] = {
    DecisionState.PROPOSED: "proposed quarantine",
    DecisionState.ACTIVE: "put it into quarantine",
    DecisionState.EXPIRED: "ended its quarantine or proposal",
    DecisionState.DISMISSED: "dismissed the proposal",
    DecisionState.RESOLVED: "released it",
}


def peers_table(peers: Sequence[Peer]) -> str:
    """Write the tests of a cause, the worst first."""
    rows = ["| Test | Flaked in | Passes in a row | State |", "| --- | ---: | ---: | --- |"]
    rows += [_peer_row(one) for one in peers[:PEERS_LISTED]]
    rest = len(peers) - PEERS_LISTED
    return "\n".join(rows) + (f"\n\nand {rest} more" if rest > 0 else "")


def _peer_row(one: Peer) -> str:
    flaked = f"{one.flake_rate:.0%} of {count(one.runs, 'run')}" if one.runs else "none of its latest runs"
    return f"| {code(name_of(one.case), limit=160)} | {flaked} | {one.passes} of {one.needed} | {_state(one)} |"


def _state(one: Peer) -> str:
    if one.standing is Standing.BROKEN:
        return "fails consistently"
    if one.decision is DecisionState.ACTIVE:
        return f"in quarantine until {one.until:%Y-%m-%d}" if one.until else "in quarantine"
    if one.passes >= one.needed:
        return "over"
    return "flaky" if one.standing is Standing.FLAKY else "watched"


def weeks_table(weeks: Sequence[Week]) -> str:
    """Write what happened week by week, the latest first; nothing where there is nothing to compare."""
    if len(weeks) < 2:
        return ""
    rows = ["| Week of | Executed | Failed |", "| --- | ---: | ---: |"]
    ordered = sorted(weeks, key=lambda one: one.starts_on, reverse=True)[:WEEKS]
    rows += [f"| {one.starts_on:%Y-%m-%d} | {one.executed} | {one.failed} |" for one in ordered]
    return "\n".join(rows)


def deeds_list(deeds: Sequence[Told], *, is_of_several: bool) -> str:
    """Write who did what and why, the latest first; names of people are in code, so that nobody is called."""
    if not deeds:
        return ""
    rows = [_deed_row(one, is_of_several=is_of_several) for one in deeds[:DEEDS_LISTED]]
    rest = len(deeds) - DEEDS_LISTED
    more = ["- and earlier ones"] if rest > 0 else []
    return "\n".join(["What was decided:", "", *rows, *more])


def _deed_row(one: Told, *, is_of_several: bool) -> str:
    what = _DONE.get(one.action, plain(one.action, limit=40))
    who = "FlakeGuard" if one.actor == "flakeguard" else code(one.actor, limit=50)
    about = f" ({code(name_of(one.case), limit=120)})" if is_of_several and one.case else ""
    why = f": {code(one.why, limit=200)}" if one.why else ""
    return f"- {one.at:%Y-%m-%d}, {who} {what}{about}{why}"
