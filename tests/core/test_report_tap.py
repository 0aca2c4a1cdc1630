import pytest

from app.core.model import Outcome
from app.core.reports.document import Document
from app.core.reports.executions import NO_END
from app.core.reports.tap import read as read_document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(text):
    return read_document(Document.of(text.encode()))


def told(text):
    return [(r.name, r.outcome) for r in read(text).results]


def places(text):
    return [(r.suite, r.class_name, r.name) for r in read(text).results]


@pytest.mark.parametrize(
    ("line", "name", "outcome"),
    [
        ("ok 1 - adds", "adds", P),
        ("ok 1 adds", "adds", P),
        ("ok - adds", "adds", P),
        ("ok", "1", P),
        ("not ok", "1", F),
        ("ok 1-adds", "adds", P),
        ("ok 1 - # SKIP no database", "1", S),
        ("ok 1 - adds # skipped", "adds", S),
        ("ok 1 - adds # SKIP", "adds", S),
        ("not ok 1 - adds # TODO later", "adds", S),
        ("ok 1 - adds # todo", "adds", S),
        ("ok 1 - title#todo is no directive", "title#todo is no directive", P),
        ("ok 1 - issue \\# skip", "issue # skip", P),
        ("ok 1 - adds # time=12ms", "adds", P),
        ("ok 1 adds in 12ms", "adds", P),
        ("ok 1 - waits in 12ms", "waits in 12ms", P),
        ("ok 3rd thing", "3rd thing", P),
    ],
)
def test_a_point_says_what_was_tested_and_how_it_ended(line, name, outcome):
    assert told(f"TAP version 13\n1..1\n{line}\n") == [(name, outcome)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ok 1 - a # time=1.5s", 1500),
        ("ok 1 a in 12ms", 12),
        ("ok 1 a in 2sec", 2000),
        ("ok 1 - a\n  ---\n  duration_ms: 3.6\n  ...", 4),
    ],
)
def test_times_are_milliseconds_however_they_are_written(line, expected):
    [result] = read(f"TAP version 13\n{line}\n1..1\n").results
    assert result.duration_ms == expected


def test_the_same_point_again_is_the_next_execution():
    assert [(r.name, r.ordinal) for r in read("1..2\nok 1 - a\nok 2 - a\n").results] == [("a", 1), ("a", 2)]


def test_a_block_below_a_failure_is_its_message_and_what_looks_like_points_there_is_none():
    text = "TAP version 13\nnot ok 1 - a\n  ---\n  message: 'no'\n  output: |\n    ok 9 - inner\n  at: a.js\n  ...\nok 2 - b\n1..2\n"
    failed, passed = read(text).results
    assert (failed.outcome, failed.message, passed.name) == (F, "no", "b")
    assert failed.stack_trace.startswith("---\n  message: 'no'")


def test_a_block_that_nothing_closes_ends_where_a_point_begins():
    assert told("TAP version 13\nnot ok 1 - a\n  ---\n  some: yaml\n\n# said\nnot ok 2 - b\n1..2\n") == [
        ("a", F),
        ("b", F),
    ]


def test_comments_below_a_failure_tell_its_message_and_file():
    text = "1..1\nnot ok 1 - adds\n#   Failed test 'adds'\n#   at t/add.t line 7.\n#          got: '1'\n"
    [result] = read(text).results
    assert (result.file, result.message) == ("t/add.t", "got: '1'")


def test_a_point_speaks_for_its_subtest_whether_that_is_streamed_or_buffered():
    streamed = "TAP version 14\n# Subtest: a\n    ok 1 - x\n    not ok 2 - y\n    1..2\nnot ok 1 - a\n1..1\n"
    buffered = "TAP version 14\nnot ok 1 - a {\n    ok 1 - x\n    not ok 2 - y\n    1..2\n}\n1..1\n"
    after_block = "TAP version 14\nnot ok 1 - a\n  ---\n  a: b\n  ...\n{\n    ok 1 - x\n    1..1\n}\n1..1\n"
    assert told(streamed) == told(buffered) == told(after_block) == [("a", F)]


NODE = """TAP version 13
# Subtest: maths
    # Subtest: adds
    ok 1 - adds
      ---
      duration_ms: 1.25
      type: 'test'
      location: '/w/test/a.test.js:3:5'
      ...
    # Subtest: deep
        # Subtest: waits
        not ok 1 - waits
          ---
          duration_ms: 5
          type: 'test'
          failureType: 'testTimeoutFailure'
          error: 'test timed out after 5ms'
          ...
        1..1
    not ok 2 - deep
      ---
      type: 'suite'
      failureType: 'subtestsFailed'
      ...
    1..2
not ok 1 - maths
  ---
  duration_ms: 9
  type: 'suite'
  failureType: 'subtestsFailed'
  ...
1..1
# tests 2
# fail 1
"""


def test_of_node_s_runner_the_tests_within_its_suites_are_told():
    adds, waits = read(NODE).results
    assert (adds.suite, adds.class_name, adds.name, adds.outcome) == ("maths", "maths", "adds", P)
    assert (adds.file, adds.line, adds.duration_ms) == ("/w/test/a.test.js", 3, 1)
    assert (waits.class_name, waits.outcome, waits.message) == ("maths > deep", E, "test timed out after 5ms")


