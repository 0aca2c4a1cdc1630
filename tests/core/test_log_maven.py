import pytest

from app.core.logs import read_log
from app.core.model import TestResult

BANNER = "[INFO] -------------------------------------------------------\n[INFO]  T E S T S\n[INFO] -------------------------------------------------------\n"
RUNNING = "[INFO] Running com.acme.CartTest\n"
CLASS_FAILED = "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! -- in com.acme.CartTest\n"
FAILED = "[ERROR] com.acme.CartTest.adds -- Time elapsed: 0.012 s <<< FAILURE!\norg.opentest4j.AssertionFailedError: expected: <1> but was: <2>\n\tat com.acme.CartTest.adds(CartTest.java:12)\n\n"
TOTALS = "[INFO] \n[INFO] Results:\n[INFO] \n[ERROR] Failures: \n[ERROR]   CartTest.adds:12 expected: <1> but was: <2>\n[INFO] \n[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_a_failure_is_named_and_told_once():
    [one] = results(f"{BANNER}{RUNNING}{CLASS_FAILED}{FAILED}{TOTALS}")
    assert (one.suite, one.class_name, one.name, one.outcome) == (
        "com.acme.CartTest",
        "com.acme.CartTest",
        "adds",
        "failed",
    )
    assert (one.duration_ms, one.line) == (12, 6)
    assert one.message == "org.opentest4j.AssertionFailedError: expected: <1> but was: <2>"
    assert one.stack_trace is not None
    assert one.stack_trace.endswith("at com.acme.CartTest.adds(CartTest.java:12)")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("adds(com.acme.CartTest)  Time elapsed: 0.022 sec  <<< FAILURE!", "adds"),
        ("[ERROR] adds(com.acme.CartTest)  Time elapsed: 0.022 s  <<< FAILURE!", "adds"),
        ("[ERROR] com.acme.CartTest.adds  Time elapsed: 0.022 s  <<< FAILURE!", "adds"),
        ("[ERROR] com.acme.CartTest.adds(String)[2] -- Time elapsed: 0.022 s <<< FAILURE!", "adds(String)[2]"),
        ("[ERROR] com.acme.CartTest.adds{int, int}[1]  Time elapsed: 0.022 s  <<< FAILURE!", "adds{int, int}[1]"),
        ("[ERROR] com.acme.CartTest.it adds. twice -- Time elapsed: 0.022 s <<< FAILURE!", "it adds. twice"),
        (
            "[ERROR] it adds (when empty)(com.acme.CartTest)  Time elapsed: 0.022 s  <<< FAILURE!",
            "it adds (when empty)",
        ),
        ("[ERROR] adds  Time elapsed: 0.022 s  <<< FAILURE!", "adds"),
        ("adds()  Time elapsed: 0.022 sec  <<< FAILURE!", "adds"),
        ("it adds, twice  Time elapsed: 0.022 sec  <<< FAILURE!", "it adds, twice"),
        ("[ERROR] adds(String)  Time elapsed: 0.022 s  <<< ERROR!", "adds(String)"),
        ("[ERROR] adds(int, List)[2]  Time elapsed: 0.022 s  <<< FAILURE!", "adds(int, List)[2]"),
        ("[ERROR] adds{int, int}[1]  Time elapsed: 0.022 s  <<< FAILURE!", "adds{int, int}[1]"),
        ("12:59:02,912 [ERROR] com.acme.CartTest.adds -- Time elapsed: 0.022 s <<< FAILURE!", "adds"),
        ("no line end[ERROR] com.acme.CartTest.adds -- Time elapsed: 0.022 s <<< FAILURE!", "adds"),
    ],
)
def test_each_version_names_a_test_its_own_way(head, name):
    [one] = results(f"{BANNER}{CLASS_FAILED}{head}\njava.lang.AssertionError\n\n{TOTALS}")
    assert (one.class_name, one.name, one.duration_ms) == ("com.acme.CartTest", name, 22)


