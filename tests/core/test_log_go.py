from app.core.logs import read_log
from app.core.model import TestResult


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_tests_and_subtests_belong_to_the_package_whose_line_follows():
    assert told(
        "=== RUN   TestA\n=== RUN   TestA/sub\n--- FAIL: TestA (0.10s)\n    --- FAIL: TestA/sub (0.05s)\nFAIL\nFAIL\texample.com/a\t0.1s\n"
        "--- PASS: TestA (0.00s)\n--- SKIP: TestB (0.00s)\nPASS\nok  \texample.com/b\t0.2s\n"
    ) == [
        ("example.com/a", "TestA", "failed"),
        ("example.com/a", "TestA/sub", "failed"),
        ("example.com/b", "TestA", "passed"),
        ("example.com/b", "TestB", "skipped"),
    ]


def test_a_failure_says_what_the_test_said_after_its_end():
    [one] = results("--- FAIL: TestA (0.25s)\n    a_test.go:8: got 1\n        want 2\nFAIL\nFAIL\tpkg\t0.3s\n")
    assert (one.message, one.duration_ms, one.line) == ("got 1\nwant 2", 250, 1)
    assert one.stack_trace == "    a_test.go:8: got 1\n        want 2"


def test_a_verbose_failure_says_what_the_test_said_while_it_ran():
    a, b = results(
        "=== RUN   TestA\n=== PAUSE TestA\n=== RUN   TestB\n    b_test.go:1: of b\n=== CONT  TestA\n    a_test.go:1: of a\n"
        "--- FAIL: TestB (0.00s)\n--- FAIL: TestA (0.00s)\nFAIL\tpkg\t0.3s\n"
    )
    assert (a.message, b.message) == ("of b", "of a")


def test_what_a_test_printed_last_may_stand_before_its_end():
    assert told("=== RUN   TestA\nno line end--- FAIL: TestA (0.00s)\nFAIL\tpkg\t0.3s\n") == [
        ("pkg", "TestA", "failed")
    ]


def test_a_panic_is_the_failure_of_the_test_that_announced_it():
    [one] = results(
        "--- FAIL: TestA (0.00s)\npanic: boom [recovered]\n\tpanic: boom\n\ngoroutine 7 [running]:\nexample.com/a.TestA(0xc0)\n"
        "\t/src/a_test.go:8 +0x1d\nFAIL\texample.com/a\t0.1s\n"
    )
    assert (one.name, one.outcome, one.message) == ("TestA", "failed", "panic: boom [recovered]")


def test_a_panic_elsewhere_names_the_test_by_its_trace():
    assert told(
        "panic: boom\n\ngoroutine 7 [running]:\nexample.com/a.TestA.func1()\n\t/src/a_test.go:8\nFAIL\texample.com/a\t0.1s\n"
    ) == [("example.com/a", "TestA", "failed")]


def test_a_time_out_names_the_innermost_tests_that_still_ran():
    assert told(
        "panic: test timed out after 1s\nrunning tests:\n\tTestA (1s)\n\tTestA/sub (1s)\n\tTestB (0s)\n\ngoroutine 7 [running]:\nFAIL\tpkg\t1.0s\n"
    ) == [("pkg", "TestA/sub", "failed"), ("pkg", "TestB", "failed")]


def test_a_time_out_names_what_still_ran_as_go_1_23_and_later_indent_it():
    assert told(
        "panic: test timed out after 1s\n\trunning tests:\n\t\tTestA (1s)\n\t\tTestA/10.0.0.1 (1s)\n\ngoroutine 7 [running]:\n"
        "testing.(*M).startAlarm.func1()\n\t/go/src/testing/testing.go:2802 +0x34b\npkg.TestA(0xc0)\n\t/src/a_test.go:9 +0x1\nFAIL\tpkg\t1.0s\n"
    ) == [("pkg", "TestA/10.0.0.1", "failed")]


def test_a_frame_of_go_s_own_testing_package_is_no_test():
    assert told(
        "panic: test timed out after 1s\n\ngoroutine 7 [running]:\ntesting.(*M).startAlarm.func1()\n\t/go/src/testing/testing.go:2802 +0x34b\n\n"
        "goroutine 9 [chan receive]:\ntesting.(*F).Fuzz.func1({0x7f, 0xc5}, {0x0})\n\t/go/src/testing/fuzz.go:343 +0x66e\n"
        "pkg_test.FuzzName(0xc5)\n\t/src/a_test.go:9 +0x1\nFAIL\tpkg\t1.0s\n"
    ) == [("pkg", "FuzzName", "failed")]


def test_a_package_that_does_not_build_is_an_error_of_its_own():
    [one] = results(
        "# example.com/a [example.com/a.test]\n./a_test.go:3:1: undefined: x\nFAIL\texample.com/a [build failed]\nFAIL\n"
    )
    assert (one.class_name, one.name, one.outcome) == ("example.com/a", "[build failed]", "error")
    assert one.message == "undefined: x"


def test_a_package_that_fails_without_a_word_of_why_did_not_run_all_it_has():
    log = read_log(b"exit status 1\nFAIL\tpkg\t0.1s\n")
    assert (log.results, log.stopped_early) == ((), "package pkg failed, and none of its tests says so")
    assert told("panic: boom\n\ngoroutine 1 [running]:\nFAIL\tpkg\t0.1s\n") == [("pkg", "Failure", "error")]