@pytest.mark.parametrize("word", ["ok", "not ok"])
def test_of_node_s_runner_before_22_the_subtests_are_told_though_no_type_says_that_they_are(word):
    block = "---\n{0}  duration_ms: 1.5\n{0}  ..."
    inner = "    ok 1 - a\n      " + block.format("    ") + f"\n    {word} 2 - b\n      " + block.format("    ")
    report = read(f"TAP version 13\n# Subtest: p\n{inner}\n    1..2\n{word} 1 - p\n  {block.format('')}\n1..1\n")
    assert [(r.class_name, r.name, r.outcome) for r in report.results] == [
        ("p", "a", P),
        ("p", "b", P if word == "ok" else F),
    ]


def test_a_suite_of_node_s_that_fails_without_any_of_its_tests_is_told_after_them():
    quiet = NODE.replace("        not ok 1", "        ok 1")
    assert told(quiet) == [("adds", P), ("waits", P), ("deep", F)]
    hook = quiet.replace("    not ok 2", "    ok 2").replace("subtestsFailed", "hookFailed")
    assert told(hook) == [("adds", P), ("waits", P), ("maths", E)]


def test_of_vitest_the_tests_within_its_files_are_told():
    text = (
        "TAP version 13\n1..1\nnot ok 1 - src/a.test.ts # time=14.5ms {\n    1..2\n    ok 1 - maths # time=2ms {\n        1..2\n"
        "        not ok 1 - adds # time=1.4ms\n            ---\n            error:\n                message: no\n            ...\n"
        "        ok 2 - waits # SKIP\n    }\n    ok 2 - alone\n}\n"
    )
    assert places(text) == [
        ("src/a.test.ts", "src/a.test.ts > maths", "adds"),
        ("src/a.test.ts", "src/a.test.ts > maths", "waits"),
        ("src/a.test.ts", "src/a.test.ts", "alone"),
    ]
    assert [(r.outcome, r.file) for r in read(text).results] == [(o, "src/a.test.ts") for o in (F, S, P)]


def test_a_suite_of_vitest_s_whose_hook_failed_is_told_after_the_tests_that_were_skipped_for_it():
    text = (
        "TAP version 13\n1..1\nnot ok 1 - a.test.ts {\n    1..1\n    not ok 1 - db {\n        1..1\n        ok 1 - reads # SKIP\n"
        "    }\n}\n"
    )
    assert told(text) == [("reads", S), ("db", F)]


def test_tape_writes_the_test_as_a_comment_before_its_assertions():
    text = "TAP version 13\n# sums\nok 1 should be equal\nnot ok 2 should be truthy\n\n1..2\n# tests 2\n# pass 1\n# fail 1\n"
    assert places(text) == [("sums", "sums", "should be equal"), ("sums", "sums", "should be truthy")]


def test_catch2_writes_the_test_as_a_comment_before_its_assertions():
    text = "# rng-seed: 1\n# Sums\nok 1 - a == b for: 1 == 1\nok 2 - c\n1..2\n"
    assert places(text) == [("Sums", "Sums", "a == b for: 1 == 1"), ("Sums", "Sums", "c")]


def test_the_harness_of_perl_names_the_script_before_its_points():
    text = "t/a.t .. \nok 1 - x\n1..1\nok\nt/b.t .. \nnot ok 1 - y\n1..1\nFailed 1/1 subtests\n"
    text = text.replace("ok\nt/b", "t/b")
    assert [(r.suite, r.class_name, r.name, r.file) for r in read(text).results] == [
        ("t/a.t", "t/a.t", "x", "t/a.t"),
        ("t/b.t", "t/b.t", "y", "t/b.t"),
    ]
    assert read("t/a.t .. ok\nTAP version 13\nok 1 - x\n1..1\n").results[0].suite == ""


def test_a_run_that_was_given_up_is_read_so_far_and_its_other_tests_are_missing():
    report = read("1..3\nok 1\nBail out! no database\nok 2\n")
    assert ([r.outcome for r in report.results], report.warnings) == ([P], ("The run was given up: no database",))
    assert report.repaired
    assert read("1..3\nok 1\nBail out!\n").warnings == ("The run was given up.",)


def test_the_words_that_give_a_run_up_may_be_small_and_their_reason_may_be_escaped():
    assert read("TAP version 14\n1..2\nok 1\nbail out! port \\#80\nok 2\n").warnings == (
        "The run was given up: port #80",
    )


@pytest.mark.parametrize("end", ["", "    Bail out! no database\n", "Bail out! no database\n"])
@pytest.mark.parametrize("start", ["# Subtest: a\n", "    # Subtest: a\n"])
def test_a_subtest_that_was_begun_and_has_no_end_is_an_error(start, end):
    report = read(f"TAP version 14\nok 1 - z\n{start}    ok 1 - x\n    not ok 2 - y\n{end}")
    first, second = report.results
    assert (first.name, second.name, second.outcome, second.message) == ("z", "a", E, NO_END)
    assert second.stack_trace == "ok 1 - x\nnot ok 2 - y"
    assert report.repaired