def test_a_name_without_its_class_is_told_once_though_the_closing_list_knows_the_class():
    closing = "[ERROR] Failures: \n[ERROR]   CartTest.adds:12 no\n"
    head = "[ERROR] adds  Time elapsed: 0.022 s  <<< FAILURE!"
    [one] = results(f"{BANNER}{CLASS_FAILED}{head}\njava.lang.AssertionError: no\n\n{closing}{TOTALS}")
    assert (one.class_name, one.name) == ("com.acme.CartTest", "adds")


def test_what_took_time_beside_a_class_is_no_test_unless_maven_marks_it():
    assert results(f"{BANNER}[INFO] Running com.acme.CartTest\nrequest  Time elapsed: 0.022 s\n") == []


def test_a_class_of_a_suite_is_the_class_of_its_tests_and_the_suite_their_suite():
    [one] = results(
        "-----\n T E S T S\n-----\nRunning com.acme.AllTests\n"
        "Tests run: 2, Failures: 0, Errors: 1, Skipped: 0, Time elapsed: 92.086 sec <<< FAILURE! - in com.acme.AllTests\n"
        "run[1: mode=a](com.acme.CartTest)  Time elapsed: 0.1 sec  <<< ERROR!\njava.lang.NullPointerException: null\n\n"
        "Results :\n\nTests in error: \n  CartTest.run:3 » NullPointer\n\nTests run: 2, Failures: 0, Errors: 1, Skipped: 0\n"
    )
    assert (one.suite, one.class_name, one.name, one.outcome) == (
        "com.acme.AllTests",
        "com.acme.CartTest",
        "run[1: mode=a]",
        "error",
    )


def test_what_failed_as_a_class_is_one_error_with_the_name_of_the_class():
    head = "[ERROR] Tests run: 1, Failures: 0, Errors: 1, Skipped: 0, Time elapsed: 0 s <<< FAILURE! -- in com.acme.CartTest\n"
    assert told(
        f"{BANNER}{head}[ERROR] com.acme.CartTest -- Time elapsed: 0.004 s <<< ERROR!\njava.lang.Error\n\n"
        "[INFO] Results:\n[ERROR] Errors: \n[ERROR]   CartTest » Error\n[ERROR] Tests run: 1, Failures: 0, Errors: 1, Skipped: 0\n"
    ) == [("com.acme.CartTest", "com.acme.CartTest", "error")]


WHOLE = "[ERROR] com.acme.CartTest -- Time elapsed: 0.004 s <<< ERROR!\njava.lang.Error\n\n"


def test_what_kept_a_class_from_running_is_told_once_though_the_list_names_the_method_and_no_totals_follow():
    lists = "[INFO] \n[ERROR] Errors: \n[ERROR]   CartTest.opens:4 Runtime no\n[ERROR]   BillTest.adds:9 Runtime no\n[INFO] \n"
    assert told(f"{BANNER}{WHOLE}{lists}") == [
        ("com.acme.CartTest", "com.acme.CartTest", "error"),
        ("BillTest", "adds", "error"),
    ]


def test_a_class_that_failed_as_a_whole_each_time_has_no_method_in_the_list():
    runs = (
        "[ERROR] com.acme.CartTest.null\n[ERROR]   Run 1: CartTest.opens:4 no\n[ERROR]   Run 2: CartTest.opens:4 no\n"
    )
    text = f"{BANNER}{WHOLE}{WHOLE}[INFO] \n[INFO] Results:\n[INFO] \n[ERROR] Errors: \n{runs}[INFO] \n[ERROR] Tests run: 1, Failures: 0, Errors: 1, Skipped: 0\n"
    assert [(one.name, one.ordinal) for one in results(text)] == [("com.acme.CartTest", 1), ("com.acme.CartTest", 2)]


def test_an_invocation_that_passed_among_the_failures_is_no_later_try():
    log = read_log(
        f"{BANNER}[INFO] Results:\n[INFO] \n[ERROR] Failures: \n[ERROR] com.acme.CartTest.adds\n[ERROR]   Run 1: CartTest.adds:12 no\n"
        "[INFO]   Run 2: PASS\n[INFO] \n[INFO] \n[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0\n".encode()
    )
    assert [(one.name, one.outcome.value) for one in log.results] == [("adds", "failed")]


