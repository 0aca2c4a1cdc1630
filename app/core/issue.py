"""The issue that stands for a flaky test: what is known, how sure, and how it ends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.core.causes import Cause
from app.core.change_text import legs_words, since_words
from app.core.counts import count
from app.core.evidence import is_hint
from app.core.issue_tables import Peer, Told, Week, deeds_list, peers_table, weeks_table
from app.core.model import CaseName, DecisionState, Evidence, Legs, Since, Standing
from app.core.moments import as_of
from app.core.pull_report import name_of
from app.core.seen import Sights, evidence_cells
from app.core.text import LONGEST_BODY, block, code, commit, fit, plain

_EVIDENCE_ROWS = 20
_HANDLE = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})(?:/[A-Za-z0-9._-]{1,100})?")
_ADDRESS = re.compile(r"[^\s@<>`|]{1,100}@[^\s@<>`|]{1,100}")
MOST_CALLED = 5
"""Owners that are notified; more of them would feel that nobody in particular is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFacts:
    """All that the issue says about its test, the worst of `peers` where a cause makes several flaky.

    `sights` links to the places of the evidence. `runs` is 0 where the test has no score: it has not failed in its window,
    the latest `window` runs of each job. `way` is how the failures of a cause are called; `command` runs the test alone.
    `not_run_since` is when it last ran where the repository has gone on without it, `follows` the number of the closed
    issue that this one goes on from. `calls_owner` is True for the one text that the owner is to be notified of.
    `judged_at` is the start of the latest attempt that its score saw.
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
    peers: Sequence[Peer] = ()
    way: str | None = None
    weeks: Sequence[Week] = ()
    deeds: Sequence[Told] = ()
    command: str | None = None
    not_run_since: datetime | None = None
    follows: int | None = None
    calls_owner: bool = False
    judged_at: datetime | None = None


def key_of(repo_external_id: int, test_id: int, *, issue: int = 1) -> str:
    """Return the key that the hidden marker of a test's first (or nth) issue carries: 12 characters, always the same."""
    said = f"{repo_external_id} {test_id}" if issue == 1 else f"{repo_external_id} {test_id} {issue}"
    return sha256(said.encode()).hexdigest()[:12]


def key_of_cause(repo_external_id: int, cluster_id: int, *, issue: int = 1) -> str:
    """Return the key of the first (or nth) issue of a cause that several tests share."""
    return sha256(f"{repo_external_id} cause {cluster_id} {issue}".encode()).hexdigest()[:12]


def marker(key: str) -> str:
    return f"<!-- flakeguard:issue {key} -->"


def title(case: CaseName, *, tests: int = 1, way: str | None = None) -> str:
    """Name the issue: by its test, or by the way in which its tests fail."""
    if tests > 1:
        return plain(f"Flaky test: {tests} tests fail alike, {way or name_of(case)}", limit=200)
    return plain(f"Flaky test: {name_of(case)}", limit=200)


def render(facts: IssueFacts) -> str:
    """Write the body of the issue."""
    is_cause = len(facts.peers) > 1
    parts = [
        marker(facts.key),
        _first_line(facts),
        _follows(facts),
        peers_table(facts.peers) if is_cause else "",
        _worst(facts) if is_cause else "",
        _judged(facts),
        _figures(facts),
        _cause(facts.cause),
        _failure(facts),
        _reproduce(facts),
        _evidence(facts),
        weeks_table(facts.weeks),
        deeds_list(facts.deeds, is_of_several=is_cause),
    ]
    return fit([part for part in parts if part], LONGEST_BODY, tail=_how_it_ends(facts))


def _first_line(facts: IssueFacts) -> str:
    if len(facts.peers) > 1:
        way = f" with {code(facts.way, limit=200)}" if facts.way else ""
        return f"{len(facts.peers)} tests fail now and then{way}. They seem to have one cause, so this is one issue."
    name = code(name_of(facts.case), limit=300)
    if facts.standing is Standing.BROKEN:
        since = f" since {commit(facts.broken_since)}" if facts.broken_since else ""
        return f"{name} has failed in every run{since}. It is broken, not flaky, so its failures are not excused."
    if not facts.evidence and facts.decision is DecisionState.ACTIVE:
        return f"{name} is in quarantine. Nothing in its latest runs proves that it is flaky."
    return f"{name} {'fails' if facts.runs else 'failed'} now and then without a change of the code that it tests."


def _follows(facts: IssueFacts) -> str:
    """Link the issue that was closed before; the number is ours, so that nothing of a stranger's is linked."""
    return f"It was over once: this goes on from #{facts.follows}." if facts.follows else ""


def _worst(facts: IssueFacts) -> str:
    return f"What follows is about the worst of them, {code(name_of(facts.case), limit=300)}."


def _judged(facts: IssueFacts) -> str:
    """Say of when the figures are: they move with each run, and the text is brought up to date once a day."""
    if not facts.runs or facts.judged_at is None:
        return ""
    return f"Figures {as_of(facts.judged_at)}, brought up to date once a day and whenever it flakes or something is decided:"


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
        rows.append(f"- Owner {_owner(facts.owner, is_called=facts.calls_owner)}")
    if facts.not_run_since:
        rows.append(
            f"- **Has not run since {facts.not_run_since:%Y-%m-%d}**, while other tests did: was it deleted, renamed or skipped?"
        )
    if facts.decision is DecisionState.ACTIVE:
        rows.append(f"- In quarantine until {facts.until:%Y-%m-%d}" if facts.until else "- In quarantine")
    return "\n".join(rows)


