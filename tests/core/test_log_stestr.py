from app.core.logs import read_log

FAILURE = """{1} app.tests.test_x.FooTest.test_b [0.200000s] ... FAILED

Captured traceback:
~~~~~~~~~~~~~~~~~~~
    Traceback (most recent call last):

      File "/w/app/tests/test_x.py", line 5, in test_b
    self.assertEqual(1, 2)
    ^^^^^^^^^^^^^^^^^^^^^^

    testtools.matchers._impl.MismatchError: 1 != 2


"""
TOTALS = "\n======\nTotals\n======\nRan: 4 tests in 1.0000 sec.\n - Passed: 1\n - Skipped: 1\n - Failed: 2\n"


def test_the_last_part_of_an_identifier_is_the_test():
    log = read_log(
        (
            "{0} app.tests.test_x.FooTest.test_a [0.123456s] ... ok\n"
            + FAILURE
            + "{0} app.tests.test_x.FooTest.test_c ... SKIPPED: no\n{0} setUpClass (app.tests.BarTest) [0.000000s] ... FAILED\n"
            + "{0} app.tests.FooTest.test_d(scenario.one) [0.1s] ... ok\n"
            + TOTALS
        ).encode()
    )
    assert [(one.class_name, one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("app.tests.test_x.FooTest", "test_a", "passed", 123),
        ("app.tests.test_x.FooTest", "test_b", "failed", 200),
        ("app.tests.test_x.FooTest", "test_c", "skipped", None),
        ("app.tests.BarTest", "setUpClass", "error", 0),
        ("app.tests.FooTest", "test_d(scenario.one)", "passed", 100),
    ]
    assert log.results[1].message == "testtools.matchers._impl.MismatchError: 1 != 2"
    assert (log.runner, log.complete) == ("stestr", True)


def test_without_totals_a_session_is_not_complete():
    log = read_log(FAILURE.encode())
    assert (len(log.results), log.complete) == (1, False)


def test_lines_that_end_alike_are_not_read():
    assert read_log(b"x ... FAILED\n[12] ... ok\ncompiling [3s] ... FAILED\n").results == ()


def test_a_subtest_shows_its_traceback_as_it_is():
    [one] = read_log(
        b"{0} a.C.test_sub [0.1s] ... FAILED\n\nCaptured traceback (i=0):\n~~~~~~~~~~~~~~~~~~~~~~~~~\n    Traceback (most recent call last):\n"
        b'  File "/w/a.py", line 12, in test_sub\n    self.assertEqual(i,1)\n    ^^^^\nAssertionError: 0 != 1\nand more\n\n\n======\nTotals\n======\n'
    ).results
    assert one.message == "AssertionError: 0 != 1\nand more"