def test_a_flake_passed_in_the_end():
    passed = "[INFO] Tests run: 1, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.01 s -- in com.acme.CartTest\n"
    text = (
        f"{BANNER}{RUNNING}{CLASS_FAILED}{FAILED}{RUNNING}{passed}[INFO] \n[INFO] Results:\n[INFO] \n[WARNING] Flakes: \n"
        "[WARNING] com.acme.CartTest.adds\n[ERROR]   Run 1: CartTest.adds:12 expected: <1> but was: <2>\n[INFO]   Run 2: PASS\n"
        "[INFO] \n[INFO] \n[WARNING] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Flakes: 1\n"
    )
    assert [(one.name, one.outcome, one.ordinal) for one in results(text)] == [
        ("adds", "failed", 1),
        ("adds", "passed", 2),
    ]
    assert read_log(text.encode()).complete


def test_a_test_that_failed_each_time_has_as_many_failures_as_runs():
    again = f"{RUNNING}{CLASS_FAILED}{FAILED}"
    text = (
        f"{BANNER}{again}{again}[INFO] Results:\n[INFO] \n[ERROR] Failures: \n[ERROR] com.acme.CartTest.adds\n"
        "[ERROR]   Run 1: CartTest.adds:12 boom\n[ERROR]   Run 2: CartTest.adds:12 boom\n[INFO] \n"
        "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\n"
    )
    assert [(one.outcome, one.ordinal) for one in results(text)] == [("failed", 1), ("failed", 2)]


def test_a_test_of_junit_4_that_failed_each_time_is_listed_with_its_class_behind_it_in_2_x():
    again = f"{RUNNING}{CLASS_FAILED}{FAILED}"
    text = (
        f"{BANNER}{again}{again}[INFO] Results:\n[INFO] \n[ERROR] Failures: \n[ERROR] com.acme.CartTest.adds(com.acme.CartTest)\n"
        "[ERROR]   Run 1: CartTest.adds:12 boom\n[ERROR]   Run 2: CartTest.adds:12 boom\n[INFO] \n"
        "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\n"
    )
    assert [(one.name, one.outcome, one.ordinal) for one in results(text)] == [
        ("adds", "failed", 1),
        ("adds", "failed", 2),
    ]


def test_a_message_of_several_lines_in_the_closing_list_is_no_test():
    text = (
        f"{BANNER}[INFO] Results:\n[INFO] \n[ERROR] Failures: \n[ERROR] com.acme.CartTest.adds\n[ERROR]   Run 1: CartTest.adds:12 \nExpected: a value\n  but: was.none other\n"
        "[ERROR]   Run 2: CartTest.adds:12 boom\n[INFO] \n[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\n"
    )
    assert [(one.class_name, one.name, one.ordinal) for one in results(text)] == [
        ("com.acme.CartTest", "adds", 1),
        ("com.acme.CartTest", "adds", 2),
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("CartTest.adds:12 expected 1", ("CartTest", "adds", "expected 1")),
        ("CartTest.adds:12->BaseTest.check:7 » IllegalState", ("CartTest", "adds", "IllegalState")),
        ("CartTest>BaseTest.adds:12 null", ("CartTest", "adds", "null")),
        ("CartTest.it adds twice:12 expected 1", ("CartTest", "it adds twice", "expected 1")),
        ("adds(com.acme.CartTest): expected 1", ("com.acme.CartTest", "adds", "expected 1")),
    ],
)
def test_where_no_failure_was_told_the_closing_list_names_it(entry, expected):
    [one] = results(
        f" T E S T S\n\nResults :\n\nFailed tests: \n  {entry}\n\nTests run: 3, Failures: 1, Errors: 0, Skipped: 0\n"
    )
    assert (one.class_name, one.name, one.message) == expected


