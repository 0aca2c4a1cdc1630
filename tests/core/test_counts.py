"""One thing is not called several, nor several one; nothing is several, too."""

import pytest

from app.core import answers, comment
from app.core.change_text import legs_words
from app.core.comment import Proposal
from app.core.counts import all_of, be, count, noun
from app.core.impact_text import impact_words
from app.core.model import Legs, Standing
from app.core.verdict import NoRuns, decide
from tests.core.heads import NOW, failed_job, known, run
from tests.core.test_answers import CASE, SIGHTS, piece


@pytest.mark.parametrize(
    ("number", "tests", "passes", "verb"),
    [(0, "0 tests", "0 passes", "are"), (1, "1 test", "1 pass", "is"), (2, "2 tests", "2 passes", "are")],
)
def test_a_word_and_its_verb_follow_their_number(number, tests, passes, verb):
    assert count(number, "test") == tests
    assert count(number, "pass", "passes") == passes
    assert noun(number, "pass", "passes") == passes.partition(" ")[2]
    assert be(number) == verb


def test_all_of_some_things_are_called_as_people_would():
    said = [all_of(number, "failed test") for number in (1, 2, 3)]
    assert said == ["the failed test is", "both failed tests are", "all 3 failed tests are"]


@pytest.mark.parametrize(("number", "whose"), [(1, "its known flakes hold"), (2, "their known flakes hold")])
def test_a_comment_speaks_of_one_proposal_as_of_one(number, whose):
    tests = [known(f"t{place}") for place in range(number)]
    proposals = [
        Proposal(id=place, case=test.case, score=0.8, flake_rate=0.1) for place, test in enumerate(tests, start=1)
    ]
    text = comment.render(decide([run(failed_job(*tests))], NoRuns.WAITING), "0" * 40, proposals, is_there=True)
    assert f"so that {whose} nobody up" in text


@pytest.mark.parametrize(
    ("number", "cost"), [(0, ""), (1, "hit 1 run and cost 1 minute of CI"), (2, "hit 2 runs and cost 2 minutes of CI")]
)
def test_what_a_test_cost_is_counted_as_people_count(number, cost):
    assert impact_words(pulls=0, runs=number, minutes=number, waited=0, to=NOW).startswith(cost)


@pytest.mark.parametrize(("age", "said"), [(0, "0 runs ago"), (1, "1 run ago"), (2, "2 runs ago")])
def test_an_answer_counts_the_runs_since_a_piece_of_evidence(age, said):
    explained = answers.explain(CASE, Standing.FLAKY, 0.5, 0.1, [piece(age=age)], SIGHTS)
    assert f", {said})" in explained


def test_where_a_test_flakes_only_counts_the_runs_there():
    legs = Legs(jobs=("arm",), flaked=1, runs=1, others=1, others_runs=9)
    assert "in 1 of 1 run there, in none of 9 on the other job" in legs_words(legs)
