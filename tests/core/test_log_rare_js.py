"""What the runners of JavaScript print seldom: second runs in one step, titles of old, marks that only look like theirs."""

import pytest

from app.core.logs import read_log

BROWSER = "Chrome Headless 90.0.4430 (Linux x86_64)"
KARMA = "04 03 2026 05:06:07.001:INFO [karma-server]: Karma v6.4.4 server started\n"
RUN = "\n RUN  v3.0.1 /w\n\n"
SECTION = "⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯\n\n FAIL  a.test.ts > adds\nError: boom\n"
PLAYWRIGHT = "Running 2 tests using 1 worker\n\n  ✓  1 a.spec.ts:1:1 › adds (1s)\n"


def told(text):
    return [(one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_second_run_of_ava_is_a_session_of_its_own():
    run = "\n  ✔ adds\n  ✘ [fail]: sums\n  - [x] a list that a test printed\n  ─\n\n  sums\n\n  boom\n\n  ─\n\n  1 test passed\n  1 test failed\n"
    log = read_log(f"{run}{run}".encode())
    assert told(f"{run}{run}") == [("adds", "passed"), ("sums", "failed")] * 2
    assert [one.ordinal for one in log.results] == [1, 1, 2, 2]


def test_ava_says_that_tests_were_left_when_it_stopped():
    text = "\n  ✘ [fail]: sums\n\n  1 test failed\n  2 tests remaining in a.js\n"
    assert read_log(text.encode()).stopped_early == "ava stopped with 2 tests remaining in a.js"


def test_of_a_browser_that_crashed_twice_cypress_tells_the_first_words():
    crash = "We detected that the Chromium Renderer process just crashed.\n"
    text = f"  (Run Starting)\n\n  Running:  a.cy.js   (1 of 1)\n\n{crash}\nThe browser process running your tests just exited.\n\n  (Results)\n\n  │ Failing:      1   │\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.outcome, one.message) == ("a.cy.js", "error", crash.strip())


def test_the_words_of_a_crash_are_nothing_to_mocha_without_cypress():
    text = "  Cart\n    ✓ adds\nWe detected that the cart is empty\n\n\n  1 passing (5ms)\n\n"
    assert (told(text), read_log(text.encode()).stopped_early) == ([("Cart adds", "passed")], None)


def test_karma_says_that_a_browser_met_an_error():
    log = read_log(f"{KARMA}{BROWSER} ERROR\n  Uncaught ReferenceError: x is not defined\n".encode())
    assert (log.runner, log.stopped_early) == ("karma", f"karma: {BROWSER} ERROR")


def test_a_second_start_of_karmas_is_another_run():
    run = "START:\n  Cart\n    ✔ adds\n\nFinished in 0.016 secs / 0.002 secs\n\nSUMMARY:\n✔ 1 test completed\n\n"
    log = read_log(f"{KARMA}\n{run}{run}".encode())
    assert [(one.name, one.ordinal) for one in log.results] == [("Cart adds", 1), ("Cart adds", 2)]


def test_a_line_behind_a_tab_and_a_failure_that_karmas_tree_did_not_show_belong_to_no_test():
    tree = "\tserving\n  Cart\n    ✔ adds\n    ✖ sums\n\nFinished in 0.016 secs / 0.002 secs\n\nSUMMARY:\n✔ 1 test completed\n"
    listed = "FAILED TESTS:\n  Cart\n    ✖ other\n      lost words\n    ✖ sums\n      Error: boom\n"
    log = read_log(f"{KARMA}\nSTART:\n{tree}✖ 1 test failed\n\n{listed}".encode())
    assert [(one.name, one.message) for one in log.results] == [("Cart adds", None), ("Cart sums", "Error: boom")]


def test_a_run_of_mochas_that_follows_a_list_of_failures_is_another():
    text = "\n  0 passing (1s)\n  1 failing\n\n  1) Cart\n       adds:\n     Error: boom\n  2 passing (1s)\n"
    log = read_log(text.encode())
    assert ([one.name for one in log.results], log.unnamed_passes, log.complete) == (["Cart adds"], 2, True)


@pytest.mark.parametrize(
    ("title", "suite", "name"), [("adds", "Cart", "Cart adds"), ("sums", "", "Cart adds"), ("dds", "", "Cart adds")]
)
def test_an_old_mocha_lists_a_failure_by_one_title_of_which_the_tree_may_show_the_end(title, suite, name):
    text = f"\n    1) {title}\n\n\n  0 passing (5ms)\n  1 failing\n\n  1) Cart adds:\n     Error: boom\n      at a.js:1\n\n"
    [one] = read_log(text.encode()).results
    assert (one.suite, one.name, one.message) == (suite, name, "Error: boom")


def test_a_title_of_mochas_may_have_several_lines():
    text = "\n  0 passing (5ms)\n  1 failing\n\n  1) Cart\n       adds one\nand two:\n     Error: boom\n      at a.js:1\n\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.message) == ("Cart adds one\nand two", "Error: boom")


def test_a_mark_that_stands_where_no_test_of_nodes_can_stand_is_none():
    text = "✔\n    ✔ deep (1ms)\n▶ never begun (1.5ms)\n    ▶ deep too\n▶ Cart\n  ✖ adds (1.5ms)\n▶ Cart (2.5ms)\nℹ tests 1\nℹ pass 0\nℹ fail 1\n"
    assert told(text) == [("adds", "failed")]


def test_a_test_behind_nodes_counts_is_of_another_run():
    run = "✔ adds (1.5ms)\nℹ tests 1\nℹ pass 1\nℹ fail 0\n"
    assert [(one.name, one.ordinal) for one in read_log(f"{run}{run}".encode()).results] == [("adds", 1), ("adds", 2)]


def test_a_suite_in_nodes_list_of_failures_is_no_test():
    run = "▶ Cart\n  ✖ adds (1.5ms)\n▶ Cart (2.5ms)\nℹ tests 1\nℹ pass 0\nℹ fail 1\n"
    listed = "\n✖ failing tests:\n\ntest at a.js:1:1\n✖ Cart (2.5ms)\n  '1 subtest failed'\n\ntest at a.js:2:3\n✖ adds (1.5ms)\n  Error: boom\n"
    [one] = read_log(f"{run}{listed}".encode()).results
    assert (one.name, one.file, one.message) == ("adds", "a.js", "Error: boom")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Timed out waiting 600s for the entire test run", "playwright: Timed out waiting 600s for the entire test run"),
        ("Testing stopped early after 1 maximum allowed failures.", "playwright: Testing stopped early after 1 maximum allowed failures."),
        ("  1 error was not a part of any test, see above for details", "playwright had errors outside of any test"),
    ],
)  # fmt: skip
def test_playwright_says_why_it_did_not_run_all_tests(said, why):
    text = f"{PLAYWRIGHT}  - a step › that a test printed\n\n{said}\n  1 passed (2s)\n"
    assert (told(text), read_log(text.encode()).stopped_early) == ([("adds", "passed")], why)


def test_vitest_without_files_ran_nothing():
    log = read_log(f"{RUN}No test files found, exiting with code 1\n\nfilter: vitest\n".encode())
    assert (log.results, log.stopped_early) == ((), "vitest found no test files")


def test_a_rule_that_a_test_of_vitests_printed_is_part_of_its_failure_only():
    text = f"{RUN}⎯⎯⎯⎯ 12\n{SECTION}⎯⎯⎯⎯ 12\nmore\n⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯\n\n Test Files  1 failed (1)\n      Tests  1 failed (1)\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.message, one.stack_trace) == ("adds", "Error: boom", "Error: boom\n⎯⎯⎯⎯ 12\nmore")


def test_what_stands_between_the_rows_of_vitest_ends_those_of_their_file():
    text = f"{RUN} ❯ a.test.ts (2 tests | 1 failed) 9ms\n   ✓ adds 1ms\n   ✓\n   ✓ printed 1ms\n{SECTION}⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯\n\n Test Files  1 failed (1)\n      Tests  1 failed | 1 passed (2)\n"
    assert ("printed", "passed") not in told(text.replace("a.test.ts > adds", "a.test.ts > sums"))
    assert ("adds", "passed") in told(text.replace("a.test.ts > adds", "a.test.ts > sums"))
