import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
ASSERTED = {
    "message": "Error: \x1b[2mexpect(\x1b[22mreceived\x1b[2m).\x1b[22mtoBe\x1b[2m(\x1b[22mexpected\x1b[2m)\x1b[22m",
    "stack": "s",
}
THROWN = {"message": "TypeError: x is undefined", "stack": "TypeError: x is undefined\n    at a.spec.ts:3:1"}


def a_test(*results, project="chromium", expected="passed", status="expected"):
    return {"projectName": project, "expectedStatus": expected, "status": status, "results": list(results)}


def a_spec(*tests, title="adds", line=3):
    return {"title": title, "file": "a.spec.ts", "line": line, "tests": list(tests)}


def read(*specs, suites=(), errors=()):
    file = {"title": "a.spec.ts", "file": "a.spec.ts", "specs": list(specs), "suites": list(suites)}
    value = {"config": {}, "suites": [file], "errors": list(errors), "stats": {}}
    return json_documents.read(Document.of(json.dumps(value).encode()))


def outcomes(test):
    return [one.outcome for one in read(a_spec(test)).results]


def test_each_attempt_in_each_project_is_an_execution():
    failed, passed = {"status": "failed", "duration": 5, "error": ASSERTED}, {"status": "passed", "duration": 4}
    found = read(a_spec(a_test(failed, passed, status="flaky"), a_test(passed, project="firefox"))).results
    assert [(one.name, one.ordinal, one.outcome, one.duration_ms) for one in found] == [
        ("[chromium] adds", 1, F, 5),
        ("[chromium] adds", 2, P, 4),
        ("[firefox] adds", 1, P, 4),
    ]
    assert (found[0].suite, found[0].class_name, found[0].file, found[0].line) == (
        "a.spec.ts",
        "a.spec.ts",
        "a.spec.ts",
        3,
    )


def test_describes_are_a_part_of_the_name_as_in_the_junit_file():
    inner = {"title": "inner", "specs": [a_spec(a_test({"status": "passed"}, project=""))]}
    [one] = read(suites=[{"title": "outer", "suites": [inner]}]).results
    assert one.name == "outer › inner › adds"


@pytest.mark.parametrize(
    ("result", "expected", "outcome"),
    [
        ({"status": "passed"}, "passed", P),
        ({"status": "failed", "error": ASSERTED}, "passed", F),
        ({"status": "failed", "error": THROWN}, "passed", E),
        ({"status": "failed"}, "passed", E),
        ({"status": "timedOut", "errors": [{"message": "Test timeout of 30000ms exceeded."}]}, "passed", E),
        ({"status": "interrupted"}, "passed", S),
        ({"status": "skipped"}, "skipped", S),
        ({"status": "failed"}, "failed", P),
        ({"status": "passed"}, "failed", F),
    ],
)
def test_an_attempt_is_judged_by_what_was_expected_of_it(result, expected, outcome):
    assert outcomes(a_test(result, expected=expected)) == [outcome]


def test_a_failure_is_told_by_its_first_error_and_all_of_their_stacks():
    [one] = read(a_spec(a_test({"status": "failed", "error": THROWN, "errors": [THROWN, {"message": "late"}]}))).results
    assert one.message == "TypeError: x is undefined"
    assert one.stack_trace == "TypeError: x is undefined\n    at a.spec.ts:3:1\n\nlate"


def test_an_unexpected_pass_says_so():
    [one] = read(a_spec(a_test({"status": "passed"}, expected="failed"))).results
    assert one.message == "Expected to fail, but passed."


def test_a_test_that_never_began_is_skipped_where_its_status_says_so_and_else_unknown():
    assert outcomes(a_test(status="skipped")) == [S]
    assert outcomes(a_test(status="unexpected")) == []
    assert outcomes(a_test({"duration": 1})) == []


def test_an_error_outside_of_any_test_is_an_error_of_its_file():
    error = {
        "message": "SyntaxError: no",
        "stack": "s",
        "location": {"file": "/home/runner/work/r/r/t/b.spec.ts", "line": 2},
    }
    [one, bare] = read(errors=[error, {"value": "global setup"}]).results
    assert (one.suite, one.name, one.outcome, one.line) == ("t/b.spec.ts", "error outside of any test", E, 2)
    assert (one.message, bare.suite, bare.message) == ("SyntaxError: no", "", "global setup")


def test_suites_too_deep_are_left_out():
    suite = {"title": "leaf", "specs": [a_spec(a_test({"status": "passed"}))]}
    for _ in range(60):
        suite = {"title": "s", "suites": [suite]}
    assert read(suites=[suite]).results == ()


def test_suites_without_a_configuration_or_beside_results_are_not_playwrights():
    for value in ({"suites": []}, {"suites": [], "results": [], "config": {}}, {"suites": {}, "config": {}}):
        assert json_documents.read(Document.of(json.dumps(value).encode())) is None
