import json

import pytest

from app.core.model import Outcome
from app.core.reports.document import Document
from app.core.reports.swift_testing import read as read_document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
ID = "AppTests.Sums/adds()/Sums.swift:4:6"
END = {"kind": "runEnded", "messages": []}


def record(payload, kind="event"):
    return json.dumps({"version": 0, "kind": kind, "payload": payload})


def event(kind, at=1.0, of=ID, **more):
    return record({"kind": kind, "instant": {"absolute": at, "since1970": 5}, "testID": of, "messages": [], **more})


def function(of=ID, kind="function"):
    place = {"fileID": "AppTests/Sums.swift", "_filePath": "/w/Tests/Sums.swift", "line": 4, "column": 6}
    return record({"kind": kind, "name": "adds()", "id": of, "sourceLocation": place}, "test")


def issue(*texts, known=False, **more):
    messages = [{"symbol": "fail", "text": text} for text in texts]
    return event("issueRecorded", issue={"isKnown": known, **more}, messages=messages)


def read(*lines, end=True):
    return read_document(Document.of("\n".join([*lines, *([record(END)] if end else [])]).encode()))


def told(*lines):
    return [(r.class_name, r.name, r.ordinal, r.outcome) for r in read(function(), *lines).results]


def run(*inner):
    return read(function(), event("testStarted"), *inner, event("testEnded", 1.25)).results[0]


def test_module_and_types_are_the_class_and_the_function_is_the_name():
    result = run()
    assert (result.suite, result.class_name, result.name) == ("TestResults", "AppTests.Sums", "adds()")
    assert (result.outcome, result.file, result.line, result.duration_ms) == (P, "/w/Tests/Sums.swift", 4, 250)


@pytest.mark.parametrize(
    ("of", "named"),
    [
        ("AppTests.adds()/Sums.swift:4:6", ("AppTests", "adds()")),
        ("AppTests.A/B/adds(x:)", ("AppTests.A.B", "adds(x:)")),
        ("adds()", ("", "adds()")),
    ],
)
def test_the_place_of_a_test_is_no_part_of_its_name(of, named):
    [result] = read(event("testStarted", of=of), event("testEnded", of=of)).results
    assert (result.class_name, result.name, result.file) == (*named, None)


def test_a_failed_expectation_is_a_failure_and_a_caught_error_an_error():
    result = run(issue("Expectation failed: 1 == 2", "// sums"), issue("Issue recorded"))
    assert (result.outcome, result.message) == (F, "Expectation failed: 1 == 2\n// sums")
    assert result.stack_trace == "Expectation failed: 1 == 2\n// sums\n\nIssue recorded"
    assert run(issue("Expectation failed: 1 == 2"), issue("Caught error: X")).outcome is E


def test_known_issues_and_warnings_fail_no_test():
    assert run(issue("x", known=True), issue("x", severity="warning"), issue("x", isFailure=False)).outcome is P


def test_skipped_and_cancelled_tests_did_not_run():
    assert told(event("testSkipped")) == [("AppTests.Sums", "adds()", 1, S)]
    assert run(event("testCancelled")).outcome is S


def test_a_suite_is_no_test_unless_it_failed_itself():
    suite = function("AppTests.Sums", "suite")
    lines = [event("testStarted", of="AppTests.Sums"), event("testEnded", of="AppTests.Sums")]
    assert read(suite, *lines).results == ()
    broken = event("issueRecorded", of="AppTests.Sums", issue={"isKnown": False})
    assert [r.outcome for r in read(suite, lines[0], broken, lines[1]).results] == [E]


def test_the_same_test_again_is_the_next_execution():
    again = [event("testStarted"), event("testEnded")]
    assert [one[2] for one in told(*again, *again)] == [1, 2]


def test_a_run_that_was_cut_off_says_so():
    report = read(function(), event("testStarted"), end=False)
    assert [(r.outcome, r.message) for r in report.results] == [(E, "no result: the run ended before the test did")]
    assert (report.repaired, len(report.warnings)) == (True, 1)


def test_unknown_events_and_other_words_do_no_harm():
    noise = ["Building…", event("valueAttached"), event("testEnded", of="x"), issue("x"), record({"kind": "x"}, "quux")]
    assert told(*noise, event("testStarted", instant={}), event("testEnded"), event("testSkipped", of="")) == [
        ("AppTests.Sums", "adds()", 1, P)
    ]


def test_issues_are_kept_to_a_limit():
    assert len(run(*[issue("Expectation failed")] * 70).stack_trace.split("\n\n")) == 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"kind": "event", "payload": {}}',
        '{"version": 1, "kind": "event", "payload": {}}',
        '{"version": 1, "kind": "push", "payload": {"kind": "x"}}',
    ],
)
def test_other_files_are_none(text):
    assert read_document(Document.of(text.encode())) is None
