"""Logs of RSpec, minitest and test-unit."""

import pytest

from app.core.logs import read_log


def results(text):
    return list(read_log(text.encode()).results)


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


RSPEC = (
    "F*..\n\nPending: (Failures listed here are expected and do not affect your suite's status)\n\n  1) Cart waits\n"
    "     # Temporarily skipped with xit\n     # ./spec/wait_spec.rb:4\n\nFailures:\n\n  1) Cart adds\n     Failure/Error: expect(1).to eq 2\n\n"
    "       expected: 2\n            got: 1\n     # ./spec/cart_spec.rb:5:in `block'\n\n  2) Cart sums\n     Got 2 failures:\n\n     2.1) Failure/Error: x\n\n"
    "Finished in 0.0027 seconds (files took 0.2 seconds to load)\n5 examples, 2 failures, 1 pending\n\nFailed examples:\n\n"
    "rspec ./spec/cart_spec.rb:4 # Cart adds\nrspec './spec/cart_spec.rb[1:2]' # Cart sums\n\nRandomized with seed 1\n"
)


def test_examples_are_named_as_in_the_report_of_rspec():
    assert told(RSPEC) == [
        ("spec.wait_spec", "Cart waits", "skipped"),
        ("spec.cart_spec", "Cart adds", "failed"),
        ("spec.cart_spec", "Cart sums", "failed"),
    ]


def test_a_failure_says_what_was_expected_and_where_it_stands():
    adds = results(RSPEC)[1]
    assert (adds.suite, adds.message, adds.file) == ("rspec", "expected: 2\ngot: 1", "spec/cart_spec.rb")


def test_passes_of_rspec_are_counted_once():
    log = read_log((RSPEC + "\n5 examples, 2 failures, 1 pending\n\nTook 3 seconds\n").encode())
    assert (log.unnamed_passes, log.complete, len(log.results)) == (2, True, 3)


def test_a_file_that_could_not_be_loaded_is_an_error_of_its_own():
    text = (
        "\nAn error occurred while loading ./spec/a_spec.rb.\nFailure/Error: require 'nope'\n\nLoadError:\n  cannot load such file\n"
        "# ./spec/a_spec.rb:1:in `require'\n\nFinished in 0.01 seconds\n0 examples, 0 failures, 1 error occurred outside of examples\n"
    )
    [one] = results(text)
    assert (one.class_name, one.name, one.outcome, one.message) == (
        "spec.a_spec",
        "./spec/a_spec.rb",
        "error",
        "LoadError:\ncannot load such file",
    )


def test_a_hook_of_the_suite_is_an_error_of_its_own():
    text = "An error occurred in a `before(:suite)` hook.\nFailure/Error: boom\n\nFinished in 0.01 seconds\n0 examples, 0 failures, 1 error occurred outside of examples\n"
    assert told(text) == [("", "before(:suite) hook", "error")]


def test_a_retried_example_has_failed_before():
    retry = "\n1st Try error in ./spec/cart_spec.rb:4:\nboom\n\nRSpec::Retry: 2nd try ./spec/cart_spec.rb:4\n.RSpec::Retry: 2nd try ./spec/b_spec.rb:9\n"
    found = results(retry + RSPEC)
    assert [(one.name, one.outcome.value, one.ordinal) for one in found if "wait" not in one.name] == [
        ("Cart adds", "failed", 1),
        ("./spec/b_spec.rb:9", "failed", 1),
        ("./spec/b_spec.rb:9", "passed", 2),
        ("Cart adds", "failed", 2),
        ("Cart sums", "failed", 1),
    ]
    assert found[0].message == "boom"


def test_a_failure_that_is_told_at_once_and_again_is_one():
    at_once = "  1) Cart adds\n     Failure/Error: expect(1).to eq 2\n\n..\n"
    assert told(at_once + RSPEC).count(("spec.cart_spec", "Cart adds", "failed")) == 1


def test_an_interrupted_run_says_so():
    text = "RSpec is shutting down and will print the summary report... Interrupt again to force quit.\n" + RSPEC
    assert read_log(text.encode()).stopped_early == "rspec was interrupted"


@pytest.mark.parametrize(
    "text",
    [
        "Finished in 2 ms\n2 examples, 1 failure, 0 error\n",
        "  1) Cart adds:\n     Error: boom\n\n  1 failing\n",
        "2 examples, 1 failure\n",
    ],
)
def test_what_other_runners_print_is_not_rspecs(text):
    assert "rspec" not in (read_log(text.encode()).runner or "")


