"""A log whose closing summary counts more failures than were read of it has lost some."""

import pytest

from app.core.logs import read_log
from tests.core.log_story import job, step

LOGS = {
    "pytest": "===== test session starts =====\ncollected 3 items\n\na.py .FF [100%]\n\n===== {n} failed, 1 passed in 0.1s =====\n",
    "vstest": "  Failed Shop.Cart.Adds [3 ms]\n  Error Message:\n   boom\nFailed!  - Failed:     {n}, Passed:     3, Skipped:     0, Total:     5, Duration: 1 s - Shop.dll (net8.0)\n",
    "jest": "FAIL src/a.test.js\n  ● cart › adds\n\n    boom\n\nTests:       {n} failed, 1 passed, 3 total\nTest Suites: 1 failed, 1 total\nTime: 1s\n",
    "rspec": "F.F\n\nFailures:\n\n  1) Cart adds\n     Failure/Error: boom\n     # ./spec/cart_spec.rb:3\n\nFinished in 0.1 seconds\n3 examples, {n} failures\n\nFailed examples:\n\nrspec ./spec/cart_spec.rb:3 # Cart adds\n",
    "cargo test": "running 3 tests\ntest a ... FAILED\ntest b ... ok\n\nfailures:\n\n---- a stdout ----\nboom\n\nfailures:\n    a\n\ntest result: FAILED. 1 passed; {n} failed; 0 ignored; 0 measured; 0 filtered out\n",
    "scalatest": "[info] CartSpec:\n[info] - adds *** FAILED ***\n[info]   boom (CartSpec.scala:3)\n[info] Run completed in 1 second.\n[info] Tests: succeeded 1, failed {n}, canceled 0, ignored 0, pending 0\n",
    "jasmine": "Started\nF.F\n\nFailures:\n1) Cart adds\n  Message:\n    boom\n  Stack:\n    Error: boom\n\n3 specs, {n} failures\nFinished in 0.1 seconds\n",
    "zio-test": "+ Cart\n  - adds\n    boom\n1 tests passed. {n} tests failed. 0 tests ignored.\n",
    "ant": "Testsuite: shop.CartTest\nTests run: 3, Failures: {n}, Errors: 0, Skipped: 0, Time elapsed: 0.1 sec\n\nTestcase: adds took 0.01 sec\n\tFAILED\nboom\n\nTestcase: sums took 0.01 sec\n",
    "ava": "  ✖ [fail]: adds Error: boom\n  ✔ sums\n\n  {n} tests failed\n  1 test passed\n",
    "bats": " ✗ adds\n   (in test file cart.bats, line 3)\n     `false' failed\n ✓ sums\n\n3 tests, {n} failures\n",
    "bazel": "//cart:adds FAILED in 0.1s\n//cart:sums PASSED in 0.1s\n\nExecuted 3 out of 3 tests: 1 test passes and {n} fail locally.\n",
    "busted": "1 success / {n} failures / 0 errors / 0 pending : 0.1 seconds\n\nFailure → spec/cart_spec.lua @ 3\nadds\nboom\n",
    "catch2": "cart is a Catch2 v3.4.0 host application.\nRun with -? for options\n\n-------------------------------------------------------------------------------\nadds\n-------------------------------------------------------------------------------\ncart.cpp:3\n...............................................................................\n\ncart.cpp:4: FAILED:\n  REQUIRE( false )\n\n===============================================================================\ntest cases: 3 | 1 passed | {n} failed\nassertions: 4 | 1 passed | 3 failed\n",
    "doctest": '[doctest] doctest version is "2.4.11"\n===============================================================================\ncart.cpp:3:\nTEST CASE:  adds\n\ncart.cpp:4: ERROR: CHECK( false ) is NOT correct!\n  values: CHECK( false )\n\n===============================================================================\n[doctest] test cases: 3 | 1 passed | {n} failed | 0 skipped\n',
    "ctest": "Test project /src/build\n1/3 Test #1: adds ...***Failed    0.01 sec\n3/3 Test #3: sums ...   Passed    0.01 sec\n\n33% tests passed, {n} tests failed out of 3\n",
    "dart test": "00:01 +0 -1: test/cart_test.dart: adds [E]\n  boom\n00:02 +1 -{n}: Some tests failed.\n",
    "exunit": "Running ExUnit with seed: 1, max_cases: 8\n\n\n  1) test adds (CartTest)\n     test/cart_test.exs:3\n     boom\n\n..\n\nFinished in 0.1 seconds (0.1s async, 0.0s sync)\n3 tests, {n} failures\n",
    "go test": "--- FAIL: TestAdds (0.00s)\n    cart_test.go:3: boom\nFAIL\nFAIL\tshop/cart\t0.1s\n\nDONE 3 tests, {n} failures in 0.2s\n",
    "gradle": "> Task :test FAILED\n\nCartTest > adds() FAILED\n    boom at CartTest.java:3\n\n3 tests completed, {n} failed\n\nBUILD FAILED in 1s\n",
    "gtest": "[==========] Running 3 tests from 1 test suite.\n[ RUN      ] Cart.Adds\n[  FAILED  ] Cart.Adds (0 ms)\n[==========] 3 tests from 1 test suite ran. (1 ms total)\n[  PASSED  ] 1 test.\n[  FAILED  ] {n} tests, listed below:\n[  FAILED  ] Cart.Adds\n",
    "junit": "JUnit version 4.13.2\n.E.E.\nTime: 0.1\nThere were 2 failures:\n1) adds(shop.CartTest)\njava.lang.AssertionError: boom\n\tat shop.CartTest.adds(CartTest.java:3)\n\nFAILURES!!!\nTests run: 3,  Failures: {n}\n",
    "junit-interface": "[info] Test run shop.CartTest started\n[info] Test shop.CartTest.adds started\n[error] Test shop.CartTest.adds failed: boom, took 0.1 sec\n[info] Test run shop.CartTest finished: {n} failed, 0 ignored, 3 total, 0.2s\n",
    "maven": "[INFO]  T E S T S\n[INFO] Running shop.CartTest\n[ERROR] adds  Time elapsed: 0.01 s  <<< FAILURE!\njava.lang.AssertionError: boom\n\tat shop.CartTest.adds(CartTest.java:3)\n\n[ERROR] Tests run: 3, Failures: {n}, Errors: 0, Skipped: 0\n",
    "meson": "1/2 adds FAIL 0.01s\n2/2 sums OK 0.01s\n\nOk:                 1\nExpected Fail:      0\nFail:               {n}\nUnexpected Pass:    0\nSkipped:            0\nTimeout:            0\n",
    "microsoft.testing.platform": "failed Shop.Cart.Adds (3ms)\n  boom\n\nTest run summary: Failed! - Shop.dll (net8.0)\n  total: 3\n  failed: {n}\n  succeeded: 1\n  skipped: 0\n",
    "minitest": "Run options: --seed 1\n\n# Running:\n\nF.F\n\n  1) Failure:\nCartTest#test_adds [test/cart_test.rb:3]:\nboom\n\n3 runs, 3 assertions, {n} failures, 0 errors, 0 skips\n",
    "mocha": "  Cart\n    1) adds\n    ✓ sums\n\n\n  1 passing (3ms)\n  {n} failing\n\n  1) Cart\n       adds:\n     Error: boom\n      at Context.<anonymous> (cart.js:3:1)\n\n\n\n",
    "nextest": " Nextest run ID 1 with nextest profile: default\n    Starting 3 tests across 1 binary\n        FAIL [   0.012s] cart tests::adds\n        PASS [   0.012s] cart tests::sums\n     Summary [   0.1s] 3 tests run: 1 passed, {n} failed, 0 skipped\n",
    "node:test": "✖ adds (12.985782ms)\n  Error: boom\n✔ sums (1.2ms)\nℹ tests 3\nℹ suites 0\nℹ pass 1\nℹ fail {n}\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms 253.5\n",
    "nunit": "Errors, Failures and Warnings\n\n1) Failed : Shop.Cart.Adds\nboom\n\nTest Run Summary\n  Overall result: Failed\n  Test Count: 3, Passed: 1, Failed: {n}, Warnings: 0, Inconclusive: 0, Skipped: 0\n",
    "pest": "   FAIL  Tests\\\\Unit\\\\CartTest\n  ⨯ adds                                        0.01s\n  ✓ sums                                        0.01s\n\n  Tests:    {n} failed, 1 passed (3 assertions)\n  Duration: 0.1s\n",
    "pester": "Running tests from '/src/cart.Tests.ps1'\nDescribing Cart\n  [-] adds 12ms (10ms|2ms)\n   boom\n  [+] sums 2ms (1ms|1ms)\nTests completed in 1.2s\nTests Passed: 1, Failed: {n}, Skipped: 0 NotRun: 0\n",
    "pg_regress": "============== running regression test queries        ==============\ntest adds                         ... FAILED      12 ms\ntest sums                         ... ok          12 ms\n\n======================\n {n} of 3 tests failed. \n======================\n",
    "phpunit": "PHPUnit 10.5.1 by Sebastian Bergmann and contributors.\n\nFF.                                 3 / 3 (100%)\n\nThere was 1 failure:\n\n1) CartTest::testAdds\nboom\n\n/src/CartTest.php:3\n\nFAILURES!\nTests: 3, Assertions: 3, Failures: {n}.\n",
    "playwright": "Running 3 tests using 1 worker\n\n  ✘  1 a.spec.ts:3:5 › adds (1s)\n  ✓  2 a.spec.ts:9:5 › sums (1s)\n\n\n  1) a.spec.ts:3:5 › adds ─────\n\n    Error: boom\n\n  {n} failed\n    a.spec.ts:3:5 › adds ─────\n  1 passed (3s)\n",
    "specs2": "[info] Cart\n[info]   x adds\n[error]    boom\n[info]   + sums\n[info] Total for specification Cart\n[info] Finished in 12 ms\n[info] 3 examples, {n} failures, 0 error\n",
    "stestr": "{0} shop.cart.TestCart.test_adds [0.1s] ... FAILED\n{0} shop.cart.TestCart.test_sums [0.1s] ... ok\n\n======\nTotals\n======\nRan: 3 tests in 0.3 sec.\n - Passed: 1\n - Skipped: 0\n - Expected Fail: 0\n - Unexpected Success: 0\n - Failed: {n}\n",
    "python doctest": '**********************************************************************\nFile "cart.py", line 3, in cart.adds\nFailed example:\n    adds(1)\n**********************************************************************\n{n} items had failures:\n   1 of   3 in cart.adds\n***Test Failed*** 1 failures.\n',
    "sympy": "test process starts\ncart/test_cart.py[3] \ntest_adds F\ntest_sums ok\n\n===== tests finished: 1 passed, {n} failed, in 0.10 seconds =====\n",
    "test-unit": "Loaded suite cart\nStarted\n===============================================================================\nFailure: test_adds(CartTest): boom\n===============================================================================\n\n3 tests, 3 assertions, {n} failures, 0 errors, 0 pendings, 0 omissions, 0 notifications\n",
    "testng": "FAILED: shop.CartTest.adds\njava.lang.AssertionError: boom\n\n===============================================\nTotal tests run: 3, Passes: 1, Failures: {n}, Skips: 0\n===============================================\n",
    "unittest": 'F.F\n======================================================================\nFAIL: test_adds (cart.TestCart)\n----------------------------------------------------------------------\nTraceback (most recent call last):\n  File "cart.py", line 3, in test_adds\nAssertionError: boom\n\n----------------------------------------------------------------------\nRan 3 tests in 0.001s\n\nFAILED (failures={n}, expected failures=1)\n',
    "utest": "-------- Running Tests --------\nX shop.CartTests.adds 3ms \n  boom\n+ shop.CartTests.sums 3ms  0\nTests: 3, Passed: 1, Failed: {n}\n",
    "vitest": " RUN  v1.6.0 /src\n\n⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯\n\n FAIL  src/cart.test.ts > adds\nError: boom\n ❯ src/cart.test.ts:3:1\n\n⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯\n\n Test Files  1 failed (1)\n      Tests  {n} failed | 1 passed (2)\n   Duration  1s\n",
    "xunit": "xUnit.net Console Runner v2.4.1\n  Discovering: Shop\n  Starting:    Shop\n    Shop.Cart.Adds [FAIL]\n      boom\n  Finished:    Shop\n=== TEST EXECUTION SUMMARY ===\n   Shop  Total: 3, Errors: 0, Failed: {n}, Skipped: 0, Time: 0.1s\n",
}
"""What a runner prints that names one failure, or none, and counts `{n}`."""

