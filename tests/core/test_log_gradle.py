import pytest

from app.core.logs import read_log
from app.core.model import TestResult

FAILED_BUILD = "\n3 tests completed, 1 failed\n\n> Task :test FAILED\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task ':test'.\n\nBUILD FAILED in 3s\n"
TRACE = "    java.lang.AssertionError: expected 1\n        at com.acme.CartTest.adds(CartTest.java:12)\n\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_events_name_tests_and_how_they_ended():
    text = f"> Task :test\n\ncom.acme.CartTest > adds FAILED\n{TRACE}com.acme.CartTest > removes PASSED\n\ncom.acme.CartTest > clears SKIPPED\n{FAILED_BUILD}"
    assert told(text) == [
        ("com.acme.CartTest", "adds", "failed"),
        ("com.acme.CartTest", "removes", "passed"),
        ("com.acme.CartTest", "clears", "skipped"),
    ]
    one = results(text)[0]
    assert (one.message, one.line, one.suite) == ("java.lang.AssertionError: expected 1", 3, "com.acme.CartTest")
    assert read_log(text.encode()).complete


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("CartTest > adds()", ("CartTest", "adds()")),
        ("CartTest > WhenEmpty > adds()", ("CartTest$WhenEmpty", "adds()")),
        ("CartTest > when it is empty > adds()", ("CartTest$when it is empty", "adds()")),
        ("CartTest > adds(int) > [1] a > b", ("CartTest", "adds(int) > [1] a > b")),
        ("CartTest > WhenEmpty > adds(int) > [2] 7, x=1", ("CartTest$WhenEmpty", "adds(int) > [2] 7, x=1")),
        ("com.acme.CartSpec > adds 1, and 2 (twice)", ("com.acme.CartSpec", "adds 1, and 2 (twice)")),
        ("com.acme.CartTest > adds[0: mode = {a=1}]", ("com.acme.CartTest", "adds[0: mode = {a=1}]")),
        (
            "Gradle Test Run :app:test > Gradle Test Executor 12 > com.acme.CartTest > adds",
            ("com.acme.CartTest", "adds"),
        ),
        ("Gradle suite > Gradle test > com.acme.CartTest.adds", ("com.acme.CartTest", "adds")),
        ("TestNG > Regression > com.acme.CartTest.adds[0](a)", ("com.acme.CartTest", "adds[0](a)")),
        ("com.acme.CartTest > adds[Pixel_3a(AVD) - 11]", ("com.acme.CartTest", "adds")),
        ("com.acme.CartTest.adds[js, node]", ("com.acme.CartTest", "adds[js, node]")),
        (
            "com.acme.CartTest.adds[js, browser, ChromeHeadless122.0.0.0, Linux0.0.0]",
            ("com.acme.CartTest", "adds[js, browser, ChromeHeadless122.0.0.0, Linux0.0.0]"),
        ),
        ("CartTest.adds one[iosSimulatorArm64]", ("CartTest", "adds one[iosSimulatorArm64]")),
    ],
)
def test_an_event_names_class_and_test(path, names):
    [one] = results(f"> Task :test\n\n{path} FAILED\n{TRACE}{FAILED_BUILD}")
    assert (one.class_name, one.name) == names


def test_classes_of_one_name_in_two_projects_are_two():
    text = f"> Task :a:test\n\nAppTest > starts() PASSED\n\n> Task :b:test\n\nAppTest > starts() FAILED\n{TRACE}{FAILED_BUILD}"
    assert [(one.suite, one.outcome, one.ordinal) for one in results(text)] == [
        (":a:test", "passed", 1),
        (":b:test", "failed", 1),
    ]


def test_a_class_that_could_not_be_set_up_is_an_error():
    assert told(f"com.acme.CartTest > initializationError FAILED\n{TRACE}{FAILED_BUILD}") == [
        ("com.acme.CartTest", "initializationError", "error")
    ]


def test_a_test_that_was_retried_has_each_of_its_executions():
    text = f"CartTest > adds() FAILED\n{TRACE}CartTest > adds() FAILED\n{TRACE}CartTest > adds() PASSED\n\nBUILD SUCCESSFUL in 3s\n"
    assert [(one.outcome, one.ordinal) for one in results(text)] == [("failed", 1), ("failed", 2), ("passed", 3)]


def test_a_failure_in_a_build_that_went_well_passed_when_it_was_retried():
    assert [one.outcome for one in results(f"CartTest > adds() FAILED\n{TRACE}BUILD SUCCESSFUL in 3s\n")] == [
        "failed",
        "passed",
    ]


def test_a_build_that_ignores_failures_retried_nothing():
    text = f"CartTest > adds() FAILED\n{TRACE}There were failing tests. See the report at: file:///r\nBUILD SUCCESSFUL in 3s\n"
    assert [one.outcome for one in results(text)] == ["failed"]


def test_what_a_test_printed_is_not_an_event():
    text = f"CartTest > adds() STANDARD_OUT\n    Inner > test FAILED\n    BUILD FAILED\n\nCartTest > adds() PASSED\n{FAILED_BUILD}"
    assert told(text) == [("CartTest", "adds()", "passed")]


def test_tasks_and_their_outcomes_are_no_tests():
    text = "> Task :a:test FAILED\n:b:test FAILED\n> Task :lint SKIPPED\nGradle Test Run :test > Gradle Test Executor 4 FAILED\n* What went wrong:\nBUILD FAILED\n"
    assert read_log(text.encode()).runner is None


