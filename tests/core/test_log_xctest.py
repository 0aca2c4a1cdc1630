import pytest

from app.core.logs import read_log


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_xcodebuild_names_module_class_and_test():
    log = read_log(
        b"Test Suite 'All tests' started at 2026-01-01 00:00:00.000\nTest Case '-[M.FooTests testA]' started.\n"
        b"Test Case '-[M.FooTests testA]' passed (0.001 seconds).\nTest Case '-[M.FooTests testB]' started.\n"
        b'/w/FooTests.swift:12: error: -[M.FooTests testB] : XCTAssertEqual failed: ("1") is not equal to ("2")\n'
        b"Test Case '-[M.FooTests testB]' failed (0.101 seconds).\nTest Suite 'All tests' failed at 2026-01-01 00:00:00.000.\n"
        b"\t Executed 2 tests, with 1 failure (0 unexpected) in 0.1 (0.2) seconds\nFailing tests:\n\tFooTests.testB()\n\t-[LateTests testC]\n\n** TEST FAILED **\n"
    )
    a, b, c = log.results
    assert [(one.suite, one.class_name, one.name, one.outcome.value) for one in (a, b, c)] == [
        ("M.FooTests", "M.FooTests", "testA", "passed"),
        ("M.FooTests", "M.FooTests", "testB", "failed"),
        ("LateTests", "LateTests", "testC", "failed"),
    ]
    assert (b.file, b.message, b.duration_ms) == (
        "/w/FooTests.swift",
        'XCTAssertEqual failed: ("1") is not equal to ("2")',
        101,
    )
    assert (log.runner, log.complete) == ("xctest", True)


def test_swift_test_on_linux_names_class_and_test():
    log = read_log(
        b"Test Suite 'All tests' started at 2026-01-01 00:00:00.000\nTest Case 'FooTests.testA' started at 2026-01-01 00:00:00.000\n/w/FooTests.swift:3: error: FooTests.testA : XCTAssertTrue failed - why\n"
        b"Test Case 'FooTests.testA' failed (0.2 seconds)\nTest Case 'FooTests.testB' skipped (0.0 seconds)\n"
        b"Test Suite 'All tests' failed at 2026-01-01 00:00:00.000\n"
    )
    assert [(one.class_name, one.name, one.outcome.value, one.message) for one in log.results] == [
        ("FooTests", "testA", "failed", "XCTAssertTrue failed - why"),
        ("FooTests", "testB", "skipped", None),
    ]
    assert log.complete


def test_tests_on_several_simulators_and_their_crashes_are_read():
    log = read_log(
        b"Test case 'FooTests.testA()' failed on 'Clone 1 of iPhone 15 - App (123)' (0.100 seconds)\nTest case 'FooTests.testA()' passed on 'Clone 1 of iPhone 15 - App (123)' (0.100 seconds)\n"
        b"Restarting after unexpected exit, crash, or test timeout in FooTests.testE(); summary will include totals from previous launches.\n** TEST FAILED **\n"
    )
    assert [(one.name, one.outcome.value, one.ordinal) for one in log.results] == [
        ("testA", "failed", 1),
        ("testA", "passed", 2),
        ("testE", "error", 1),
    ]


def test_the_short_lines_of_other_tools_are_read_below_their_class():
    assert told(
        "Test Suite All tests started\nTest Suite FooTests started on 'iPhone'\n    ✔ testA (0.001 seconds)\n    ✖ testB, XCTAssertTrue failed\nTest Suite 'x'\n** TEST FAILED **\n"
    ) == [("FooTests", "testA", "passed"), ("FooTests", "testB", "failed")]


def test_a_run_that_was_interrupted_or_cut_off_is_not_complete():
    one = "Test Case '-[M.A t]' failed (0.1 seconds).\n"
    assert read_log(f"{one}** TEST EXECUTE INTERRUPTED **\n".encode()).stopped_early == "xcodebuild was interrupted"
    assert not read_log(one.encode()).complete


def test_compile_errors_are_no_tests():
    assert (
        told("/w/A.swift:3:5: error: cannot find 'x' in scope\nTesting failed:\n\tTest Suite no\n** TEST FAILED **\n")
        == []
    )


def test_xcpretty_names_the_class_on_a_line_of_its_own():
    assert told("FooTests\n  ✓ testA (0.001 seconds)\n  ✗ testB, failed - why\nTest Suite x\n** TEST FAILED **\n") == [
        ("FooTests", "testA", "passed"),
        ("FooTests", "testB", "failed"),
    ]


def test_the_errors_of_swift_test_alone_name_their_tests():
    text = '/w/CartTests.swift:18: error: CartTests.testAdds : XCTAssertEqual failed: ("1") is not equal to ("2") - \n'
    assert told(text) == [("CartTests", "testAdds", "failed")]