CHECKS = {
    "boost.test": 'Running 3 test cases...\n\n*** 2 failures are detected in the test module "Shop"\n',
    "julia": "Test Summary: | Pass  Fail  Total\ncart          |    1     2      3\nERROR: LoadError: Some tests did not pass: 1 passed, 2 failed, 0 errored, 0 broken.\n",
    "swift-testing": "✔ Test sums() passed after 0.001 seconds.\n✘ Test run with 3 tests failed after 0.002 seconds with 2 issues.\n",
    "testthat": "── Skip ('test-cart.R:3:1'): sums ──\nReason: empty test\n\n[ FAIL 2 | WARN 0 | SKIP 1 | PASS 1 ]\n",
    "xctest": "Test Case '-[Shop.Cart testSums]' passed (0.001 seconds).\nTest Suite 'All tests' failed at 2024-01-01 00:00:00.000\n",
}
"""What runners print that count their checks, of which a test may fail several, and that names no failure."""


def counting(runner, failures):
    return LOGS[runner].replace("{n}", str(failures))


@pytest.mark.parametrize("runner", LOGS)
def test_a_log_that_counts_more_failures_than_it_names_is_not_whole_and_says_so(runner):
    log = read_log(job(step("make test", counting(runner, 2), code=1)))
    named = sum(one.outcome.is_bad for one in log.results)
    assert (log.complete, log.stopped_early) == (False, f"{runner} counts 2 as failed and names {named}")


