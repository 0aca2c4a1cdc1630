"""A test that flakes on one leg of a matrix only is said so, where that is more than chance."""

import random

from app.core.score import Thresholds, judge
from tests.core.ci_story import HOME, story


def legs(executions):
    return judge(executions, thresholds=Thresholds(), repository=HOME).legs


WINDOWS = story("PMPPMMPPPPPMPPMPPMPM", job="test (windows)")


def test_legs_that_ran_as_often_and_never_flaked_are_clean():
    found = legs(WINDOWS + story("P" * 20, job="test (linux)"))
    assert found.jobs == ("test (windows)",)
    assert (found.flaked, found.runs, found.others, found.others_runs) == (7, 20, 1, 20)


def test_few_runs_of_the_others_or_few_flakes_say_nothing():
    assert legs(WINDOWS + story("P" * 6, job="test (linux)")) is None
    rare = story("PMPPPMPPPPPPPPPPPMPP", job="test (windows)")
    assert legs(rare + story("P" * 20, job="test (linux)")) is None


def test_several_legs_together_say_something():
    others = [one for job in ("a", "b", "c") for one in story("P" * 12, job=job)]
    assert (legs(WINDOWS + others).others, legs(WINDOWS + others).others_runs) == (3, 36)


def test_a_flake_that_hits_either_leg_is_said_to_spare_one_in_fewer_than_one_history_of_twenty():
    wrong = 0
    for seed in range(200):
        rng = random.Random(seed)
        marks = ["".join("M" if rng.random() < 0.1 else "P" for _ in range(40)) for _ in range(2)]
        wrong += legs(story(marks[0], job="a") + story(marks[1], job="b")) is not None
    assert wrong <= 10


def test_a_flake_on_every_leg_or_on_the_only_one_is_no_finding():
    assert legs(WINDOWS) is None
    assert legs(WINDOWS + story("P" * 19 + "M", job="test (linux)")) is None


def test_a_test_that_is_well_has_no_such_leg():
    assert legs(story("P" * 20, job="a") + story("P" * 20, job="b")) is None


def test_a_leg_that_was_broken_for_a_while_did_not_flake():
    broken = story("P" * 4 + "FFFFFF" + "P" * 10, job="test (linux)")
    found = legs(WINDOWS + broken)
    assert found is not None
    assert found.jobs == ("test (windows)",)


def test_standing_is_kept_over_all_legs():
    score = judge(WINDOWS + story("P" * 20, job="test (linux)"), thresholds=Thresholds(), repository=HOME)
    assert score.standing == "flaky"
    assert score.runs == 20
