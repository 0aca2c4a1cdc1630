import pytest

from app.core.logs import read_log
from app.core.model import TestResult

TOTALS = "[info] Run completed in 1 second, 12 milliseconds.\n[info] Total number of tests run: 2\n[info] Suites: completed 1, aborted 0\n[info] Tests: succeeded 1, failed 1, canceled 0, ignored 0, pending 0\n[info] *** 1 TEST FAILED ***\n"
FAILED = "[info] - adds twice *** FAILED *** (12 milliseconds)\n[info]   1 did not equal 2 (CartSpec.scala:10)\n[info]   at com.acme.CartSpec.run(CartSpec.scala:10)\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_a_suite_of_scalatests_names_its_tests():
    text = (
        f"[info] CartSpec:\n[info] - removes (1 second, 2 milliseconds)\n{FAILED}[info] - clears !!! IGNORED !!!\n"
        f"[info] - saves (pending)\n[info] - loads !!! CANCELED !!!\n{TOTALS}[error] Failed tests:\n[error] \tcom.acme.CartSpec\n"
    )
    assert told(text) == [
        ("CartSpec", "removes", "passed"),
        ("CartSpec", "adds twice", "failed"),
        ("CartSpec", "clears", "skipped"),
        ("CartSpec", "saves", "skipped"),
        ("CartSpec", "loads", "skipped"),
    ]
    removes, adds, *_ = results(text)
    assert (removes.duration_ms, adds.duration_ms, adds.line) == (1002, 12, 3)
    assert adds.message == "1 did not equal 2 (CartSpec.scala:10)"
    assert read_log(text.encode()).complete


def test_scopes_stand_before_the_words_of_a_test():
    text = f"[info] CartSpec:\n[info] A Cart\n[info] - should be empty\n[info]   when full\n[info]   - should be closed\n[info] A Shop\n[info] - should open\n{TOTALS}"
    assert [one.name for one in results(text)] == [
        "A Cart should be empty",
        "A Cart when full should be closed",
        "A Shop should open",
    ]


def test_a_scope_below_a_failure_is_no_part_of_it():
    text = f"[info] CartSpec:\n[info] A Cart\n{FAILED}[info]   when full\n[info]   - should be closed\n{TOTALS}"
    adds, closed = results(text)
    assert closed.name == "A Cart when full should be closed"
    assert "when full" not in (adds.stack_trace or "")


def test_a_suite_that_could_not_run_is_an_error():
    text = f"[info] Exception encountered when attempting to run a suite with class name: com.acme.CartSpec *** ABORTED ***\n[info]   java.lang.Error: boom\n{TOTALS}"
    [one] = results(text)
    assert (one.name, one.outcome, one.message) == ("com.acme.CartSpec", "error", "java.lang.Error: boom")


def test_without_levels_what_a_test_printed_is_no_scope():
    text = "CartSpec:\nhello\n- adds twice *** FAILED ***\n  1 did not equal 2 (CartSpec.scala:10)\nRun completed in 90 milliseconds.\nTests: succeeded 0, failed 1, canceled 0, ignored 0, pending 0\n"
    assert told(text) == [("CartSpec", "adds twice", "failed")]


SCENARIOS = (
    "CartSpec:\nFeature: A cart\n  Scenario: adds\n    Given two goods \n  Scenario: pays *** FAILED ***\n  1 did not equal 2 (CartSpec.scala:10)\n"
    "    Given two goods \n  Scenario: closes *** FAILED ***\n  3 did not equal 4 (CartSpec.scala:20)\nFeature: A shop\n  Scenario: opens *** FAILED ***\n  no (CartSpec.scala:30)\n"
)


def test_scenarios_are_tests_and_their_words_stand_as_deep_as_they():
    levelled = "".join(f"[info] {line}\n" for line in SCENARIOS.split("\n")[:-1])
    assert [name for _, name, _ in told(levelled)] == [
        "Feature: A cart Scenario: pays",
        "Feature: A cart Scenario: closes",
        "Feature: A shop Scenario: opens",
    ]
    assert [name for _, name, _ in told(SCENARIOS)] == ["Scenario: pays", "Scenario: closes", "Scenario: opens"]
    assert [one.message for one in results(SCENARIOS)] == [one.message for one in results(levelled)]
    assert results(SCENARIOS)[1].message == "3 did not equal 4 (CartSpec.scala:20)"


