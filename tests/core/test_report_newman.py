import json

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
ITEMS = [{"id": "f", "name": "Users", "item": [{"id": "r", "name": "List"}]}, {"id": "q", "name": "Ping"}]


def read(*executions, items=ITEMS):
    value = {"collection": {"item": items}, "run": {"stats": {}, "executions": list(executions)}}
    return json_documents.read(Document.of(json.dumps(value).encode()))


def an_execution(*assertions, item="r", iteration=0, **more):
    return {
        "item": {"id": item, "name": "List"},
        "cursor": {"iteration": iteration},
        "response": {"responseTime": 42},
        "assertions": list(assertions),
        **more,
    }


def test_an_assertion_is_a_test_of_its_request_in_its_folders():
    error = {"name": "AssertionError", "message": "expected 500 to be 200", "stack": "AssertionError: …"}
    report = read(an_execution({"assertion": "is fine"}, {"assertion": "is 200", "error": error}))
    fine, failed = report.results
    assert (report.format, fine.suite, fine.class_name, fine.name) == (
        "newman",
        "Users / List",
        "Users / List",
        "is fine",
    )
    assert (fine.outcome, fine.duration_ms) == (P, 42)
    assert (failed.outcome, failed.message, failed.stack_trace) == (F, "expected 500 to be 200", "AssertionError: …")


def test_what_is_no_assertion_is_an_error_and_what_was_skipped_is_skipped():
    thrown = {"name": "TypeError", "message": "x is undefined"}
    found = read(an_execution({"assertion": "a", "error": thrown}, {"assertion": "b", "skipped": True})).results
    assert [(one.name, one.outcome) for one in found] == [("a", E), ("b", S)]


def test_a_request_and_scripts_that_failed_are_errors():
    script = {"error": {"name": "ReferenceError", "stack": "s"}}
    execution = an_execution(
        requestError={"message": "ECONNREFUSED"}, testScript=[script, {}], prerequestScript=[script]
    )
    assert [(one.name, one.outcome, one.message) for one in read(execution).results] == [
        ("request", E, "ECONNREFUSED"),
        ("prerequest-script", E, "ReferenceError"),
        ("test-script", E, "ReferenceError"),
    ]


def test_another_iteration_is_no_second_try():
    found = read(an_execution({"assertion": "a"}), an_execution({"assertion": "a"}, iteration=1)).results
    assert [one.name for one in found] == ["a", "a [iteration 2]"]


def test_a_request_that_the_collection_does_not_hold_has_its_own_name():
    [one] = read(an_execution({"assertion": "a"}, item="z"), items=[]).results
    assert one.suite == "List"
    [one] = read({"assertions": [{"assertion": "a"}]}).results
    assert one.suite == ""


def test_folders_too_deep_are_not_walked():
    item = {"id": "r", "name": "List"}
    for _ in range(60):
        item = {"id": "f", "name": "x", "item": [item]}
    [one] = read(an_execution({"assertion": "a"}), items=[item]).results
    assert one.suite == "List"


def test_a_run_without_a_collection_is_read_and_other_runs_are_not_newmans():
    assert json_documents.read(Document.of(b'{"run": {"stats": {}, "executions": []}}')).results == ()
    for data in (
        b'{"run": {"executions": []}}',
        b'{"run": {"executions": {}, "stats": 1}}',
        b'{"executions": [], "a": {"run": 1}}',
    ):
        assert json_documents.read(Document.of(data)) is None
