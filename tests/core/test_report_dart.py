import json

import pytest

from app.core.model import Outcome
from app.core.reports.dart_json import read as read_document
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
START = {"protocolVersion": "0.1.1", "runnerVersion": "1.24", "type": "start", "time": 0}
DONE = {"success": True, "type": "done", "time": 99}


def suite(path="test/a_test.dart", number=0):
    return {"suite": {"id": number, "platform": "vm", "path": path}, "type": "suite", "time": 0}


def start(number=1, name="adds", time=10, **more):
    return {"test": {"id": number, "name": name, "suiteID": 0, "line": 6, **more}, "type": "testStart", "time": time}


def done(number=1, result="success", time=25, **more):
    return {
        "testID": number,
        "result": result,
        "skipped": False,
        "hidden": False,
        "type": "testDone",
        "time": time,
        **more,
    }


def error(number=1, text="Expected: <1>", *, is_failure=True):
    return {
        "testID": number,
        "error": text,
        "stackTrace": "a 1:2",
        "isFailure": is_failure,
        "type": "error",
        "time": 12,
    }


def read(*events):
    return read_document(Document.of("\n".join(e if isinstance(e, str) else json.dumps(e) for e in events).encode()))


def told(*events):
    return [(r.name, r.ordinal, r.outcome) for r in read(START, suite(), *events, DONE).results]


def test_the_file_is_suite_and_class_and_times_are_counted_from_the_start_of_the_test():
    [result] = read(START, suite(), start(), done(), DONE).results
    assert (result.suite, result.class_name, result.name) == ("test/a_test.dart", "test/a_test.dart", "adds")
    assert (result.file, result.line, result.duration_ms) == ("test/a_test.dart", 6, 15)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/builds/x/test/sub/a_test.dart", "test/sub/a_test.dart"),
        ("C:\\work\\integration_test\\a_test.dart", "integration_test/a_test.dart"),
        ("/builds/a_check.dart", "a_check.dart"),
        ("/home/runner/work/r/r/pkg/test/a_test.dart", "pkg/test/a_test.dart"),
        ("pkg\\test\\a_test.dart", "pkg/test/a_test.dart"),
        ("/home/test/latest/a_test.dart", "test/latest/a_test.dart"),
        ("/home/test/x/test/a_test.dart", "test/a_test.dart"),
    ],
)
def test_a_name_holds_no_path_of_the_machine(path, name):
    [result] = read(START, suite(path), start(name=f"loading {path}"), done(result="error"), DONE).results
    assert (result.suite, result.name, result.file) == (name, f"loading {name}", path)


def test_a_failed_assertion_is_a_failure_and_any_other_exception_an_error():
    [failed] = read(START, suite(), start(), error(), done(result="failure"), DONE).results
    assert (failed.outcome, failed.message, failed.stack_trace) == (F, "Expected: <1>", "Expected: <1>\na 1:2")
    assert told(start(), error(is_failure=False), done(result="error")) == [("adds", 1, E)]


def test_errors_are_kept_to_a_limit():
    [result] = read(START, suite(), start(), *[error()] * 60, done(result="failure"), DONE).results
    assert len(result.stack_trace.split("\n\n")) == 50


def test_hidden_tests_are_none_and_skipped_ones_did_not_run():
    assert told(start(), done(hidden=True), start(2, "b"), done(2, skipped=True)) == [("b", 1, S)]


def test_the_line_of_the_test_s_own_file_wins():
    [result] = read(START, suite(), start(root_line=30), done(), DONE).results
    assert result.line == 30


def test_a_try_before_the_last_is_an_execution_of_its_own():
    again = {"testID": 1, "messageType": "print", "message": "Retry: adds", "type": "print", "time": 20}
    report = read(START, suite(), start(), error(), again, done(time=50), DONE)
    assert [(r.ordinal, r.outcome, r.duration_ms) for r in report.results] == [(1, F, 10), (2, P, 30)]
    assert told(start(), error(is_failure=False), again, done()) == [("adds", 1, E), ("adds", 2, P)]
    assert told(start(), again, done()) == [("adds", 1, P)]


def test_a_test_that_fails_after_it_has_completed_failed_after_all():
    assert told(start(), done(), error(), error(), error(9)) == [("adds", 1, P), ("adds", 2, F)]
    assert told(start(), done(), error(is_failure=False)) == [("adds", 1, P), ("adds", 2, E)]


def test_a_stream_that_is_cut_off_says_so_and_its_running_test_is_an_error():
    report = read(START, suite(), start(), start(2, "b"), error(2))
    assert [(r.name, r.outcome, r.message) for r in report.results] == [
        ("adds", E, "no result: the run ended before the test did"),
        ("b", E, "Expected: <1>"),
    ]
    assert report.repaired
    assert report.warnings == ("The stream has no event `done`: the run was cut off.",)


def test_all_events_may_stand_in_one_list_on_one_line_or_over_several():
    events = [START, suite(), start(), done(), DONE]
    for text in (json.dumps(events), json.dumps(events, indent=2), ",\n".join(map(json.dumps, events))):
        assert [(r.name, r.outcome) for r in read(text).results] == [("adds", P)]


def test_what_flutter_says_about_itself_does_no_harm():
    noise = [
        '[{"event":"test.startedProcess","params":{"uri":null}}]',
        "Downloading tools",
        '{"type":"quux"}',
        '{"type":"error"}',
    ]
    assert told(*noise, start(), done(), done(7), done(1, "weird")) == [("adds", 1, P)]


def test_a_list_that_is_broken_off_holds_nothing():
    report = read('[{"protocolVersion": "0.1.1", "type":\n "start"}, {"type": ')
    assert (report.results, report.repaired) == ((), True)


@pytest.mark.parametrize("text", ["", '{"type": "start"}', '{"testID": 5}', "a testID and a protocolVersion"])
def test_other_files_are_none(text):
    assert read(text) is None
