"""What a test has caught lately, which a quarantine would have hidden."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.caught import find_caught
from app.core.evidence import evidence_in
from app.core.history import arrange
from app.core.impact_text import caught_words, impact_words, words_of
from tests.core.ci_story import HOME, attempt, story
from tests.core.heads import NOW


def caught(executions):
    history = arrange(executions, window=50)
    return find_caught(history, evidence_in(history, HOME))


MAIN = story("P" * 20, step=10)


def test_a_bug_that_a_pull_request_mended_was_caught():
    [one] = caught(MAIN + story("AAP", first=32, pull=7))
    assert (one.pull, one.first, one.mended_by, one.at) == (7, "pull-7-32", "pull-7-34", attempt(32, pull=7).at)


def test_a_regression_of_the_default_branch_that_was_mended_was_caught():
    [one] = caught(story("PPPPFFFPPP"))
    assert (one.pull, one.first, one.mended_by) == (None, "head-5", "head-8")


@pytest.mark.parametrize("marks", ["FP", "PFP", "P", "RRP", "MMP", "AA"])
def test_one_try_or_a_pass_of_the_same_code_or_no_end_proves_nothing(marks):
    assert caught(MAIN + story(marks, first=32, pull=7)) == ()


@pytest.mark.parametrize("marks", ["PPPFFPPP", "PPPFFF", "PPPFFRPP"])
def test_the_default_branch_fails_three_runs_in_a_row_and_then_passes(marks):
    assert caught(story(marks)) == ()


def test_a_pull_request_that_inherits_a_failure_from_its_base_caught_nothing():
    main = story("PPFFFFFPPPP", step=10)
    pull = story("A", first=46, pull=7, base_sha="head-31") + story("P", first=85, pull=7)
    assert [one.pull for one in caught(main + pull)] == [None]


def test_a_failure_in_a_way_in_which_the_test_flakes_is_taken_for_a_flake():
    flaky = story("PMPPPPPMPPPP", step=10)
    assert caught(flaky + story("AAP", first=52, pull=7)) == ()
    [one] = caught(flaky + story("AAP", first=52, pull=7, signature="bug"))
    assert one.pull == 7


def test_two_legs_that_see_the_same_bug_caught_it_once():
    both = [
        one for job in ("a", "b") for one in story("P" * 9, step=10, job=job) + story("AAP", first=32, pull=7, job=job)
    ]
    assert len(caught(both)) == 1


def test_the_latest_comes_first():
    pulls = story("AP", first=32, pull=7) + story("AP", first=62, pull=8)
    assert [one.pull for one in caught(MAIN + pulls)] == [8, 7]


def test_a_test_that_only_flakes_is_said_to_have_caught_nothing_in_nineteen_histories_of_twenty():
    wrong = 0
    for seed in range(200):
        rng = random.Random(seed)
        rate = rng.choice([0.02, 0.05, 0.1, 0.3])
        executions = []
        for run in range(1, 61):
            fails = [rng.random() < rate for _ in range(2)]
            mark = "P" if not fails[0] else "A" if fails[1] else "R"
            executions += story(mark, first=run, pull=None if run % 3 == 0 else run // 4, signature=rng.choice("abc"))
        wrong += bool(caught(executions))
    assert wrong <= 10


@given(st.text("PFRMA", max_size=30), st.randoms())
def test_the_order_of_what_is_read_changes_nothing(marks, rng):
    executions = MAIN + story(marks, first=400, pull=3)
    assert caught(rng.sample(executions, len(executions))) == caught(executions)


def test_what_it_caught_is_told_without_a_link_to_anybody():
    found = caught(MAIN + story("AAP", first=32, pull=7)) + caught(story("PPPPFFFPPP"))
    assert caught_words(found) == (
        "It caught 2 real failures lately, which a quarantine would have hidden: pull request 7 from `pull-7-32` on,"
        " the default branch from `head-5` on."
    )
    assert caught_words(found * 3).endswith("and 3 more.")
    assert caught_words(()) == ""


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (
            (6, 9, 140, 540),
            "hit 6 pull requests and cost 2 hours of CI and about 9 hours of waiting in the 30 days to 2026-03-02",
        ),
        ((1, 1, 20, 0), "hit 1 pull request and cost 20 minutes of CI in the 30 days to 2026-03-02"),
        ((0, 3, 0, 0), "hit 3 runs in the 30 days to 2026-03-02"),
        ((0, 0, 0, 0), ""),
    ],
)
def test_what_it_cost_is_told_in_units_that_people_think_in(figures, words):
    pulls, runs, minutes, waited = figures
    assert impact_words(pulls=pulls, runs=runs, minutes=minutes, waited=waited, to=NOW) == words


def test_what_it_cost_comes_with_its_owner_who_is_not_called_by_it():
    cost, _ = words_of({"runs": 3, "pulls": 2}, to=NOW, owner="@acme/shop")
    assert cost.replace("\u200b", "") == "hit 2 pull requests in the 30 days to 2026-03-02; owner `@acme/shop`"
    assert words_of({}, to=NOW, owner="@acme/shop")[0].replace("\u200b", "") == "owner `@acme/shop`"


def test_a_decision_of_an_older_release_says_what_it_knows():
    assert words_of({}, to=NOW) == ("", "")
    assert words_of({"runs": 3, "pulls": 2, "heads": 3, "minutes_lost": 30}, to=NOW) == (
        "hit 2 pull requests and cost 30 minutes of CI in the 30 days to 2026-03-02",
        "",
    )
