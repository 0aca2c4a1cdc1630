import pytest

from app.core.logs import read_log
from tests.core.log_story import job, step

RUN = """JUnit version 4.13
.E..E
Time: 0.042
There were 2 failures:
1) splitsEvenly(org.bill.SplitTest)
org.junit.ComparisonFailure: shares expected:<3.3[4]> but was:<3.3[3]>
\tat org.junit.Assert.assertEquals(Assert.java:117)
\tat org.bill.SplitTest.splitsEvenly(SplitTest.java:18)
2) readsRates(org.bill.RatesTest)
java.io.UncheckedIOException: no rates
\tat org.bill.Rates.read(Rates.java:9)
Caused by: java.io.IOException: gone

FAILURES!!!
Tests run: 3,  Failures: 2

"""


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_numbered_blocks_are_the_failures_and_the_counts_end_the_run():
    log = read_log(job(step("java org.junit.runner.JUnitCore org.bill.All", RUN, code=1)))
    first, second = log.results
    assert (first.class_name, first.name, first.outcome.value) == ("org.bill.SplitTest", "splitsEvenly", "failed")
    assert first.message == "org.junit.ComparisonFailure: shares expected:<3.3[4]> but was:<3.3[3]>"
    assert (second.name, second.outcome.value, second.message) == (
        "readsRates",
        "error",
        "java.io.UncheckedIOException: no rates",
    )
    assert (log.runner, log.complete, log.unnamed_passes) == ("junit", True, 1)


def test_a_run_in_which_all_went_well_counts_its_passes():
    log = read_log(b"JUnit4 Test Runner\n...\nTime: 0.01\n\nOK (3 tests)\n")
    assert (log.results, log.unnamed_passes, log.complete) == ((), 3, True)


def test_junit_three_lists_errors_apart():
    text = "JUnit version 3.8.1\n.E.F\nTime: 0\nThere was 1 error:\n1) testA(a.ATest)java.lang.Exception: no\n\tat a.A.a(A.java:1)\nThere was 1 failure:\n1) testB(a.ATest)\nfive is not four\n\nFAILURES!!!\nTests run: 2,  Failures: 1,  Errors: 1\n"
    assert told(text) == [("a.ATest", "testA", "error"), ("a.ATest", "testB", "failed")]
    assert read_log(text.encode()).results[0].message == "java.lang.Exception: no"


def test_a_class_that_could_not_be_run_is_an_error_by_its_own_name():
    text = "JUnit version 4.12\nE\nTime: 0\nThere was 1 failure:\n1) org.bill.SplitTest\njava.lang.RuntimeException: set-up\n"
    assert told(text) == [("org.bill.SplitTest", "org.bill.SplitTest", "error")]


def test_a_message_that_looks_like_a_head_is_none_out_of_turn():
    text = "JUnit version 4.12\n.E\nTime: 0\nThere was 1 failure:\n1) lists(a.ATest)\nleft over were\n4) others(a.BTest)\n\nFAILURES!!!\nTests run: 1,  Failures: 1\n"
    assert told(text) == [("a.ATest", "lists", "failed")]


def test_a_run_that_was_cut_off_is_not_complete():
    log = read_log(RUN.partition("2) readsRates")[0].encode())
    assert [one.name for one in log.results] == ["splitsEvenly"]
    assert not log.complete


@pytest.mark.parametrize("start", ["PHPUnit 11.0 by somebody.\n", "", "Running org.bill.All\n"])
def test_the_same_words_of_another_runner_are_not_junits(start: str):
    assert told(start + RUN.partition("\n")[2]) == []


def test_on_a_device_the_time_stands_before_the_failures():
    log = read_log(b"""\
com.acme.AppTest:
Error in opens(com.acme.AppTest):
org.junit.ComparisonFailure: expected:<a> but was:<b>
\tat org.junit.Assert.assertEquals(Assert.java:117)
.
Time: 0.031
There was 1 failure:
1) opens(com.acme.AppTest)
org.junit.ComparisonFailure: expected:<a> but was:<b>
\tat org.junit.Assert.assertEquals(Assert.java:117)

FAILURES!!!
Tests run: 2,  Failures: 1
""")
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("com.acme.AppTest", "opens", "failed")
    ]
    assert (log.complete, log.unnamed_passes) == (True, 1)