MINITEST = (
    "Run options: --seed 1\n\n# Running:\n\n.F.E\n\nFinished in 0.1s, 40.0 runs/s, 40.0 assertions/s.\n\n  1) Failure:\nCartTest#test_adds [test/cart_test.rb:12]:\n"
    'Expected: 2\n  Actual: 1\n\n  2) Error:\nnoise of another process\nCart::when full#test_0001_closes "A#B":\nNoMethodError: boom\n'
    "    test/cart_test.rb:8:in `block'\n\n6 runs, 9 assertions, 1 failures, 1 errors, 1 skips\n"
)


def test_tests_of_minitest_are_named_by_class_and_method():
    assert told(MINITEST) == [
        ("CartTest", "test_adds", "failed"),
        ("Cart::when full", 'test_0001_closes "A#B"', "error"),
    ]
    adds, closes = results(MINITEST)
    assert (adds.message, adds.file) == ("Expected: 2\nActual: 1", "test/cart_test.rb")
    assert closes.message == "NoMethodError: boom"
    assert read_log(MINITEST.encode()).unnamed_passes == 3


def test_rails_tells_of_a_failure_at_once():
    text = "# Running:\n\nF\n\nFailure:\nCartTest#test_adds [/w/test/cart_test.rb:4]:\nboom\n\n\nbin/rails test test/cart_test.rb:3\n\n.\n\n2 runs, 2 assertions, 1 failures, 0 errors, 0 skips\n"
    [one] = results(text)
    assert (one.name, one.message, one.stack_trace) == ("test_adds", "boom", "boom")


def test_a_verbose_line_and_the_failure_below_are_one_execution():
    text = MINITEST.replace(".F.E\n", "CartTest#test_sums = 0.02 s = .\nCartTest#test_adds = 0.01 s = F\n")
    assert told(text)[:2] == [("CartTest", "test_sums", "passed"), ("CartTest", "test_adds", "failed")]
    assert [(one.duration_ms, one.message is not None) for one in results(text)[:2]] == [(20, False), (10, True)]


@pytest.mark.parametrize(
    "lines",
    [
        "CartTest\n  test_adds                                  FAIL (0.01s)\n        boom\n        test/a.rb:5:in `x'\n\n",
        ' FAIL["test_adds", "CartTest", 0.0123]\n test_adds#CartTest (0.01s)\n        boom\n        test/a.rb:5:in `x\'\n\n',
        ' FAIL["test_adds", CartTest, 0.0123]\n test_adds#CartTest (0.01s)\n        boom\n        test/a.rb:5:in `x\'\n\n',
        "  1) Failure:\ntest_adds(CartTest) [test/a.rb:5]:\nboom\n\n",
        "Failure:\nCartTest#test_adds [test/a.rb:5]\nboom\n\n",
    ],
)
def test_every_reporter_tells_the_same(lines):
    text = f"Started with run options --seed 1\n\n{lines}Finished in 0.01s\n1 tests, 1 assertions, 1 failures, 0 errors, 0 skips\n"
    assert [(*one, results(text)[0].message) for one in told(text)] == [("CartTest", "test_adds", "failed", "boom")]


def test_retries_of_minitest_are_executions_before_the_last():
    retries = "[MinitestRetry] retry 'test_adds' count: 1,  msg: once\n[MinitestRetry] retry 'test_other' count: 1,  msg: boom\n"
    found = results(MINITEST.replace(".F.E\n", retries))
    assert [(one.class_name, one.name, one.outcome.value, one.message) for one in found if "A#B" not in one.name] == [
        ("CartTest", "test_adds", "failed", "once"),
        ("", "test_other", "failed", "boom"),
        ("CartTest", "test_adds", "failed", "Expected: 2\nActual: 1"),
        ("", "test_other", "passed", None),
    ]


TEST_UNIT = (
    "Loaded suite test/run\nStarted\nCartTest: \n  test_sums:\t.: (0.002)\nF\n" + "=" * 79 + "\nFailure: test_adds(CartTest)\n"
    "/w/test/cart.rb:12:in `test_adds'\n      9:   def test_adds\n  =>  12:     assert_equal\n<1> expected but was\n<2>\n" + "=" * 79 + "\nE\n"
    + "=" * 79 + "\nError: test_dies(CartTest): RuntimeError: boom\ntest/cart.rb:5:in `test_dies'\n" + "=" * 79 + "\n"
    "Finished in 0.01 seconds.\n" + "-" * 79 + "\n5 tests, 2 assertions, 1 failures, 1 errors, 0 pendings, 1 omissions, 0 notifications\n40% passed\n"
)  # fmt: skip