def test_a_signal_is_an_error_of_the_test_that_ran():
    log = read_log(
        b"Test Case 'A.one' started at 2026-01-01 00:00:00.000\nTest Case 'A.one' passed (0.0 seconds)\nTest Case 'A.two' started at 2026-01-01 00:00:00.000\n"
        b"A/A.swift:3: Fatal error: Index out of range\nerror: Exited with unexpected signal code 4\n"
    )
    assert [(one.name, one.outcome.value) for one in log.results] == [("one", "passed"), ("two", "error")]
    assert log.results[1].message.startswith("A/A.swift:3: Fatal error: Index out of range")
    assert (log.complete, log.stopped_early) == (False, "the test process crashed")


PARALLEL = (
    "Build complete! (0.12s)\nerror: Exited with unexpected signal code 5\n[3/3] Testing ShopTests.CartTests/testPays\n"
)
PROCESS = "Test Suite 'Selected tests' started at 2026-01-01 00:00:00.000.\nTest Suite 'CartTests' started at 2026-01-01 00:00:00.000.\n"
CRASHED = "Test Case '-[ShopTests.CartTests testPays]' started.\nShopTests/CartTests.swift:16: Fatal error: no\n\n"
FAILED = (
    "Test Case '-[ShopTests.CartTests testAdds]' started.\n/a/CartTests.swift:12: error: -[ShopTests.CartTests testAdds] : XCTAssertTrue failed\n"
    "Test Case '-[ShopTests.CartTests testAdds]' failed (0.123 seconds).\n"
)


@pytest.mark.parametrize("order", [(CRASHED, FAILED), (FAILED, CRASHED)])
def test_in_parallel_swift_tells_of_a_signal_before_it_shows_what_the_process_said(order: tuple[str, str]):
    assert sorted(told(PARALLEL + "".join(PROCESS + said for said in order))) == [
        ("ShopTests.CartTests", "testAdds", "failed"),
        ("ShopTests.CartTests", "testPays", "error"),
    ]


def test_as_many_tests_crashed_as_processes_did():
    text = PARALLEL + PROCESS + CRASHED + PROCESS + CRASHED.replace("testPays", "testOpens")
    assert told(text) == [("ShopTests.CartTests", "testPays", "error")]
    assert told(text.replace("error: Exited with unexpected signal code 5\n", "")) == []


def test_a_test_under_which_a_simulator_s_process_died_is_an_error():
    log = read_log(
        b"Test Suite 'All tests' started at 2026-01-01 00:00:00.000.\nTest Case '-[M.A one]' started.\nTest Case '-[M.A one]' passed (0.001 seconds).\n"
        b"Test Case '-[M.A two]' started.\nA/A.swift:3: Fatal error: not yet\nChild process terminated with signal 5: Trace/BPT trap\nerror: tests exited with '133'\n"
    )
    assert [(one.name, one.outcome.value) for one in log.results] == [("one", "passed"), ("two", "error")]
    assert (log.complete, log.stopped_early) == (False, "the test process crashed")


def test_xcpretty_is_read_below_fastlane():
    text = (
        "[15:48:11]: ▸ \x1b[35mTest Suite ShopTests.xctest started\x1b[0m\n[15:48:11]: ▸ \x1b[35mCartTests\x1b[0m\n"
        "[15:48:11]: ▸ \x1b[35m    \x1b[32m✓\x1b[39m testAdds (\x1b[33m0.001\x1b[39m seconds)\x1b[0m\n[15:48:11]: ▸ \x1b[35m    \x1b[31m✗\x1b[39m testPays, failed - why\x1b[0m\n"
        "[15:48:11]: Failing tests:\n[15:48:11]: \tCartTests.testPays()\n[15:48:11]: \tShopTests.testOpens()\n[15:48:11]: ** TEST FAILED **\n"
    )
    assert told(text) == [
        ("CartTests", "testAdds", "passed"),
        ("CartTests", "testPays", "failed"),
        ("ShopTests", "testOpens", "failed"),
    ]


def test_xcbeautify_for_github_marks_failures_with_its_tag():
    log = read_log(
        b"Test Suite SumTests started\n    \xe2\x9c\x94 testTakes (0.001 seconds)\n##[error]    testAdds, XCTAssertEqual failed: (1) is not equal to (2)\n"
        b"##[error]    testAdds, XCTAssertTrue failed\n##[error]    testSlow() on 'iPhone 15' (1.5 seconds)\n##[error]Build failed, again\n"
    )
    assert [
        (one.class_name, one.name, one.outcome.value, one.message) for one in log.results if one.outcome.is_bad
    ] == [
        ("SumTests", "testAdds", "failed", "XCTAssertEqual failed: (1) is not equal to (2)"),
        ("SumTests", "testSlow", "failed", None),
    ]
