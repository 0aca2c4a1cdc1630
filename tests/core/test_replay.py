"""A policy lives through the past: when it decides what, and by what it knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.core.decisions import Decision, Rules
from app.core.infra import NOTHING_DROPPED, Dropped
from app.core.issue_life import Goal
from app.core.model import Attempt, DecisionState, Execution, Outcome
from app.core.model import TestId as Number
from app.core.replay import Hit, IssueWishes, Past, PastCause, PastIssue, What, Wishes, replay
from app.core.score import Thresholds

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=30)
ENDS_AFTER = timedelta(minutes=20)


def run(number, marks, *, at=None, attempt=1):
    """The executions of a test in one run of the default branch; "FP": it failed, and passed when it was retried."""
    tried = Attempt(
        run_id=number, run_attempt=attempt, event="push", head_sha=f"{number:040x}", base_sha=None, tree_sha=None,
        head_repository="acme/web", branch="main", is_default_branch=True, pull=None,
        at=at or SINCE + timedelta(hours=number),
    )  # fmt: skip
    return [
        Execution(
            attempt=tried, job="test", ordinal=ordinal, loose_signature="boom" if mark == "F" else None,
            signature="boom" if mark == "F" else None,
            outcome={"P": Outcome.PASSED, "F": Outcome.FAILED, "S": Outcome.SKIPPED}[mark],
        )
        for ordinal, mark in enumerate(marks, 1)
    ]  # fmt: skip


def runs(marks):
    return [one for number, own in enumerate(marks.split(), 1) for one in run(number, own)]


def past(executions, *, dropped=NOTHING_DROPPED, decisions=None, issues=(), opened_today=0, ended=None):
    ends = {
        (one.attempt.run_id, one.attempt.run_attempt): one.attempt.at + ENDS_AFTER
        for own in executions.values()
        for one in own
    }
    return Past(
        since=SINCE, until=UNTIL, repository="acme/web", executions=executions, ended=ends | (ended or {}),
        dropped=dropped, decisions=decisions or {}, issues=issues, opened_today=opened_today,
    )  # fmt: skip


def issue(test=1, *, opened=10, closed=None, **rest):
    """An issue of a test that was opened so many days before the beginning, and closed."""
    at = None if closed is None else SINCE - timedelta(days=closed)
    members = frozenset([Number(test)])
    opened_at = SINCE - timedelta(days=opened)
    return PastIssue(
        id=test, test=Number(test), cause=None, members=members, opened_at=opened_at, closed_at=at, **rest
    )  # fmt: skip


def wishes(tests, *, issues=0, reopen_days=10, thresholds=None, **rules):
    own = {
        "mode": "propose", "duration": timedelta(days=5), "max_tests": 10, "quarantine_threshold": 0.6,
        "is_exempt": False, "is_excluded": False,
    }  # fmt: skip
    return Wishes(
        rules=dict.fromkeys(tests, Rules(**(own | rules))),
        thresholds=dict.fromkeys(tests, thresholds or Thresholds()),
        of_causes=thresholds or Thresholds(),
        issues=IssueWishes(enabled=issues > 0, a_day=issues, reopen_days=reopen_days),
    )


def lived(marks, given_past=None, **asked):
    executions = {Number(1): runs(marks)}
    [events] = replay(given_past or past(executions), [wishes(executions, **asked)])
    return [(one.what, one.attempt) for one in events]


FLAKY = "P FP P P FP P P P P P P"
"""Flaky by its tenth run, the eighth hour after its second flake."""


def test_a_test_is_proposed_after_the_attempt_that_makes_it_flaky():
    assert lived(FLAKY) == [(What.PROPOSED, (10, 1))]


def test_with_mode_auto_it_is_put_into_quarantine_which_ends_when_its_time_is_over_though_nothing_runs():
    executions = {Number(1): runs(FLAKY)}
    [begun, ended] = replay(past(executions), [wishes(executions, mode="auto")])[0]
    assert (begun.what, begun.at) == (What.QUARANTINED, SINCE + timedelta(hours=10) + ENDS_AFTER)
    assert (ended.what, ended.at, ended.attempt) == (What.EXPIRED, begun.at + timedelta(days=5), None)
    assert ended.why == "its time was over"


def test_it_is_released_after_enough_passes():
    found = lived(FLAKY + " P" * 30, mode="auto", duration=timedelta(days=20))
    assert [what for what, _ in found] == [What.QUARANTINED, What.RELEASED]


def test_a_dropped_failure_does_not_count():
    dropped = Dropped(attempts=frozenset({(5, 1)}))
    assert lived(FLAKY, past({Number(1): runs(FLAKY)}, dropped=dropped)) == []


def test_an_attempt_that_ends_late_is_not_known_before():
    executions = {Number(1): runs(FLAKY)}
    late = past(executions, ended={(5, 1): SINCE + timedelta(hours=30)})
    assert lived(FLAKY, late) == [(What.PROPOSED, (5, 1))]


def test_what_ended_after_the_last_moment_is_never_known():
    executions = {Number(1): runs(FLAKY)}
    assert lived(FLAKY, past(executions, ended={(5, 1): UNTIL + timedelta(hours=1)})) == []


def test_what_was_known_before_the_beginning_is_decided_about_at_once():
    executions = {Number(1): [one for number, own in enumerate(FLAKY.split(), 1) for one in run(number, own, at=SINCE - timedelta(hours=50 - number))]}  # fmt: skip
    [[only]] = replay(past(executions), [wishes(executions)])
    assert (only.what, only.at, only.attempt) == (What.PROPOSED, SINCE, None)


def test_a_quarantine_that_the_policy_does_not_want_ends_at_once():
    open_since = SINCE - timedelta(days=3)
    active = Decision(
        id=1, state=DecisionState.ACTIVE, decided_at=open_since, ended_at=None, until=UNTIL, flake_rate=0.1
    )
    given_past = past({Number(1): runs("P")}, decisions={Number(1): active})
    assert lived("P", given_past, is_exempt=True) == [(What.EXPIRED, None)]


def test_an_issue_is_opened_for_a_flaky_test_once_and_none_where_it_has_one():
    assert lived(FLAKY, issues=5) == [(What.PROPOSED, (10, 1)), (What.ISSUE_OPENED, (10, 1))]
    assert lived(FLAKY, past({Number(1): runs(FLAKY)}, issues=[issue()]), issues=5) == [(What.PROPOSED, (10, 1))]


def test_a_test_whose_file_is_excluded_gets_no_issue():
    assert lived(FLAKY, issues=5, is_excluded=True) == []


def test_issues_wait_for_the_next_utc_day_where_todays_are_enough():
    executions = {Number(1): runs(FLAKY + " P" * 20)}
    [events] = replay(past(executions, opened_today=1), [wishes(executions, issues=1)])
    [opened] = [one for one in events if one.what is What.ISSUE_OPENED]
    assert (opened.at, opened.attempt) == (SINCE + timedelta(days=1), None)


def test_where_only_so_many_may_be_in_quarantine_the_worst_is():
    executions = {Number(1): runs(FLAKY), Number(2): runs("P FP FP P FP P P P P P P")}
    [events] = replay(past(executions), [wishes(executions, mode="auto", max_tests=1)])
    assert [one.test for one in events if one.what is What.QUARANTINED] == [2]


def test_each_policy_does_what_it_would_do_alone():
    executions = {Number(1): runs(FLAKY), Number(2): runs("P FP FP P FP P P P P P P")}
    policies = [wishes(executions), wishes(executions, mode="auto", thresholds=Thresholds(window_size=10), issues=1)]
    together = replay(past(executions), policies)
    assert together[1] == replay(past(executions), policies[1:])[0]
    assert together[0] == replay(past(executions), policies[:1])[0]


@given(
    marks=st.lists(st.lists(st.sampled_from(["P", "F", "FP", "S", "FF"]), min_size=20, max_size=40), max_size=3),
    seed=st.integers(0, 1_000),
)
def test_nothing_depends_on_the_order_in_which_the_past_is_given(marks, seed):
    executions = {Number(test): runs(" ".join(own)) for test, own in enumerate(marks, 1)}
    asked = wishes(executions, mode="auto", max_tests=2, issues=1, thresholds=Thresholds(window_size=10, min_runs=5))
    chance = Random(seed)
    shuffled = {test: chance.sample(own, k=len(own)) for test, own in chance.sample(list(executions.items()), k=len(executions))}  # fmt: skip
    assert replay(past(shuffled), [asked]) == replay(past(executions), [asked])


def test_a_test_joins_the_issue_of_its_cause():
    two = {Number(1): runs(FLAKY), Number(2): runs(FLAKY)}
    [alone] = replay(past(two), [wishes(two, issues=5)])
    cause = PastCause(id=7, signature="boom", hits=dict.fromkeys(two, Hit()))
    [shared] = replay(replace(past(two), causes=[cause]), [wishes(two, issues=5)])
    assert [one.cause for one in alone if one.what is What.ISSUE_OPENED] == [None, None]
    assert [one.cause for one in shared if one.what is What.ISSUE_OPENED] == [7]


def test_a_cause_has_an_issue_before_any_of_its_tests_is_flaky_enough():
    """Each has flaked once, and what they share three times."""
    three = {
        Number(test): runs(" ".join("FP" if run == 4 * test else "P" for run in range(1, 16))) for test in (1, 2, 3)
    }
    cause = PastCause(id=7, signature="boom", hits=dict.fromkeys(three, Hit()))
    [alone] = replay(past(three), [wishes(three, issues=5)])
    [[opened]] = replay(replace(past(three), causes=[cause]), [wishes(three, issues=5)])
    assert alone == []
    assert (opened.what, opened.cause, opened.attempt) == (What.ISSUE_OPENED, 7, (12, 1))
    assert opened.why == "what it shares with other tests is flaky"


def test_what_was_a_cause_of_flakes_and_broke_its_tests_at_last_is_no_reason_for_them_to_have_another_issue():
    """Nobody asks what it is while the issue is open that tells of them all, but then one flakes in another way."""
    shared = {1: "P P P FP", 2: "P P P P P P P FP", 3: "P P P P P P P P P P P FP"}
    three = {Number(test): runs(" ".join([*marks.split(), *["P"] * 12][:12]) + " F F F" + " P" * 80) for test, marks in shared.items()}  # fmt: skip
    flakes = [one for number in range(96, 102, 2) for one in run(number, "FP")]
    three[Number(1)] += [replace(one, signature="other", loose_signature="other") for one in flakes]
    cause = PastCause(id=7, signature="boom", hits=dict.fromkeys(three, Hit()))
    [events] = replay(replace(past(three), causes=[cause]), [wishes(three, issues=5, reopen_days=0, mode="off")])
    assert [(one.what, one.cause) for one in events] == [
        (What.ISSUE_OPENED, 7), (What.ISSUE_CLOSED, 7), (What.ISSUE_OPENED, None),
    ]  # fmt: skip


def test_what_a_day_had_no_room_for_opens_at_the_beginning_of_the_next_the_worst_first():
    worse = "P FP FP P FP P P P P P P"
    executions = {Number(1): runs(FLAKY), Number(2): runs(FLAKY), Number(3): runs(worse)}
    [events] = replay(past(executions), [wishes(executions, issues=1)])
    opened = [(one.test, one.at) for one in events if one.what is What.ISSUE_OPENED]
    first = SINCE + timedelta(hours=10) + ENDS_AFTER
    assert opened == [(1, first), (3, SINCE + timedelta(days=1)), (2, SINCE + timedelta(days=2))]


def became(marks, given_past=None, **asked):
    """What became of the issues, and in which run."""
    told = lived(marks, given_past, mode="off", **({"issues": 5} | asked))
    return [(what, attempt and attempt[0]) for what, attempt in told]


MENDED = FLAKY + " P" * 60
"""Flakes in its second and fifth run, and never again."""


def test_an_issue_is_closed_by_enough_passes():
    assert became(MENDED) == [(What.ISSUE_OPENED, 10), (What.ISSUE_CLOSED, 34)]


def test_no_issue_is_closed_within_a_day_however_often_its_test_passes():
    often = {Number(1): [one for number, own in enumerate(MENDED.split(), 1) for one in run(number, own, at=SINCE + timedelta(minutes=15 * number))]}  # fmt: skip
    assert became("", past(often)) == [(What.ISSUE_OPENED, 10)]


def test_a_flake_within_its_days_reopens_what_was_closed_and_a_later_one_opens_another():
    assert became(MENDED + " FP")[2:] == [(What.ISSUE_REOPENED, 72)]
    assert became(MENDED + " FP P FP", reopen_days=0)[2:] == [(What.ISSUE_OPENED, 74)]


def test_one_failure_as_before_reopens_what_was_closed_by_evidence_also_where_its_proof_has_left_the_window():
    executions = {Number(1): runs("P P F")}
    ours = replace(past(executions), issues=[issue(closed=1, by_us=True, reason="completed")])
    assert became("", ours) == []
    proven = replace(ours, proven={Number(1): {"boom"}})
    assert became("", proven) == [(What.ISSUE_REOPENED, 3)]
    assert became("", proven, reopen_days=1) == []
    assert became("", replace(proven, dropped=Dropped(attempts=frozenset({(3, 1)})))) == []
    claimed = replace(proven, issues=[issue(closed=1, reason="completed")])
    assert became("", claimed) == []


def test_an_issue_that_waits_since_before_the_beginning_is_closed_by_passes_of_then_and_now():
    executions = {Number(1): [one for number in range(1, 60) for one in run(number, "P", at=SINCE + timedelta(hours=number - 50))]}  # fmt: skip
    goals = {Number(1): Goal(test_id=Number(1), flaked_at=SINCE - timedelta(days=3), passes_needed=49)}
    assert became("", past(executions, issues=[issue(opened=3, goals=goals)])) == [(What.ISSUE_CLOSED, None)]
    assert became("", past(executions, issues=[issue(opened=2, goals=goals)])) == [(What.ISSUE_CLOSED, 51)]


def test_what_a_person_closed_as_not_planned_stays_closed_and_what_was_closed_as_completed_does_not():
    executions = {Number(1): runs(FLAKY)}
    unwanted = past(executions, issues=[issue(closed=1, reason="not_planned")])
    assert became(FLAKY, unwanted) == []
    claimed = past(executions, issues=[issue(closed=1, reason="completed")])
    assert became(FLAKY, claimed, reopen_days=0) == [(What.ISSUE_REOPENED, 2)]


def test_an_issue_stays_open_while_its_test_is_in_quarantine():
    kept = [what for what, _ in lived(MENDED, mode="auto", issues=5)]
    assert kept == [What.QUARANTINED, What.ISSUE_OPENED, What.RELEASED, What.ISSUE_CLOSED]
