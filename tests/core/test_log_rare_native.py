"""What the runners of C, C++ and Swift print seldom."""

import pytest

from app.core.logs import read_log

RULE, DOTS = "-" * 79, "." * 79
CATCH2 = f"cart is a Catch2 v3.4.0 host application.\nRun with -? for options\n\n{RULE}\nadds\n{RULE}\n/w/a.cpp:7\n{DOTS}\n\n"
XCTEST_END = "Test Suite 'All tests' failed at 2026-03-04 05:06:07.037.\n"


def told(text):
    return [(one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_rule_that_a_test_printed_ends_no_output_of_bazels():
    text = f"{'=' * 20} Test output for //a:t:\nboom\n===== inner =====\nmore\n{'=' * 80}\n//a:t   FAILED in 0.1s\nExecuted 1 out of 1 test: 1 fails locally.\n"
    [one] = read_log(text.encode()).results
    assert one.stack_trace == "boom\nmore"


def test_bazel_that_ran_nothing_says_so():
    log = read_log(b"ERROR: no such package 'b'\nExecuted 0 out of 4 tests: 4 were skipped.\n")
    assert (log.runner, log.results, log.stopped_early) == ("bazel", (), "bazel executed 0 of 4 tests")


def test_a_test_without_assertions_failed_where_catch2_was_asked_to_warn_of_it():
    text = f"{CATCH2}No assertions in test case 'adds'\n\n{'=' * 79}\ntest cases: 1 | 1 failed\nassertions: - none -\n"
    assert told(text) == [("adds", "failed")]


def test_the_head_of_the_next_test_is_no_part_of_what_ctest_shows_of_a_failure():
    text = "test 1\n      Start 1: adds\n\n1/2 Test #1: adds ...***Failed    0.1 sec\nboom\ntest 2\n      Start 2: sums\n\n2/2 Test #2: sums ...   Passed    0.1 sec\n"
    adds, sums = read_log(f"Test project /b\n{text}\n50% tests passed, 1 tests failed out of 2\n".encode()).results
    assert (adds.name, adds.stack_trace, sums.name) == ("adds", "boom", "sums")


def test_a_description_in_the_header_of_doctests_is_not_its_name():
    text = f"[doctest] doctest version is 2.4.11\n{'=' * 79}\n/w/a.cpp:7:\nDESCRIPTION: all about sums\nTEST CASE:  adds\n\n/w/a.cpp:8: ERROR: CHECK( 1 == 2 ) is NOT correct!\n  values: CHECK( 1 == 2 )\n\n"
    assert told(f"{text}[doctest] test cases: 1 | 0 passed | 1 failed | 0 skipped\n") == [("adds", "failed")]


def test_cmockas_tests_are_told_though_its_banners_are_not_those_of_googletest():
    text = "[==========] cart: Running 2 test(s).\n[ RUN      ] adds\n[       OK ] adds\n[ RUN      ] sums\n[  ERROR   ] --- 0x1 != 0x2\n[  FAILED  ] sums\n[==========] cart: 2 test(s) run.\n"
    log = read_log(text.encode())
    assert [(one.name, one.outcome) for one in log.results] == [("adds", "passed"), ("sums", "failed")]
    assert not log.complete


def test_a_file_of_mochitests_that_failed_after_it_passed_has_failed():
    text = "TEST-START | dom/a.js\nTEST-PASS | dom/a.js | one\nTEST-UNEXPECTED-FAIL | dom/a.js | two\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.outcome, one.line, one.message) == ("dom/a.js", "failed", 3, "two")


@pytest.mark.parametrize("running", ["", "Test Case '-[App.CartTests testAdds]' started.\n"])
def test_a_signal_ends_the_test_of_swifts_that_ran(running):
    log = read_log(
        f"Test Suite 'All tests' started at 05:06\n{running}error: Exited with unexpected signal code 11\n".encode()
    )
    assert [(one.name, one.outcome) for one in log.results] == ([("testAdds", "error")] if running else [])
    assert log.stopped_early == "the test process crashed"


def test_an_error_of_a_test_that_was_not_seen_to_start_is_kept_for_its_end():
    text = f"/w/a.swift:7: error: -[App.CartTests testAdds] : boom\nTest Case '-[App.CartTests testAdds]' failed (0.010 seconds).\n{XCTEST_END}"
    [one] = read_log(text.encode()).results
    assert (one.name, one.file, one.message) == ("testAdds", "/w/a.swift", "boom")


def test_a_mark_without_a_class_above_it_or_with_words_behind_a_pass_is_no_test_of_xcprettys():
    text = f"    ✓ testAdds (0.010 seconds)\nCartTests\n    ✓ testSums, at last\n    ✗ testTakes, boom\n{XCTEST_END}Failing tests:\n"
    assert told(text) == [("testTakes", "failed")]