def test_a_scenario_without_a_feature_above_is_anybody_s():
    assert told("CartSpec:\nScenario: pays *** FAILED ***\n  1 did not equal 2\n") == []


def test_of_a_run_of_scalatests_without_totals_only_failures_are_told():
    log = read_log(f"[info] CartSpec:\n[info] - removes\n{FAILED}".encode())
    assert ([one.name for one in log.results], log.complete) == (["adds twice"], False)


def test_reminders_after_the_totals_repeat_what_was_told():
    assert len(results(f"[info] CartSpec:\n{FAILED}{TOTALS}[info] CartSpec:\n{FAILED}")) == 1


def test_specs2_names_an_example_by_its_block():
    text = (
        "[info] CartSpec\n[info] \n[info] A cart should\n[info] + be empty\n[info] x be closed\n[error]    'a' is not equal to 'b' (CartSpec.scala:67)\n[info] \n"
        "[info] A shop should\n[error]   ! open\n[error]  java.lang.Error: boom (CartSpec.scala:70)\n[info]   o wait\n[info] \n[info] Total for specification CartSpec\n"
        "[info] Finished in 3 seconds, 850 ms\n[info] 4 examples, 1 failure, 1 error, 1 skipped\n"
    )
    assert told(text) == [
        ("CartSpec", "A cart should::be empty", "passed"),
        ("CartSpec", "A cart should::be closed", "failed"),
        ("CartSpec", "A shop should::open", "error"),
        ("CartSpec", "A shop should::wait", "skipped"),
    ]
    assert results(text)[1].message == "'a' is not equal to 'b' (CartSpec.scala:67)"


def test_bullets_without_the_totals_of_specs2_are_none():
    assert results("[info] things\n[info] + one\n[info] x two\n[info] 10 examples, more\n") == []


def test_what_another_framework_printed_before_a_specification_is_none_of_its_examples():
    text = (
        "[info] ! Sums.add.commutes: Falsified after 3 passed tests.\n[info] > ARG_0: 1179661225\n[info] + Sums.add.has zero: OK, passed 100 tests.\n"
        "[info] CartSpec\n[info] x adds up\n[error]  1 != 2 (CartSpec.scala:12)\n[info]\n[info] Total for specification CartSpec\n"
        "[info] Finished in 47 ms\n[info] 1 example, 1 failure, 0 error\n"
    )
    assert [one for one in told(text) if one[0] != "Sums"] == [("CartSpec", "adds up", "failed")]


def test_a_block_of_specs2_s_is_not_within_the_one_before():
    text = (
        "[info] CartSpec\n[info] A cart should\n[info]   when full\n[info]     + close\n[info] A shop should\n[info]   + open\n"
        "[info] Total for specification CartSpec\n[info] 2 examples, 0 failure, 0 error\n"
    )
    assert [name for _, name, _ in told(text)] == ["A cart should::when full::close", "A shop should::open"]


def test_specs2_through_mill_has_no_levels():
    text = (
        "+ ./mill core.test\n- a list\nCartSpec\n\nA cart should\n  + be empty\n  x be closed\n   'a' != 'b' (CartSpec.scala:67)\n\n"
        "Total for specification CartSpec\nFinished in 18 ms\n2 examples, 1 failure, 0 error\n"
    )
    assert told(text) == [
        ("CartSpec", "A cart should::be empty", "passed"),
        ("CartSpec", "A cart should::be closed", "failed"),
    ]
    assert results(text)[1].message == "'a' != 'b' (CartSpec.scala:67)"


def test_specs2_through_bloop_marks_what_failed():
    text = (
        "CartSpec\n\n[E] x adds up\n[E]  1 != 2 (CartSpec.scala:12)\n\nTotal for specification CartSpec\nFinished in 18 ms\n"
        "1 example, 3 expectations, 1 failure, 0 error\n"
    )
    [one] = results(text)
    assert (one.name, one.outcome.value, one.message) == ("adds up", "failed", "1 != 2 (CartSpec.scala:12)")


