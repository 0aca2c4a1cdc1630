from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clustered import FailureKind, executions_of, judge_cluster, kind_of, kind_of_seen
from app.core.infra import Dropped
from app.core.model import Outcome, Standing
from app.core.score import Thresholds
from tests.core.ci_story import HOME, attempt, execution, story

USUAL = Thresholds()


def of(executions, signature="S"):
    """The same executions, whose failures have that strict signature."""
    return [replace(one, signature=signature if one.outcome.is_bad else None) for one in executions]


def judged(histories, **options):
    return judge_cluster(histories, "S", thresholds=USUAL, repository=HOME, **options)


def grades(histories, **options):
    return [one.grade.value for one in judged(histories, **options).evidence]


def test_that_one_test_fails_and_another_passes_beside_it_proves_nothing():
    assert grades({1: of(story("PF")), 2: of(story("PP"))}) == []


def test_that_the_test_that_failed_passes_when_it_is_retried_is_a_proof():
    assert grades({1: of(story("PM")), 2: of(story("PP"))}) == ["E1"]


def test_that_all_of_its_tests_pass_when_the_job_is_run_again_is_a_proof():
    assert grades({1: of(story("PR")), 2: of(story("PR"))}) == ["E2"]


def test_that_another_test_has_the_failure_in_the_further_attempt_is_none():
    first, second = attempt(1), attempt(1, 2)
    other = of([execution(first, "P"), execution(second, "F")])
    one = of([execution(first, "F"), execution(second, "P")])
    assert grades({1: one, 2: other}) == []


def test_a_failure_with_another_signature_is_neither_a_failure_nor_a_pass_of_the_cluster():
    own, others = of(story("R")), of(story("F", first=2), signature="other")
    assert len(executions_of({1: own, 2: others}, "S")) == 2
    assert judged({1: of(story("FFF"), signature="other")}).runs == 0


def test_a_regression_that_breaks_many_tests_at_once_is_no_flake():
    broken = {test: of(story("PPPPPAAAAPPPP")) for test in range(1, 10)}
    score = judged(broken)
    assert score.evidence == ()
    assert score.standing is Standing.HEALTHY


def test_a_failure_that_comes_and_goes_over_many_tests_is_flaky_though_each_failed_once():
    histories = {test: of(story("P" * test + "R" + "P" * (11 - test))) for test in range(1, 5)}
    score = judged(histories)
    assert (score.standing, score.failures) == (Standing.FLAKY, 4)


def test_what_is_dropped_for_being_seen_on_many_tests_is_what_a_cluster_is_made_of_and_an_outage_is_not():
    histories = {1: of(story("PR"))}
    failure = next(one for one in histories[1] if one.outcome.is_bad)
    assert grades(histories, dropped=Dropped(signatures=frozenset({(2, 1, failure.loose_signature)}))) == ["E2"]
    assert grades(histories, dropped=Dropped(incidents=frozenset({(2, 1)}))) == ["E2"]
    assert grades(histories, dropped=Dropped(attempts=frozenset({(2, 1)}))) == []


@pytest.mark.parametrize(
    ("tests", "runs", "kind"),
    [(1, 9, FailureKind.ISOLATED), (9, 1, FailureKind.INFRA), (9, 2, FailureKind.SYSTEMIC), (2, 0, FailureKind.INFRA)],
)
def test_a_cause_is_told_by_how_many_tests_and_runs_it_hit(tests, runs, kind):
    assert kind_of(tests, runs) is kind


def test_what_the_logs_called_the_machines_fault_stays_that_however_often_it_comes():
    first, last = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
    of_machines = kind_of_seen(is_infra=True, tests=9, first_seen_at=first, last_seen_at=last)
    of_a_service = kind_of_seen(is_infra=False, tests=9, first_seen_at=first, last_seen_at=last)
    assert (of_machines, of_a_service) == (FailureKind.INFRA, FailureKind.SYSTEMIC)
    assert kind_of_seen(is_infra=False, tests=9, first_seen_at=first, last_seen_at=first) is FailureKind.INFRA


@st.composite
def clusters(draw):
    """Some tests' executions in the same jobs of the same attempts, failing with the signature or another one."""
    histories = {test: [] for test in range(1, draw(st.integers(1, 3)) + 1)}
    for run in range(1, draw(st.integers(1, 6)) + 1):
        for number in range(1, draw(st.sampled_from([1, 2])) + 1):
            for own in histories.values():
                for ordinal, mark in enumerate(draw(st.text("PPFS", max_size=2)), start=1):
                    one = execution(attempt(run, number), mark, ordinal=ordinal)
                    own.append(of([one], draw(st.sampled_from(["S", "other"])))[0])
    return histories


@given(st.data(), clusters())
def test_the_order_of_executions_and_tests_changes_nothing(data, histories):
    shuffled = {
        test: data.draw(st.permutations(own)) for test, own in data.draw(st.permutations(list(histories.items())))
    }
    assert judged(shuffled) == judged(histories)


@given(clusters())
def test_a_proof_within_one_attempt_is_always_of_one_test_that_failed_and_passed_in_it(histories):
    for one in judged(histories).evidence:
        if one.grade == "E1":
            place = (one.failed.run_id, one.failed.run_attempt)
            assert any(
                {Outcome.FAILED, Outcome.PASSED}
                <= {x.outcome for x in own if (x.attempt.run_id, x.attempt.run_attempt) == place}
                for own in histories.values()
            )
