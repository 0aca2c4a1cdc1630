import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import text
from app.core.find_tests import Ambiguous, Found, NotFound, find_tests
from app.core.model import CaseName


def case(name, class_name="", suite=""):
    return CaseName(suite=suite, class_name=class_name, name=name)


ADD = case("test_add", "tests.test_math.Sums", "pytest")
ADD_MANY = case("test_add_many", "tests.test_math.Sums", "pytest")
OTHER_ADD = case("test_add", "tests.test_other.Sums", "pytest")
ROUND = case("rounds half | up", "Money", "jest")
PARAMETER = case("test_size[1-2]", "tests.test_size", "pytest")
ALL = (ADD, ADD_MANY, OTHER_ADD, ROUND, PARAMETER)


@pytest.mark.parametrize(
    ("pattern", "test"),
    [
        ("test_add_many", ADD_MANY),
        ("tests.test_math.Sums.test_add", ADD),
        ("pytest.tests.test_math.Sums.test_add", ADD),
        ("tests/test_math.py::Sums::test_add", ADD),
        ("test_other.Sums.test_add", OTHER_ADD),
        ("test_other.py::Sums::test_add", OTHER_ADD),
        ("add_many", ADD_MANY),
        ("dd_many", ADD_MANY),
        ("half | up", ROUND),
        ("Money > rounds half | up", ROUND),
        ("test_size[1-2]", PARAMETER),
        ("*[1-2]", PARAMETER),
        ("Money.*", ROUND),
    ],
)
def test_a_test_is_found_by_name_class_and_name_its_end_or_a_glob(pattern, test):
    assert find_tests(pattern, ALL) == Found(tests=(test,))


def test_a_glob_means_all_that_it_matches():
    assert find_tests("test_add*", ALL) == Found(tests=(ADD, ADD_MANY, OTHER_ADD))


def test_a_name_of_two_tests_is_ambiguous():
    assert find_tests("test_add", ALL) == Ambiguous(candidates=(ADD, OTHER_ADD), total=2)
    many = [case("t", f"c{number:02}") for number in range(30)]
    assert find_tests("t", many) == Ambiguous(candidates=tuple(many[:10]), total=30)


def test_a_whole_name_beats_an_end_and_an_end_beats_a_glob():
    assert find_tests("add", [case("add"), case("test_add")]) == Found(tests=(case("add"),))
    assert find_tests("b*", [case("a b*"), case("b1")]) == Found(tests=(case("a b*"),))
    assert find_tests("add", [case("readd"), case("test.add")]) == Found(tests=(case("test.add"),))


def test_what_is_not_found_has_suggestions():
    assert find_tests("TEST_ADD_MANY", ALL) == NotFound(near=(ADD_MANY,))
    assert find_tests("test_sice[1-2]", ALL).near[0] == PARAMETER
    assert (
        find_tests("xyzzy", ALL)
        == find_tests(" ", ALL)
        == find_tests("", ALL)
        == find_tests("x*", ())
        == NotFound(near=())
    )


@given(st.text(min_size=1, max_size=60).filter(text.shown), st.text(max_size=20))
def test_a_test_is_found_by_what_we_show_of_it(name, class_name):
    one = case(name, class_name)
    assert find_tests(text.shown(name), [one, case("another, longer than any" * 4)]) == Found(tests=(one,))
