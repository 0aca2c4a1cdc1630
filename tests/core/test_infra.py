import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.infra import AttemptTally, find_dropped, infra_signatures, is_mass_failure, spread_of, tally
from tests.core.ci_story import START, attempt, execution


def seen(run, tests=100, failures=0, **spread):
    return AttemptTally(run_id=run, run_attempt=1, at=attempt(run).at, tests=tests, failures=failures, spread=spread)


@pytest.mark.parametrize(
    ("tests", "failures", "earlier", "expected"),
    [
        (100, 25, [], True),
        (100, 24, [], False),
        (19, 19, [], False),
        (20, 5, [0.0, 0.0], True),
        (100, 30, [0.04, 0.04, 0.04], False),
        (100, 40, [0.04, 0.04, 0.04], True),
        (0, 0, [], False),
    ],
)
def test_an_attempt_failed_as_a_whole_when_far_more_failed_than_usual(tests, failures, earlier, expected):
    assert is_mass_failure(tests, failures, earlier) is expected


def test_only_the_latest_hundred_attempts_say_what_is_usual():
    assert is_mass_failure(100, 30, [0.5] * 200 + [0.0] * 100)


@pytest.mark.parametrize(
    ("tests", "count", "expected"),
    [(1000, 8, True), (1000, 7, False), (20, 3, True), (20, 2, False), (100, 5, True), (100, 4, False)],
)
def test_a_message_on_many_tests_is_nobodys_own(tests, count, expected):
    assert infra_signatures({"gone": count, "own": 1}, tests) == (frozenset({"gone"}) if expected else frozenset())


def test_a_message_that_many_tests_fail_with_every_day_is_no_outage():
    assert infra_signatures({"timeout": 9}, 1000, {"timeout": 4}) == frozenset()
    assert infra_signatures({"timeout": 12}, 1000, {"timeout": 4}) == frozenset({"timeout"})


def test_a_test_counts_once_a_message():
    assert spread_of([("a", "x"), ("a", "x"), ("b", "x"), ("b", None)]) == {"x": 2}


def test_attempts_are_tallied_in_distinct_tests_that_ran():
    one, two = attempt(1), attempt(2)
    tests = [
        [execution(one, "F"), execution(one, "F", ordinal=2), execution(one, "P", ordinal=3), execution(two, "P")],
        [execution(one, "F", job="a"), execution(one, "P", job="b"), execution(two, "S")],
        [execution(one, "P")],
    ]
    first, second = sorted(tally(tests), key=lambda tally: tally.run_id)
    assert (first.tests, first.failures, first.spread) == (3, 2, {"boom": 2})
    assert (second.tests, second.failures, second.spread) == (1, 0, {})
    assert first.at > START


def test_a_whole_history_is_searched_in_the_order_of_its_events():
    quiet = [seen(run) for run in range(1, 6)]
    found = find_dropped([seen(9, failures=40, full=40), *quiet, seen(7, failures=8, gone=8)])
    assert found.attempts == {(9, 1)}
    assert found.signatures == {(9, 1, "full"), (7, 1, "gone")}


def test_a_message_that_was_always_wide_is_learnt_from_the_history():
    daily = [seen(run, failures=8, slow=8) for run in range(1, 10)]
    found = find_dropped(daily)
    assert (9, 1, "slow") not in found.signatures
    assert (1, 1, "slow") in found.signatures


@given(st.data())
def test_the_order_of_attempts_does_not_change_what_is_dropped(data):
    attempts = [
        seen(run, failures=data.draw(st.integers(0, 100)), x=data.draw(st.integers(0, 12))) for run in range(1, 12)
    ]
    assert find_dropped(data.draw(st.permutations(attempts))) == find_dropped(attempts)


def test_a_drop_names_the_attempt_the_job_or_the_message():
    failure = execution(attempt(1), "F")
    found = find_dropped([seen(0, failures=5), seen(1, failures=8, boom=8)])
    assert found.holds(failure)
    assert not found.holds(execution(attempt(1), "F", signature="other"))
    assert not found.holds(execution(attempt(2), "F"))
    assert not found.holds(execution(attempt(1), "F", signature=None))


def test_where_many_fail_alike_and_far_more_than_usual_fail_all_failures_are_doubtful():
    usual = [seen(run, failures=4) for run in range(1, 6)]
    doubtful = find_dropped([*usual, seen(7, failures=12, boom=8)])
    assert (doubtful.attempts, doubtful.incidents) == (frozenset(), {(7, 1)})
    assert doubtful.holds(execution(attempt(7), "F", signature="words of its own"))
    assert find_dropped([*usual, seen(7, failures=11, boom=8)]).incidents == frozenset()
    assert find_dropped([*usual, seen(7, failures=12, boom=2)]).incidents == frozenset()


def test_a_failure_without_a_message_counts_as_one_but_is_no_message():
    [one] = tally([[execution(attempt(1), "F", signature=None)], [execution(attempt(1), "F")]])
    assert (one.tests, one.failures, one.spread) == (2, 2, {"boom": 1})
