import json

import pytest

from app.core.model import Outcome
from app.core.reports.bep import read as read_document
from app.core.reports.document import Document

P, F, E = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR
STARTED = {"id": {"started": {}}, "started": {"command": "test"}}
FINISHED = {"id": {"buildFinished": {}}, "finished": {"exitCode": {"code": 3}}}


def result(status="PASSED", label="//a/b:c_test", run=1, shard=1, attempt=1, configuration="1f", **more):
    of = {"label": label, "run": run, "shard": shard, "attempt": attempt, "configuration": {"id": configuration}}
    fields = {"status": status, "testAttemptDurationMillis": "153", **more}
    return {"id": {"testResult": of}, "testResult": fields}


def summary(status, label="//a/b:c_test"):
    of = {"label": label, "configuration": {"id": "1f"}}
    return {"id": {"testSummary": of}, "testSummary": {"overallStatus": status}}


def read(*events, indent=None):
    return read_document(Document.of("\n".join(json.dumps(event, indent=indent) for event in events).encode()))


def told(*events):
    return [(r.name, r.ordinal, r.outcome) for r in read(STARTED, *events, FINISHED).results]


def test_the_package_is_suite_and_class_and_the_label_the_name():
    [one] = read(STARTED, result(), FINISHED).results
    assert (one.suite, one.class_name, one.name) == ("//a/b", "//a/b", "//a/b:c_test")
    assert (one.outcome, one.duration_ms, one.message) == (P, 153, None)


def test_attempts_and_runs_are_executions_in_their_order():
    name = "//a/b:c_test"
    assert told(result(attempt=2), result("FAILED", attempt=1)) == [(name, 1, F), (name, 2, P)]
    assert told(result(run=2), result("FLAKY", run=1)) == [(name, 1, P), (name, 2, P)]


@pytest.mark.parametrize("status", ["TIMEOUT", "INCOMPLETE", "REMOTE_FAILURE"])
def test_what_went_wrong_outside_of_the_test_is_an_error(status):
    [one] = read(STARTED, result(status, statusDetails="gone"), FINISHED).results
    assert (one.outcome, one.message) == (E, "gone")
    [one] = read(STARTED, result(status), FINISHED).results
    assert one.message == f"the target's status is {status}"


@pytest.mark.parametrize("status", ["NO_STATUS", "FAILED_TO_BUILD", "TOOL_HALTED_BEFORE_TESTING", "", "NEW_ONE"])
def test_what_was_not_tested_is_no_test(status):
    assert told(result(status)) == []
    assert told(result(label="")) == []


def test_shards_and_configurations_are_tests_of_their_own():
    assert [name for name, _, _ in told(result(shard=1), result("FAILED", shard=2))] == [
        "//a/b:c_test (shard 1)",
        "//a/b:c_test (shard 2)",
    ]
    fast = {"id": {"configuration": {"id": "1f"}}, "configuration": {"mnemonic": "k8-fastbuild"}}
    assert [name for name, _, _ in told(fast, result(), result(configuration="2e"))] == [
        "//a/b:c_test [k8-fastbuild]",
        "//a/b:c_test",
    ]


def test_a_summary_speaks_for_a_target_of_which_nothing_else_is_told():
    name = "//a/b:c_test"
    assert told(summary("FLAKY")) == [(name, 1, F), (name, 2, P)]
    assert told(summary("FAILED")) == [(name, 1, F)]
    assert told(summary("FLAKY"), result()) == [(name, 1, P)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"testAttemptDurationMillis": 7}, 7),
        ({"testAttemptDurationMillis": "", "testAttemptDuration": "1.5s"}, 1500),
        ({"testAttemptDurationMillis": "x", "testAttemptDuration": "long"}, None),
    ],
)
def test_durations_come_as_number_text_or_seconds(fields, expected):
    [one] = read(STARTED, result(**fields), FINISHED).results
    assert one.duration_ms == expected


def test_events_may_stand_over_several_lines():
    assert [r.outcome for r in read(STARTED, result("FAILED"), result(attempt=2), FINISHED, indent=2).results] == [F, P]


def test_a_build_that_did_not_finish_says_so():
    report = read(STARTED, result())
    assert (len(report.results), report.repaired) == (1, True)
    assert report.warnings == ("The build did not finish: the stream has no event `buildFinished`.",)
    assert not read(result()).repaired


def test_other_events_and_broken_lines_do_no_harm():
    text = "\n".join([json.dumps(STARTED), '{"id": ', '{"id":{"progress":{}}}', "INFO: x", json.dumps(result())])
    assert len(read_document(Document.of(text.encode())).results) == 1


def test_an_event_that_is_larger_than_any_line_is_left_out(monkeypatch):
    monkeypatch.setattr("app.core.reports.bep.LONGEST_LINE", 400)
    large = {"id": {"progress": {}}, "progress": {"stderr": ["x" * 50] * 20}}
    assert [r.outcome for r in read(result(), large, result("FAILED"), indent=1).results] == [P, F]


@pytest.mark.parametrize("text", ["{}", "", '{"id": 5}', '{"id": {"x": 1}}', '{"name": "testResult"}', "testResult"])
def test_other_files_are_none(text):
    assert read_document(Document.of(text.encode())) is None