@pytest.mark.parametrize("runner", [one for one in LOGS if one != "pytest"])
def test_a_log_that_names_the_failures_that_it_counts_is_whole(runner):
    log = read_log(job(step("make test", counting(runner, 1), code=1)))
    assert (len([one for one in log.results if one.outcome.is_bad]), log.complete, log.stopped_early) == (1, True, None)


@pytest.mark.parametrize("runner", LOGS)
def test_what_a_step_that_succeeded_counts_as_failed_is_not_missing(runner):
    log = read_log(job(step("make test", counting(runner, 2))))
    assert (log.complete, log.stopped_early) == (True, None)


@pytest.mark.parametrize("runner", CHECKS)
def test_a_log_that_counts_failed_checks_and_names_no_failure_is_not_whole(runner):
    log = read_log(job(step("make test", CHECKS[runner], code=1)))
    assert (log.complete, log.stopped_early) == (False, f"{runner} counts 1 as failed and names 0")


def test_counts_that_one_name_bears_are_not_missing():
    rule, line = "=" * 70, "-" * 70
    subtest = f"{rule}\nFAIL: test_adds (cart.TestCart) (i={{}})\n{line}\nTraceback (most recent call last):\nAssertionError: boom\n\n"
    assembly = "   {}  Total: 2, Errors: 0, Failed: 1, Skipped: 0, Time: 0.1s\n"
    head = "⎯⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯\n\n"
    error = " FAIL  |{}| src/cart.test.ts > adds\nError: boom\n ❯ src/cart.test.ts:3:1\n\n⎯⎯⎯⎯⎯⎯⎯⎯[{}/2]⎯\n\n"
    bullet = "  ● cart › adds\n\n    boom\n\n"
    texts = {
        "subtests": f"F.\n{subtest.format(0)}{subtest.format(1)}{line}\nRan 2 tests in 0.001s\n\nFAILED (failures=2, expected failures=1)\n",
        "assemblies": f"xUnit.net Console Runner v2.4.1\n  Discovering: A\n    A.Cart.Adds [FAIL]\n      boom\n    B.Cart.Adds [FAIL]\n      boom\n=== TEST EXECUTION SUMMARY ===\n{assembly.format('A')}{assembly.format('B')}",
        "projects": f" RUN  v1.6.0 /src\n\n{head}{error.format('unit', 1)}{error.format('browser', 2)} Test Files  2 failed (2)\n      Tests  2 failed (2)\n",
        "parents": "▶ Cart\n  ✖ adds (1.5ms)\n    Error: boom\n▶ Cart (2.5ms)\nℹ tests 2\nℹ pass 0\nℹ fail 2\n",
        "jest's projects": f"FAIL node src/a.test.js\n{bullet}FAIL browser src/a.test.js\n{bullet}Test Suites: 2 failed, 2 total\nTests:       2 failed, 2 total\n",
        "dart's platforms": "00:01 +0 -1: [VM] test/cart_test.dart: adds [E]\n  boom\n00:02 +0 -2: [Chrome] test/cart_test.dart: adds [E]\n  boom\n00:02 +0 -2: Some tests failed.\n",
        "nunit's fixtures": "Errors, Failures and Warnings\n\n1) Failed : Shop.Cart\nOneTimeSetUp: boom\n\nTest Run Summary\n  Test Count: 4, Passed: 1, Failed: 3, Warnings: 0\n",
        "twice": "> Task :test FAILED\n\nCartTest > adds() FAILED\n    boom at CartTest.java:3\n\nFAILURE: Executed 3 tests in 1s (1 failed)\n\n\n3 tests completed, 1 failed\n\nBUILD FAILED in 1s\n",
    }
    logs = {name: read_log(job(step("make test", text, code=1))) for name, text in texts.items()}
    assert {name for name, log in logs.items() if not log.complete or log.stopped_early} == set()
    assert logs["twice"].unnamed_passes == 2


