import pytest

from app.core.logs import read_log
from app.core.model import TestResult

TREE = "\n\n  Cart\n    ✔ adds (12ms)\n    - waits\n    when full\n      1) refuses\n\n\n"
COUNTS = "  1 passing (20ms)\n  1 pending\n  1 failing\n\n"
BLOCK = "  1) Cart\n       when full\n         refuses:\n     AssertionError: no room\n      at Context.<anonymous> (test/cart.js:9:33)\n\n\n"
RUN = TREE + COUNTS + BLOCK
BOX = "\n  (Results)\n\n  ┌──┐\n  │ Tests:        1     │\n  │ Failing:      {}     │\n  └──┘\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str]]:
    return [(one.name, one.outcome.value) for one in results(text)]


def test_the_tree_and_the_closing_list_tell_of_one_execution_each():
    assert told(RUN) == [("Cart adds", "passed"), ("Cart waits", "skipped"), ("Cart when full refuses", "failed")]


def test_a_failure_has_the_names_of_the_junit_reporter_and_the_words_before_its_stack():
    failed = results(RUN)[-1]
    assert (failed.suite, failed.class_name, failed.message) == ("when full", "refuses", "AssertionError: no room")
    assert failed.stack_trace is not None
    assert "test/cart.js:9:33" in failed.stack_trace


def test_reporters_without_a_tree_name_the_failures_only_and_count_the_passes():
    log = read_log(f"\n  .,!\n\n{COUNTS}{BLOCK}".encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("Cart when full refuses", "failed")]
    assert (log.runner, log.unnamed_passes, log.complete) == ("mocha", 1, True)


def test_the_list_reporter_has_no_tree():
    text = "\n    Cart adds:\r  ✔ Cart adds: 0ms\n    Cart when full refuses:\r  1) Cart when full refuses\n\n"
    assert told(f"{text}  1 passing (20ms)\n  1 failing\n\n{BLOCK}") == [("Cart when full refuses", "failed")]


def test_older_mochas_list_a_failure_by_one_title():
    text = "\n  Cart\n    ✓ adds\n    1) refuses\n\n\n  1 passing (2ms)\n  1 failing\n\n  1) Cart refuses:\n     Error: no\n      at a.js:1:1\n\n"
    assert [(one.class_name, one.name) for one in results(text)] == [("adds", "Cart adds"), ("refuses", "Cart refuses")]


def test_a_hook_that_fails_is_an_error():
    text = '\n  Cart\n    1) "before all" hook for "adds"\n\n\n  0 passing (2ms)\n  1 failing\n\n  1) Cart\n       "before all" hook for "adds":\n     Error: no\n\n\n'
    assert told(text) == [('Cart "before all" hook for "adds"', "error")]


def test_a_suite_whose_title_ends_with_a_colon_is_no_end_of_the_titles():
    text = "\n  1 passing (2ms)\n  1 failing\n\n  1) Cart:\n       adds:\n     Error: no\n\n\n"
    assert told(text) == [("Cart: adds", "failed")]


def test_two_runs_in_a_step_are_two_sessions():
    assert [one.ordinal for one in results(RUN + RUN) if one.outcome.is_bad] == [1, 2]


def test_counts_that_a_test_prints_end_no_run():
    text = RUN.replace("      1) refuses\n", "      1) refuses\n  3 passing (1s)\n")
    assert told(text) == told(RUN)


def test_a_numbered_line_of_a_message_is_no_failure():
    assert len(told(RUN.replace("no room\n", "no room\n  1) Cart\n  7) Other\n"))) == 3


def test_a_test_that_passed_and_then_failed_without_a_retry_did_not_pass():
    text = RUN.replace("      1) refuses\n", "      ✔ refuses\n      1) refuses\n").replace("1 passing", "2 passing")
    assert ("Cart when full refuses", "passed") not in told(text)


def test_a_tree_without_counts_is_not_complete_and_is_mochas_only_with_a_numbered_failure():
    log = read_log(TREE.encode())
    assert ([one.name for one in log.results if one.outcome.is_bad], log.complete) == (
        ["Cart when full refuses"],
        False,
    )
    assert results(TREE.replace("      1) refuses\n", "      ✖ refuses\n")) == []


