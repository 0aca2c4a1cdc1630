import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.chance import is_by_chance, share_of
from app.core.history import arrange
from app.core.infra import Dropped
from app.core.model import Standing
from app.core.rates import count_flakes
from app.core.score import Thresholds, judge
from tests.core.ci_story import HOME, attempt, execution, story


def counted(executions, **options):
    found = count_flakes(arrange(executions, window=50, **options))
    return found.flaked, found.runs


def test_every_run_that_failed_at_its_first_try_counts_where_flakes_explain_it():
    assert counted(story("PFPPRPPMPP")) == (3, 10)
    assert counted(story("PFFPPPPPPP")) == (2, 10)


def test_a_run_whose_second_try_flaked_does_not_count_but_a_flake_is_never_nothing():
    late = [execution(attempt(5), "P"), execution(attempt(5, 2), "F")]
    assert counted(story("PPPP") + late + story("R", first=6)) == (1, 6)
    assert counted(story("PPPP") + late) == (1, 5)


def test_a_streak_that_the_rate_does_not_explain_is_left_out_of_both_counts():
    assert counted(story("P" * 10 + "FFFFFF" + "PRPPPPP")) == (1, 17)


def test_the_more_often_a_test_flakes_the_longer_a_streak_may_be():
    often = "FPFFPFPFFFPFFPFFFFPF"
    assert counted(story(often)) == (14, 20)


def test_failures_of_a_pull_request_whose_base_was_broken_are_not_its_flakes():
    pull = story("P", first=30, pull=7) + story("F", first=31, pull=7, base_sha="head-4")
    assert counted(story("PPFFFFFPPPPPPR") + pull) == (1, 10)


def test_a_dropped_failure_counts_in_neither():
    assert counted(story("PFPRP"), dropped=Dropped(attempts=frozenset({(2, 1)}))) == (1, 4)


@pytest.mark.parametrize(
    ("rate", "length", "expected"),
    [(0.0, 1, False), (0.05, 2, True), (0.04, 2, False), (0.5, 5, True), (0.5, 6, False), (0.8, 14, True)],
)
def test_a_streak_is_by_chance_where_one_in_twenty_goes_on_as_long(rate, length, expected):
    assert is_by_chance(rate, length) is expected


def test_few_trials_promise_neither_nothing_nor_all():
    assert share_of(0, 9) == 0.05
    assert share_of(9, 9) == 0.95


def flipping(seed, rate, *, runs=60, retried=True):
    """Runs of the default branch and of pull requests, two pushes each, whose test fails by chance."""
    rng = random.Random(seed)
    found = []
    for run in range(1, runs + 1):
        fails = [rng.random() < rate for _ in range(2)]
        mark = ("M" if retried and not fails[1] else "F") if fails[0] else "P"
        found += story(mark, first=run, pull=run // 3 if run % 3 else None)
    return found


@pytest.mark.parametrize("retried", [True, False])
@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3, 0.6])
def test_the_interval_holds_the_true_rate_of_nine_tests_in_ten(rate, retried):
    seeds = 150
    scores = [
        judge(flipping(seed, rate, retried=retried), thresholds=Thresholds(), repository=HOME) for seed in range(seeds)
    ]
    covered = sum(one.low <= rate <= one.high for one in scores) / seeds
    assert 0.83 <= covered <= 0.98


@pytest.mark.parametrize(
    ("marks", "standing"),
    [
        ("PFPFFPFPRFPFFPFPFFF", Standing.FLAKY),
        ("PFPFFPFPRFPFFPFPFFFFFFFF", Standing.BROKEN),
        ("PPPPPPRPPPPRPPPFFF", Standing.BROKEN),
        ("PFPFRFPFFFPFPFFPFFFPFFPFFPF", Standing.FLAKY),
    ],
)
def test_a_flaky_test_is_broken_where_its_rate_does_not_explain_the_streak(marks, standing):
    assert judge(story(marks), thresholds=Thresholds(), repository=HOME).standing is standing


@given(st.text("PFRM", min_size=1, max_size=60))
def test_no_more_runs_flaked_than_there_are(marks):
    flaked, runs = counted(story(marks))
    assert 1 <= flaked <= max(1, runs) <= len(marks)