def test_junits_platform_counts_below_its_end_and_karma_on_every_line():
    platform = (
        "Failures (1):\n  JUnit Jupiter:CartTest:adds()\n    MethodSource [className = 'shop.CartTest', methodName = 'adds', methodParameterTypes = '']\n"
        "    => boom\n\nTest run finished after 64 ms\n[         0 containers failed     ]\n[         {n} tests failed          ]\n"
    )
    browser = "HeadlessChrome 120.0.0.0 (Linux x86_64)"
    karma = f"{browser} Cart adds FAILED\n\tboom\n{browser}: Executed 3 of 3 ({{n}} FAILED) (0.1 secs / 0.1 secs)\n"
    for text in (platform, karma):
        logs = [read_log(job(step("make test", text.format(n=n), code=1))) for n in (1, 2)]
        assert [(len(log.results), log.complete) for log in logs] == [(1, True), (1, False)]


def test_pytest_counts_each_subtest_and_the_error_of_a_test_that_failed():
    start, end = "===== test session starts =====\ncollected 2 items\n\n", "===== {} in 0.1s =====\n"
    summary = "===== short test summary info =====\n"
    subtests = "SUBFAILED(i=0) a.py::C::test_sub - boom\nSUBFAILED(i=2) a.py::C::test_sub - boom\n"
    both = "FAILED a.py::test_both - boom\nERROR a.py::test_both - late\n"
    texts = [
        (subtests, "2 failed, 1 passed", True),
        (subtests, "3 failed, 1 passed", False),
        (both, "1 failed, 1 error", True),
        (both, "1 failed, 2 errors", False),
    ]
    for lines, counts, is_whole in texts:
        log = read_log(job(step("pytest", f"{start}{summary}{lines}{end.format(counts)}", code=1)))
        assert (len(log.results), log.complete) == (1, is_whole), counts
