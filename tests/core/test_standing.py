import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome, Recommendation, Standing, Verdict
from app.core.score import Thresholds, judge
from app.core.standing import judge as judge_verdict
from app.core.standing import recommend, stand
from tests.core.ci_story import story


def judged(executions):
    return judge(executions, thresholds=Thresholds())


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([], Verdict.SKIPPED),
        ([Outcome.SKIPPED], Verdict.SKIPPED),
        ([Outcome.PASSED, Outcome.SKIPPED], Verdict.PASSED),
        ([Outcome.FAILED, Outcome.ERROR], Verdict.FAILED),
        ([Outcome.ERROR, Outcome.PASSED], Verdict.FLAKY),
    ],
)
def test_a_commit_is_judged_by_all_executions_of_the_test(outcomes, verdict):
    assert judge_verdict(outcomes) is verdict


@given(st.permutations([*Outcome, *Outcome]), st.integers(0, 8))
def test_the_order_of_executions_does_not_change_the_verdict(outcomes, count):
    assert judge_verdict(outcomes[:count]) is judge_verdict(reversed(outcomes[:count]))


def test_broken_outranks_flaky_and_flaky_outranks_suspect():
    assert stand(is_broken=True, is_suspect=True, is_flaky=True) is Standing.BROKEN
    assert stand(is_broken=False, is_suspect=True, is_flaky=True) is Standing.FLAKY
    assert stand(is_broken=False, is_suspect=True, is_flaky=False) is Standing.SUSPECT
    assert stand(is_broken=False, is_suspect=False, is_flaky=False) is Standing.HEALTHY


def test_only_a_flaky_test_is_proposed_for_quarantine():
    assert {one: recommend(one) for one in Standing} == {
        Standing.HEALTHY: Recommendation.NONE,
        Standing.SUSPECT: Recommendation.WARN,
        Standing.FLAKY: Recommendation.QUARANTINE,
        Standing.BROKEN: Recommendation.NONE,
    }


@pytest.mark.parametrize(
    ("marks", "since"),
    [
        ("PPPFFF", "head-4"),
        ("PPPFFFSS", "head-4"),
        ("PPPFF", None),
        ("PPPFFFP", None),
        ("PAAA", "head-2"),
        ("PFFRFF", None),
        ("PFFPFFPFF", "head-2"),
        ("PFFPFFPFFP", None),
        ("FF", "head-1"),
        ("PPPSF", None),
    ],
)
def test_a_test_that_fails_for_good_on_the_default_branch_is_broken_since_its_first_failing_commit(marks, since):
    score = judged(story(marks))
    assert score.broken_since == since
    assert (score.standing is Standing.BROKEN) == (since is not None)


def test_failures_of_a_pull_request_do_not_break_a_test():
    assert judged(story("PPP") + story("FFFF", first=4, pull=7)).standing is Standing.HEALTHY


def test_a_test_without_any_pass_is_broken_since_its_failure_on_the_default_branch():
    assert judged(story("F", pull=7) + story("FF", first=2)).broken_since == "head-2"


def test_a_same_code_proof_among_the_failures_says_flaky_rather_than_broken():
    proven = (
        story("PP")
        + story("FFF", first=3)
        + story("P", first=9, head_sha="head-4", branch="again", is_default_branch=False)
    )
    assert judged(proven).standing is Standing.SUSPECT


def test_a_flaky_test_that_fails_for_good_is_broken():
    score = judged(story("PRPRPRPPPPP" + "FFF"))
    assert score.score > 0.6
    assert (score.standing, score.recommendation) == (Standing.BROKEN, Recommendation.NONE)


def test_one_broken_variant_breaks_the_test_unless_it_was_retired():
    windows = story("PPPFFF", job="windows")
    assert judged(windows + story("P" * 20, job="linux")).broken_since == "head-4"
    assert judged(windows + story("P" * 70, job="linux")).standing is Standing.HEALTHY
