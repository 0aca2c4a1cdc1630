from app.core.logs import read_log
from app.core.model import TestResult

RUN = "\n RUN  v3.2.4 /src\n\n"
ERROR = "AssertionError: expected 1 to be 2\n\n- 2\n+ 1\n\n ❯ a.test.ts:8:36\n      6|\n\n⎯⎯⎯⎯⎯⎯[1/1]⎯\n\n"
TESTS = "\n⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯\n\n"
END = "\n Test Files  1 failed (1)\n      Tests  1 failed | 2 passed (3)\n   Start at  10:42:00\n   Duration  809ms\n\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_rows_and_sections_tell_of_one_execution():
    text = f"{RUN} ❯ a.test.ts (3 tests | 1 failed) 16ms\n   ✓ cart > adds 3ms\n   × cart > sums 14ms\n     → expected 1 to be 2\n{TESTS} FAIL  a.test.ts > cart > sums\n{ERROR}{END}"
    adds, sums = results(text)
    assert (adds.suite, adds.class_name, adds.name, adds.outcome, adds.duration_ms) == (
        "a.test.ts",
        "a.test.ts",
        "cart > adds",
        "passed",
        3,
    )
    assert (sums.name, sums.outcome, sums.duration_ms) == ("cart > sums", "failed", 14)
    assert sums.message == "AssertionError: expected 1 to be 2\n\n- 2\n+ 1"
    log = read_log(text.encode())
    assert (log.runner, log.complete, log.unnamed_passes) == ("vitest", True, 1)


def test_a_title_in_a_tree_is_completed_by_the_section():
    text = f"{RUN} ❯ a.test.ts (3 tests | 1 failed) 16ms\n     ✓ adds 3ms\n     × sums 14ms (retry x1)\n{TESTS} FAIL  a.test.ts > cart > sums\n FAIL  a.test.ts > cart > sums\n{ERROR}{END}"
    assert told(text) == [("a.test.ts", "cart > sums", "failed")] * 2


def test_the_tree_reporter_names_the_suites():
    text = f"{RUN} ✓ a.test.ts (2 tests) 16ms\n   ✓ cart (2)\n     ✓ adds 3ms\n     ↓ sums\n   ✓ root 0ms\n{END}"
    assert told(text) == [
        ("a.test.ts", "cart > adds", "passed"),
        ("a.test.ts", "cart > sums", "skipped"),
        ("a.test.ts", "root", "passed"),
    ]


def test_the_verbose_reporter_names_files_and_projects():
    text = f"{RUN} ✓ |unit| a.test.ts > cart > adds 3ms\n ×  web  a.test.ts > cart > sums 5ms\n{TESTS} FAIL  |web| a.test.ts > cart > sums\n{ERROR}{END}"
    assert told(text) == [("a.test.ts", "cart > adds", "passed"), ("a.test.ts", "cart > sums", "failed")]


def test_retries_are_failures_before_the_last_execution():
    text = f"{RUN} ✓ a.test.ts > cart > adds 3ms (retry x2)\n{END}"
    assert [(one.outcome.value, one.ordinal) for one in results(text)] == [("failed", 1), ("failed", 2), ("passed", 3)]


def test_two_tests_of_one_name_are_two_failures_where_rows_show_them():
    rows = " × a.test.ts > adds 7ms\n × a.test.ts > adds 2ms\n"
    assert len(told(f"{RUN}{rows}{TESTS} FAIL  a.test.ts > adds\n{ERROR} FAIL  a.test.ts > adds\n{ERROR}{END}")) == 2


def test_two_errors_of_one_test_are_one_failure_with_the_words_of_both():
    text = f"{RUN}{TESTS} FAIL  a.test.ts > adds\n{ERROR} FAIL  a.test.ts > adds\nError: again\n\n⎯⎯⎯⎯[2/2]⎯\n{END}"
    [one] = results(text)
    assert one.stack_trace is not None
    assert one.stack_trace.endswith("Error: again")


def test_tests_that_failed_of_one_error_share_it():
    text = f"{RUN}{TESTS} FAIL  a.test.ts > adds\n FAIL  b.test.ts > adds\n{ERROR}{END}"
    assert [one.message for one in results(text)] == ["AssertionError: expected 1 to be 2\n\n- 2\n+ 1"] * 2


def test_a_file_or_suite_that_could_not_be_set_up_is_an_error():
    text = f"{RUN}\n⎯⎯⎯ Failed Suites 2 ⎯⎯⎯\n\n FAIL  b.test.ts [ b.test.ts ]\nError: Cannot find module './x'\n\n⎯⎯⎯[1/2]⎯\n\n FAIL  a.test.ts > cart\n{ERROR}{END}"
    assert told(text) == [("b.test.ts", "b.test.ts", "error"), ("a.test.ts", "cart", "error")]


def test_what_a_test_prints_is_no_row_and_no_failure():
    text = f"{RUN}stdout | a.test.ts > cart\n FAIL  b.test.ts > fake\n × fake 3ms\n   ✓ fake 1ms\n{END}"
    assert told(text) == []


def test_a_run_without_counts_is_not_complete():
    log = read_log(f"{RUN} × a.test.ts > adds 7ms\n vitest{TESTS} FAIL  a.test.ts > adds\n{ERROR}".encode())
    assert (log.complete, len(log.results)) == (False, 1)


def test_a_run_that_bailed_says_how_far_it_came():
    log = read_log(f"{RUN}{END.replace('(3)', '(13)')}".encode())
    assert log.stopped_early == "vitest ran 3 of 13 tests"


def test_the_pass_of_a_namesake_proves_no_flake():
    text = f"{RUN} ✓ a.test.ts > adds 7ms\n × a.test.ts > adds 2ms\n{TESTS} FAIL  a.test.ts > adds\n{ERROR}{END}"
    assert [outcome for *_, outcome in told(text)] == ["failed"]


def test_jest_is_not_vitest():
    assert (
        read_log(b"FAIL a.test.js\n  \xe2\x97\x8f adds\n\n    vitest\n\nTests:       1 failed, 1 total\n").runner
        == "jest"
    )


def test_a_failure_of_which_only_the_title_is_left_is_not_named():
    text = f"{RUN} ❯ a.test.ts (3 tests | 1 failed) 16ms\n     × sums 14ms\n   × root 1ms\n vitest\n"
    assert told(text) == [("a.test.ts", "root", "failed")]
