"""The life of a quarantine: every transition, and the laws that no rule and no person may break."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.decisions import Change, Decision, Refusal, Rules, Subject, dismiss, next_step, quarantine, release
from app.core.model import DecisionState, Standing

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PROPOSED, ACTIVE = DecisionState.PROPOSED, DecisionState.ACTIVE
EXPIRED, DISMISSED, RESOLVED = DecisionState.EXPIRED, DecisionState.DISMISSED, DecisionState.RESOLVED

PROPOSE = Rules(
    mode="propose",
    duration=30 * DAY,
    max_tests=10,
    quarantine_threshold=0.6,
    is_exempt=False,
    is_excluded=False,
)
AUTO, OFF = replace(PROPOSE, mode="auto"), replace(PROPOSE, mode="off")
EXEMPT, EXCLUDED = replace(PROPOSE, is_exempt=True), replace(PROPOSE, is_excluded=True)
FLAKY = Subject(standing=Standing.FLAKY, score=0.8, flake_rate=0.06, proofs_since=0, passes_since=0, own_proof=True)
HEALTHY = replace(FLAKY, standing=Standing.HEALTHY, score=0.1)
SUSPECT = replace(FLAKY, standing=Standing.SUSPECT, score=0.5)
BROKEN = replace(FLAKY, standing=Standing.BROKEN)


def opened(state, *, until=None, flake_rate=0.05):
    return Decision(id=1, state=state, decided_at=NOW - DAY, ended_at=None, until=until, flake_rate=flake_rate)


def ended(state):
    return replace(opened(state), ended_at=NOW - timedelta(hours=1))


def step(subject, latest, rules, *, active=0):
    change = next_step(subject, latest, rules, active=active, now=NOW)
    return change and change.state


RUNNING = opened(ACTIVE, until=NOW + DAY)
WAITING = opened(PROPOSED)


@pytest.mark.parametrize(
    ("subject", "latest", "rules", "active", "state"),
    [
        (FLAKY, None, PROPOSE, 0, PROPOSED),
        (FLAKY, None, PROPOSE, 9, PROPOSED),
        (FLAKY, None, PROPOSE, 10, None),
        (FLAKY, None, AUTO, 0, ACTIVE),
        (FLAKY, None, AUTO, 10, None),
        (replace(FLAKY, own_proof=False), None, AUTO, 0, PROPOSED),
        (FLAKY, None, OFF, 0, None),
        (FLAKY, None, EXEMPT, 0, None),
        (FLAKY, None, EXCLUDED, 0, None),
        (HEALTHY, None, AUTO, 0, None),
        (SUSPECT, None, AUTO, 0, None),
        (BROKEN, None, AUTO, 0, None),
        (FLAKY, ended(DISMISSED), PROPOSE, 0, None),
        (replace(FLAKY, proofs_since=1), ended(DISMISSED), AUTO, 0, None),
        (replace(FLAKY, proofs_since=2), ended(DISMISSED), PROPOSE, 0, PROPOSED),
        (FLAKY, ended(EXPIRED), AUTO, 0, None),
        (replace(FLAKY, proofs_since=1), ended(EXPIRED), AUTO, 0, ACTIVE),
        (FLAKY, ended(RESOLVED), PROPOSE, 0, None),
        (replace(FLAKY, proofs_since=1), ended(RESOLVED), PROPOSE, 0, PROPOSED),
        (FLAKY, RUNNING, PROPOSE, 1, None),
        (BROKEN, RUNNING, PROPOSE, 1, None),
        (HEALTHY, RUNNING, PROPOSE, 1, None),
        (FLAKY, opened(ACTIVE), PROPOSE, 1, None),
        (FLAKY, opened(ACTIVE, until=NOW), PROPOSE, 1, EXPIRED),
        (replace(HEALTHY, passes_since=58), RUNNING, PROPOSE, 1, None),
        (replace(HEALTHY, passes_since=59), RUNNING, PROPOSE, 1, RESOLVED),
        (FLAKY, RUNNING, OFF, 1, EXPIRED),
        (FLAKY, RUNNING, EXEMPT, 1, EXPIRED),
        (FLAKY, RUNNING, EXCLUDED, 1, EXPIRED),
        (FLAKY, RUNNING, replace(PROPOSE, max_tests=0), 1, None),
        (FLAKY, WAITING, PROPOSE, 0, None),
        (FLAKY, WAITING, AUTO, 0, ACTIVE),
        (FLAKY, WAITING, AUTO, 10, None),
        (replace(FLAKY, own_proof=False), WAITING, AUTO, 0, None),
        (SUSPECT, WAITING, PROPOSE, 0, None),
        (SUSPECT, WAITING, AUTO, 0, None),
        (replace(SUSPECT, score=0.401), WAITING, PROPOSE, 0, None),
        (replace(SUSPECT, score=0.399), WAITING, PROPOSE, 0, EXPIRED),
        (BROKEN, WAITING, AUTO, 0, EXPIRED),
        (FLAKY, WAITING, OFF, 0, EXPIRED),
        (FLAKY, WAITING, EXEMPT, 0, EXPIRED),
        (FLAKY, WAITING, EXCLUDED, 0, EXPIRED),
    ],
)
def test_the_rules_lead_from_state_to_state(subject, latest, rules, active, state):
    assert step(subject, latest, rules, active=active) is state


def test_a_quarantine_by_rule_says_why_and_until_when():
    change = next_step(FLAKY, None, AUTO, active=0, now=NOW)
    assert change == Change(state=ACTIVE, rationale="score 0.80, flaked in 6% of its latest runs", until=NOW + 30 * DAY)


def said(answer):
    return answer.why if isinstance(answer, Refusal) else answer


def asked(latest, rules, *, active=0, duration=None, because=None):
    return quarantine(latest, rules, active=active, now=NOW, duration=duration, because=because)


@pytest.mark.parametrize("latest", [None, WAITING, RUNNING, ended(DISMISSED), ended(RESOLVED), ended(EXPIRED)])
def test_a_person_can_quarantine_from_any_state(latest):
    assert asked(latest, PROPOSE) == Change(state=ACTIVE, rationale="a maintainer asked for it", until=NOW + 30 * DAY)


def test_a_person_says_for_how_long_and_why():
    assert asked(None, AUTO, duration=2 * DAY, because="port clash") == Change(
        state=ACTIVE, rationale="port clash", until=NOW + 2 * DAY
    )


@pytest.mark.parametrize(
    ("rules", "named"), [(OFF, "quarantine.mode: off"), (EXEMPT, "exempt_tests"), (EXCLUDED, "exclude")]
)
def test_a_refusal_names_the_rule(rules, named):
    assert f"`{named}`" in said(asked(RUNNING, rules))


def test_a_full_quarantine_takes_no_more_but_lets_its_tests_stay_longer():
    assert (
        said(asked(None, PROPOSE, active=10)) == "quarantine is full: 10 of the 10 that `quarantine.max_tests` allows"
    )
    assert isinstance(asked(WAITING, PROPOSE, active=10), Refusal)
    assert isinstance(asked(RUNNING, PROPOSE, active=10), Change)


@pytest.mark.parametrize("latest", [None, WAITING, ended(ACTIVE), ended(RESOLVED)])
def test_only_a_quarantine_can_be_released(latest):
    assert said(release(latest, because=None)) == "this test is not in quarantine"


def test_a_release_keeps_the_reason():
    assert release(RUNNING, because=None) == Change(state=RESOLVED, rationale="a maintainer released it")
    assert release(RUNNING, because="fixed") == Change(state=RESOLVED, rationale="fixed")


def test_only_a_proposal_can_be_dismissed():
    assert said(dismiss(None, because=None)) == "nothing is proposed for this test"
    assert said(dismiss(ended(PROPOSED), because=None)) == "nothing is proposed for this test"
    assert said(dismiss(RUNNING, because=None)) == "this test is in quarantine already; `release` ends that"
    assert dismiss(WAITING, because=None) == Change(state=DISMISSED, rationale="a maintainer dismissed it")
    assert dismiss(WAITING, because="no") == Change(state=DISMISSED, rationale="no")


RATES = st.integers(0, 50).map(lambda flaked: flaked / 50)
SUBJECTS = st.builds(
    Subject,
    standing=st.sampled_from(Standing),
    score=st.floats(0, 1),
    flake_rate=RATES,
    proofs_since=st.integers(0, 3),
    passes_since=st.integers(0, 320),
    own_proof=st.booleans(),
)
RULES = st.builds(
    Rules,
    mode=st.sampled_from(["off", "propose", "auto"]),
    duration=st.integers(1, 365).map(timedelta),
    max_tests=st.integers(0, 3),
    quarantine_threshold=st.floats(0.1, 1),
    is_exempt=st.booleans(),
    is_excluded=st.booleans(),
)
DECISIONS = st.builds(
    Decision,
    id=st.just(1),
    state=st.sampled_from(DecisionState),
    decided_at=st.just(NOW - DAY),
    ended_at=st.none() | st.just(NOW - timedelta(hours=1)),
    until=st.none() | st.sampled_from([NOW - DAY, NOW, NOW + DAY]),
    flake_rate=RATES,
).filter(lambda one: one.ended_at is not None or one.state in (PROPOSED, ACTIVE))
LATEST = st.none() | DECISIONS
COUNTS = st.integers(0, 4)


@given(SUBJECTS, LATEST, RULES, COUNTS)
def test_an_end_is_never_left_and_nothing_is_open_twice(subject, latest, rules, active):
    state = step(subject, latest, rules, active=active)
    if latest is None or not latest.is_open:
        # A new decision begins, which is a row of its own; the old one stays as it ended.
        assert state in (None, PROPOSED, ACTIVE)
    elif latest.state is ACTIVE:
        assert state in (None, EXPIRED, RESOLVED)
    else:
        assert state in (None, EXPIRED, ACTIVE)


@given(SUBJECTS, LATEST, RULES, COUNTS)
def test_rules_never_quarantine_what_they_forbid(subject, latest, rules, active):
    change = next_step(subject, latest, rules, active=active, now=NOW)
    if change is None or change.state not in (PROPOSED, ACTIVE):
        return
    assert rules.mode != "off"
    assert not rules.is_exempt
    assert not rules.is_excluded
    assert active < rules.max_tests
    assert subject.standing is Standing.FLAKY
    if change.state is ACTIVE:
        assert (rules.mode, subject.own_proof) == ("auto", True)
        assert change.until == NOW + rules.duration


@given(LATEST, RULES, COUNTS, st.none() | st.just(DAY))
def test_a_command_never_beats_the_policy(latest, rules, active, duration):
    change = asked(latest, rules, active=active, duration=duration)
    if isinstance(change, Refusal):
        return
    assert rules.mode != "off"
    assert not rules.is_exempt
    is_running = latest is not None and latest.is_open and latest.state is ACTIVE
    assert is_running or active < rules.max_tests
    assert change.until == NOW + (duration or rules.duration)


@given(LATEST)
def test_a_person_ends_only_what_is_open(latest):
    is_open = latest is not None and latest.is_open
    assert isinstance(release(latest, because=None), Change) == (is_open and latest.state is ACTIVE)
    assert isinstance(dismiss(latest, because=None), Change) == (is_open and latest.state is PROPOSED)


@given(SUBJECTS, LATEST, RULES, COUNTS)
def test_asked_again_at_once_the_rules_leave_their_own_choice_alone(subject, latest, rules, active):
    change = next_step(subject, latest, rules, active=active, now=NOW)
    if change is None:
        return
    is_end = change.state not in (PROPOSED, ACTIVE)
    now = Decision(
        id=2,
        state=change.state,
        decided_at=NOW,
        ended_at=NOW if is_end else None,
        until=change.until,
        flake_rate=subject.flake_rate,
    )
    since = replace(subject, proofs_since=0, passes_since=0)
    again = step(since, now, rules, active=active + (change.state is ACTIVE))
    # A threshold of the policy's and the standing come from one judgement: what is flaky has that score.
    assert again is None or subject.score < rules.quarantine_threshold