def test_the_words_of_a_failure_under_bloop_are_no_block_however_they_are_indented():
    text = (
        "CartSpec\n  A cart should\n    x adds up\n[E]  1 != 2 (CartSpec.scala:12)\n[E]  \n    x pays\n[E]  3 != 4 (CartSpec.scala:14)\n[E]  \n"
        " \nTotal for specification CartSpec\nFinished in 18 ms\n2 examples, 2 failures, 0 error\n"
    )
    assert [(one.name, one.message) for one in results(text)] == [
        ("A cart should::adds up", "1 != 2 (CartSpec.scala:12)"),
        ("A cart should::pays", "3 != 4 (CartSpec.scala:14)"),
    ]


def test_the_totals_of_rspec_end_no_specification():
    text = "CartSpec\n  + be empty\n  x be closed\n2 examples, 0 failures, 1 error occurred outside of examples\n"
    assert [one for one in results(text) if one.class_name == "CartSpec"] == []


def test_munit_says_how_each_test_ended():
    text = (
        "[info] com.acme.CartSuite:\n[info]   + removes 0.012s\n[error] ==> X com.acme.CartSuite.adds twice  0.004s munit.ComparisonFailException: /src/CartSuite.scala:12\n"
        "[error] 11:  test\n[error] 12:    assertEquals(1, 2)\n[info] ==> i com.acme.CartSuite.clears ignored 0.0s\n[info] ==> s saves skipped\n"
        "[error] Failed: Total 4, Failed 1, Errors 0, Passed 1, Ignored 2\n"
    )
    assert told(text) == [
        ("com.acme.CartSuite", "removes", "passed"),
        ("com.acme.CartSuite", "adds twice", "failed"),
        ("com.acme.CartSuite", "clears", "skipped"),
        ("com.acme.CartSuite", "saves", "skipped"),
    ]
    assert (results(text)[1].duration_ms, read_log(text.encode()).complete) == (4, True)


def test_munit_through_mill_has_no_levels():
    text = "com.acme.CartSuite:\n  + removes 0.01s\n==> X com.acme.CartSuite.adds  0.004s munit.FailException: boom\n"
    assert told(text) == [("com.acme.CartSuite", "removes", "passed"), ("com.acme.CartSuite", "adds", "failed")]


def test_junit_under_sbt_says_what_did_not_pass():
    text = (
        "[info] Test run started\n[info] Test com.acme.CartTest.adds started\n"
        "[error] Test com.acme.CartTest.adds failed: java.lang.AssertionError: expected 1, took 0.002 sec\n[error]     at com.acme.CartTest.adds(CartTest.java:12)\n"
        "[info] Test com.acme.CartTest.removes started\n[info] Test com.acme.CartTest.clears ignored\n[info] Test run finished: 1 failed, 1 ignored, 2 total, 0.012s\n"
    )
    assert told(text) == [
        ("com.acme.CartTest", "adds", "failed"),
        ("com.acme.CartTest", "removes", "passed"),
        ("com.acme.CartTest", "clears", "skipped"),
    ]
    one = results(text)[0]
    assert (one.message, one.duration_ms) == ("java.lang.AssertionError: expected 1", 2)


def test_jupiter_under_sbt_names_a_test_that_starts_otherwise_than_one_that_fails():
    text = "[info] Test run com.acme.CartTest started\n[info] Test com.acme.CartTest#adds() started\n[error] Test com.acme.CartTest.adds failed: boom, took 0.002s\n[info] Test run com.acme.CartTest finished: 1 failed, 0 ignored, 1 total, 0.1s\n"
    assert told(text) == [("com.acme.CartTest", "adds", "failed")]


def test_a_build_within_a_build_is_quoted():
    assert (
        results("[info] [error] Test com.acme.CartTest.adds failed: boom, took 0.002s\n[info] Test run started\n") == []
    )


