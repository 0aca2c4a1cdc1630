import pytest

from app.core.logs import read_log
from app.core.model import TestResult

TREE = (
    "▶ cart\n  ✔ adds (0.677814ms)\n  ✖ sums (12.985782ms)\n    Error: no\n        at a.test.js:2:76\n\n  ﹣ waits (0.1ms) # SKIP\n"
    "  ✔ some day (0.18ms) # TODO\n  ▶ inner\n    ✔ deep (0.12ms)\n  {} inner (0.23ms)\n{} cart (3.28ms)\n"
)
COUNTS = "ℹ tests 5\nℹ suites 2\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 1\nℹ duration_ms 253.5\n"
AGAIN = "\n✖ failing tests:\n\ntest at test/a.test.js:2:51\n✖ sums (12.985782ms)\n  Error: no room\n      at test/a.test.js:2:76\n\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.suite, one.name, one.outcome.value) for one in results(text)]


@pytest.mark.parametrize("ends", ["✔✖", "▶▶"])
def test_suites_are_no_tests_whichever_way_they_end(ends):
    assert told(TREE.format(*ends) + COUNTS + AGAIN) == [
        ("cart", "adds", "passed"),
        ("cart", "sums", "failed"),
        ("cart", "waits", "skipped"),
        ("cart", "some day", "skipped"),
        ("inner", "deep", "passed"),
    ]


def test_the_closing_list_tells_place_and_words_of_a_failure():
    failed = results(TREE.format("✔", "✖") + COUNTS + AGAIN)[1]
    assert (failed.class_name, failed.file, failed.message, failed.duration_ms) == (
        "test",
        "test/a.test.js",
        "Error: no room",
        13,
    )


def test_a_run_with_counts_is_complete_and_counts_its_passes():
    log = read_log(f"✖ sums (1.5ms)\n{COUNTS}".encode())
    assert (log.runner, log.complete, log.unnamed_passes) == ("node:test", True, 2)
    assert not read_log(TREE.format("✔", "✖").encode()).complete


def test_a_file_that_could_not_run_is_an_error():
    [one] = results(f"✖ /src/b.test.js (68.02638ms)\n  'test failed'\n\n{COUNTS}")
    assert (one.name, one.class_name, one.outcome) == ("/src/b.test.js", "/src/b.test.js", "error")


def test_a_failure_that_is_to_do_is_none():
    assert [outcome for *_, outcome in told(f"✖ later (0.1259ms) # TODO\n  Error: t\n{COUNTS}")] == ["skipped"]


def test_a_line_that_a_test_printed_is_told_by_its_whole_milliseconds():
    assert ("", "fake", "failed") not in told("✖ fake (1ms)\n" + TREE.format("✔", "✖") + COUNTS)
    assert told(f"✖ adds (1ms)\n{COUNTS}") == [("", "adds", "failed")]


def test_the_dot_reporter_lists_the_failures_without_their_suites():
    text = ".X.\n\nFailed tests:\n\n✖ sums (1.021875ms)\n  Error: no room\n      at a.test.js:2:76\n\n✖ cart (3.5ms)\n  '1 subtest failed'\n"
    assert told(text) == [("", "sums", "failed")]


def test_two_runs_in_a_step_are_two_sessions():
    run = TREE.format("✔", "✖") + COUNTS + AGAIN
    assert [one.ordinal for one in results(run + run) if one.outcome.is_bad] == [1, 2]


def test_marks_of_other_tools_are_no_tests():
    assert told("✔ built in 3s\n✖ 3 problems (1 error, 2 warnings)\n▶ deploying\n") == []


def test_dot_lists_what_is_yet_to_be_done_and_that_is_no_failure():
    log = """XX.

Failed tests:

✖ adds (1.511922ms)
  AssertionError [ERR_ASSERTION]: 1 == 2
✖ will work one day (0.122291ms) # TODO
  AssertionError [ERR_ASSERTION]: t
"""
    results = read_log(log.encode()).results
    assert [(one.name, one.message) for one in results] == [("adds", "AssertionError [ERR_ASSERTION]: 1 == 2")]


@pytest.mark.parametrize("end", ["✖", "▶"])
def test_a_suite_whose_hook_failed_is_an_error_where_no_test_of_it_failed(end):
    tree = f"▶ shop\n  ▶ cart\n    ✔ adds (0.1ms)\n  {end} cart (0.2ms)\n\n    Error: in after\n{end} shop (0.4ms)\n"
    listed = "\n✖ failing tests:\n\ntest at a.test.js:2:3\n✖ cart (0.2ms)\n  Error: in after\n      at a.test.js:3:5\n"
    parent = "\ntest at a.test.js:1:1\n✖ shop (0.4ms)\n  '1 subtest failed'\n"
    text = tree + COUNTS.replace("fail 1", "fail 0") + listed + parent
    assert told(text) == [("cart", "adds", "passed"), ("", "cart", "error")]


def test_a_mark_without_a_time_that_the_closing_list_lacks_was_printed_by_a_test():
    text = f"✖ 3 problems\n{TREE.format('✔', '✖')}{COUNTS}{AGAIN}"
    assert [name for _, name, outcome in told(text) if outcome == "failed"] == ["sums"]
