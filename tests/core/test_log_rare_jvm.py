"""What the runners of the JVM print seldom: quiet builds, classes without a level, lines that only look like theirs."""

import pytest

from app.core.logs import read_log

BANNER = "[INFO]  T E S T S\n[INFO] Running com.acme.AllTests\n"
TOTALS = "[INFO] Results:\n[INFO] \n[ERROR] Tests run: 1, Failures: 1, Errors: 0, Skipped: 0\n"
OLD_BANNER = "-----\n T E S T S\n-----\nRunning com.acme.CartTest\n"
FAILED = "[ERROR] com.acme.CartTest.adds -- Time elapsed: 0.012 s <<< FAILURE!\n"


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_quiet_maven_names_a_class_whose_process_died_though_it_told_of_no_run():
    log = read_log(
        b"[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:3.2.5:test (default-test) on project cart:\n"
        b"[ERROR] ExecutionException The forked VM terminated without properly saying goodbye. VM crash or System.exit called?\n"
        b"[ERROR] Crashed tests:\n[ERROR] com.acme.CartTest\n"
    )
    assert [(one.name, one.outcome, one.line) for one in log.results] == [("com.acme.CartTest", "error", 4)]
    assert (log.runner, log.complete, log.stopped_early) == (
        "maven",
        False,
        "the forked VM of maven's tests crashed",
    )


def test_an_old_maven_ends_a_class_without_naming_it_again():
    text = (
        f"{OLD_BANNER}Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.03 sec <<< FAILURE!\n"
        "adds(com.acme.CartTest)  Time elapsed: 0.012 sec  <<< FAILURE!\njava.lang.AssertionError: boom\n\n"
        "Results :\n\nFailed tests:   adds(com.acme.CartTest): boom\n\nTests run: 2, Failures: 1, Errors: 0, Skipped: 0\n"
    )
    assert told(text) == [("com.acme.CartTest", "adds", "failed")]
    assert read_log(text.encode()).unnamed_passes == 1


@pytest.mark.parametrize("said", ["Query done. Time elapsed: 3 s", "Time elapsed: unknown", "Time elapsed: 3 s"])
def test_a_time_that_a_test_printed_under_maven_is_no_test(said):
    assert told(f"{BANNER}{said}\n{FAILED}java.lang.AssertionError\n\n{TOTALS}") == [
        ("com.acme.CartTest", "adds", "failed")
    ]


@pytest.mark.parametrize("said", ["Cannot fork: no memory", "The state was SKIPPED"])
def test_a_message_that_has_a_word_of_mavens_own_is_still_the_failures(said):
    [one] = read_log(f"{BANNER}{FAILED}java.io.IOException: boom\n{said}\n\n{TOTALS}".encode()).results
    assert one.message == f"java.io.IOException: boom\n{said}"
    assert read_log(f"{BANNER}{FAILED}{said}\n\n{TOTALS}".encode()).stopped_early is None


def test_a_test_that_maven_says_was_skipped_is_told_where_it_is_named():
    skipped = "[WARNING] com.acme.CartTest.waits skipped\n[WARNING] com.acme.CartTest skipped\n"
    text = f"{BANNER}[INFO] Running com.acme.CartTest\n{skipped}{FAILED}boom\n\n{TOTALS}"
    assert told(text) == [("com.acme.CartTest", "waits", "skipped"), ("com.acme.CartTest", "adds", "failed")]


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("com.acme.cart.adds -- Time elapsed: 0.1 s <<< FAILURE!", ("com.acme.cart", "adds")),
        ("com.acme.CartTest -- Time elapsed: 0.1 s <<< FAILURE!", ("com.acme.CartTest", "com.acme.CartTest")),
        ("com.acme.CartTest.adds(String)  Time elapsed: 0.1 s  <<< FAILURE!", ("com.acme.CartTest", "adds(String)")),
        ("it adds twice -- Time elapsed: 0.1 s <<< FAILURE!", None),
        ("(com.acme.CartTest)  Time elapsed: 0.1 s  <<< FAILURE!", None),
        (" Time elapsed: 0.1 s <<< FAILURE!", None),
    ],
)
def test_within_a_suite_of_mavens_a_test_has_the_class_that_its_line_names_or_is_not_told(head, names):
    text = f"{BANNER}[ERROR] {head}\njava.lang.AssertionError\n\n{TOTALS}"
    assert told(text) == ([(*names, "failed")] if names else [])


def test_a_test_without_a_package_is_named_by_mavens_closing_list():
    text = (
        f"{OLD_BANNER}Tests run: 1, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.03 sec <<< FAILURE!\n"
        "Results :\n\nFailed tests: \n  adds(ShopTest): boom\n\nTests run: 1, Failures: 1, Errors: 0, Skipped: 0\n"
    )
    assert told(text) == [("ShopTest", "adds", "failed")]


