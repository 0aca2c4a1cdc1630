import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(*examples, messages=None, outside=0):
    summary = {"example_count": len(examples), "errors_outside_of_examples_count": outside}
    value = {"version": "3.13", "messages": messages, "examples": list(examples), "summary": summary}
    return json_documents.read(Document.of(json.dumps(value).encode()))


def an_example(status="passed", exception=None, **more):
    return {
        "id": "./spec/models/user_spec.rb[1:1]",
        "description": "is valid",
        "full_description": "User is valid",
        "status": status,
        "file_path": "./spec/models/user_spec.rb",
        "line_number": 4,
        "run_time": 0.0125,
        "exception": exception,
        **more,
    }


def test_an_example_is_named_as_in_the_junit_file():
    error = {
        "class": "RSpec::Expectations::ExpectationNotMetError",
        "message": "\nexpected: 1",
        "backtrace": ["a.rb:1", "b.rb:2"],
    }
    report = read(an_example("failed", error))
    [one] = report.results
    assert (report.format, one.suite, one.class_name, one.name) == (
        "rspec",
        "rspec",
        "spec.models.user_spec",
        "User is valid",
    )
    assert (one.file, one.line, one.duration_ms) == ("./spec/models/user_spec.rb", 4, 12)
    assert (one.outcome, one.message, one.stack_trace) == (F, "\nexpected: 1", "a.rb:1\nb.rb:2")


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        ("passed", None, P),
        ("pending", None, S),
        ("failed", "RSpec::Mocks::MockExpectationError", F),
        ("failed", "RSpec::Core::Pending::PendingExampleFixedError", F),
        ("failed", "Minitest::Assertion", F),
        ("failed", "NoMethodError", E),
        ("failed", None, F),
    ],
)
def test_an_exception_that_is_no_expectation_is_an_error(status, kind, outcome):
    assert [one.outcome for one in read(an_example(status, {"class": kind})).results] == [outcome]


def test_a_shared_example_is_of_the_file_that_includes_it():
    [one] = read(an_example(file_path="./spec/support/shared.rb")).results
    assert one.class_name == "spec.models.user_spec"
    [old] = read(an_example(id=None, full_description=None)).results
    assert (old.class_name, old.name) == ("spec.models.user_spec", "is valid")


def test_a_file_that_could_not_be_loaded_and_a_failed_suite_hook_are_errors():
    loading = "\nAn error occurred while loading ./spec/a_spec.rb.\nFailure/Error: boom\n\nNameError: boom"
    hook = "\x1b[31mAn error occurred in a `before(:suite)` hook.\x1b[0m\nFailure/Error: connect"
    found = read(messages=[loading, hook, "No examples found."], outside=2).results
    assert [(one.class_name, one.name, one.outcome, one.message) for one in found] == [
        ("spec.a_spec", "./spec/a_spec.rb", E, "Failure/Error: boom"),
        ("", "a `before(:suite)` hook", E, "Failure/Error: connect"),
    ]


def test_errors_that_are_only_counted_are_one_error():
    [one] = read(messages=["something"], outside=3).results
    assert (one.name, one.outcome, one.message) == ("error outside of examples", E, "something")


def test_no_examples_are_an_empty_report():
    assert read(messages=["No examples found."]).results == ()


def test_an_example_without_a_known_status_is_left_out():
    assert read({"description": "x"}).results == ()


def test_an_older_document_is_recognised_by_its_examples_and_others_are_not():
    old = {"version": "2.14", "examples": [an_example()]}
    assert len(json_documents.read(Document.of(json.dumps(old).encode())).results) == 1
    for value in ({"examples": [1]}, {"examples": {"a": 1}, "summary": {"example_count": 1}}):
        assert json_documents.read(Document.of(json.dumps(value).encode())) is None
