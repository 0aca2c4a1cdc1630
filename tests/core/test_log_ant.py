import pytest

from app.core.logs import read_log
from app.core.model import TestResult

COUNTS = "    [junit] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 sec\n    [junit]\n"
SUITE = "    [junit] Testsuite: com.acme.CartTest\n"
PLATFORM = "    MethodSource [className = 'com.acme.CartTest', methodName = 'adds', methodParameterTypes = '{}']\n    => java.lang.IllegalStateException: boom\n       com.acme.Cart.add(Cart.java:5)\n       [...]\n"
PLATFORM_END = (
    "\nTest run finished after 147 ms\n[         3 tests found           ]\n[         1 tests failed          ]\n"
)


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_the_brief_formatter_names_what_did_not_pass():
    text = (
        f"{SUITE}{COUNTS}    [junit] Testcase: adds(com.acme.CartTest):\tFAILED\n    [junit] expected 1\n"
        "    [junit] junit.framework.AssertionFailedError: expected 1\n    [junit] \tat com.acme.CartTest.adds(CartTest.java:12)\n    [junit] \n"
        "    [junit] Testcase: sums(com.acme.MathTest):\tCaused an ERROR\n    [junit] boom\n    [junit] Testcase: waits(com.acme.CartTest):SKIPPED: later\n"
        "    [junit] Test com.acme.CartTest FAILED\nBUILD FAILED\n"
    )
    assert told(text) == [
        ("com.acme.CartTest", "adds", "failed"),
        ("com.acme.MathTest", "sums", "error"),
        ("com.acme.CartTest", "waits", "skipped"),
    ]
    one = results(text)[0]
    assert (one.suite, one.message) == (
        "com.acme.CartTest",
        "expected 1\njunit.framework.AssertionFailedError: expected 1",
    )
    assert read_log(text.encode()).complete


def test_the_plain_formatter_names_every_test_and_says_below_how_it_ended():
    text = (
        f"{SUITE}{COUNTS}    [junit] Testcase: adds took 0.012 sec\n    [junit] \tFAILED\n    [junit] expected 1\n"
        "    [junit] Testcase: removes took 0 sec\n    [junit] Testcase: clears took 0.001 sec\n    [junit] \tSKIPPED: later\n"
        "    [junit] Testcase: sums took 1,001.5 sec\n    [junit] \tCaused an ERROR\n    [junit] boom\n"
    )
    assert [(one.name, one.outcome, one.duration_ms) for one in results(text)] == [
        ("adds", "failed", 12),
        ("removes", "passed", 0),
        ("clears", "skipped", 1),
        ("sums", "error", 1_001_500),
    ]


def test_the_name_of_the_task_need_not_stand_before_a_line():
    assert told(f"{SUITE}{COUNTS}Testcase: adds(com.acme.CartTest):\tFAILED\nboom\n".replace("    [junit] ", "")) == [
        ("com.acme.CartTest", "adds", "failed")
    ]


def test_a_class_whose_process_died_is_an_error_of_its_own():
    log = read_log(f"{SUITE}    [junit] Test com.acme.CartTest FAILED (crashed)\nBUILD FAILED\n".encode())
    assert [(one.name, one.outcome) for one in log.results] == [("com.acme.CartTest", "error")]
    assert (log.stopped_early, log.complete) == ("a test class of ant's crashed", False)


def test_a_summary_alone_names_the_class_of_which_it_counts_failures():
    text = (
        "    [junit] Running com.acme.ShopTest\n    [junit] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 sec\n"
        f"    [junit] Running com.acme.CartTest\n{COUNTS}    [junit] Test com.acme.CartTest FAILED\nBUILD FAILED\n"
    )
    log = read_log(text.encode())
    assert told(text) == [("com.acme.CartTest", "com.acme.CartTest", "error")]
    assert (log.complete, log.unnamed_passes) == (True, 6)
    assert not read_log(text.replace("Failures: 1", "Failures: 2").encode()).complete
    assert told(text.replace("[junit]", "[INFO]")) == []


def test_beside_a_formatter_the_summary_counts_nothing_twice():
    text = f"    [junit] Running com.acme.CartTest\n{SUITE}{COUNTS}    [junit] Testcase: adds(com.acme.CartTest):\tFAILED\n    [junit] boom\n{COUNTS}"
    log = read_log(text.encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("adds", "failed")]
    assert (log.complete, log.unnamed_passes) == (True, 2)