def test_the_later_lines_of_a_message_in_mavens_closing_list_name_no_tests():
    text = (
        f"{OLD_BANNER}Results :\n\nFailed tests: \n  CartTest.adds:12 expected\n     com.acme.Cart.one\n"
        "com.acme.Cart.two\nbut was\n\nTests run: 2, Failures: 2, Errors: 0, Skipped: 0\n"
    )
    assert told(text) == [("com.acme.CartTest", "adds", "failed")]


def test_a_line_of_a_script_that_begins_like_gradles_end_ends_no_build():
    text = "a.CartTest > adds FAILED\n    boom\n\nBUILD STARTED on agent 7\n\na.CartTest > sums PASSED\n\n2 tests completed, 1 failed\nBUILD FAILED in 1s\n"
    assert told(text) == [("a.CartTest", "adds", "failed"), ("a.CartTest", "sums", "passed")]


def test_an_empty_line_behind_a_test_of_ants_leaves_it_passed():
    text = (
        "    [junit] Testsuite: a.CartTest\n    [junit] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 sec\n"
        "    [junit] Testcase: adds took 0.1 sec\n    [junit] Testcase: sums took 0.02 sec\n    [junit] \n"
    )
    assert told(text) == [("a.CartTest", "adds", "passed"), ("a.CartTest", "sums", "passed")]


def test_what_a_test_says_about_failures_opens_no_list_of_the_junit_platforms():
    one = "  JUnit Jupiter:CartTest:adds()\n    MethodSource [className = 'a.CartTest', methodName = 'adds', methodParameterTypes = '']\n    => boom\n"
    text = f"Retried after failures (2): giving up\n{one}Test run finished after 12 ms\n"
    log = read_log(text.encode())
    assert (log.results, log.complete) == ((), True)


def test_a_line_of_a_test_that_begins_with_that_word_is_no_test_of_sbts_junit():
    text = "[info] Test a.Cart.adds started\n[info] Test data was loaded\n[info] Test run finished: 0 failed, 0 ignored, 1 total, 0.1s\n"
    assert told(text) == [("a.Cart", "adds", "passed")]


def test_munit_tells_a_failure_with_its_place_its_difference_and_its_stack():
    text = (
        "[info] com.acme.CartSuite:\n[error] ==> X com.acme.CartSuite.adds  0.012s munit.ComparisonFailException: /cart.scala:10\n"
        "[error] 10:    assertEquals(1, 2)\n[error] values are not the same\n[error]     at munit.FunSuite.assertEquals(FunSuite.scala:11)\n"
        "[info]   + more was printed\n[info]   + sums 0.001s\n"
    )
    adds, sums = read_log(text.encode()).results
    assert (sums.name, sums.outcome, sums.duration_ms) == ("sums", "passed", 1)
    assert adds.message == (
        "munit.ComparisonFailException: /cart.scala:10\n10:    assertEquals(1, 2)\nvalues are not the same"
    )
    assert (adds.stack_trace or "").endswith("at munit.FunSuite.assertEquals(FunSuite.scala:11)")


def test_what_follows_a_failure_without_words_is_not_munits():
    text = "com.acme.CartSuite:\n==> X com.acme.CartSuite.adds  0.012s\ndone\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.message, one.stack_trace) == ("adds", None, None)


def test_a_line_deep_within_a_failure_of_scalatests_is_left_out_and_an_empty_one_ends_it():
    deep = " " * 61
    text = f"CartSpec:\n- adds *** FAILED ***\n  boom\n{deep}deep\n  more\n\n  later\nTests: succeeded 0, failed 1, canceled 0\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.stack_trace) == ("adds", "boom\nmore")


def test_only_a_suite_by_its_name_is_aborted_and_what_stands_below_is_none_of_its_tests():
    text = "The whole thing *** ABORTED ***\ncom.acme.CartSpec *** ABORTED ***\n  boom\n- adds\nTests: succeeded 0, failed 0, canceled 0\n"
    assert told(text) == [("com.acme.CartSpec", "com.acme.CartSpec", "error")]


def test_a_warning_between_the_examples_of_specs2_is_none_of_their_blocks():
    text = "[info] Cart\n[info] A cart should\n[warn] slow\n[info]   + add\n[info] Total for specification Cart\n[info] 1 example, 0 failure, 0 error\n"
    assert told(text) == [("Cart", "A cart should::add", "passed")]


def test_an_ignored_test_of_zios_was_skipped():
    text = "+ Cart\n  + adds - 12 ms\n  - waits - ignored\n1 tests passed. 0 tests failed. 1 tests ignored.\n"
    assert told(text) == [("Cart", "adds", "passed"), ("Cart", "waits", "skipped")]


def test_a_suite_in_the_tree_of_a_runner_of_javascripts_is_no_class_of_gradles():
    tree = "  Cart\n    ✔ adds\n\n    ✔ sums\n\n"
    text = f"> Task :web:npmTest\n{tree}✔ 2 tests completed\n\n> Task :test\n\na.CartTest > adds PASSED\n\nBUILD SUCCESSFUL in 1s\n"
    assert told(text) == [("a.CartTest", "adds", "passed")]