def test_a_subtest_without_a_name_that_has_no_end_is_a_cut():
    report = read("TAP version 14\nok 1 - z\n    ok 1 - x\n")
    assert ([r.name for r in report.results], report.repaired) == (["z"], True)
    assert report.warnings == ("The stream ends within a subtest.",)


def test_what_stands_indented_after_the_last_point_of_a_plan_is_no_subtest():
    assert not read("1..1\nok 1 - a\n    ok 9 - quoted\n").repaired


def test_a_subtest_within_braces_has_an_end_before_it_begins():
    text = "TAP version 14\nok 1 - a {\n    # Subtest: b\n        ok 1 - c\n    ok 1 - b\n}\n"
    assert (told(text), read(text).repaired) == ([("a", P)], False)


def test_a_plan_that_is_not_kept_is_a_warning_and_one_with_points_missing_a_cut():
    few = read("1..3\nok 1\nok 2\n")
    many = read("1..1\nok 1\nok 2\n")
    assert (few.repaired, few.warnings) == (True, ("3 tests were planned, 2 are told of.",))
    assert (many.repaired, many.warnings) == (False, ("1 test was planned, 2 are told of.",))
    assert read("ok 1\nok 2\nok 3\n").warnings == ()


def test_several_streams_may_stand_in_one_file():
    text = "TAP version 13\n1..1\nok 1 - a\nTAP version 13\nok 1 - b\n1..1\n"
    assert (told(text), read(text).warnings) == ([("a", P), ("b", P)], ())
    text = "1..1\nok 1 - a\n1..1\nok 1 - b\n"
    assert (told(text), read(text).warnings) == ([("a", P), ("b", P)], ())
    assert told("1..2\nok 1\nBail out!\nTAP version 13\n1..1\nok 1 - b\n") == [("1", P), ("b", P)]


def test_a_plan_that_is_repeated_before_it_is_kept_is_the_same_plan():
    report = read("1..2\nok 1 - a\n1..2\nok 2 - b\n")
    assert (len(report.results), report.warnings) == (2, ())


def test_lines_between_the_points_do_no_harm():
    text = (
        "pragma +strict\n1..2\nconnecting…\n    TAP version 13\n100..1\n  ---\n{\n}\n"
        "okay then\nok 1 - a\n    1..9\n  ---\nok 2 - b\n# time=5ms\n## note\n"
    )
    assert told(text) == [("a", P), ("b", P)]


def test_a_block_may_be_long():
    text = "TAP version 13\nnot ok 1 - a\n  ---\n" + "  - x\n" * 3_000 + "  ...\n1..1\n"
    assert len(read(text).results[0].stack_trace.splitlines()) == 400


def test_a_stream_that_is_skipped_whole_has_no_tests():
    report = read("TAP version 13\n1..0 # SKIP no translator\n")
    assert (report.results, report.warnings) == ((), ())


def test_an_old_plan_may_list_what_is_to_do():
    assert len(read("1..2 todo 2\nok 1\nnot ok 2\n").results) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok then\nlet us go on\nand on\n",
        "Steps 1..3 are these:\nok\n",
        "1..3\nare pages\nof a book\nok so\n",
        "ok 1\nthis is a long\nreport in prose\nabout the weather\n",
        "ok 7 of them\nok 3 of those\n",
        '{"name": "tap"}',
        "1..3\n",
    ],
)
def test_other_files_are_none(text):
    assert read(text) is None


def test_a_number_that_is_given_twice_is_an_error_in_the_protocol():
    assert told("1..3\nok 1 - a\nok 2 - b\nok 2 - c\n") == [("a", P), ("b", P), ("c", E)]
    assert read("1..2\nok 1\nok 1\n").results[1].message.startswith("out of sequence: number 1")


def test_mocha_gives_a_hook_that_failed_the_number_of_the_test_after_it():
    hook = '"before all" hook for "b"'
    text = f"ok 1 a\nnot ok 2 {hook}\n  Error: no\nok 2 c\n# tests 2\n# pass 2\n# fail 1\n1..3\n"
    assert told(text) == [("a", P), (hook, F), ("c", P)]


def test_mocha_writes_a_failure_below_its_point_as_it_is():
    text = (
        "ok 1 a\nnot ok 2 b\n  1 == 2\n  {\n    at Context.<anonymous> (a.js:3:52)\nnot ok 3 c\n  no\n# tests 3\n# pass 1\n"
        "# fail 2\n1..3\n"
    )
    assert [(r.name, r.message) for r in read(text).results] == [("a", None), ("b", "1 == 2\n  {"), ("c", "no")]


def test_totals_are_no_message_of_the_point_before_them_but_what_looks_like_them_is():
    [result] = read("1..1\nnot ok 1 - a\n# failed to start\n# tests 1\n# pass 0\n# fail 1\n").results
    assert result.message == "failed to start"


def test_streams_that_were_joined_begin_at_one_again():
    assert told("ok 1 - a\n1..1\nok 1 - b\n1..1\n") == [("a", P), ("b", P)]
