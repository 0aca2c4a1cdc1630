"""What the runners of Elixir, Julia and Python print seldom, and the failures that a repository has words of its own for."""

import re

from app.core.logs import read_log

EXUNIT = "Running ExUnit with seed: 1, max_cases: 4\n\n"
EXUNIT_END = "\nFinished in 0.1 seconds\n1 test, 1 failure\n"


def told(text):
    return [(one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_the_counts_of_rspec_are_not_those_of_exunit():
    text = "lib/cart.exs:1: warning\n...\n\nFinished in 0.1 seconds\n3 examples, 0 failures\n\nRandomized with seed 5\n"
    log = read_log(text.encode())
    assert (log.runner, log.unnamed_passes, log.complete) == ("rspec", 3, True)


def test_what_is_logged_within_a_failure_of_exunits_is_left_out_of_it():
    text = (
        f"{EXUNIT}  1) test adds (CartTest)\n     test/cart_test.exs:3\n     Assertion with == failed\n05:06:07.037 [info] logged\n"
        f"     f(1) == g(2)\n     left:  1\n{EXUNIT_END}"
    )
    [one] = read_log(text.encode()).results
    assert one.stack_trace == "Assertion with == failed\nf(1) == g(2)\nleft:  1"


def test_a_failure_of_julias_behind_a_table_is_of_another_run():
    run = "adds: Test Failed at test/a.jl:3\n  Expression: f() == 1\nTest Summary: | Fail  Total\nadds          |    1      1\n"
    log = read_log(f"{run}{run}".encode())
    assert [(one.name, one.ordinal) for one in log.results] == [("adds", 1), ("adds", 2)]
    assert log.complete


def test_sympys_tests_that_were_interrupted_did_not_all_run():
    text = (
        "============================= test process starts ==============================\ncart/test_a.py[2] \ntest_adds F\ntest_sums ok\n"
        "= tests finished: 1 passed, 1 failed, interrupted by user, in 0.50 seconds =\n"
    )
    log = read_log(text.encode())
    assert (told(text), log.stopped_early) == (
        [("test_adds", "failed"), ("test_sums", "passed")],
        "sympy's tests were interrupted",
    )


def test_a_failure_that_the_repository_knows_is_called_by_its_own_words():
    known = ((re.compile("license server"), "no license"), (re.compile("ERROR"), "late"))
    log = read_log(b"ERROR: cannot reach the license server\nERROR again\n", known)
    assert log.infra == "no license"
