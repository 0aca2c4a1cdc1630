import pytest

from app.core.logs import read_log
from app.core.model import TestResult

BROWSER = "Chrome Headless 90.0.4430 (Linux x86_64)"
FAILED = f"{BROWSER} Cart when full refuses FAILED\n\tExpected 1 to be 2.\n\t    at <Jasmine>\n"
START = "04 03 2026 05:06:07.001:INFO [karma-server]: Karma v6.4.4 server started\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str]]:
    return [(one.name, one.outcome.value) for one in results(text)]


def test_dots_name_each_failure_with_its_browser():
    text = f"{START}..\n{FAILED}.\n{BROWSER}: Executed 4 of 5 (1 FAILED) (skipped 1) (0.012 secs / 0.002 secs)\n"
    [one] = results(text)
    assert (one.suite, one.name, one.message) == (
        BROWSER,
        "Cart when full refuses",
        "Expected 1 to be 2.\nat <Jasmine>",
    )
    log = read_log(text.encode())
    assert (log.runner, log.complete, log.unnamed_passes) == ("karma", True, 3)


def test_progress_counts_again_and_again_and_the_last_count_is_believed():
    counts = "".join(f"{BROWSER}: Executed {n} of 3 SUCCESS (0 secs / 0 secs)\n" for n in range(4))
    log = read_log(f"{START}{counts}TOTAL: 3 SUCCESS\n".encode())
    assert (log.complete, log.unnamed_passes) == (True, 3)


def test_a_count_that_starts_again_is_another_run():
    run = f"{FAILED}{BROWSER}: Executed 3 of 3 (1 FAILED) (1 secs / 0 secs)\n{BROWSER}: Executed 1 of 3 SUCCESS (0 secs / 0 secs)\n"
    log = read_log(f"{START}{run}{BROWSER}: Executed 3 of 3 SUCCESS (0 secs / 0 secs)\n".encode())
    assert log.unnamed_passes == 5


@pytest.mark.parametrize("word", ["DISCONNECTED", "ERROR"])
def test_a_browser_that_was_lost_did_not_run_all_tests(word):
    log = read_log(f"{START}{BROWSER}: Executed 3 of 9 {word} (30.1 secs / 0.2 secs)\n".encode())
    assert (log.complete, log.stopped_early) == (False, f"karma: {BROWSER} did not run all of its tests")


def test_the_mocha_reporter_prints_a_tree_and_tells_its_failures_again():
    tree = "  Cart\n    ✔ adds\n    ✔ waits (skipped)\n    when full\n      ✖ refuses\n\nFinished in 0.016 secs / 0.002 secs\n\n"
    again = f"FAILED TESTS:\n  Cart\n    when full\n      ✖ refuses\n        {BROWSER}\n      Error: no room\n\n"
    text = f"\nSTART:\n{START}{tree}SUMMARY:\n✔ 1 test completed\n✖ 1 test failed\n\n{again}"
    assert told(text) == [("Cart adds", "passed"), ("Cart waits", "skipped"), ("Cart when full refuses", "failed")]
    assert results(text)[-1].message == "Error: no room"
    assert read_log(text.encode()).complete


def test_the_spec_reporter_prints_a_tree_with_its_errors():
    tree = "\n  Cart\n    ✓ adds\n    ✗ sums\n\tExpected 1 to be 2.\n\n"
    text = f"{START}{tree}{BROWSER}: Executed 2 of 2 (1 FAILED) (0.017 secs / 0.004 secs)\n"
    assert told(text) == [("Cart adds", "passed"), ("Cart sums", "failed")]
    assert results(text)[-1].message == "Expected 1 to be 2."


def test_a_failure_of_the_tree_with_a_line_of_its_own_is_one_failure():
    tree = "\n  Cart\n    when full\n      ✗ refuses\n\n"
    text = f"{START}{tree}{FAILED}{BROWSER}: Executed 1 of 1 (1 FAILED) (0.1 secs / 0 secs)\n"
    assert told(text) == [("Cart when full refuses", "failed")]


@pytest.mark.parametrize(
    "line", ["Build of Chrome FAILED", "> Task :app:test FAILED", "CartTest > adds FAILED", "LOG: 'x FAILED'"]
)
def test_what_failed_elsewhere_is_no_test(line):
    assert read_log(f"{START}{line}\n".encode()).runner != "karma"


def test_a_test_outside_of_any_suite_has_a_space_more_before_it():
    text = f"{START}{BROWSER}  refuses FAILED\n\tFailed: no\n{BROWSER}: Executed 1 of 1 (1 FAILED) ERROR (0.01 secs / 0 secs)\n"
    assert told(text) == [("refuses", "failed")]
