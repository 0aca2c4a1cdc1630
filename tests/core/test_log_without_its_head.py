"""Logs of which the beginning is missing or that were pasted into a text: what is left still names its failures."""

from textwrap import indent

import pytest

from app.core.logs import read_log
from tests.core.log_story import job, step


def bad(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    return [one.name for one in read_log(data).results if one.outcome.is_bad]


UNITTEST = "F.\n======\nFAIL: test_tax (bill.test_sum.SumTest)\n------\nTraceback (most recent call last):\nAssertionError: 1 != 2\n\n------\nRan 2 tests in 0.1s\n\nFAILED (failures=1)\n"


@pytest.mark.parametrize("margin", ["    ", "\t", "  \t"])
def test_a_log_that_is_indented_throughout_is_read_without_its_margin(margin: str):
    text = UNITTEST.replace("======", "=" * 70).replace("------", "-" * 70)
    assert bad(text) == bad(indent(text, margin)) == ["test_tax"]


@pytest.mark.parametrize(
    "stamp", ["14:05:16 ", "14:05:16  ", "14:05:16.123 ", "2026-01-31 14:05:16.123 - ", "2026-01-31 14:05:16,123 "]
)
def test_a_log_that_is_stamped_throughout_is_read_without_its_stamps(stamp: str):
    text = UNITTEST.replace("======", "=" * 70).replace("------", "-" * 70)
    stamped = "".join(f"{stamp}{line}\n" for line in text.splitlines())
    assert bad(stamped) == bad("[Pipeline] sh\n" + stamped) == bad(stamped.replace(" \n", "\n")) == ["test_tax"]


def test_stamps_of_which_some_lines_have_none_are_the_program_s_own():
    text = "14:05:16 FAIL: test_tax (bill.test_sum.SumTest)\n" + UNITTEST.replace("test_tax", "test_vat")
    assert bad(text.replace("======", "=" * 70).replace("------", "-" * 70)) == ["test_vat"]


def test_the_time_that_dart_writes_before_each_line_is_no_stamp():
    assert bad("01:00:00 +0: adds\n01:00:01 +0 -1: adds [E]\n01:00:01 +0 -1: Some tests failed.\n") == ["adds"]


def test_a_runner_that_indents_all_it_prints_keeps_its_margin():
    assert bad(
        "  sums\n    1) adds\n\n\n  0 passing (3ms)\n  1 failing\n\n  1) sums\n       adds:\n     Error: no\n"
    ) == ["sums adds"]


def test_a_log_of_blanks_alone_names_nothing():
    log = read_log(b"   \n\t\n")
    assert (log.results, log.runner) == ((), None)


LISTED = "    at tests/cart.spec.ts:9:1\n\n  1 failed\n    [webkit] › tests/cart.spec.ts:7:3 › cart › pays ─────\n  4 passed (9s)\n"


def test_the_closing_list_of_playwright_needs_no_beginning():
    log = read_log(LISTED.encode())
    assert [(one.name, one.line) for one in log.results if one.outcome.is_bad] == [("[webkit] cart › pays", 4)]
    assert (log.runner, log.complete, log.unnamed_passes) == ("playwright", True, 4)


def test_a_count_of_failures_that_no_test_follows_is_nobodys():
    assert (
        read_log(b"  1 failed\nbuild ] \xe2\x80\xba done\n    [x] \xe2\x80\xba a.ts:1:1 \xe2\x80\xba b\n").runner
        is None
    )


BLOCKS = "---- rates::tests::rounds_down stdout ----\nthread 'rates::tests::rounds_down' panicked at src/rates.rs:3:5:\nno\n\n---- rates::tests::reads stdout ----\nError: gone\n\n"
RESULT = "test result: FAILED. 4 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n"


def test_blocks_of_libtest_name_their_tests_and_what_they_leave_out_is_not_known():
    log = read_log((BLOCKS + RESULT).encode())
    assert [one.name for one in log.results] == ["rounds_down", "reads"]
    assert not log.complete


def test_the_list_below_the_blocks_of_libtest_is_complete():
    log = read_log(
        f"{BLOCKS}failures:\n    rates::tests::reads\n    rates::tests::rounds_down\n    rates::tests::sums\n\n{RESULT}".encode()
    )
    assert [one.name for one in log.results] == ["rounds_down", "reads", "sums"]
    assert log.complete


LIST = "failures:\n    rates::tests::reads\n    src/lib.rs - sums (line 3)\n\n"


def test_the_closing_list_of_libtest_alone_is_one_where_a_result_follows():
    failed = RESULT.replace("3 failed", "2 failed")
    log = read_log(f"no\n{LIST}{failed}{LIST}".encode())
    assert [one.name for one in log.results] == ["reads", "sums (line 3)"]
    assert log.complete
    assert bad(f"{LIST}of another kind\n{failed}") == []


QUIET = (
    "/Users/runner/work/a/a/Tests/CartTests.swift:31: error: -[AppTests.CartTests testPays] : XCTAssertTrue failed\n"
)


def test_a_quiet_xcodebuild_shows_the_errors_of_tests_alone():
    log = read_log(QUIET.encode())
    assert [(one.class_name, one.name, one.message) for one in log.results] == [
        ("AppTests.CartTests", "testPays", "XCTAssertTrue failed")
    ]
    assert not log.complete


def test_an_error_that_is_repeated_behind_the_end_of_its_test_is_the_same_failure():
    ended = "Test Case '-[AppTests.CartTests testPays]' failed (0.007 seconds).\n** TEST FAILED **\n"
    assert bad(QUIET + ended + QUIET) == ["testPays"]


NODE = "ℹ tests 3\nℹ suites 0\nℹ pass 1\nℹ fail 2\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms 12.5\n\n✖ failing tests:\n\ntest at test/cart.test.js:3:1\n✖ pays (1.5ms)\n  Error: no\n\ntest at test/cart.test.js:9:1\n✖ refunds (0.5ms)\n  Error: no\n"


def test_the_closing_list_of_node_names_what_the_counts_counted():
    assert bad(NODE) == ["pays", "refunds"]


def test_the_closing_list_of_node_adds_nothing_to_failures_that_were_all_told():
    assert bad("✔ sums (0.2ms)\n✖ pays (1.5ms)\n✖ refunds (0.5ms)\n" + NODE) == ["pays", "refunds"]


def test_a_script_whose_end_stands_in_the_next_line_has_failed():
    text = "t/10-a.t .. ok\nt/20-b.t ....\nDubious, test returned 3 (wstat 768, 0x300)\nFailed 3/9 subtests\n"
    assert bad(text) == ["t/20-b.t"]


def test_failures_of_testthat_need_no_counts():
    rule = "─" * 30
    text = f"Last 13 lines of output:\n  ══ Failed tests {'═' * 30}\n  ── Error ('test-rates.R:6:3'): rates are read {rule}\n  Error: gone\n"
    assert bad(text) == ["rates are read"]


def test_julia_may_name_the_test_set_in_the_line_above():
    text = "Error in testset rates:\nTest Failed at /home/a/test/rates.jl:4\n  Expression: a == b\n\nError in testset rates:\nError During Test at /home/a/test/rates.jl:9\n  Test threw exception\n"
    (one,) = read_log(text.encode()).results
    assert (one.name, one.outcome.value, one.file) == ("rates", "failed", "/home/a/test/rates.jl")


def test_a_file_that_busted_could_not_load_fails_by_its_own_name():
    text = "1 success / 0 failures / 1 error / 0 pending : 0.01 seconds\n\nError → spec/rates_spec.lua:7: '=' expected near 'x'\n"
    (one,) = read_log(text.encode()).results
    assert (one.name, one.outcome.value, one.message) == ("spec/rates_spec.lua", "error", "'=' expected near 'x'")


def test_a_step_that_is_indented_is_not_taken_for_a_log_that_was_pasted():
    assert bad(job(step("make", indent(UNITTEST, "    "), code=1))) == []


def test_the_closing_list_of_googletest_needs_no_banner():
    text = "[  FAILED  ] 2 tests, listed below:\n[  FAILED  ] RatesTest.Rounds\n[  FAILED  ] Sizes/RatesTest/1.Adds, where TypeParam = long\n\n 2 FAILED TESTS\n"
    assert bad(text) == ["Rounds", "Adds"]


def test_the_closing_list_of_meson_needs_no_counts():
    text = "Summary of Failures:\n\n2/9 app:unit / rates TIMEOUT        30.05s   killed by signal 15 SIGTERM\n7/9 app:unit / sums FAIL 0.21s   exit status 1\n"
    assert bad(text) == ["rates", "sums"]


def test_a_bridge_of_sbts_that_is_not_verbose_shows_failures_alone():
    text = "[error] Test org.bill.RatesTest.rounds failed: expected:<3> but was:<4>, took 0.021 sec\n[error] Failed: Total 9, Failed 1, Errors 0, Passed 8\n"
    (one,) = read_log(text.encode()).results
    assert (one.class_name, one.name, one.message) == ("org.bill.RatesTest", "rounds", "expected:<3> but was:<4>")


def test_an_old_test_of_rubys_may_have_any_name_that_begins_with_test():
    text = "Started\nF\nFinished in 0.1 seconds.\n\n  1) Failure:\ntestRounds(RatesTest) [rates_test.rb:4]:\n<3> expected but was\n<4>.\n\n1 tests, 1 assertions, 1 failures, 0 errors\n"
    assert bad(text) == ["testRounds"]


MAVEN = "[ERROR] Failures: \n[ERROR]   RatesTest.rounds:12 \nFailures:\n  1) a list of its own\n[ERROR] Errors: \n[ERROR]   SumsTest.adds:7 » NullPointer\n"
MAVEN_TOTALS = "[INFO] \n[ERROR] Tests run: 9, Failures: 1, Errors: 1, Skipped: 0\n"


@pytest.mark.parametrize("end", [MAVEN_TOTALS, ""])
def test_the_closing_list_of_maven_needs_no_banner(end):
    log = read_log((MAVEN + end).encode())
    told = [(one.class_name, one.name, one.outcome.value) for one in log.results]
    assert told == [("RatesTest", "rounds", "failed"), ("SumsTest", "adds", "error")]
    assert log.complete is bool(end)


def test_the_closing_list_of_an_old_maven_needs_no_banner():
    text = "Results :\n\nTests in error: \n  adds(org.bill.SumsTest): gone\n\nTests run: 9, Failures: 0, Errors: 1, Skipped: 0\n"
    assert bad(text) == ["adds"]


VITEST = " FAIL |web|  src/rates.test.ts > rates > rounds down\nAssertionError: expected 1 to be 2\n ❯ src/rates.test.ts:7:3\n"


def test_what_is_left_of_the_failures_of_vitest_names_them():
    rule = "⎯" * 30
    text = f"{VITEST}\n{rule}[1/2]⎯\n\n FAIL  src/sums.test.ts > sums\nError: no\n\n{rule}[2/2]⎯\n\n Test Files  2 failed (2)\n      Tests  2 failed | 3 passed (5)\n"
    log = read_log(text.encode())
    assert [(one.file, one.name) for one in log.results] == [
        ("src/rates.test.ts", "rates > rounds down"),
        ("src/sums.test.ts", "sums"),
    ]
    assert log.complete


def test_a_file_that_another_runner_calls_failed_is_no_test_of_vitests():
    assert bad(" FAIL  src/rates.test.ts\n FAIL  rates > rounds down\n") == []


OLD_VSTEST = "Failed   Acme.CartTests.Adds\nError Message:\n boom\nStack Trace:\n   at Acme.CartTests.Adds()\n"
OLD_TOTAL = "\nTotal tests: 2. Passed: 1. Failed: 1. Skipped: 0.\nTest Run Failed.\n"


def test_the_old_failures_of_vstest_need_only_its_totals():
    log = read_log((OLD_VSTEST + OLD_TOTAL).encode())
    assert [(one.class_name, one.name, one.message) for one in log.results] == [("Acme.CartTests", "Adds", "boom")]
    assert (log.runner, log.unnamed_passes) == ("vstest", 1)


@pytest.mark.parametrize("end", ["", "Test Run Failed.\n", "Test run for /a/b.dll(.NETCoreApp)\n" + OLD_TOTAL])
def test_what_says_failed_before_vstest_begins_or_without_totals_is_nobodys(end: str):
    assert bad("Failed   build.step\n" + end) == []


def test_a_failure_without_a_class_is_not_the_old_vstest_s():
    assert bad("Failed   to fetch 1.2\nFailed   twice\n" + OLD_TOTAL) == []
