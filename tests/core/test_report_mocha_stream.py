"""Mocha's `json-stream` reporter."""

import json

from app.core.model import Outcome
from app.core.reports import read_report
from app.core.reports.document import Document

P, F, E = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR
START = ["start", {"total": 3}]
END = ["end", {"suites": 1, "tests": 2, "passes": 1, "pending": 0, "failures": 1, "duration": 9}]


def an_event(word, title, **facts):
    around = "Basket"
    return [word, {"title": title, "fullTitle": f"{around} {title}", "duration": 4, "currentRetry": 0, **facts}]


def read(*events, before=""):
    text = before + "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
    return read_report(Document.of(text.encode()))


def test_each_event_of_a_stream_is_a_test_that_ended():
    failed = an_event(
        "fail", "adds up", file="/srv/basket/test/sum.js", err="3 is not 4", stack="Error: 3 is not 4\n    at x"
    )
    report = read(START, an_event("pass", "is empty"), failed, END, before="> basket@1.0.0 test\n\n")
    assert [(one.class_name, one.name, one.outcome) for one in report.results] == [
        ("Basket", "is empty", P),
        ("Basket", "adds up", F),
    ]
    one = report.results[1]
    assert (one.file, one.message, one.duration_ms) == ("/srv/basket/test/sum.js", "3 is not 4", 4)
    assert one.stack_trace == "Error: 3 is not 4\n    at x"
    assert (report.format, report.warnings, report.repaired) == ("mocha-stream", (), False)


def test_a_hook_and_the_executions_before_a_retry_are_told_as_in_mochas_other_json():
    hook = an_event("fail", '"before each" hook for "b"', err="no database", stack=None)
    report = read(START, an_event("pass", "a", currentRetry=1), hook, END)
    assert [one.outcome for one in report.results] == [F, P, E]


def test_what_stands_between_the_events_is_no_test():
    report = read(START, "listening", ["pass"], ["pass", 3], ["suite", {"title": "a"}], an_event("pass", "a"), END)
    assert [one.name for one in report.results] == ["a"]


def test_pending_tests_have_no_names():
    end = ["end", {"tests": 3, "pending": 2}]
    report = read(START, an_event("pass", "a"), end)
    assert report.warnings == ("2 pending tests are counted only: this reporter does not name them.",)
    assert not report.repaired


def test_a_stream_without_its_end_was_cut_off():
    report = read(an_event("fail", "a", err="no"))
    assert [one.outcome for one in report.results] == [F]
    assert report.repaired
    assert report.warnings == ("The stream has no event `end`: the run was cut off.",)


def test_other_lists_of_a_word_and_an_object_are_no_stream_of_mochas():
    assert read(["start", {"name": "a"}], ["end", {}]) is None
    assert read(["pass", {"name": "a"}]) is None
