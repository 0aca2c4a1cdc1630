"""What the runners of Ruby and PHP print seldom: several reporters at once, second runs, what a retry leaves behind."""

import pytest

from app.core.logs import read_log

BEGIN = "Run options: --seed 1\n\n# Running:\n\n"
END = "\n1 runs, 1 assertions, 1 failures, 0 errors, 0 skips\n"
FINISHED = "Finished in 0.1 seconds (files took 0.2 seconds to load)\n"
PHPUNIT = "PHPUnit 10.5.1 by Sebastian Bergmann and contributors.\n\n"


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_minitest_says_that_it_was_interrupted():
    log = read_log(f"{BEGIN}CartTest#test_adds = 0.01 s = .\nInterrupted. Exiting...\n\n{END}".encode())
    assert (log.stopped_early, [one.name for one in log.results]) == ("minitest was interrupted", ["test_adds"])


def test_a_test_that_was_skipped_and_then_failed_to_be_torn_down_is_an_error():
    text = f"{BEGIN}CartTest#test_adds = 0.01 s = S\n\n  1) Skipped:\nCartTest#test_adds [test/cart_test.rb:3]:\nlater\n\nError:\nCartTest#test_adds:\nRuntimeError: boom\n    test/cart_test.rb:9:in `teardown'\n{END}"
    [one] = read_log(text.encode()).results
    assert (one.name, one.outcome, one.file) == ("test_adds", "error", "test/cart_test.rb")
    assert "RuntimeError: boom" in (one.stack_trace or "")


def test_two_reporters_of_minitests_tell_of_one_failure():
    text = f"{BEGIN}CartTest#test_adds = 0.01 s = F\n FAIL CartTest#test_adds (0.01s)\n\n  1) Failure:\nCartTest#test_adds [test/cart_test.rb:3]:\nboom\n{END}"
    [one] = read_log(text.encode()).results
    assert (one.name, one.outcome, one.message) == ("test_adds", "failed", "boom")


def test_a_line_of_minitests_and_the_block_right_behind_it_are_one_failure():
    text = f"{BEGIN}CartTest#test_adds = 0.01 s = F\nFailure:\nCartTest#test_adds [test/cart_test.rb:3]:\nboom\n{END}"
    [one] = read_log(text.encode()).results
    assert (one.name, one.stack_trace) == ("test_adds", "boom")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("  PASS CartTest#test_adds (0.01s)", ("CartTest", "test_adds", "passed")),
        ("     PASS test_adds (0.01s)", ("CartTest", "test_adds", "passed")),
        ("     PASS about test_adds (0.01s)", None),
    ],
)
def test_reporters_of_minitests_name_a_test_with_its_class_or_below_it(line, names):
    text = f"{BEGIN}CartTest\n{line}\n\n1 runs, 1 assertions, 0 failures, 0 errors, 0 skips\n"
    assert told(text) == ([names] if names else [])


def test_a_test_of_a_class_that_is_none_is_not_told():
    assert told(f"{BEGIN}cart\n     PASS test_adds (0.01s)\n{END}") == []


def test_a_message_that_begins_like_rspecs_own_is_part_of_the_failure():
    text = f"Failures:\n\n  1) Cart adds\n     Failure/Error: boom\nAn error of the cart\n\n{FINISHED}1 example, 1 failure\n\nFailed examples:\n\nrspec ./spec/cart_spec.rb:3 # Cart adds\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.stack_trace) == ("Cart adds", "Failure/Error: boom\nAn error of the cart")


def test_a_place_that_rspec_lists_without_having_told_of_a_failure_is_one():
    text = f"{FINISHED}2 examples, 1 failure\n\nFailed examples:\n\nrspec ./spec/cart_spec.rb:3 # Cart adds\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.outcome, one.file) == ("Cart adds", "failed", "spec/cart_spec.rb")


def test_failures_behind_the_counts_of_rspecs_are_of_another_run():
    run = f"Failures:\n\n  1) Cart adds\n     Failure/Error: boom\n\n{FINISHED}3 examples, 1 failure\n\n"
    log = read_log(f"{run}{run}".encode())
    assert [(one.name, one.ordinal) for one in log.results] == [("Cart adds", 1), ("Cart adds", 2)]
    assert (log.unnamed_passes, log.complete) == (4, True)


def test_a_rule_ends_a_failure_of_pests():
    rule = "  ────────────────────────────────────────\n"
    text = f"   FAIL  Tests\\Unit\\CartTest\n  ⨯ adds 0.01s\n{rule}   FAILED  Tests\\Unit\\CartTest > adds\n  boom\n{rule}  printed\n\n  Tests:    1 failed (1 assertions)\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.stack_trace) == ("adds", "boom")


def test_phpunit_that_found_no_tests_is_complete():
    log = read_log(f"{PHPUNIT}No tests executed!\n".encode())
    assert (log.runner, log.complete, log.results) == ("phpunit", True, ())


def test_phpunit_that_begins_again_had_not_come_to_its_end_before():
    progress = "........ 8 / 20 ( 40%)\n"
    log = read_log(f"{PHPUNIT}{progress}{PHPUNIT}OK (3 tests, 3 assertions)\n".encode())
    assert (log.complete, log.stopped_early, log.unnamed_passes) == (False, "phpunit ran 8 of 20 tests", 3)
