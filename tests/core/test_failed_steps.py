"""A step that failed beside the tests is found, as far as the list of steps and the log show it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.failed_steps import step_beside_tests
from app.core.logs import read_log
from app.core.model import FailedStep, LogSteps

AT = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)

NOT_READ = None
SILENT = LogSteps(bare="Run make test")


@pytest.mark.parametrize(
    ("failed", "log", "found"),
    [
        ([], NOT_READ, None),
        (["Run tests"], NOT_READ, None),
        (["Run tests"], SILENT, None),
        (["Run tests"], LogSteps(with_failures=1), None),
        # One of them was allowed to fail, and nobody knows which.
        (["Run tests"], LogSteps(with_failures=1, bare="Run mypy"), "Run mypy"),
        (["Run tests", "Types"], NOT_READ, "Types"),
        (["Run tests", "Types"], SILENT, "Types"),
        (["Run tests", "Types"], LogSteps(with_failures=1, bare="Run mypy"), "Run mypy"),
        (["Unit", "End to end"], LogSteps(with_failures=2), None),
        (["Run tests", "Run dorny/test-reporter@v2"], NOT_READ, None),
        (["Run tests", "Run dorny/test-reporter-of-mine@v2"], NOT_READ, "Run dorny/test-reporter-of-mine@v2"),
        (["Types"], LogSteps(bare="Run mypy", has_forgiven=True), "Run mypy"),
        (["Types"], LogSteps(has_forgiven=True), "Types"),
    ],
)
def test_a_failed_step_is_the_tests_or_another(failed, log, found):
    assert step_beside_tests([FailedStep(name=name) for name in failed], log) == found


def seconds(number):
    return AT + timedelta(seconds=number)


@pytest.mark.parametrize(
    ("begins", "ends", "tests", "mypy", "found"),
    [
        (10, 20, 19.5, 25, None),
        (10, 20, 20.9, 25, None),
        (22, 25, 19.5, 25.9, "Run mypy"),
        (10, 20, 5, 15, "Run mypy"),
        # The next step began and failed within the second in which this one ended.
        (10, 20, 20.1, 20.9, "Run mypy"),
        # The clocks differ.
        (10, 20, 40, 50, "Run mypy"),
    ],
)
def test_of_two_steps_that_the_log_shows_as_failed_the_time_tells_which_was_not_allowed_to(
    begins, ends, tests, mypy, found
):
    step = FailedStep(name="Check", started_at=seconds(begins), completed_at=seconds(ends))
    log = LogSteps(with_failures=1, bare="Run mypy", tests_at=seconds(tests), bare_at=seconds(mypy))
    assert step_beside_tests([step], log) == found


FAILING = """##[group]Run pytest
shell: bash
##[endgroup]
============================= test session starts ==============================
collected 2 items

t.py .F                                                                  [100%]

=========================== short test summary info ============================
FAILED t.py::test_b - assert 0
========================= 1 failed, 1 passed in 1.00s ==========================
"""
ERROR = "##[error]Process completed with exit code 1.\n"
TYPES = "##[group]Run mypy\nshell: bash\n##[endgroup]\napp.py:1: error: no\n"
REPORTER = "##[group]Run dorny/test-reporter@v2\nwith:\n##[endgroup]\n##[error]Failed test were found\n"


def steps(*parts):
    """Read a log whose parts were written a second apart."""
    text = "".join(
        f"2026-03-02T09:00:{second:02}.1234567Z {line}\n"
        for second, part in enumerate(parts)
        for line in part.splitlines()
    )
    return read_log(text.encode()).steps


def at(second):
    return seconds(second) + timedelta(microseconds=123456)


def test_a_log_tells_the_steps_in_which_tests_failed_from_those_in_which_none_did_and_when():
    assert steps(FAILING, ERROR) == LogSteps(with_failures=1, tests_at=at(1))
    assert steps(FAILING, ERROR, TYPES, ERROR) == LogSteps(
        with_failures=1, bare="Run mypy", tests_at=at(1), bare_at=at(3)
    )
    assert steps(FAILING, TYPES, ERROR) == LogSteps(bare="Run mypy", has_forgiven=True, bare_at=at(2))
    assert steps(FAILING, ERROR, FAILING, ERROR) == LogSteps(with_failures=2, tests_at=at(1))


def test_a_log_without_times_or_with_impossible_ones_tells_no_moment():
    both = FAILING + ERROR + TYPES + ERROR
    expected = LogSteps(with_failures=1, bare="Run mypy")
    assert read_log(both.encode()).steps == expected
    impossible = "".join(f"2026-13-41T09:00:00.1234567Z {line}\n" for line in both.splitlines())
    assert read_log(impossible.encode()).steps == expected


def test_what_only_reports_the_tests_is_no_step_beside_them():
    assert steps(FAILING, ERROR, REPORTER) == LogSteps(with_failures=1, tests_at=at(1))
