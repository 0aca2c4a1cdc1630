"""A log ends where its machine died: whatever is left of it must not name tests that the whole does not name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.logs import read_log

LOGS = {
    "maven": (
        "[INFO]  T E S T S\n[INFO] Running com.acme.CartTest\n"
        "[ERROR] Tests run: 2, Failures: 1, Errors: 1, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! -- in com.acme.CartTest\n"
        "[ERROR] com.acme.CartTest.adds -- Time elapsed: 0.012 s <<< FAILURE!\njava.lang.AssertionError: boom\n\tat com.acme.CartTest.adds(CartTest.java:12)\n\n"
        "[ERROR] com.acme.CartTest.sums -- Time elapsed: 0.012 s <<< ERROR!\njava.lang.Error: bang\n\n[INFO] Results:\n[INFO] \n[ERROR] Failures: \n"
        "[ERROR]   CartTest.adds:12 boom\n[ERROR] Errors: \n[ERROR]   CartTest.sums:3 » Error bang\n[INFO] \n[ERROR] Tests run: 2, Failures: 1, Errors: 1, Skipped: 0\n"
    ),
    "gradle": (
        "> Task :test\n\ncom.acme.CartTest > adds FAILED\n    java.lang.AssertionError at CartTest.java:12\n\ncom.acme.CartTest > sums PASSED\n\n"
        "2 tests completed, 1 failed\n\n> Task :test FAILED\n\n* What went wrong:\n\nBUILD FAILED in 3s\n"
    ),
    "ant": (
        "    [junit] Testsuite: com.acme.CartTest\n    [junit] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 sec\n"
        "    [junit] Testcase: adds(com.acme.CartTest):\tFAILED\n    [junit] boom\n    [junit] Test com.acme.CartTest FAILED\n"
    ),
    "junit": (
        "Failures (1):\n  JUnit Jupiter:CartTest:adds()\n    MethodSource [className = 'com.acme.CartTest', methodName = 'adds', methodParameterTypes = '']\n"
        "    => java.lang.Error: boom\n       com.acme.Cart.add(Cart.java:5)\nTest run finished after 147 ms\n"
    ),
    "scalatest": (
        "[info] CartSpec:\n[info] A Cart\n[info] - should add *** FAILED *** (12 milliseconds)\n[info]   1 did not equal 2 (CartSpec.scala:10)\n"
        "[info]   when full\n[info]   - should close\n[info] Tests: succeeded 1, failed 1, canceled 0, ignored 0, pending 0\n"
    ),
    "munit": "[info] com.acme.CartSuite:\n[info]   + sums 0.012s\n[error] ==> X com.acme.CartSuite.adds  0.004s munit.FailException: boom\n[error] Failed: Total 2, Failed 1, Errors 0, Passed 1\n",
    "junit-interface": (
        "[info] Test run started\n[info] Test com.acme.CartTest.adds started\n[error] Test com.acme.CartTest.adds failed: boom, took 0.002 sec\n"
        "[info] Test run finished: 1 failed, 0 ignored, 1 total, 0.012s\n"
    ),
    "vstest": (
        "Test run for /src/Acme.Tests.dll (.NETCoreApp,Version=v8.0)\n  Passed Acme.CartTests.Sums [1 ms]\n  Failed Acme.CartTests.Adds [3 ms]\n  Error Message:\n   boom\n"
        "  Stack Trace:\n     at Acme.CartTests.Adds() in /src/CartTests.cs:line 12\n\nFailed!  - Failed:     1, Passed:     1, Skipped:     0, Total:     2, Duration: 15 s - Acme.Tests.dll (net8.0)\n"
    ),
    "microsoft.testing.platform": (
        "Running tests from /src/Acme.Tests.dll (net10.0|x64)\nfailed Acme.CartTests.Adds (12ms)\n  from /src/Acme.Tests.dll (net10.0|x64)\n  boom\n\nTest run summary: Failed!\n  total: 1\n"
    ),
    "xunit": (
        "xUnit.net Console Runner v2.4.1\n  Starting:    Acme.Tests\n    Acme.CartTests.Adds [FAIL]\n      boom\n  Finished:    Acme.Tests\n=== TEST EXECUTION SUMMARY ===\n"
        "   Acme.Tests  Total: 3, Errors: 0, Failed: 1, Skipped: 0, Time: 0.054s\n"
    ),
    "nunit": (
        "Errors, Failures and Warnings\n\n1) Failed : Acme.CartTests.Adds\n  boom\n\nTest Run Summary\n  Overall result: Failed\n  Test Count: 37, Passed: 36, Failed: 1\n"
    ),
    "pester": (
        "Running tests from '/src/Cart.Tests.ps1'\nDescribing Cart\n  [-] adds 12ms (8ms|4ms)\n   boom\nTests completed in 1.2s\nTests Passed: 0, Failed: 1, Skipped: 0, Inconclusive: 0, NotRun: 0\n"
    ),
}


def named(text: str) -> set[tuple[str, str, str]]:
    return {(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results}


@pytest.mark.parametrize("runner", LOGS)
def test_a_whole_log_is_complete_and_says_its_runner(runner):
    log = read_log(LOGS[runner].encode())
    assert (log.runner, log.complete) == (runner, True)
    assert any(one.outcome.is_bad and one.message for one in log.results)


@pytest.mark.parametrize(
    ("totals", "passes"),
    [
        ("[INFO]  T E S T S\n[WARNING] Tests run: 12, Failures: 1, Errors: 1, Skipped: 2, Flakes: 1\n", 8),
        ("> Task :test\n12 tests completed, 2 failed, 3 skipped\nBUILD FAILED in 1s\n", 7),
        ("> Task :test\nFAILURE: Executed 12 tests in 1m 5s (2 failed, 3 skipped)\nBUILD FAILED in 1s\n", 7),
        ("> Task :test\nSUCCESS: Executed 12 tests in 1.5s (3 skipped)\nBUILD SUCCESSFUL in 1s\n", 9),
        ("[junit] Testsuite: a.B\n[junit] Tests run: 12, Failures: 1, Errors: 1, Skipped: 2, Time elapsed: 1 sec\n", 8),
        ("[info] Tests: succeeded 8, failed 1, canceled 0, ignored 0, pending 0\n", 8),
        ("8 tests passed. 1 tests failed. 0 tests ignored.\n", 8),
        ("Passed!  - Failed:     0, Passed:     8, Skipped:     0, Total:     8, Duration: 1 s - A.dll (net8.0)\n", 8),
        ("Total tests: 12\n     Passed: 8\n     Failed: 4\n", 8),
        ("Test run summary: Passed!\n  total: 8\n  failed: 0\n  succeeded: 8\n", 8),
        (
            "  Starting:    A\n=== TEST EXECUTION SUMMARY ===\n   A  Total: 12, Errors: 0, Failed: 1, Skipped: 2, Not Run: 1, Time: 1s\n",
            8,
        ),
        ("Test Run Summary\n  Overall result: Passed\n  Test Count: 12, Passed: 8, Failed: 0\n", 8),
        ("Tests Passed: 8, Failed: 1, Skipped: 0, Inconclusive: 0, NotRun: 0\n", 8),
        ("Total tests run: 12, Failures: 1, Skips: 3\n", 8),
    ],
)
def test_passes_that_are_only_counted_are_counted(totals, passes):
    log = read_log(totals.encode())
    assert (log.unnamed_passes, log.results) == (passes, ())


@pytest.mark.parametrize("runner", LOGS)
def test_a_log_that_was_cut_before_its_totals_is_not_complete(runner):
    lines = LOGS[runner].splitlines(keepends=True)
    for end in range(1, len(lines) - 1):
        part = "".join(lines[:end])
        assert named(part) <= named(LOGS[runner])
        assert not (read_log(part.encode()).complete and read_log(part.encode()).results == ())


@given(runner=st.sampled_from(sorted(LOGS)), other=st.sampled_from(sorted(LOGS)), data=st.data())
def test_what_another_runner_prints_in_between_invents_no_failing_test(runner, other, data):
    lines = LOGS[runner].splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines)))
    both = "".join(lines[:place]) + LOGS[other] + "".join(lines[place:])
    bad = {one.name for one in read_log(both.encode()).results if one.outcome.is_bad}
    allowed = {one[1] for text in (LOGS[runner], LOGS[other]) for one in named(text)}
    assert {name.removeprefix("A Cart ") for name in bad} <= {name.removeprefix("A Cart ") for name in allowed}