def test_the_closing_list_of_old_begins_behind_its_headline():
    assert told(
        " T E S T S\nResults :\n\nFailed tests:   adds(com.acme.CartTest)\n  removes(com.acme.CartTest): boom\n\nTests run: 3, Failures: 2, Errors: 0, Skipped: 0\n"
    ) == [("com.acme.CartTest", "adds", "failed"), ("com.acme.CartTest", "removes", "failed")]


def test_the_closing_list_takes_the_full_name_of_a_class_that_ran():
    assert told(
        f"{BANNER}{RUNNING}[INFO] Results:\n[ERROR] Failures: \n[ERROR]   CartTest.adds:12 boom\n[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\n"
    ) == [("com.acme.CartTest", "adds", "failed")]


def test_the_plain_format_names_what_passed_and_what_was_skipped():
    head = "Tests run: 2, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 0.05 sec - in com.acme.CartTest\n"
    assert told(
        f" T E S T S\nRunning com.acme.CartTest\n{head}adds(com.acme.CartTest)  Time elapsed: 0.002 sec\n\n"
        "Running com.acme.MathTest\nTests run: 1, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 sec <<< FAILURE! - in com.acme.MathTest\n"
        "sums(com.acme.MathTest)  Time elapsed: 0.1 sec  <<< FAILURE!\njava.lang.AssertionError\n\nTests run: 3, Failures: 1, Errors: 0, Skipped: 1\n"
    ) == [("com.acme.CartTest", "adds", "passed"), ("com.acme.MathTest", "sums", "failed")]


def test_each_module_of_a_reactor_is_a_session_and_those_that_did_not_run_are_said():
    text = (
        f"{BANNER}{RUNNING}[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0\n{BANNER}{CLASS_FAILED}{FAILED}{TOTALS}"
        "[INFO] Reactor Summary:\n[INFO] core ......... SUCCESS [  1.0 s]\n[INFO] cart ......... FAILURE [  1.0 s]\n[INFO] shop ......... SKIPPED\n"
    )
    log = read_log(text.encode())
    assert (len(log.results), log.complete, log.stopped_early) == (1, True, "maven did not come to all modules")


def test_a_run_without_its_totals_is_not_complete():
    log = read_log(f"{BANNER}{RUNNING}{CLASS_FAILED}{FAILED}".encode())
    assert (len(log.results), log.complete) == (1, False)


def test_the_classes_of_a_virtual_machine_that_crashed_are_errors():
    text = (
        f"{BANNER}{RUNNING}[INFO] Results:\n[INFO] \n[ERROR] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0\n"
        "[ERROR] ExecutionException The forked VM terminated without properly saying goodbye. VM crash or System.exit called?\n"
        "[ERROR] Crashed tests:\n[ERROR] com.acme.CartTest\n[ERROR] org.apache.maven.surefire.booter.SurefireBooterForkException: boom\n[ERROR] Crashed tests:\n[ERROR] com.acme.CartTest\n"
    )
    log = read_log(text.encode())
    assert [(one.name, one.outcome) for one in log.results] == [("com.acme.CartTest", "error")]
    assert log.stopped_early == "the forked VM of maven's tests crashed"


def test_a_message_of_several_lines_is_kept_whole():
    [one] = results(
        f"{BANNER}{CLASS_FAILED}[ERROR] com.acme.CartTest.adds -- Time elapsed: 0.1 s <<< FAILURE!\norg.junit.ComparisonFailure: expected:<a\n\nb> but was:<c>\n"
        f"\tat com.acme.CartTest.adds(CartTest.java:12)\n\nwhat another test printed\n{TOTALS}"
    )
    assert one.message == "org.junit.ComparisonFailure: expected:<a\n\nb> but was:<c>"
    assert one.stack_trace is not None
    assert "printed" not in one.stack_trace


