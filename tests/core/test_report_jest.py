import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
FAILURE = "Error: expect(received).toBe(expected)\n\nExpected: 1\n    at Object.<anonymous> (a.test.js:3:1)"


def read(*files, is_vitest=False):
    value = {"numTotalTests": 1, "testResults": list(files)}
    if not is_vitest:
        value["numRuntimeErrorTestSuites"] = 0
    return json_documents.read(Document.of(json.dumps(value).encode()))


def a_file(*tests, status="passed", message="", **more):
    return {
        "name": "/home/runner/work/r/r/src/a.test.js",
        "status": status,
        "message": message,
        "assertionResults": list(tests),
        **more,
    }


def a_test(title="adds", status="passed", **more):
    return {"ancestorTitles": ["sum", "of two"], "title": title, "status": status, "duration": 3, **more}


def outcomes(*tests, **more):
    return [one.outcome for one in read(a_file(*tests), **more).results]


def test_a_test_of_jest_is_named_by_its_file_its_describes_and_its_title():
    report = read(
        a_file(a_test(status="failed", failureMessages=[FAILURE, "second"], location={"line": 2, "column": 1}))
    )
    [one] = report.results
    assert (report.format, one.suite, one.class_name, one.name) == ("jest", "src/a.test.js", "sum of two", "adds")
    assert (one.file, one.line, one.duration_ms) == ("/home/runner/work/r/r/src/a.test.js", 2, 3)
    assert one.message == "Error: expect(received).toBe(expected)\n\nExpected: 1"
    assert one.stack_trace == FAILURE + "\n\nsecond"


def test_a_test_of_vitest_is_named_as_in_its_junit_file():
    [one] = read(a_file(a_test()), is_vitest=True).results
    assert (one.suite, one.class_name, one.name) == ("src/a.test.js", "src/a.test.js", "sum > of two > adds")


@pytest.mark.parametrize(
    ("status", "messages", "outcome"),
    [
        ("passed", [], P),
        ("failed", [FAILURE], F),
        ("failed", ["TypeError: x is undefined\n    at y"], E),
        ("failed", ['thrown: "Exceeded timeout of 5000 ms for a test.'], E),
        ("failed", ["Error: STACK_TRACE_ERROR\n    at task"], E),
        ("failed", None, F),
        ("pending", [], S),
        ("skipped", [], S),
        ("todo", [], S),
        ("disabled", [], S),
    ],
)
def test_a_status_of_jest_is_an_outcome(status, messages, outcome):
    assert outcomes(a_test(status=status, failureMessages=messages)) == [outcome]


def test_retries_are_executions_with_the_reasons_that_jest_logged():
    found = read(a_file(a_test(invocations=3, retryReasons=[FAILURE, "TypeError: no"]))).results
    assert [(one.ordinal, one.outcome) for one in found] == [(1, F), (2, E), (3, P)]
    assert found[0].message.startswith("Error: expect")


def test_retries_that_are_only_counted_are_failures_and_are_not_believed_without_end():
    assert outcomes(a_test(invocations=2)) == [F, P]
    assert len(outcomes(a_test(invocations=10**9))) == 21


def test_the_errors_of_a_test_of_vitest_that_passed_at_last_are_its_earlier_executions():
    found = read(a_file(a_test(failureMessages=["Error: x\n    at y"], meta={})), is_vitest=True).results
    assert [(one.ordinal, one.outcome, one.message) for one in found] == [(1, F, "Error: x"), (2, P, None)]


def test_a_file_that_could_not_run_is_one_error_named_after_it():
    said = "  ● Test suite failed to run\n\n    ReferenceError: boom is not defined\n      at a.js:1"
    [one] = read(a_file(status="failed", message=said)).results
    assert (one.suite, one.class_name, one.name) == ("src/a.test.js", "src/a.test.js", "Test suite failed to run")
    assert (one.outcome, one.message, one.stack_trace) == (E, "ReferenceError: boom is not defined", said)


def test_a_file_that_failed_after_its_tests_passed_is_an_error_too_but_not_beside_a_failure():
    assert [one.outcome for one in read(a_file(a_test(), status="failed")).results] == [P, E]
    assert [one.outcome for one in read(a_file(a_test(status="failed"), status="failed")).results] == [F]


def test_results_dumped_as_they_are_in_jest_are_read_as_well():
    file = {"testFilePath": "src/a.test.js", "testResults": [a_test()], "failureMessage": None}
    broken = {
        "testFilePath": "src/b.test.js",
        "testResults": [],
        "testExecError": {"message": "x"},
        "failureMessage": "no",
    }
    assert [(one.suite, one.outcome) for one in read(file, broken).results] == [
        ("src/a.test.js", P),
        ("src/b.test.js", E),
    ]


def test_a_test_without_a_known_status_is_left_out():
    assert outcomes({"title": "a"}, a_test()) == [P]


def test_test_results_without_their_number_are_not_jests():
    assert json_documents.read(Document.of(b'{"testResults": [], "x": "numTotalTests"}')) is None
    assert json_documents.read(Document.of(b'{"testResults": [], "x": {"numTotalTests": 1}}')) is None
