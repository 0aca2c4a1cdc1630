import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(*specs, succeeded=True, reasons=None):
    suite = {
        "SuitePath": "/x/sum",
        "SuiteDescription": "Sum Suite",
        "SuiteSucceeded": succeeded,
        "SpecialSuiteFailureReasons": reasons,
        "SpecReports": None if specs == (None,) else list(specs),
    }
    return json_documents.read(Document.of(json.dumps([suite]).encode()))


def a_spec(state="passed", **more):
    return {
        "ContainerHierarchyTexts": ["Sum", "of two"],
        "ContainerHierarchyLabels": [["slow"], []],
        "LeafNodeType": "It",
        "LeafNodeText": "adds",
        "LeafNodeLabels": ["slow", "math"],
        "LeafNodeLocation": {"FileName": "/x/sum_test.go", "LineNumber": 9},
        "State": state,
        "RunTime": 2_000_000,
        "NumAttempts": 1,
        **more,
    }


def test_a_spec_is_named_as_in_the_junit_report():
    failure = {
        "Message": "Expected 1",
        "Location": {"FileName": "/x/sum_test.go", "LineNumber": 12, "FullStackTrace": "st"},
    }
    report = read(a_spec("failed", Failure=failure))
    [one] = report.results
    assert (report.format, one.suite, one.class_name) == ("ginkgo", "Sum Suite", "Sum Suite")
    assert one.name == "[It] Sum of two adds [slow, math]"
    assert (one.file, one.line, one.duration_ms) == ("/x/sum_test.go", 9, 2)
    assert (one.outcome, one.message, one.stack_trace) == (F, "Expected 1", "Expected 1\n/x/sum_test.go:12\nst")


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("passed", P),
        ("failed", F),
        ("panicked", E),
        ("aborted", E),
        ("interrupted", E),
        ("timedout", E),
        ("skipped", S),
        ("pending", S),
    ],
)
def test_a_state_of_ginkgo_is_an_outcome(state, outcome):
    assert [one.outcome for one in read(a_spec(state)).results] == [outcome]


def test_a_panic_is_what_an_error_says():
    [one] = read(a_spec("panicked", Failure={"Message": "Test Panicked", "ForwardedPanic": "nil map"})).results
    assert one.message == "nil map"


def test_attempts_before_the_last_one_failed_unless_the_spec_must_pass_repeatedly():
    assert [one.outcome for one in read(a_spec(NumAttempts=3)).results] == [F, F, P]
    assert [one.outcome for one in read(a_spec(NumAttempts=3, MaxMustPassRepeatedly=3)).results] == [P]


def test_nodes_around_a_suite_count_where_they_failed():
    node = {"LeafNodeType": "BeforeSuite", "State": "passed", "ContainerHierarchyTexts": None, "LeafNodeText": ""}
    assert read(node).results == ()
    [one] = read({**node, "State": "failed"}).results
    assert (one.name, one.outcome) == ("[BeforeSuite]", E)


def test_a_suite_that_failed_without_a_failed_spec_is_an_error():
    [one] = read(None, succeeded=False, reasons=["Failed to compile sum"]).results
    assert (one.name, one.outcome, one.message) == ("suite failed", E, "Failed to compile sum")
    assert [one.outcome for one in read(a_spec("failed"), succeeded=False).results] == [F]


def test_a_spec_without_a_known_state_is_left_out_and_other_lists_are_not_ginkgos():
    assert read(a_spec(None)).results == ()
    for data in (b'[{"SpecReports": []}]', b'{"SpecReports": [], "SuitePath": 1}'):
        assert json_documents.read(Document.of(data)) is None