def test_a_batch_that_crashed_names_the_class_that_ran():
    text = "    [junit] Running com.acme.CartTest\n    [junit] Tests run: 1, Failures: 0, Errors: 1, Time elapsed: 0 sec\n    [junit] Tests FAILED (crashed)\n"
    log = read_log(text.encode())
    assert [(one.name, one.outcome) for one in log.results] == [("com.acme.CartTest", "error")]
    assert log.stopped_early == "a test class of ant's crashed"


def test_a_build_that_halts_at_a_failure_says_so():
    text = f"{SUITE}{COUNTS}    [junit] Testcase: adds(com.acme.CartTest):\tFAILED\n    [junit] ------------- Standard Error -----\n\nBUILD FAILED\n/src/build.xml:123: Test com.acme.CartTest failed\n"
    assert read_log(text.encode()).stopped_early == "ant stopped at a test that failed"


@pytest.mark.parametrize("prefix", ["", "    [junit] "])
def test_the_platform_lists_its_failures_alone_and_through_ant(prefix):
    lines = f"Failures (1):\n  JUnit Jupiter:CartTest:adds()\n{PLATFORM.format('')}{PLATFORM_END}"
    text = "".join(f"{prefix}{line}\n" for line in lines.split("\n"))
    [one] = results(text)
    assert (one.class_name, one.name, one.outcome, one.message) == (
        "com.acme.CartTest",
        "adds()",
        "failed",
        "java.lang.IllegalStateException: boom",
    )
    assert read_log(text.encode()).complete


def test_the_platform_names_the_invocations_of_a_test_with_parameters():
    [one] = results(
        f"Failures (1):\n  JUnit Jupiter:CartTest:adds(String, int):[2] a, 1\n{PLATFORM.format('java.lang.String, int')}{PLATFORM_END}"
    )
    assert one.name == "adds(String, int)[2]"


def test_what_failed_as_a_class_of_the_platform_is_an_error():
    text = f"Failures (1):\n  JUnit Jupiter:CartTest\n    ClassSource [className = 'com.acme.CartTest', filePosition = null]\n    => java.lang.Error: boom\n{PLATFORM_END}"
    assert told(text) == [("com.acme.CartTest", "com.acme.CartTest", "error")]


def test_the_platform_without_its_totals_is_not_complete():
    log = read_log(f"Failures (1):\n  JUnit Jupiter:CartTest:adds()\n{PLATFORM.format('')}".encode())
    assert (len(log.results), log.complete) == (1, False)


@pytest.mark.parametrize(
    "text",
    [
        "    [javac] Test.java:1: error\nBUILD FAILED\n",
        "Testing: Testcase: nothing\n",
        "    [echo] Test com.acme.CartTest FAILED\nTestsuite: \n",
        "Failures (1):\n  something else\n    => boom\n",
    ],
)
def test_what_only_looks_like_ants_names_no_test(text):
    assert results(text) == []


def test_testng_names_each_test_above_its_totals():
    text = (
        "PASSED: removes\nFAILED: adds(1)\njava.lang.AssertionError: boom\n\tat org.testng.Assert.fail(Assert.java:94)\n\tat com.acme.CartTest.adds(CartTest.java:12)\n\n"
        "FAILED CONFIGURATION: @BeforeMethod setUp\njava.lang.Error: bang\n\tat com.acme.ShopTest.setUp(ShopTest.java:3)\n\nSKIPPED: com.acme.ShopTest.opens\nSKIPPED CONFIGURATION: @AfterMethod tearDown\n\n"
        "===============================================\n    Default test\n    Tests run: 3, Failures: 1, Skips: 1\n===============================================\n\nDefault suite\nTotal tests run: 3, Failures: 1, Skips: 1\nConfiguration Failures: 1, Skips: 1\n"
    )
    assert told(text) == [
        ("", "removes", "passed"),
        ("com.acme.CartTest", "adds(1)", "failed"),
        ("com.acme.ShopTest", "setUp", "error"),
        ("com.acme.ShopTest", "opens", "skipped"),
    ]
    assert read_log(text.encode()).complete


def test_testngs_words_without_its_totals_are_anybodys():
    assert results("PASSED: removes\nFAILED: adds\nTotal tests run: some\n") == []


def test_of_a_quiet_build_whose_formatters_write_into_files_the_classes_are_told():
    text = "    [junit] Test com.acme.CartTest FAILED\n    [junit] Test com.acme.BillTest FAILED\n\nBUILD FAILED\n"
    assert told(text) == [
        ("com.acme.CartTest", "com.acme.CartTest", "error"),
        ("com.acme.BillTest", "com.acme.BillTest", "error"),
    ]
