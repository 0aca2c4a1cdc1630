import pytest

from app.core.model import Outcome
from app.core.reports.document import Document
from app.core.reports.subunit import read as read_document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(*lines):
    return read_document(Document.of("\n".join(lines).encode()))


def told(*lines):
    return [(r.name, r.ordinal, r.outcome) for r in read(*lines).results]


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("success", P), ("successful", P), ("failure", F), ("error", E), ("skip", S), ("xfail", S), ("uxsuccess", F)],
)
def test_a_test_ends_with_a_word_and_its_id_names_class_and_test(word, outcome):
    [result] = read("test: pkg.mod.TestA.test_x(v1.0)", f"{word}: pkg.mod.TestA.test_x(v1.0)").results
    assert (result.class_name, result.name, result.outcome) == ("pkg.mod.TestA", "test_x(v1.0)", outcome)


def test_times_between_the_commands_are_the_clock():
    lines = ["time: 2026-01-02 03:04:05.500000Z", "test: a.b", "time: 2026-01-02 03:04:06.750000Z", "success: a.b"]
    assert [r.duration_ms for r in read(*lines).results] == [1250]
    assert [r.duration_ms for r in read("time: 2026-13-02 03:04:05Z", "test: a.b", "success: a.b").results] == [None]


def test_a_failure_tells_its_trace_from_brackets():
    trace = ["Traceback (most recent call last):", '  File "a.py", line 3', " ]", "AssertionError: 1 != 2"]
    [result] = read("test: a.b", "failure: a.b [", *trace, "]").results
    assert (result.message, result.stack_trace) == ("AssertionError: 1 != 2", "\n".join(trace))
    [result] = read("test: a.b", "error: a.b [", "boom", "more", "]").results
    assert result.message == "boom"


def test_a_failure_tells_its_trace_from_counted_parts_among_which_a_bracket_is_no_end():
    lines = [
        "failure: a.b [ multipart",
        "Content-Type: text/plain;charset=utf8",
        "log",
        "7\r",
        "said\n]\n0\r",
        "Content-Type: text/x-traceback;charset=utf8,language=python",
        "traceback",
        "4\r",
        "no: 3\r",
        "é!0\r",
        "]",
    ]
    [result, other] = read("test: a.b", *lines, "test: c", "success: c").results
    assert (result.outcome, result.stack_trace, other.name) == (F, "said\n]\n\nno: é!", "c")


def test_broken_parts_are_read_as_far_as_they_go():
    for part in (["Content-Type: text/plain"], ["Content-Type: text/plain", "log"], ["nonsense"], []):
        assert told("test: a.b", "skip: a.b [ multipart", *part, "0", "]", "test: c", "success: c") == [
            ("b", 1, S),
            ("c", 1, P),
        ]


def test_only_what_was_begun_can_end():
    assert told("test: a.b", "error: cannot connect", "tags: slow", "progress: +2", "success: a.b") == [("b", 1, P)]


def test_the_same_test_again_is_the_next_execution():
    assert told("test: a.b", "failure: a.b", "test: a.b", "success: a.b") == [("b", 1, F), ("b", 2, P)]


def test_a_stream_that_is_cut_off_says_so():
    report = read("test: a.b", "success: a.b", "test: c", "test: d", "failure: d [", "boom")
    assert [(r.name, r.outcome, r.message) for r in report.results] == [
        ("b", P, None),
        ("d", F, "boom"),
        ("c", E, "no result: the run ended before the test did"),
    ]
    assert (report.repaired, report.warnings) == (True, ("The stream ends before its tests did.",))


def test_details_are_kept_to_a_limit():
    [result] = read("test: a.b", "failure: a.b [", *["x"] * 3000, "]").results
    assert len(result.stack_trace.splitlines()) == 1000


@pytest.mark.parametrize("text", ["", "test: we should test this", "test: x\nerror: y", "error: no\nsuccess: no"])
def test_other_files_are_none(text):
    assert read(text) is None
