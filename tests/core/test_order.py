"""A test that fails only after certain others is found where the orders that were seen allow it."""

import random

from hypothesis import given
from hypothesis import strategies as st

from app.core.model import CaseName
from app.core.order import Jobs, Neighbour, find_order_dependence


def case(name):
    return CaseName(suite="", class_name="t", name=name)


def beside(name, failing, passing):
    return Neighbour(case=case(name), failing_before=failing, passing_before=passing)


JOBS = Jobs(failing=8, passing=12, candidates=100)


def test_what_ran_before_it_in_every_failing_job_and_no_passing_one_is_the_cause():
    found = find_order_dependence([beside("polluter", 8, 0), beside("other", 4, 6)], JOBS)
    assert (found.others, found.is_polluted, found.failing, found.passing) == ((case("polluter"),), True, 8, 12)


def test_what_never_ran_before_it_where_it_failed_is_what_it_needs():
    found = find_order_dependence([beside("setup", 0, 12), beside("other", 4, 6)], JOBS)
    assert (found.others, found.is_polluted) == ((case("setup"),), False)


def test_tests_that_stand_as_clearly_are_all_named_up_to_three():
    found = find_order_dependence([beside(name, 8, 0) for name in "dbca"], JOBS)
    assert found.others == (case("a"), case("b"), case("c"))


def test_a_test_that_passed_after_it_as_well_is_not_the_cause():
    assert find_order_dependence([beside("x", 8, 9), beside("y", 7, 0)], JOBS) is None


def test_always_the_same_order_says_nothing():
    assert find_order_dependence([beside("x", 8, 12), beside("y", 0, 0)], JOBS) is None


def test_few_jobs_or_many_candidates_say_nothing():
    assert find_order_dependence([beside("x", 2, 0)], Jobs(failing=2, passing=12, candidates=5)) is None
    assert find_order_dependence([beside("x", 8, 0)], Jobs(failing=8, passing=0, candidates=5)) is None
    few = Jobs(failing=3, passing=5, candidates=100)
    assert find_order_dependence([beside("x", 3, 0)], few) is None
    assert find_order_dependence([beside("x", 3, 0)], Jobs(failing=3, passing=20, candidates=5)) is not None


def test_chance_alone_is_taken_for_a_cause_in_fewer_than_one_case_of_fifty():
    found = 0
    for seed in range(300):
        rng = random.Random(seed)
        neighbours = [
            beside(f"t{n}", sum(rng.random() < 0.5 for _ in range(8)), sum(rng.random() < 0.5 for _ in range(12)))
            for n in range(100)
        ]
        found += find_order_dependence(neighbours, JOBS) is not None
    assert found <= 6


@given(st.permutations([beside("a", 8, 0), beside("b", 8, 0), beside("c", 3, 3), beside("d", 0, 12)]))
def test_the_order_of_what_is_read_changes_nothing(neighbours):
    assert find_order_dependence(neighbours, JOBS).others == (case("a"), case("b"))
