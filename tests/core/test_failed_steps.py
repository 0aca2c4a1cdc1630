"""A step that failed beside the tests is found, as far as the list of steps and the log show it."""

import pytest

from app.core.failed_steps import step_beside_tests
from app.core.logs import read_log
from app.core.model import LogSteps

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
        (["Run tests"], LogSteps(with_failures=1, bare="Run mypy"), None),
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
    assert step_beside_tests(failed, log) == found


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
    text = "".join(f"2026-03-02T09:00:00.0000000Z {line}\n" for line in "".join(parts).splitlines())
    return read_log(text.encode()).steps


def test_a_log_tells_the_steps_in_which_tests_failed_from_those_in_which_none_did():
    assert steps(FAILING, ERROR) == LogSteps(with_failures=1)
    assert steps(FAILING, ERROR, TYPES, ERROR) == LogSteps(with_failures=1, bare="Run mypy")
    assert steps(FAILING, TYPES, ERROR) == LogSteps(bare="Run mypy", has_forgiven=True)
    assert steps(FAILING, ERROR, FAILING, ERROR) == LogSteps(with_failures=2)


def test_what_only_reports_the_tests_is_no_step_beside_them():
    assert steps(FAILING, ERROR, REPORTER) == LogSteps(with_failures=1)