def test_faults_of_test_unit_stand_between_rules():
    assert told(TEST_UNIT) == [
        ("CartTest", "test_sums", "passed"),
        ("CartTest", "test_adds", "failed"),
        ("CartTest", "test_dies", "error"),
    ]
    assert [one.message for one in results(TEST_UNIT)] == [None, "<1> expected but was\n<2>", "RuntimeError: boom"]
    assert read_log(TEST_UNIT.encode()).unnamed_passes == 1


def test_logs_that_were_cut_are_not_complete():
    for text, counts in ((RSPEC, "5 examples"), (MINITEST, "6 runs"), (TEST_UNIT, "5 tests")):
        assert read_log(text.encode()).complete
        assert not read_log(text.partition(counts)[0].encode()).complete


def test_counts_that_a_reporter_and_rails_both_print_count_once():
    counts = "6 runs, 9 assertions, 1 failures, 1 errors, 1 skips\n"
    log = read_log((MINITEST + "\nFinished in 0.3s\n" + counts.replace("runs", "tests")).encode())
    assert (log.unnamed_passes, len(log.results)) == (3, 2)


def test_two_formats_of_rspec_tell_one_run():
    failed = RSPEC[RSPEC.index("Finished") :]
    log = read_log((RSPEC[: RSPEC.index("Finished")] + RSPEC[RSPEC.index("Failures:") :] + "\n" + failed).encode())
    assert (len(log.results), log.unnamed_passes) == (3, 2)


def test_a_failure_that_is_told_at_once_only_needs_a_trace_of_rspecs():
    at_once = "  1) Cart adds\n     Failure/Error: expect(1).to eq 2\n       boom\n     # ./spec/cart_spec.rb:5:in `block'\n\n"
    assert told(at_once) == [("spec.cart_spec", "Cart adds", "failed")]
    assert told(at_once.replace("     #", "     at")) == []


def test_examples_of_one_description_have_each_its_place():
    blocks = "".join(f"  {n}) Cart adds\n     Failure/Error: boom {n}\n\n" for n in (1, 2))
    places = "".join(f"rspec ./spec/{name}_spec.rb:4 # Cart adds\n" for name in "ab")
    text = f"Failures:\n\n{blocks}Finished in 1 second\n2 examples, 2 failures\n\nFailed examples:\n\n{places}"
    assert [one[0] for one in told(text)] == ["spec.a_spec", "spec.b_spec"]


def test_a_class_of_test_unit_may_be_called_by_a_sentence_and_may_fail_to_start():
    rule = "=" * 79
    text = (
        f"Loaded suite test/run\nStarted\nF\n{rule}\nFailure: test: inner(CartTest::sub case): no.\na.rb:13:in `block'\n{rule}\nE\n{rule}\n"
        f"Error: BillTest: RuntimeError: no server\na.rb:15:in `startup'\n{rule}\n\n"
        "2 tests, 1 assertions, 1 failures, 1 errors, 0 pendings, 0 omissions, 0 notifications\n"
    )
    assert told(text) == [
        ("CartTest::sub case", "test: inner", "failed"),
        ("BillTest", "BillTest", "error"),
    ]


def test_the_spec_reporter_names_a_specification_by_any_words():
    text = (
        "Run options: --seed 1\n\n# Running:\n\na cart\n  test_0001_adds                     PASS (0.00s)\nprinted by a test\n"
        "  test_0002_sums, badly              FAIL (0.01s)\n        no\n\na cart::when empty\n  test_0001_sums                     ERROR (0.01s)\n\n"
        "Finished in 0.1s\n3 tests, 3 assertions, 1 failures, 1 errors, 0 skips\n"
    )
    assert told(text) == [
        ("a cart", "test_0001_adds", "passed"),
        ("a cart", "test_0002_sums, badly", "failed"),
        ("a cart::when empty", "test_0001_sums", "error"),
    ]


def test_faults_of_test_unit_may_stand_in_a_list_with_numbers():
    text = (
        "Loaded suite run\nStarted\nF.E\n\n1) Failure: test_adds(CartTest)\na.rb:3:in `test_adds'\n<1> expected but was\n<2>\n\n"
        "2) Notification: hey [test_sums(CartTest)]\na.rb:9:in `x'\n\n3) Error: test_reads(CartTest): IOError: 1) Failure: no\n"
        "Finished in 0.1 seconds.\n3 tests, 2 assertions, 1 failures, 1 errors, 0 pendings, 0 omissions, 1 notifications\n"
    )
    log = read_log(text.encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("test_adds", "failed"), ("test_reads", "error")]
    assert (log.results[0].message, log.complete) == ("<1> expected but was\n<2>", True)
