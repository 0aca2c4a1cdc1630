"""One thing is not called several, nor several one; nothing is several, too."""

import pytest

from app.core.counts import all_of, be, count, noun


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