def test_a_test_that_still_ran_when_the_log_ended_did_not_pass():
    log = read_log(b"[info] Test run started\n[info] Test com.acme.CartTest.adds started\n")
    assert (log.results, log.complete) == ((), False)


def test_lists_before_a_run_are_no_tests():
    lists = "Changes:\n- one\n+ echo two\n"
    scalatest = f"{lists}Run starting. Expected test count is: 1\nCartSpec:\n- adds *** FAILED ***\n  boom\nTests: succeeded 0, failed 1, canceled 0, ignored 0, pending 0\n"
    assert told(scalatest) == [("CartSpec", "adds", "failed")]
    assert told(
        f"{lists}compiling\n- Cart\n  - adds\n    boom\n0 tests passed. 1 tests failed. 0 tests ignored.\n"
    ) == [("Cart", "adds", "failed")]


def test_totals_of_zio_test_that_count_more_failures_than_are_named_end_no_complete_run():
    tree = "+ Cart\n  - adds\n    1 was not equal to 2\n"
    totals = "1 test passed. 1 test failed. 0 tests ignored.\n"
    assert [read_log(f"{tree}{between}{totals}".encode()).complete for between in ("", "Execution took 0.11s\n")] == [
        True,
        False,
    ]


def test_the_leaves_of_zios_tree_are_its_tests():
    text = (
        "+ Cart\n  - when empty\n    + adds - 4 ms\n    - removes\n      ✗ 2 was not equal to 3\n      at /src/CartSpec.scala:14\n"
        "2 tests passed. 1 tests failed. 0 tests ignored.\n\n  - Cart / when empty / removes\n    ✗ 2 was not equal to 3\n\nExecuted in 155 ms\n"
    )
    assert told(text) == [("Cart", "when empty - adds", "passed"), ("Cart", "when empty - removes", "failed")]
    assert results(text)[0].duration_ms == 4


@pytest.mark.parametrize(
    "text",
    [
        "*** FAILED *** (code = 1) after 0 cycles\n",
        "Items:\n- one *** FAILED\n- two\n",
        "[error] (core / Test / test) sbt.TestsFailedException: Tests unsuccessful\n[info] ==> Xyz\n",
        "5 examples, 1 failure\n",
    ],
)
def test_what_only_looks_like_scalas_names_no_test(text):
    assert results(text) == []


def test_utest_names_a_test_by_its_whole_path():
    text = (
        "-------------------------------- Running Tests --------------------------------\n+ com.acme.CartTests.empty.removes 5ms\n"
        "X com.acme.CartTests.empty.adds 12ms \n  utest.AssertionError: x == 1\n    com.acme.CartTests$.adds(CartTests.scala:12)\n"
        "----------------------------------- Failures -----------------------------------\nX com.acme.CartTests.empty.adds 12ms \n  utest.AssertionError: x == 1\nTests: 2, Passed: 1, Failed: 1\n"
    )
    assert told(text) == [
        ("com.acme.CartTests", "empty.removes", "passed"),
        ("com.acme.CartTests", "empty.adds", "failed"),
    ]
    assert results(text)[1].message == "utest.AssertionError: x == 1"


def test_utest_before_its_version_0_5_counts_one_below_the_other():
    log = read_log(b"""\
[info] 1/4     a.HelloTests.test1\t\tFailure('java.lang.Exception: no')
[info] 2/4     a.HelloTests.test2\t\tSuccess
[info]          1
[info] 3/4     a.HelloTests.outer.inner\t\tFailure('x')
[info] 4/4     a.HelloTests\t\tSuccess
[info] -----------------------------------Results-----------------------------------
[info]     test1\t\tFailure('java.lang.Exception: no')
[info] Tests: 4
[info] Passed: 2
[info] Failed: 2
""")
    assert [(one.class_name, one.name, one.outcome.value, one.message) for one in log.results] == [
        ("a.HelloTests", "test1", "failed", "java.lang.Exception: no"),
        ("a.HelloTests", "test2", "passed", None),
        ("a.HelloTests", "outer.inner", "failed", "x"),
    ]
    assert (log.runner, log.complete) == ("utest", True)
