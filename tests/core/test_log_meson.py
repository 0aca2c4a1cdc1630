from app.core.logs import read_log

COUNTS = "\nOk:                 1   \nExpected Fail:      0   \nFail:               1   \nTimeout:            0   \n\nFull log written to /b/meson-logs/testlog.txt\n"


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_each_line_of_a_test_is_an_execution_and_the_list_of_failures_repeats_it():
    log = read_log(
        (
            "1/5 lib:core / array                 OK              0.02s\n2/5 lib:core / list of things        FAIL            0.31s   exit status 1\n"
            ">>> MALLOC_PERTURB_=12 /b/list\n――――――――――――――――――――― ✀  ―――――――――――――――――――――\nboom\n――――――――――――――――――――――\n\n"
            "3/5 alone       TIMEOUT        30.01s   killed by signal 15 SIGTERM\n4/5 skipped   SKIP 0.01s\n5/5 bad  EXPECTEDFAIL 0.01s\n\nSummary of Failures:\n\n"
            "2/5 lib:core / list of things        FAIL            0.31s   exit status 1\n3/5 alone       TIMEOUT        30.01s   killed by signal 15 SIGTERM\n"
            + COUNTS
        ).encode()
    )
    assert [(one.class_name, one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("lib", "array", "passed", 20),
        ("lib", "list of things", "failed", 310),
        ("", "alone", "failed", 30010),
        ("", "skipped", "skipped", 10),
        ("", "bad", "passed", 10),
    ]
    assert log.results[1].message == "FAIL exit status 1"
    assert "boom" in log.results[1].stack_trace
    assert (log.runner, log.complete) == ("meson", True)


def test_older_versions_tell_what_failed_behind_the_counts():
    log = read_log(
        (
            "1/1 wrong_command FAIL           0.02s (exit status 1)\n"
            + COUNTS
            + "The output from the failed tests:\n\n1/1 wrong_command FAIL           0.02s (exit status 1)\n\n"
            "--- command ---\n11:28:32 /b/wrong\n--- stderr ---\nno such thing\n-------\n"
        ).encode()
    )
    [one] = log.results
    assert (one.name, one.outcome.value) == ("wrong_command", "failed")
    assert "no such thing" in one.stack_trace
    assert log.complete


def test_what_the_list_of_failures_adds_is_told():
    assert told("Summary of Failures:\n\n2/5 two   ERROR   0.31s   exit status 99\n" + COUNTS) == [("", "two", "error")]


def test_each_run_is_a_session_and_one_without_counts_is_not_complete():
    assert not read_log(("1/1 a FAIL 0.02s\n" + COUNTS + "1/1 a FAIL 0.02s\n").encode()).complete


def test_fractions_of_others_are_not_read():
    assert told("3/9 files FAIL\n1/2 Test #1: a ... Passed 0.1 sec\n10/12 done 0.2s\n" + COUNTS) == []


def test_newer_versions_write_project_and_suites_the_other_way_round():
    assert told(
        "1/3 core+x - lib:bad two FAIL 0.01s   exit status 3\n2/3 lib:err   ERROR 0.01s\n3/3 a::b FAIL 0.01s\n" + COUNTS
    ) == [
        ("lib", "bad two", "failed"),
        ("lib", "err", "error"),
        ("", "a::b", "failed"),
    ]


def test_the_points_of_a_test_that_prints_tap_are_told_instead_of_it():
    assert told(
        "8/9 lib:tap              RUNNING\n▶ 8/9 - a                OK\n▶ 8/9 - b                FAIL\n8/9 lib:tap              FAIL            0.00s   1/2 subtests passed\n\n"
        "Summary of Failures:\n\n8/9 lib:tap              FAIL            0.00s   1/2 subtests passed\n" + COUNTS
    ) == [("lib.tap", "a", "passed"), ("lib.tap", "b", "failed")]


def test_a_run_that_stopped_says_how_far_it_came():
    log = read_log(
        b"1/18 a OK 0.01s\n3/18 b TIMEOUT 1.01s\n\nOk:                1   \nTimeout:           1   \n\nFull log written to /b/meson-logs/testlog.txt\n"
    )
    assert (log.stopped_early, log.complete) == ("meson ran 2 of 18 tests", True)