@pytest.mark.parametrize(
    "line", ["when passing (2ms) arguments", "  3 passing tests", "1 failing", "  1) Cart adds\n     boom ✓ "]
)
def test_words_of_others_are_no_run(line):
    assert results(f"{line}\n  1 failing\n") == []


def test_tests_that_could_not_be_loaded_stop_the_run():
    log = read_log("✖ ERROR: Error: Cannot find module './a'\n  describe ✔ \n".encode())
    assert log.stopped_early == "mocha could not load its tests"


def cypress(tree: str, *, failing: int, counts: str, end: str = "\n  (Run Finished)\n") -> str:
    return f"\n  (Run Starting)\n\n  Running:  cart.cy.js      (1 of 1)\n\n{tree}\n{counts}\n{BOX.format(failing)}\n  -  Video output: a.mp4\n{end}"


def test_attempts_of_cypress_are_executions_in_order():
    text = cypress(
        "\n  Cart\n    (Attempt 1 of 3) adds\n    (Attempt 2 of 3) adds\n    ✓ adds (30ms)\n\n",
        failing=0,
        counts="  1 passing (1s)\n",
    )
    assert [(one.outcome.value, one.ordinal, one.file) for one in results(text)] == [
        ("failed", 1, "cart.cy.js"),
        ("failed", 2, "cart.cy.js"),
        ("passed", 3, "cart.cy.js"),
    ]
    assert (read_log(text.encode()).runner, read_log(text.encode()).complete) == ("cypress", True)


def test_attempts_with_marks_of_their_own_are_followed_by_a_verdict_that_is_none():
    text = cypress(
        "\n  Cart\n    ✖(Attempt 1 of 2) adds\n    ✓(Attempt 2 of 2) adds\n    ✓ adds\n\n",
        failing=0,
        counts="  1 passing (1s)\n",
    )
    assert told(text) == [("Cart adds", "failed"), ("Cart adds", "passed")]


def test_a_file_whose_browser_crashed_is_an_error():
    text = cypress("\nWe detected that the Chromium Renderer process just crashed.\n", failing=1, counts="")
    [one] = results(text)
    assert (one.name, one.outcome, one.message) == (
        "cart.cy.js",
        "error",
        "We detected that the Chromium Renderer process just crashed.",
    )
    assert read_log(text.encode()).stopped_early == "cypress could not run cart.cy.js to its end"


def test_a_run_of_cypress_without_its_end_is_not_complete():
    text = cypress("\n  Cart\n    ✓ adds\n\n", failing=0, counts="  1 passing (1s)\n", end="")
    assert (told(text), read_log(text.encode()).complete) == ([("Cart adds", "passed")], False)


def test_a_closing_list_that_was_cut_names_no_half_titles_and_is_not_complete():
    log = read_log(f"\n  .!\n\n{COUNTS}  1) Cart\n       when full\n".encode())
    assert (log.results, log.complete) == ((), False)
    log = read_log(f"{TREE}{COUNTS}  1) Cart\n".encode())
    assert [one.name for one in log.results if one.outcome.is_bad] == ["Cart when full refuses"]
    assert not log.complete


def test_a_numbered_line_that_a_test_printed_among_dots_is_no_failure():
    text = f"\n  ..✓\n    1) fake\n\n{COUNTS.replace('1 failing', '2 failing')}{BLOCK}  2) Cart\n       sums:\n     Error: no\n\n\n"
    assert told(text) == [("Cart when full refuses", "failed"), ("Cart sums", "failed")]


def test_older_versions_put_a_space_for_the_suite_that_a_test_stands_in_none_of():
    text = "\n  1) adds\n  2) sums\n\n  0 passing (1s)\n  2 failing\n\n  1)  adds:\n     Error: bar\n      at a.js:1\n\n  2)  sums:\n     Error: foo\n      at a.js:2\n\n"
    assert told(text) == [("adds", "failed"), ("sums", "failed")]


def test_a_time_that_was_taken_out_of_the_log_hides_no_run():
    assert told(RUN.replace(" (20ms)", "")) == told(RUN)
