import pytest

from app.core.logs import read_log
from app.core.model import TestResult

END = "\nTest Suites: 1 failed, 1 total\nTests:       1 failed, 1 total\nSnapshots:   0 total\nTime:        1 s\nRan all test suites.\n"
ERROR = "\n    expect(received).toBe(expected)\n\n    Expected: 2\n    Received: 1\n\n    > 3 |   expect(1).toBe(2)\n        |\n\n      at Object.toBe (src/a.test.js:3:15)\n\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_an_error_names_its_test_by_its_describes_and_its_title():
    [one] = results(f"FAIL src/a.test.js (5.1 s)\n  ● outer › inner › fails\n{ERROR}{END}")
    assert (one.class_name, one.name, one.file, one.line) == ("outer inner", "fails", "src/a.test.js", 2)
    assert one.message == "expect(received).toBe(expected)\n\nExpected: 2\nReceived: 1"
    assert one.stack_trace is not None
    assert one.stack_trace.endswith("at Object.toBe (src/a.test.js:3:15)")


def test_the_tree_names_every_test_once():
    assert told(
        f"FAIL ./src/a.test.js\n  outer\n    ✓ passes (5 ms)\n    inner\n      ✕ fails (1.5 s)\n    ○ skipped later\n  ✎ todo some day\n\n"
        f"  ● outer › inner › fails\n{ERROR}{END}"
    ) == [
        ("outer", "passes", "passed"),
        ("outer inner", "fails", "failed"),
        ("outer", "later", "skipped"),
        ("", "some day", "skipped"),
    ]


def test_a_test_of_the_tree_has_its_duration_and_its_error():
    [one] = results(f"FAIL a.test.js\n  ✕ fails (1.5 s)\n\n  ● fails\n{ERROR}{END}")
    assert (one.duration_ms, one.line) == (1500, 4)
    assert one.message is not None


def test_two_errors_of_one_test_are_one_failure():
    assert told(f"FAIL a.test.js\n  ● fails\n{ERROR}  ● fails\n{ERROR}{END}") == [("", "fails", "failed")]


def test_two_tests_of_one_name_are_two_failures_where_the_tree_shows_them():
    assert len(told(f"FAIL a.test.js\n  ✕ fails\n  ✕ fails\n\n  ● fails\n{ERROR}  ● fails\n{ERROR}{END}")) == 2


def test_the_summary_of_all_failing_tests_repeats():
    once = f"FAIL a.test.js\n  ● a › fails\n{ERROR}"
    assert told(f"{once}Summary of all failing tests\n{once}{END}") == [("a", "fails", "failed")]


def test_a_file_that_could_not_run_is_an_error_of_its_own():
    [one] = results(
        f"FAIL a.test.js\n  ● Test suite failed to run\n\n    ReferenceError: boom is not defined\n\n      at a.js:1:1\n{END}"
    )
    assert (one.class_name, one.name, one.outcome) == ("a.test.js", "Test suite failed to run", "error")
    assert one.message == "ReferenceError: boom is not defined"


@pytest.mark.parametrize(
    "bullet",
    [
        "Console",
        "1 snapshot obsolete.",
        "Validation Warning:",
        "Deprecation Warning:",
        " Cannot log after tests are done.",
    ],
)
def test_what_jest_says_of_itself_is_no_test(bullet):
    assert told(f"FAIL a.test.js\n  ● {bullet}\n\n    text\n{END}") == []


def test_an_error_below_a_file_that_passed_is_no_failure():
    assert told(f"PASS a.test.js\n  ● Something\n\n    text\n{END}") == []


def test_a_project_may_stand_before_the_file():
    assert results(f"FAIL unit src/a.test.js\n  ● fails\n{ERROR}{END}")[0].file == "src/a.test.js"


def test_the_totals_end_a_session():
    assert read_log(f"FAIL a.test.js\n  ● fails\n{ERROR}{END}".encode()).complete
    assert not read_log(f"FAIL a.test.js\n  ● fails\n{ERROR}".encode()).complete


def test_a_session_that_gave_up_says_how_far_it_came():
    log = read_log(
        b"FAIL a.test.js\n  \xe2\x97\x8f fails\n\nTest Suites: 1 failed, 1 of 5 total\nTests: 1 failed, 1 total\n"
    )
    assert log.stopped_early == "jest ran 1 of 5 test files"


def test_the_headings_of_vitest_are_not_jests():
    log = read_log(" FAIL  src/a.test.js > outer > fails\n  ● fails\n\n    text\n".encode())
    assert (log.runner, [one.name for one in log.results]) == ("vitest", ["outer > fails"])


def test_errors_before_retries_are_failed_executions_of_the_test_that_the_tree_names():
    text = (
        f" LOGGING RETRY ERRORS  outer sometimes\n RETRY 1 \n\n{ERROR}\n RETRY 2 \n\n{ERROR}\n"
        f"PASS a.test.js\n  outer\n    ✓ sometimes (3 ms)\n{END}"
    )
    assert told(text) == [
        ("outer", "sometimes", "failed"),
        ("outer", "sometimes", "failed"),
        ("outer", "sometimes", "passed"),
    ]
    assert [one.ordinal for one in results(text)] == [1, 2, 3]


def test_a_retried_test_that_is_named_nowhere_else_passed_in_the_end():
    assert told(f" LOGGING RETRY ERRORS  outer sometimes\n RETRY 1 \n\n{ERROR}\nPASS a.test.js\n{END}") == [
        ("", "outer sometimes", "failed"),
        ("", "outer sometimes", "passed"),
    ]


def test_a_session_that_was_interrupted_says_so():
    log = read_log(f"FAIL a.test.js\n  ● fails\n{ERROR}\nTest run was interrupted.{END}".encode())
    assert (log.stopped_early, log.complete) == ("jest was interrupted", True)


def test_a_test_that_prints_of_retries_is_no_retry():
    text = f"FAIL a.test.js\n  ● fails\n\n    RETRY 1\n    RETRY later\n\n      at a.js:1:1\n{END}"
    [one] = results(text)
    assert (one.name, one.message) == ("fails", "RETRY 1\nRETRY later")


def test_passes_that_are_only_counted_are_counted():
    log = read_log(b"PASS a.test.js\n\nTest Suites: 1 passed, 1 total\nTests:       1 todo, 7 passed, 8 total\n")
    assert (log.results, log.unnamed_passes) == ((), 7)


def test_the_groups_of_errors_in_an_actions_log_name_their_file():
    group = f"##[group]Errors thrown in src/a.test.js\n  ● outer › fails\n{ERROR}##[endgroup]\n"
    assert [(one.file, one.name) for one in results(f"{group}{END}")] == [("src/a.test.js", "fails")]
    assert told(f"FAIL src/a.test.js\n  ● outer › fails\n{ERROR}{group}{END}") == [("outer", "fails", "failed")]


def test_where_no_file_could_be_loaded_no_test_has_failed():
    block = "  ● Test suite failed to run\n\n    Cannot find module 'x'\n\n"
    log = read_log(
        f"FAIL a.test.js\n{block}FAIL b.test.js\n{block}Test Suites: 2 failed, 2 total\nTests:       0 total\n".encode()
    )
    assert (log.results, log.complete) == ((), True)
    assert log.stopped_early == "none of the test files could be loaded, the first is a.test.js"
