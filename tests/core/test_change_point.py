"""Since when a test is flaky or broken, told in commits of the default branch."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.history import arrange
from app.core.infra import Dropped
from app.core.model import Standing
from app.core.score import Thresholds, judge
from tests.core.ci_story import HOME, attempt, story


def since(executions, **options):
    return judge(executions, thresholds=Thresholds(), repository=HOME, **options).since


def test_a_test_that_is_well_has_no_change_point():
    assert since(story("P" * 20)) is None
    assert since(story("P" * 20 + "F")) is None


def test_a_break_lies_between_the_last_pass_and_the_first_failure_of_the_default_branch():
    found = since(story("PPPPFFF"))
    assert (found.after, found.first, found.at, found.runs_in_doubt) == ("head-4", "head-5", attempt(5).at, 1)


def test_pull_requests_between_the_two_do_not_move_a_break():
    main = story("PPFFF", step=10)
    pulls = story("P", first=15, pull=1) + story("F", first=25, pull=2)
    assert since(main + pulls).after == "head-11"


def test_runs_that_an_outage_hides_are_in_doubt():
    found = since(story("PPFFFFF"), dropped=Dropped(attempts=frozenset({(3, 1), (4, 1)})))
    assert (found.after, found.first, found.runs_in_doubt) == ("head-2", "head-5", 3)


def test_what_never_passed_may_always_have_been_broken():
    assert since(story("FFF")).after is None


def test_a_flake_that_shows_at_once_and_often_began_where_it_showed():
    found = since(story("P" * 30 + "MPMMPMMPMM"))
    assert (found.after, found.first, found.runs_in_doubt) == ("head-27", "head-31", 4)


def test_a_rare_flake_may_have_begun_long_before_it_showed():
    rare, often = since(story("P" * 30 + "MPPPPPPPPPPPMPPPPPPM")), since(story("P" * 30 + "MPPMPMPMPPMMPPMPPMPM"))
    assert rare.first == often.first == "head-31"
    assert rare.runs_in_doubt > 2 * often.runs_in_doubt


def test_a_flake_that_reaches_back_to_the_windows_beginning_may_be_older():
    found = since(story("PPMPPMPPPMPM"))
    assert (found.after, found.first) == (None, "head-3")


def test_a_flake_first_seen_on_a_pull_request_is_told_by_the_default_branch_around_it():
    main = story("P" * 12 + "MPMMP", step=10)
    found = since(main + story("M", first=115, pull=4))
    assert found.first == "head-121"
    assert found.at == attempt(115).at


def test_a_regression_before_the_flakes_is_not_when_they_began():
    found = since(story("P" * 10 + "F" * 6 + "P" * 15 + "MPMMPM"))
    assert found.first == "head-32"


@given(st.text("PPPPFM", min_size=12, max_size=60), st.randoms())
def test_a_range_holds_what_was_seen_first_whatever_the_order_of_what_is_read(marks, rng):
    executions = story(marks)
    score = judge(executions, thresholds=Thresholds(), repository=HOME)
    mixed = rng.sample(executions, len(executions))
    assert judge(mixed, thresholds=Thresholds(), repository=HOME).since == score.since
    assert (score.since is None) == (score.standing is Standing.HEALTHY)
    if score.since is not None:
        runs = {one.attempt.head_sha: one.attempt.run_id for one in executions}
        assert score.since.after is None or runs[score.since.after] < runs[score.since.first]
        assert 1 <= score.since.runs_in_doubt <= len(arrange(executions, window=50).run_ids)


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5])
def test_the_true_beginning_lies_in_the_range_of_nine_tests_in_ten(rate):
    held = []
    for seed in range(120):
        rng = random.Random(seed)
        begins = rng.randint(6, 35)
        marks = "".join("M" if run >= begins and rng.random() < rate else "P" for run in range(1, 51))
        found = since(story(marks))
        if found is not None:
            after = int(found.after.removeprefix("head-")) if found.after else 0
            held.append(after - 1 <= begins <= int(found.first.removeprefix("head-")) + 1)
    assert len(held) > 60
    assert sum(held) / len(held) >= 0.9
