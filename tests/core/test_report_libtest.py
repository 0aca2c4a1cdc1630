import json

import pytest

from app.core.model import Outcome
from app.core.reports.document import Document
from app.core.reports.libtest_json import read as read_document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
STARTED = '{ "type": "suite", "event": "started", "test_count": 2 }'
OK = '{ "type": "suite", "event": "ok", "passed": 2 }'
FAILED = '{ "type": "suite", "event": "failed", "failed": 1 }'


def one(event, name="a::tests::b", **more):
    return json.dumps({"type": "test", "event": event, "name": name, **more})


def read(*lines):
    return read_document(Document.of("\n".join(lines).encode()))


def names(*lines):
    return [(r.suite, r.class_name, r.name, r.outcome) for r in read(*lines).results]


def test_the_module_is_the_class_as_cargo2junit_has_it():
    lines = [STARTED, one("started"), one("ok"), one("ignored", "c", message="slow"), OK]
    assert names(*lines) == [("", "a::tests", "b", P), ("", "", "c", S)]


def test_a_panic_tells_message_file_and_line_in_both_of_its_shapes():
    old = "thread 'a' panicked at 'assertion failed: x', src/lib.rs:10:9\nnote: run with RUST_BACKTRACE"
    new = "thread 'a' (77) panicked at src/lib.rs:11:9:\nleft == right\n  left: 1\nnote: run with\n"
    [first, other] = read(STARTED, one("failed", stdout=old), one("failed", stderr=new), FAILED).results
    assert (first.message, first.file, first.line) == ("assertion failed: x", "src/lib.rs", 10)
    assert (other.message, other.line, other.ordinal) == ("left == right\n  left: 1", 11, 2)


def test_words_like_those_of_a_panic_are_none_and_cost_no_time():
    stdout = "thread '' " * 50_000
    report = read(STARTED, one("failed", stdout=stdout), one("failed", stdout="it panicked at noon"), FAILED)
    assert [(r.line, r.message is None) for r in report.results] == [(None, False)] * 2


def test_a_failure_without_a_panic_says_its_first_line_or_its_message():
    lines = [one("failed", stdout="\nError: no\n"), one("failed", message="did not panic as expected")]
    assert [(r.outcome, r.message) for r in read(STARTED, *lines, FAILED).results] == [
        (F, "Error: no"),
        (F, "did not panic as expected"),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"exec_time": 0.25}, 250),
        ({"exec_time": "0.25s"}, 250),
        ({"exec_time": "long"}, None),
        ({"duration": 2}, 2000),
        ({}, None),
    ],
)
def test_times_are_seconds(fields, expected):
    [result] = read(STARTED, one("ok", **fields)).results
    assert result.duration_ms == expected


def test_a_time_out_event_is_no_end_and_a_time_limit_is_an_error():
    lines = [one("started"), one("timeout"), one("ok")]
    assert [r.outcome for r in read(STARTED, *lines, OK).results] == [P]
    assert [r.outcome for r in read(STARTED, one("failed", reason="time limit exceeded")).results] == [E]


def test_a_documentation_test_is_named_by_its_file_and_line():
    [result] = read(STARTED, one("ok", "src/lib.rs - add (line 7) - compile fail")).results
    assert (result.class_name, result.name, result.file, result.line) == ("src/lib.rs", "add (line 7)", "src/lib.rs", 7)


def test_a_benchmark_is_a_pass():
    assert names(STARTED, '{"type":"bench","name":"b::m","median":5,"deviation":1}', OK) == [("", "b", "m", P)]


def test_a_binary_that_was_killed_leaves_an_error_and_the_next_one_is_read():
    report = read(STARTED, one("started"), STARTED, one("started", "x"), one("ok", "x"), OK)
    assert [(r.name, r.outcome) for r in report.results] == [("b", E), ("x", P)]
    assert not report.repaired


def test_a_stream_that_is_cut_off_says_so():
    report = read(STARTED, one("started"))
    assert [(r.outcome, r.message) for r in report.results] == [(E, "no result: the run ended before the test did")]
    assert report.warnings == ("1 test was started and did not end.",)
    assert report.repaired


def test_nextest_names_binaries_as_its_own_junit_report_does():
    plus = '{"type":"suite","event":"started","test_count":1,"nextest":{"crate":"my-app","test_binary":"tool","kind":"bin"}}'
    lines = [
        plus,
        one("started", "my-app::my_app$a::b"),
        one("ok", "my-app::my_app$a::b"),
        one("ok", "my-app::api@stress-3$c"),
        one("ok", "my-app::tool$d"),
    ]
    assert [name[1:3] for name in names(*lines)] == [
        ("my-app", "a::b"),
        ("my-app::api", "c"),
        ("my-app::bin/tool", "d"),
    ]


def test_attempts_that_nextest_only_counts_are_failures_before_the_last():
    name = "my-app::my_app$a"
    report = read(STARTED, one("started", name), one("ok", f"{name}#3", exec_time=0.1))
    assert [(r.name, r.ordinal, r.outcome) for r in report.results] == [("a", 1, F), ("a", 2, F), ("a", 3, P)]


def test_words_and_events_of_others_between_the_lines_do_no_harm():
    noise = [
        '{"timestamp":"x","type":5}',
        "   Compiling a v0.1.0",
        '{"type":"report","total_time":1}',
        '{"type":"test","event":"quux","name":"q"}',
    ]
    assert names("     Running a", STARTED, *noise, f"garbled {one('ok')}") == [("", "a::tests", "b", P)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"type": "module", "name": "x"}',
        '{"type":"suite","event":"started"}',
        '{"type":"test","event":"deployed","name":"x"}',
        '{"type":"test","event":"ok"}',
    ],
)
def test_other_files_are_none(text):
    assert read(text) is None
