"""Which causes a failure reads like."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.likeness import NEAR, SHORTLISTED, Example, compare, shortlist
from app.core.signature import fingerprint, title

TIMEOUT = "TimeoutError: connection to localhost:5432 timed out after 30 s"


def example(number, message, *, signature="0" * 32):
    return Example(id=number, signature=signature, title=title(message), message=message)


def test_numbers_and_times_do_not_keep_two_failures_apart():
    [found] = compare("TimeoutError: connection to localhost:5433 timed out after 12 s", None, [example(1, TIMEOUT)])
    assert (found.id, found.is_same, found.share) == (1, True, 1.0)


def test_one_in_other_words_is_near_and_not_the_same():
    [found] = compare("TimeoutError: connection to the database timed out", None, [example(1, TIMEOUT)])
    assert NEAR <= found.share < 1
    assert not found.is_same


def test_what_shares_no_more_than_a_word_is_left_out():
    assert compare("ValueError: connection string is empty", None, [example(1, TIMEOUT)]) == ()


def test_the_same_signature_is_the_same_whatever_its_example_says():
    strict = fingerprint(TIMEOUT, None).strict
    [found] = compare(TIMEOUT, None, [example(1, "something else entirely", signature=strict)])
    assert found.is_same


def test_the_same_come_first_and_then_the_likest():
    near = example(3, "TimeoutError: connection to the database timed out after a while")
    found = compare(TIMEOUT, None, [near, example(2, TIMEOUT)])
    assert [one.id for one in found] == [2, 3]


def test_a_title_is_found_in_a_message_of_many_lines():
    titles = {1: title(TIMEOUT), 2: title("KeyError: 'user'")}
    assert shortlist(f"setting up\nmore of it\n{TIMEOUT}\nand the end", titles)[0] == 1


def test_no_more_than_a_few_are_looked_at_closely():
    assert len(shortlist(TIMEOUT, dict.fromkeys(range(100), TIMEOUT))) == SHORTLISTED


@given(st.text(), st.lists(st.text(), max_size=5))
def test_any_text_can_be_compared(message, others):
    examples = [example(number, one) for number, one in enumerate(others)]
    assert all(0 <= one.share <= 1 for one in compare(message, None, examples))
    assert set(shortlist(message, {one.id: one.title for one in examples})) <= set(range(len(others)))
