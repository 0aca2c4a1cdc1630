import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(*tests, **more):
    value = {"results": {"tool": {"name": "any"}, "summary": {"tests": len(tests)}, "tests": list(tests)}, **more}
    return json_documents.read(Document.of(json.dumps(value).encode()))


def outcomes(*tests):
    return [one.outcome for one in read(*tests).results]


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ({"status": "passed"}, P),
        ({"status": "failed"}, F),
        ({"status": "skipped"}, S),
        ({"status": "pending"}, S),
        ({"status": "other"}, S),
        ({"status": "other", "rawStatus": "timedOut"}, E),
        ({"status": "failed", "rawStatus": "broken"}, E),
        ({"status": "passed", "rawStatus": "error"}, P),
    ],
)
def test_a_status_of_ctrf_is_an_outcome_and_the_raw_one_tells_errors_apart(test, outcome):
    assert outcomes({"name": "t", "duration": 1, **test}) == [outcome]


def test_everything_that_ctrf_says_of_a_test_is_kept():
    report = read(
        {
            "name": "adds",
            "status": "failed",
            "duration": 12.4,
            "suite": ["file", "group"],
            "filePath": "a/sum.test.js",
            "line": 7,
            "message": "no",
            "trace": "at sum",
        }
    )
    [one] = report.results
    assert report.format == "ctrf"
    assert (one.suite, one.class_name, one.name) == ("file", "file > group", "adds")
    assert (one.file, one.line, one.duration_ms, one.message, one.stack_trace) == (
        "a/sum.test.js",
        7,
        12,
        "no",
        "at sum",
    )


def test_a_suite_written_as_one_text_is_the_same_suite_and_without_one_the_file_stands_for_it():
    one, other, bare = read(
        {"name": "t", "status": "passed", "suite": "file > group"},
        {"name": "t", "status": "passed", "suite": ["file", "group"]},
        {"name": "t", "status": "passed", "filePath": "/home/runner/work/r/r/a.js"},
    ).results
    assert (one.suite, one.class_name, other.ordinal) == (other.suite, other.class_name, 2)
    assert (bare.suite, bare.class_name) == ("a.js", "")


def test_the_attempts_before_the_last_one_are_executions_of_their_own():
    attempts = [{"attempt": 1, "status": "failed", "message": "first"}, {"attempt": 2, "status": "failed"}]
    found = read({"name": "t", "status": "passed", "retries": 2, "flaky": True, "retryAttempts": attempts}).results
    assert [(one.ordinal, one.outcome, one.message) for one in found] == [(1, F, "first"), (2, F, None), (3, P, None)]


def test_an_attempt_that_ended_as_the_last_one_did_ended_for_the_same_reason():
    attempts = [{"attempt": 1, "status": "failed"}]
    assert outcomes({"name": "t", "status": "failed", "rawStatus": "timedOut", "retryAttempts": attempts}) == [E, E]
    assert outcomes({"name": "t", "status": "passed", "rawStatus": "passed", "retryAttempts": attempts}) == [F, P]


def test_a_last_attempt_that_is_listed_as_well_is_not_counted_twice():
    attempts = [{"attempt": 1, "status": "failed"}, {"attempt": 2, "status": "passed"}]
    assert outcomes({"name": "t", "status": "passed", "retries": 1, "retryAttempts": attempts}) == [F, P]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"status": "passed", "retries": 2, "flaky": True}, [F, F, P]),
        ({"status": "passed", "retry": 1, "flake": True}, [F, P]),
        ({"status": "failed", "retries": 1}, [F, F]),
        ({"status": "passed", "retries": 1}, [P]),
        ({"status": "passed", "retries": 10**9, "flaky": True}, [F] * 20 + [P]),
    ],
)
def test_retries_that_are_only_counted_were_failures_where_the_test_is_flaky_or_failed(test, expected):
    assert outcomes({"name": "t", **test}) == expected


def test_a_test_without_a_status_is_left_out():
    assert outcomes({"name": "t"}, {"name": "u", "status": "passed"}) == [P]


def test_a_report_without_tests_is_empty():
    value = b'{"results": {"tool": {}, "summary": {}, "tests": []}, "status": 1}'
    assert json_documents.read(Document.of(value)).results == ()


@pytest.mark.parametrize(
    "value",
    [
        {"results": [{"tests": [], "status": 1}]},
        {"results": {"tests": {}, "tool": {}, "status": 1}},
        {"results": {"tests": []}, "status": 1},
        {"tests": [], "status": 1, "other": {"results": 1}},
    ],
)
def test_results_of_another_shape_are_not_ctrf(value):
    assert json_documents.read(Document.of(json.dumps(value).encode())) is None