def test_a_test_binary_alone_prints_no_package():
    log = read_log(b"=== RUN   TestA\n--- FAIL: TestA (0.00s)\nFAIL\n")
    assert ([(one.class_name, one.name) for one in log.results], log.complete) == ([("", "TestA")], True)


def test_the_closing_list_of_gotestsum_names_what_was_not_seen_before():
    log = read_log(
        "✖  a (10ms)\n\n=== Failed\n=== FAIL: a TestA/sub (0.00s)\n    a_test.go:8: got 1\n    --- FAIL: TestA/sub (0.00s)\n\n"
        "=== FAIL: a TestA (0.01s)\n\nDONE 2 tests, 2 failures in 0.2s\n".encode()
    )
    assert [(one.class_name, one.name, one.message) for one in log.results] == [
        ("a", "TestA/sub", "got 1"),
        ("a", "TestA", None),
    ]
    assert log.complete


def test_the_closing_list_of_gotestsum_repeats_what_was_seen_before():
    assert told(
        "--- FAIL: TestA (0.00s)\n    a_test.go:8: got 1\nFAIL\nFAIL\texample.com/x/a\t0.1s\n\n"
        "=== Failed\n=== FAIL: a TestA (0.00s)\n    a_test.go:8: got 1\n\nDONE 1 tests, 1 failure in 0.2s\n"
    ) == [("example.com/x/a", "TestA", "failed")]


def test_a_run_that_was_killed_is_not_complete():
    assert not read_log(b"=== RUN   TestA\n=== RUN   TestB\n--- PASS: TestA (0.00s)\n").complete


def test_what_only_looks_like_a_package_is_none():
    assert read_log(b"ok then\nFAIL src/a.test.js (5.1 s)\nok 1 - a 0.1\n# heading\n").runner is None


def test_the_quoted_end_of_a_test_in_another_run_is_none():
    assert told(
        "--- FAIL: TestA (0.00s)\n    a_test.go:8: --- output\n        --- FAIL: TestInner (0.00s)\nFAIL\tpkg\t0.1s\n"
    ) == [("pkg", "TestA", "failed")]


def test_the_build_of_an_outer_test_package_fails_for_the_package_that_it_tests():
    [one] = results(
        "# example.com/a_test [example.com/a.test]\n./a_test.go:3:1: undefined: x\nFAIL\texample.com/a [build failed]\n"
    )
    assert (one.class_name, one.message) == ("example.com/a", "undefined: x")


def test_the_end_of_a_failure_may_follow_what_the_test_printed():
    log = """loading carts... --- FAIL: TestTotal (0.01s)
    total_test.go:9: quoted: --- FAIL: TestOther (0.00s)
FAIL
FAIL\texample.org/shop/cart\t0.014s
FAIL
"""
    assert [one.name for one in read_log(log.encode()).results] == ["TestTotal"]


def test_a_test_that_gotestsum_never_saw_end_took_an_unknown_time():
    assert told(
        "\u2716  pkg (5.01s)\n\n=== Failed\n=== FAIL: pkg TestSlow/sleeper (unknown)\npanic: test timed out after 5s\n\n"
        "=== FAIL: pkg TestSlow (unknown)\n\nDONE 2 tests, 2 failures in 5.2s\n"
    ) == [("pkg", "TestSlow/sleeper", "failed"), ("pkg", "TestSlow", "failed")]


def test_a_panic_in_gotestsum_s_lines_is_that_of_the_next_test_named():
    one, two = results(
        "=== RUN   TestSlow/sleeper\npanic: test timed out after 5s\n\nFAIL pkg.TestSlow/sleeper (-1.00s)\nFAIL pkg.TestSlow (-1.00s)\n"
        "\nDONE 2 tests, 2 failures in 5.2s\n"
    )
    assert (one.name, one.message, one.duration_ms) == ("TestSlow/sleeper", "panic: test timed out after 5s", None)
    assert (two.name, two.message) == ("TestSlow", None)


def test_the_test_during_which_a_process_ended_by_itself_has_failed():
    assert told(
        "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n=== RUN   TestB/sub\n2026/01/02 03:04:05 no server\nFAIL\tpkg\t0.1s\nFAIL\n"
    ) == [("pkg", "TestA", "passed"), ("pkg", "TestB", "failed"), ("pkg", "TestB/sub", "failed")]


def test_of_tests_side_by_side_none_is_blamed_for_the_end_of_their_process():
    text = "=== RUN   TestA\n=== PAUSE TestA\n=== RUN   TestB\n=== CONT  TestA\nexit status 1\nFAIL\tpkg\t0.1s\nFAIL\n"
    assert (told(text), read_log(text.encode()).stopped_early) == (
        [],
        "package pkg failed, and none of its tests says so",
    )


def test_a_package_that_passed_has_no_failing_test():
    assert told(
        "=== RUN   TestA\n--- FAIL: TestInner (0.00s)\n--- PASS: TestA (0.00s)\nPASS\nok  \tpkg\t0.1s\n"
        "--- FAIL: TestB (0.00s)\nFAIL\nFAIL\tpkg/b\t0.1s\nFAIL\n"
    ) == [("pkg", "TestA", "passed"), ("pkg/b", "TestB", "failed")]
