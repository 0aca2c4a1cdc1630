import json

import pytest

from app.core.model import Outcome
from app.core.reports.document import Document
from app.core.reports.go_test import read as read_document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
NO_END = "no result: the run ended before the test did"


def event(action, test="", output="", **more):
    fields = {"Action": action, "Package": "x.org/a", "Test": test, "Output": output, **more}
    return json.dumps({key: value for key, value in fields.items() if value not in {"", None}})


def read(*lines):
    return read_document(Document.of("\n".join(lines).encode()))


def told(*lines):
    return [(r.name, r.ordinal, r.outcome) for r in read(*lines).results]


def test_package_is_suite_and_class_and_seconds_are_milliseconds():
    [result] = read(event("run", "TestA"), event("pass", "TestA", Elapsed=1.5), event("pass", Elapsed=2)).results
    assert (result.suite, result.class_name, result.name) == ("x.org/a", "x.org/a", "TestA")
    assert (result.outcome, result.duration_ms) == (P, 1500)


def test_a_test_and_its_subtests_are_executions_of_their_own():
    lines = [event("run", "T"), event("run", "T/b"), event("fail", "T/b"), event("skip", "T/c"), event("fail", "T")]
    assert told(*lines, event("fail")) == [("T/b", 1, F), ("T/c", 1, S), ("T", 1, F)]


def test_a_failure_says_what_was_printed_without_the_places():
    said = ["=== RUN   T\n", "    a_test.go:7: want 1,", " got 2\n", "        more\n", "--- FAIL: T (0.00s)\n"]
    [result] = read(event("run", "T"), *[event("output", "T", line) for line in said], event("fail", "T")).results
    assert result.message == "want 1, got 2\nmore"
    assert result.stack_trace.startswith("=== RUN   T\n    a_test.go:7:")


def test_the_same_test_again_is_the_next_execution():
    lines = [event("run", "T"), event("fail", "T"), event("fail"), event("run", "T"), event("pass", "T"), event("pass")]
    assert told(*lines) == [("T", 1, F), ("T", 2, P)]


def test_a_test_without_an_end_in_a_package_that_failed_is_an_error():
    lines = [event("run", "T"), event("output", "T", "panic: boom\n"), event("run", "T/a"), event("fail")]
    [first, second] = read(*lines).results
    assert (first.name, first.outcome, first.message) == ("T", E, "panic: boom")
    assert (second.name, second.outcome, second.message) == ("T/a", E, NO_END)


def test_an_end_that_was_lost_in_a_package_that_passed_or_below_a_test_that_passed_is_no_error():
    assert told(event("run", "T"), event("pass", "U"), event("pass")) == [("U", 1, P)]
    lines = [event("run", "T"), event("run", "T/a"), event("pass", "T"), event("fail", "U"), event("fail")]
    assert told(*lines) == [("T", 1, P), ("U", 1, F)]


def missing(*lines):
    report = read(*lines)
    assert report.repaired
    return report.warnings


def test_a_package_that_fails_without_a_failed_test_is_no_test_but_its_tests_are_missing():
    lines = [event("run", "T"), event("pass", "T"), event("output", output="panic: late\n"), event("fail")]
    assert told(*lines) == [("T", 1, P)]
    assert missing(*lines) == ("package x.org/a failed as a whole (no test failed): panic: late",)


def test_a_panic_that_test2json_gives_to_the_test_before_is_the_package_s():
    lines = [event("run", "T"), event("output", "T", "panic: timed out\n"), event("pass", "T"), event("fail")]
    assert missing(*lines) == ("package x.org/a failed as a whole (no test failed): panic: timed out",)


def test_of_a_build_that_failed_it_is_said_what_the_compiler_said():
    lines = [
        event("build-output", output="# x.org/a\n", Package="", ImportPath="x.org/a [x.org/a.test]"),
        event("build-output", output="./a.go:3:1: undefined: y\n", Package="", ImportPath="x.org/a [x.org/a.test]"),
        event("build-fail", Package="", ImportPath="x.org/a [x.org/a.test]"),
        event("start"),
        event("output", output="FAIL\tx.org/a [build failed]\n"),
        event("fail", FailedBuild="x.org/a [x.org/a.test]"),
    ]
    assert told(*lines) == []
    [why] = missing(*lines)
    assert why.startswith("package x.org/a failed as a whole ([build failed]): ")
    assert "undefined: y" in why


def test_a_build_that_failed_unsaid_takes_its_name_from_the_field():
    [why] = missing(event("start"), event("fail", FailedBuild="x.org/b"))
    assert why == "package x.org/a failed as a whole ([build failed]): it says no more"


def test_before_go_1_24_a_build_fails_in_words_between_the_events():
    words = ["# x.org/a [x.org/a.test]", "./a.go:4:6: y declared and not used", "FAIL\tx.org/a [build failed]"]
    lines = [*words, event("run", "T", Package="x.org/b"), event("pass", "T", Package="x.org/b")]
    assert [one.suite for one in read(*lines).results] == ["x.org/b"]
    [why] = missing(*lines)
    assert "x.org/a failed as a whole ([build failed])" in why
    assert "declared and not used" in why


def test_a_run_in_which_nothing_could_be_built_is_words_alone():
    [why] = missing("# x.org/a [x.org/a.test]", "./a.go:4:6: no", "FAIL\tx.org/a [build failed]")
    assert "[build failed]" in why
    [why] = missing("FAIL\tx.org/a [setup failed]", event("fail"))
    assert "[setup failed]" in why


def test_a_benchmark_passes_by_its_figures():
    lines = [
        event("run", "BenchmarkA"),
        event("output", "BenchmarkA", "BenchmarkA-8   \t"),
        event("output", "BenchmarkA", " 1000\t 12.5 ns/op\n"),
        event("output", output="BenchmarkB/x-8 \t 1000\t 0.4 ns/op\n"),
        event("output", "TestZ", "1000\t 0.4 ns/op\n"),
        event("run", "BenchmarkC"),
        event("bench", "BenchmarkC"),
        event("bench", "BenchmarkD"),
        event("pass"),
    ]
    assert told(*lines) == [("BenchmarkA", 1, P), ("BenchmarkB/x", 1, P), ("BenchmarkC", 1, P)]


def test_words_of_others_between_the_events_and_unknown_events_do_no_harm():
    lines = [
        "go: downloading x",
        event("run", "T"),
        '{"Action": ',
        '{"level":"info"}',
        event("pause", "T"),
        event("pass", "T"),
    ]
    assert told(*lines, event("attr", "T"), event("quux"), event("cont")) == [("T", 1, P)]


def test_a_stream_that_is_cut_off_says_so_and_its_running_test_is_an_error():
    report = read(event("run", "T"), event("pass", "T"), event("run", "U"))
    assert [(r.name, r.outcome, r.message) for r in report.results] == [("T", P, None), ("U", E, NO_END)]
    assert report.repaired
    assert report.warnings == ("The stream ends before 1 of its packages did, the first is x.org/a.",)


def test_a_stream_of_test2json_without_its_package_is_one_too():
    assert told('{"Action":"run","Test":"T"}', '{"Action":"pass","Test":"T"}') == [("T", 1, P)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"name": "x", "version": "1"}',
        '{"Action": "start", "Type": "container"}',
        '{"Action": "Allow", "Package": "x"}',
        "# a heading [1]\nFAIL is a word",
        "# x.org/a [x.org/a.test]\n./a.go:1:1: no\nFAIL\tx.org/a [build failed]\nok  \tx.org/b\t0.1s\n",
    ],
)
def test_other_files_are_none(text):
    assert read(text) is None
