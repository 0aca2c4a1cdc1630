"""When quarantine begins, is proposed, and ends: by rule or by a person's word. One pure state machine."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.model import DecisionState, Standing
from app.core.score import passes_needed

LEAVE_FACTOR = 2 / 3
"""A proposal is left at a lower score than it was made at, so that it does not flicker."""

PROOFS_AFTER_DISMISSAL = 2
PROOFS_AFTER_END = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a policy says about quarantine, for one test. `mode` is off, propose or auto."""

    mode: str
    duration: timedelta
    max_tests: int
    quarantine_threshold: float
    is_exempt: bool
    is_excluded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The latest decision about a test; `is_open` while it is in force or waits for an answer."""

    id: int
    state: DecisionState
    decided_at: datetime
    ended_at: datetime | None
    until: datetime | None
    flake_rate: float

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A test as the rules see it.

    `proofs_since` counts the proofs (E1 to E3) since its latest decision ended, `passes_since` the passes without a
    failure since its latest decision was made. `own_proof` is False where all of its evidence comes from forks.
    """

    standing: Standing
    score: float
    flake_rate: float
    proofs_since: int
    passes_since: int
    own_proof: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of a test. `rationale` is for people; `until` is the end of an ACTIVE quarantine."""

    state: DecisionState
    rationale: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a person's word cannot be followed; a sentence for that person."""

    why: str


def next_step(subject: Subject, latest: Decision | None, rules: Rules, *, active: int, now: datetime) -> Change | None:
    """Return what the rules ask for, None for nothing. `active` counts the repository's ACTIVE quarantines."""
    if latest is None or not latest.is_open:
        return _begin(subject, latest, rules, active=active, now=now)
    if latest.state is DecisionState.ACTIVE:
        return _end_active(subject, latest, rules, now)
    return _go_on_from_proposal(subject, rules, active=active, now=now)


def _begin(subject: Subject, latest: Decision | None, rules: Rules, *, active: int, now: datetime) -> Change | None:
    if not _may_begin(subject, rules) or active >= rules.max_tests or not _has_news(subject, latest):
        return None
    if rules.mode == "auto" and subject.own_proof:
        return Change(state=DecisionState.ACTIVE, rationale=_because(subject), until=now + rules.duration)
    return Change(state=DecisionState.PROPOSED, rationale=_because(subject))


def _may_begin(subject: Subject, rules: Rules) -> bool:
    return subject.standing is Standing.FLAKY and _forbidden(rules) is None


def _forbidden(rules: Rules) -> str | None:
    """Say by which rule no quarantine of this test may be, None where one may."""
    if rules.mode == "off":
        return "the policy switches quarantine off (`quarantine.mode: off`)"
    if rules.is_exempt:
        return "the policy exempts this test from quarantine (`exempt_tests`)"
    if rules.is_excluded:
        return "the policy leaves this test's file alone (`exclude`)"
    return None


def _has_news(subject: Subject, latest: Decision | None) -> bool:
    """Tell whether something happened since the last decision: what was answered once is not asked again."""
    if latest is None:
        return True
    dismissed = latest.state is DecisionState.DISMISSED
    return subject.proofs_since >= (PROOFS_AFTER_DISMISSAL if dismissed else PROOFS_AFTER_END)


def _end_active(subject: Subject, latest: Decision, rules: Rules, now: datetime) -> Change | None:
    if (forbidden := _forbidden(rules)) is not None:
        # Otherwise a check could stay green by a quarantine that the policy does not want any more.
        return Change(state=DecisionState.EXPIRED, rationale=forbidden)
    if latest.until is not None and latest.until <= now:
        return Change(state=DecisionState.EXPIRED, rationale="its time was over")
    needed = passes_needed(latest.flake_rate)
    if subject.passes_since >= needed:
        return Change(
            state=DecisionState.RESOLVED,
            rationale=f"it passed {subject.passes_since} times in a row; {needed} were asked for",
        )
    return None


def _go_on_from_proposal(subject: Subject, rules: Rules, *, active: int, now: datetime) -> Change | None:
    if (forbidden := _forbidden(rules)) is not None:
        return Change(state=DecisionState.EXPIRED, rationale=forbidden)
    if subject.standing is Standing.BROKEN:
        return Change(
            state=DecisionState.EXPIRED, rationale="it fails consistently now, which no quarantine should hide"
        )
    if subject.score < rules.quarantine_threshold * LEAVE_FACTOR:
        return Change(state=DecisionState.EXPIRED, rationale="it has not flaked for long enough")
    if rules.mode == "auto" and subject.own_proof and subject.standing is Standing.FLAKY and active < rules.max_tests:
        return Change(state=DecisionState.ACTIVE, rationale=_because(subject), until=now + rules.duration)
    return None


def _because(subject: Subject) -> str:
    return f"score {subject.score:.2f}, flaked in {subject.flake_rate:.0%} of its latest runs"


def quarantine(
    latest: Decision | None,
    rules: Rules,
    *,
    active: int,
    now: datetime,
    duration: timedelta | None,
    because: str | None,
) -> Change | Refusal:
    """Follow a person's word to quarantine a test; an ACTIVE one gets a new end. The policy is never beaten."""
    if (forbidden := _forbidden(rules)) is not None:
        return Refusal(why=forbidden)
    is_active = latest is not None and latest.is_open and latest.state is DecisionState.ACTIVE
    if not is_active and active >= rules.max_tests:
        return Refusal(why=f"quarantine is full: {active} of the {rules.max_tests} that `quarantine.max_tests` allows")
    return Change(
        state=DecisionState.ACTIVE,
        rationale=because or "a maintainer asked for it",
        until=now + (duration or rules.duration),
    )


def release(latest: Decision | None, *, because: str | None) -> Change | Refusal:
    """Follow a person's word to end a quarantine."""
    if latest is None or not latest.is_open or latest.state is not DecisionState.ACTIVE:
        return Refusal(why="this test is not in quarantine")
    return Change(state=DecisionState.RESOLVED, rationale=because or "a maintainer released it")


def dismiss(latest: Decision | None, *, because: str | None) -> Change | Refusal:
    """Follow a person's word to dismiss a proposal: nothing is proposed until two new proofs."""
    if latest is None or not latest.is_open:
        return Refusal(why="nothing is proposed for this test")
    if latest.state is DecisionState.ACTIVE:
        return Refusal(why="this test is in quarantine already; `release` ends that")
    return Change(state=DecisionState.DISMISSED, rationale=because or "a maintainer dismissed it")