@pytest.mark.parametrize(
    "text",
    [
        "[ERROR] COMPILATION ERROR : \n[ERROR] /src/CartTest.java:[3,5] cannot find symbol\n[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin\n",
        "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.18.1:test (default-test) on project a: There are test failures.\n",
        "[junit] Tests run: 8, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.178 sec\n",
        "[INFO] <<< maven-source-plugin:2.2.1:jar (attach-sources) < generate-sources @ owlapi-api <<<\n",
        "Tests run: 3,  Failures: 1\n",
    ],
)
def test_what_is_no_result_of_surefires_names_no_test(text):
    assert results(text) == []


def test_levels_are_known_as_githubs_page_shows_them():
    text = (
        "[INFO] Running com.acme.CartTest\nError:  Tests run: 2, Failures: 2, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! - in com.acme.CartTest\n"
        "Error:  com.acme.CartTest.adds  Time elapsed: 0.01 s  <<< FAILURE!\njava.lang.AssertionError: no\n\n[INFO] \n[INFO] Results:\n[INFO] \n"
        "Error:  Failures: \nError:    CartTest.adds:3 no\nError:    CartTest.takes:4 \nexpected: 1\n[INFO] \nError:  Tests run: 2, Failures: 2, Errors: 0, Skipped: 0\n"
    )
    expected = [("com.acme.CartTest", "adds"), ("com.acme.CartTest", "takes")]
    assert [(one.class_name, one.name) for one in read_log(text.encode()).results] == expected
    cut = text[text.index("Error:  Failures") :]
    assert [one.name for one in read_log(cut.encode()).results] == ["adds", "takes"]


def test_a_nested_class_of_junit_5_is_known_by_the_stack_where_the_head_names_the_method_alone():
    def failed(method: str, frame: str) -> str:
        return f"[ERROR] {method}  Time elapsed: 0.01 s  <<< FAILURE!\norg.opentest4j.AssertionFailedError: no\n\tat {frame}(CartTest.java:23)\n\n"

    counts = "[ERROR] Tests run: 4, Failures: 4, Errors: 0, Skipped: 0, Time elapsed: 0.1 s <<< FAILURE! - in com.acme.CartTest\n"
    text = (
        f"{BANNER}{RUNNING}{counts}{failed('adds', 'com.acme.CartTest$Inner.adds')}{failed('sums', 'com.acme.CartTest$In$Deep.sums')}"
        f"{failed('waits', 'com.acme.CartTest$1.waits')}{failed('reads{int}[2]', 'com.acme.CartTest.lambda$reads$0')}"
        "[INFO] Results:\n[INFO] \n[ERROR] Failures: \n[ERROR]   CartTest$In$Deep.sums:23 no\n[ERROR]   CartTest$Inner.adds:23 no\n"
        "[ERROR]   CartTest.waits:23 no\n[ERROR]   CartTest.reads:23 no\n[INFO] \n[ERROR] Tests run: 4, Failures: 4, Errors: 0, Skipped: 0\n"
    )
    assert [(one.suite, one.class_name, one.name) for one in results(text)] == [
        ("com.acme.CartTest", "com.acme.CartTest$Inner", "adds"),
        ("com.acme.CartTest", "com.acme.CartTest$In$Deep", "sums"),
        ("com.acme.CartTest", "com.acme.CartTest", "waits"),
        ("com.acme.CartTest", "com.acme.CartTest", "reads{int}[2]"),
    ]


def test_a_class_that_ran_when_the_time_was_up_is_an_error():
    passed = "[INFO] Tests run: 1, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.01 s - in com.acme.BillTest\n"
    text = (
        f"{BANNER}[INFO] Running com.acme.BillTest\n{passed}[INFO] Running com.acme.CartTest\n[INFO] \n[INFO] Results:\n[INFO] \n"
        "[INFO] Tests run: 1, Failures: 0, Errors: 0, Skipped: 0\n[INFO] \n"
        "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.22.2:test (default-test) on project shop: There was a timeout or other error in the fork -> [Help 1]\n"
        "com.acme.Other\n"
    )
    log = read_log(text.encode())
    assert [(one.name, one.outcome) for one in log.results] == [("com.acme.CartTest", "error")]
    assert log.stopped_early == "maven's tests ran out of time"