def test_a_build_of_several_projects_stops_at_the_first_task_that_fails():
    text = f"> Task :a:compileJava\n\nCartTest > adds() FAILED\n{TRACE}{FAILED_BUILD}"
    assert read_log(text.encode()).stopped_early == "gradle stops at the first task that fails"
    kept_on = text.replace("FAILURE: Build failed with an exception.", "FAILURE: Build completed with 2 failures.")
    assert read_log(kept_on.encode()).stopped_early is None


def test_a_build_without_an_end_is_not_complete():
    log = read_log(f"> Task :test\nCartTest > adds() FAILED\n{TRACE}".encode())
    assert (len(log.results), log.complete) == (1, False)


def test_a_process_that_crashed_stopped_the_tests():
    text = f"> Task :test FAILED\nCartTest > adds() FAILED\n{TRACE}Process 'Gradle Test Executor 1' finished with non-zero exit value 134\nBUILD FAILED in 1s\n"
    assert read_log(text.encode()).stopped_early == "a process of gradle's tests crashed"


def test_two_builds_of_one_step_are_two_sessions():
    text = f"A > a() FAILED\n{TRACE}{FAILED_BUILD}B > b() FAILED\n{TRACE}{FAILED_BUILD}"
    assert told(text) == [("A", "a()", "failed"), ("B", "b()", "failed")]


def test_the_plain_theme_of_the_test_logger_names_the_class_above():
    text = (
        "> Task :test\n\ncom.acme.CartTest\n\n  Test adds twice FAILED (1.2s)\n\n  java.lang.AssertionError: boom\n      at com.acme.CartTest.adds(CartTest.java:12)\n\n"
        "  Test removes PASSED\n  Test clears SKIPPED\n\nFAILURE: Executed 3 tests in 1.5s (1 failed, 1 skipped)\n\n* What went wrong:\n\nBUILD FAILED in 2s\n"
    )
    assert told(text) == [
        ("com.acme.CartTest", "adds twice", "failed"),
        ("com.acme.CartTest", "removes", "passed"),
        ("com.acme.CartTest", "clears", "skipped"),
    ]
    one = results(text)[0]
    assert (one.duration_ms, (one.message or "").strip()) == (1200, "java.lang.AssertionError: boom")


def test_a_nested_class_of_the_test_logger_stands_deeper():
    text = "> Task :test\n\ncom.acme.CartTest\n\n  Test adds PASSED\n\n  WhenEmpty\n\n    Test removes FAILED\n\nFAILURE: Executed 2 tests in 1s (1 failed)\n"
    assert told(text) == [("com.acme.CartTest", "adds", "passed"), ("com.acme.CartTest$WhenEmpty", "removes", "failed")]


@pytest.mark.parametrize("line", ["com.acme.CartTest adds twice FAILED", "  ✘ com.acme.CartTest adds twice (1.2s)"])
def test_the_parallel_themes_of_the_test_logger_name_the_class_before_the_test(line):
    assert told(f"> Task :test\n\n{line}\n\n{FAILED_BUILD}") == [("com.acme.CartTest", "adds twice", "failed")]


def test_the_mocha_theme_of_the_test_logger_marks_tests():
    text = "> Task :test\n\n  com.acme.CartTest\n\n    ✔ removes (15ms)\n    ✘ adds twice (1.1s)\n\n      java.lang.AssertionError: boom\n\n  1 passing (2s)\n  1 failing\n\nBUILD FAILED in 2s\n"
    assert told(text) == [("com.acme.CartTest", "removes", "passed"), ("com.acme.CartTest", "adds twice", "failed")]


LISTED = "\nTests with failures:\n - com.acme.CartTest.adds\n - com.acme.CartTest.test {yaml=10_basic/a b}\n\n"


def test_the_list_of_elasticsearch_s_builds_names_what_no_event_did():
    text = f"> Task :test\n{LISTED}{FAILED_BUILD.replace('1 failed', '2 failed')}"
    assert told(text) == [
        ("com.acme.CartTest", "adds", "failed"),
        ("com.acme.CartTest", "test {yaml=10_basic/a b}", "failed"),
    ]
    assert read_log(text.encode()).complete


def test_what_the_list_repeats_is_told_once():
    text = f"> Task :test\n\nCartTest > adds() FAILED\n{TRACE}{LISTED}{FAILED_BUILD}"
    assert [name for _, name, _ in told(text)] == ["adds()", "test {yaml=10_basic/a b}"]


def test_other_lists_name_no_tests():
    assert told(f"> Task :test\nChanges:\n - com.acme.CartTest.adds\n{FAILED_BUILD}") == []
    assert told(f"> Task :test\nTests with failures:\n - a list\nend\n - com.acme.CartTest.adds\n{FAILED_BUILD}") == []


def test_kotlin_s_own_tasks_named_no_target_once():
    events = "\nCartTest.adds one FAILED\n    kotlin.AssertionError at Throwable.kt:24\n\n2 tests completed, 1 failed\n"
    log = read_log(f"> Task :core:macosArm64Test FAILED\n{events}".encode())
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("CartTest", "adds one", "failed")
    ]
    assert read_log(f"> Task :core:lint FAILED\n{events}".encode()).results == ()
