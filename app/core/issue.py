"""The issue that stands for a flaky test: what is known, how sure, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.core.causes import Cause
from app.core.change_text import legs_words, since_words
from app.core.evidence import is_hint
from app.core.model import CaseName, DecisionState, Evidence, Legs, Since, Standing
from app.core.pull_report import count, name_of
from app.core.score import passes_needed
from app.core.seen import Sights, evidence_cells
from app.core.text import LONGEST_BODY, block, code, fit, plain

_EVIDENCE_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFacts:
    """All that the issue says. `sights` links to the places of the evidence.

    `runs` is 0 where the test has no score: it has not failed in its window, the latest `window` runs of each job.
    """

    key: str
    case: CaseName
    file: str | None
    owner: str | None
    standing: Standing
    score: float
    flake_rate: float
    low: float
    high: float
    runs: int
    window: int
    failures: int
    evidence: Sequence[Evidence]
    passes_since_flake: int
    passes_needed: int
    last_flake_at: datetime | None
    broken_since: str | None
    decision: DecisionState | None
    until: datetime | None
    message: str | None
    stack_trace: str | None
    sights: Sights
    since: Since | None = None
    legs: Legs | None = None
    cause: Cause | None = None


def key_of(repo_external_id: int, test_id: int) -> str:
    """Return the key that the issue's hidden marker carries: 12 characters, the same however often it is made."""
    return sha256(f"{repo_external_id} {test_id}".encode()).hexdigest()[:12]


def marker(key: str) -> str:
    return f"<!-- flakeguard:issue {key} -->"


def title(case: CaseName) -> str:
    return plain(f"Flaky test: {name_of(case)}", limit=200)


def render(facts: IssueFacts) -> str:
    """Write the body of the issue."""
    parts = [
        marker(facts.key),
        _first_line(facts),
        _figures(facts),
        _cause(facts.cause),
        _failure(facts),
        _evidence(facts),
    ]
    return fit([part for part in parts if part], LONGEST_BODY, tail=_how_it_ends(facts))


def _first_line(facts: IssueFacts) -> str:
    name = code(name_of(facts.case), limit=300)
    if facts.standing is Standing.BROKEN:
        since = f" since {code(facts.broken_since[:10])}" if facts.broken_since else ""
        return f"{name} fails consistently{since}. That is no flake any more: nothing excuses it."
    if not facts.evidence and facts.decision is DecisionState.ACTIVE:
        return f"{name} is in quarantine. Nothing in its latest runs proves that it is flaky."
    return f"{name} {'fails' if facts.runs else 'failed'} now and then without a change of the code that it tests."


def _figures(facts: IssueFacts) -> str:
    rows = _rates(facts)
    if facts.since:
        rows.append(f"- {since_words(facts.since, is_broken=facts.standing is Standing.BROKEN)}")
    if facts.legs:
        rows.append(f"- {legs_words(facts.legs)}")
    if facts.last_flake_at:
        rows.append(f"- Last flaked on {facts.last_flake_at:%Y-%m-%d}")
    if facts.file:
        rows.append(f"- File {code(facts.file, limit=300)}")
    if facts.owner:
        # Code keeps the owner from being notified each time that the body changes.
        rows.append(f"- Owner {code(facts.owner, limit=100)}")
    if facts.decision is DecisionState.ACTIVE:
        rows.append(f"- In quarantine until {facts.until:%Y-%m-%d}" if facts.until else "- In quarantine")
    return "\n".join(rows)


def _rates(facts: IssueFacts) -> list[str]:
    if not facts.runs:
        return [f"- Has not failed in its window, which is the latest {count(facts.window, 'run')} of each job"]
    interval = f"90% interval {facts.low:.0%} to {facts.high:.0%}"
    flaked = f"Flaked in **{facts.flake_rate:.0%}** of its latest {count(facts.runs, 'run')} ({interval})"
    return [
        f"- Score **{facts.score:.2f}** (how sure we are, 0 to 1)",
        f"- {flaked}, failed in {facts.failures}",
    ]


def _cause(cause: Cause | None) -> str:
    if cause is None:
        return ""
    said = f"**Probable cause: {cause.category}** (a guess): {cause.reason}{_named(cause)}."
    return f"{said} First thing to try: {cause.first_try}."


def _named(cause: Cause) -> str:
    """Name the tests that an order dependence is about, any of which may be the one."""
    if cause.order is None:
        return ""
    return " " + " or ".join(code(name_of(one), limit=200) for one in cause.order.others)


def _failure(facts: IssueFacts) -> str:
    said = facts.stack_trace or facts.message
    return "Latest failure:\n\n" + block(said, limit=4_000) if said else ""


def _evidence(facts: IssueFacts) -> str:
    if not facts.evidence:
        return ""
    rows = ["| When | Evidence | Failed | Passed | Commit |", "| --- | --- | --- | --- | --- |"]
    rows += [_evidence_row(facts, one) for one in facts.evidence[:_EVIDENCE_ROWS]]
    rest = len(facts.evidence) - _EVIDENCE_ROWS
    return "\n".join(rows) + (f"\n\nand {rest} more" if rest > 0 else "")


def _evidence_row(facts: IssueFacts, one: Evidence) -> str:
    when, what, failed, passed, commit = evidence_cells(one, facts.sights)
    hint = " (a hint)" if is_hint(one) else ""
    return f"| {when} | {what}{hint}, {code(one.failed.job, limit=60)} | {failed} | {passed} | {commit} |"


def _how_it_ends(facts: IssueFacts) -> str:
    ends = (
        f"**How this ends.** {_by_itself(facts)} Close it as completed when the test is fixed: the next proof reopens it."
        " Close it as not planned, and it stays silent for 90 days."
    )
    if facts.decision is DecisionState.ACTIVE:
        return f"{ends} `/flakeguard release TEST` ends the quarantine before that."
    return ends


def _by_itself(facts: IssueFacts) -> str:
    if facts.standing is Standing.BROKEN:
        return "It stays open while the test fails consistently."
    return f"It closes by itself after {facts.passes_needed} passes in a row ({facts.passes_since_flake} so far)."


def passes_to_end(*, decided: float | None, current: float, window: int) -> int:
    """Return how many passes in a row end an issue, by the flake rates (0..1) that are known of its test.

    `decided` is the rate as it was at the latest decision, None without one; it is taken first, since every pass lowers
    the `current` one and would move the goal. `current` is 0 once the last flake has left the window of `window` runs.
    What was left of it until then was one flake a window, so the goal stays there: no fewer passes are asked for
    because nothing is remembered any more.
    """
    if decided is not None:
        return passes_needed(decided)
    return passes_needed(current or 1 / window)


def closing_words(passes: int) -> str:
    """Write the comment with which we close the issue."""
    return f"It passed {count(passes, 'time')} in a row since it last flaked, so this is over. A new flake reopens it."
