"""Was a report whole? The contract's nine tenths of the trailing median, and what counts before there is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.complete import missing_from


@pytest.mark.parametrize(
    ("tests", "usual", "read_whole", "is_complete"),
    [
        (100, [100, 100, 100], True, True),
        (90, [100, 100, 100], True, True),
        (89, [100, 100, 100], True, False),
        (63, [70] * 3, True, True),
        (9, [10, 10, 10], False, True),
        (8, [10, 10, 10], False, False),
        (200, [100] * 20, False, True),
        (90, [10, 100, 1000], True, True),
        (50, [40, 60, 50, 52], True, True),
        (1, [1, 1, 1], True, True),
        (5, [100, 100], True, True),
        (5, [100, 100], False, False),
        (5, [], True, True),
        (5, [], False, False),
        (0, [], True, False),
        (0, [100, 100, 100], True, False),
        (90, [100] * 20 + [1000] * 30, True, True),
    ],
)
def test_a_report_is_complete_as_the_contract_says(tests, usual, read_whole, is_complete):
    assert (missing_from(tests, usual, read_whole=read_whole) is None) == is_complete


def test_what_is_missing_is_said_in_words():
    assert missing_from(40, [100] * 3, read_whole=True) == "its report holds 40 tests, where about 100 are usual"
    assert missing_from(4, [], read_whole=False) == "its report was cut short, or had to be mended"
    assert missing_from(0, [], read_whole=True) == "no report and no test in its log"


@given(st.integers(1, 10**6))
def test_exactly_nine_tenths_are_enough_and_one_less_is_not(tenth):
    usual = [10 * tenth] * 3
    assert missing_from(9 * tenth, usual, read_whole=False) is None
    assert missing_from(9 * tenth - 1, usual, read_whole=True) is not None


@given(st.integers(0, 200), st.lists(st.integers(1, 200), max_size=30), st.booleans())
def test_more_tests_never_make_a_report_less_complete(tests, usual, read_whole):
    if missing_from(tests, usual, read_whole=read_whole) is None:
        assert missing_from(tests + 1, usual, read_whole=read_whole) is None


@given(st.integers(1, 200), st.lists(st.integers(1, 200), max_size=30))
def test_a_run_that_stopped_early_is_never_complete_however_much_of_it_is_there(tests, usual):
    assert "stopped before the end" in missing_from(tests, usual, read_whole=False, stopped_early=True)


@given(st.integers(1, 200), st.lists(st.integers(1, 200), max_size=30))
def test_a_report_that_was_cut_is_never_complete_however_much_of_it_is_there(tests, usual):
    assert "cut short" in missing_from(tests, usual, read_whole=False, is_cut=True)


def test_where_no_log_shows_an_early_stop_it_takes_the_history():
    assert "log was not read" in missing_from(5, [5, 5], read_whole=True, is_log_read=False)
    assert missing_from(5, [5, 5, 5], read_whole=True, is_log_read=False) is None