def _rates(facts: IssueFacts) -> list[str]:
    if not facts.runs:
        return [f"- No failure in the latest {count(facts.window, 'run')} of each job"]
    interval = f"90% interval {facts.low:.0%} to {facts.high:.0%}"
    flaked = f"Flaked in **{facts.flake_rate:.0%}** of {count(facts.runs, 'run')} ({interval})"
    return [
        f"- Score **{facts.score:.2f}** (how sure we are, 0 to 1)",
        f"- {flaked}; {count(facts.failures, 'failure')}",
    ]


def _owner(owner: str, *, is_called: bool) -> str:
    """Notify the owners with the text that opens the issue, and with no other: in code, a name calls nobody.

    Addresses of mail, and owners beyond the first few, are named and not called. Where one is neither an owner nor an
    address, somebody meant something else, and nobody is called.
    """
    owners = owner.split(" ")
    is_called = is_called and all(_HANDLE.fullmatch(one) or _ADDRESS.fullmatch(one) for one in owners)
    called = [one for one in owners if _HANDLE.fullmatch(one)][:MOST_CALLED] if is_called else []
    rest = [one for one in owners if one not in called]
    return " ".join([*called, *([code(" ".join(rest), limit=100)] if rest else [])])


def _reproduce(facts: IssueFacts) -> str:
    if facts.command is None:
        return ""
    return f"To run it alone:\n\n```sh\n{facts.command}\n```" if "```" not in facts.command else ""


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
        f"**How this ends.** {_by_itself(facts)} Close it as completed once it is fixed: a new flake reopens it."
        " Close it as not planned to hear nothing for 90 days."
    )
    if facts.decision is DecisionState.ACTIVE:
        return f"{ends} `/flakeguard release TEST` ends the quarantine at once."
    return ends


def _by_itself(facts: IssueFacts) -> str:
    if len(facts.peers) > 1:
        return "It closes by itself when each of the tests has passed as often in a row as the table says."
    if facts.standing is Standing.BROKEN:
        return "It stays open while the test fails consistently."
    if facts.decision is DecisionState.ACTIVE:
        passes = f"{facts.passes_needed} passes in a row ({facts.passes_since_flake} so far, since the decision)"
        return f"After {passes} the quarantine ends, and with it this issue."
    return f"It closes by itself after {facts.passes_needed} passes in a row ({facts.passes_since_flake} so far, since it was opened)."


def stamp(facts: IssueFacts, now: datetime) -> str:
    """Return what tells one text from another that people would want to have at once, and the day.

    Counts of runs and passes move with each run: once a day is often enough for them, and GitHub limits how much is written.
    """
    # A failure that is suspect at first may be proven by a re-run of the same minute.
    latest = max(((one.at, one.weight) for one in facts.evidence), default=None)
    said = (
        *(
            facts.standing,
            facts.decision,
            facts.until,
            facts.broken_since,
            facts.owner,
            facts.file,
            facts.since,
            facts.legs,
        ),
        *(facts.cause, facts.way, latest, facts.not_run_since, facts.follows, facts.passes_needed, tuple(facts.deeds)),
        tuple((one.case, one.standing, one.decision, one.until) for one in facts.peers),
    )
    return f"{sha256(repr(said).encode()).hexdigest()[:16]} {now:%Y-%m-%d}"


def is_enough(before: str | None, after: str) -> bool:
    """Tell whether what was written is as good as what would be, both a digest of the body and its stamp."""
    if before is None:
        return False
    body, _, mark = before.partition(" ")
    return after.startswith(f"{body} ") or after.endswith(f" {mark}")


def closing_words(passes: int, *, reopen_days: int, tests: int = 1) -> str:
    """Write the comment with which we close the issue; `passes` are those of the test that passed the fewest times."""
    who, more = ("It", "") if tests == 1 else (f"Each of its {tests} tests", " or more")
    passed = f"{who} passed {count(passes, 'time')} in a row{more} since the last failure"
    if not reopen_days:
        return f"{passed}, so this is over. A new flake opens a new issue."
    again = "it flakes again, or fails on the default branch as it did before"
    return f"{passed}, so this is over. If within {count(reopen_days, 'day')} {again}, this issue reopens."


def claimed_words(passes_needed: int) -> str:
    """Write the comment on an issue that somebody closed as completed: the claim is put to the test."""
    return (
        f"Thank you. I take this as fixed and look on: {count(passes_needed, 'pass', 'passes')} in a row from here on prove it,"
        " a new flake reopens this issue."
    )


def proven_words(passes: int) -> str:
    return f"The fix holds: {count(passes, 'pass', 'passes')} in a row since this was closed."


def same_cause_words(number: int) -> str:
    """Write the comment with which we close an issue whose cause another one has been telling of for longer."""
    return f"This has the same cause as #{number}, which tells of its tests from now on."
