"""Laws that hold for every reader, whatever a log says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.logs import READERS
from app.core.logs.clean import Line

PIECES = [
    "", " ", "  1) ", "not ok 1 - a", "ok 2 - b", "1..2", "TAP version 13", "    ok 1 - in", "# Subtest: x", "#   Failed test 'a'",
    "t/a.t .. ", "t/a.t .. ok", "Dubious, test returned 1", "Result: FAIL", "[ RUN      ] A.b", "[  FAILED  ] A.b (1 ms)",
    "[       OK ] A.b (1 ms)", "[==========] Running 1 test from 1 test suite.", "[==========] 1 test from 1 test suite ran. (1 ms total)",
    "Test project /b", "1/2 Test #1: a ...***Failed 0.1 sec", "50% tests passed, 1 tests failed out of 2", "The following tests FAILED:",
    "\t 2 - b (Failed)", "=" * 79, "-" * 79, "." * 79, "a.cpp:1", "a.cpp:1:", "a.cpp:2: FAILED:", "test cases: 1 | 1 failed", "TEST CASE:  a",
    "a.cpp:3: ERROR: x", "[doctest] test cases: 1 | 1 failed |", "//a:b   FAILED in 0.2s", "//a:b   FLAKY, failed in 1 out of 2 in 0.3s",
    "Executed 1 out of 1 test: 1 fails.", "  1) test a (A)", "     a.exs:3", "Finished in 0.1 seconds", "1 test, 1 failure",
    "Test Case '-[M.A b]' started.", "Test Case '-[M.A b]' failed (0.1 seconds).", "** TEST FAILED **", "Failing tests:", "\tA.b()",
    "✘ Test a() failed after 0.1 seconds with 1 issue.", "✘ Test run with 1 test failed after 0.1 seconds.", "{0} a.b [0.1s] ... FAILED",
    "Ran: 1 tests in 1.0 sec.", " - Passed: 1", "INFO - TEST-UNEXPECTED-FAIL | a/b | c", "SUITE-END", "a.py[2] ", "_" * 80, "test_a F",
    "______ a.py:test_a ______", "= tests finished: 1 passed, 1 failed, in 0.1 seconds =", "1/2 a FAIL 0.1s", "Ok:    1", "Summary of Failures:",
    "00:01 +0 -1: a [E]", "00:01 +0 -1: Some tests failed.", "a: Test Failed at a.jl:3", "Test Summary: | Pass", "── Failure ('test-a.R:1:2'): b ──",
    "[ FAIL 1 | WARN 0 | SKIP 0 | PASS 1 ]", 'a.cpp(1): error: in "a/b": c', "*** 1 failure is detected in the test module", " ✗ a",
    "   (in test file a.bats, line 1)", "1 test, 1 failure", "1 success / 1 failure / 0 errors / 0 pending : 0.1 seconds", "Failure → a.lua @ 1",
]  # fmt: skip


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@settings(max_examples=40)
@given(lines=st.lists(st.sampled_from(PIECES), max_size=25))
def test_a_reader_names_what_it_tells_and_forgets_it_when_the_step_ends(reader, lines):
    one = reader()
    for number, text in enumerate(lines, start=1):
        one.read(Line(number, text.rstrip()))
    told = one.finish()
    assert all(result.name for session in told for result in session.results)
    assert all(1 <= (result.line or 1) <= len(lines) for session in told for result in session.results)
    assert one.finish() == []
    for number, text in enumerate(lines, start=1):
        one.read(Line(number, text.rstrip()))
    assert one.finish() == told
