from app.core.logs import read_log

BEGIN = "Test project /b\n"


def total(passed, failed, count):
    return f"\n{passed}% tests passed, {failed} tests failed out of {count}\n\nTotal Test time (real) =   0.50 sec\n"


def told(text):
    return [(one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_each_line_of_a_test_is_an_execution_and_the_closing_list_repeats_it():
    log = read_log(
        f"{BEGIN}    Start 1: one\n1/3 Test #1: one .......   Passed    0.01 sec\n    Start 2: two.b\n"
        f"2/3 Test #2: two.b .....***Failed    0.12 sec\nboom\nat x.cc\n\n3/3 Test #3: c (d) .....***Timeout  10.01 sec\n{total(33, 2, 3)}\n"
        "The following tests FAILED:\n\t  2 - two.b (Failed)                 unit\n\t  3 - c (d) (Timeout)\nErrors while running CTest\n".encode()
    )
    one, two, three = log.results
    assert [(r.class_name, r.name, r.outcome.value) for r in log.results] == [
        ("one", "one", "passed"),
        ("two.b", "two.b", "failed"),
        ("c (d)", "c (d)", "failed"),
    ]
    assert (two.message, two.stack_trace, two.duration_ms) == ("boom\nat x.cc", "boom\nat x.cc", 120)
    assert (three.message, one.duration_ms) == ("Timeout", 10)
    assert (log.runner, log.complete) == ("ctest", True)


def test_every_way_to_end_is_told_apart():
    assert told(
        f"{BEGIN}1/6 Test #1: a ...***Exception: SegFault  0.20 sec\n2/6 Test #2: b ...Subprocess aborted***Exception:   0.4 sec\n"
        "3/6 Test #3: c ...***Not Run (Disabled)   0.00 sec\n4/6 Test #4: d ...***Skipped   0.00 sec\n5/6 Test #5: e ...***Not Run   0.00 sec\n"
        "6/6 Test #6: f ...***Failed  Required regular expression not found. Regex=[ok]  0.01 sec\n"
    ) == [("a", "failed"), ("b", "failed"), ("c", "skipped"), ("d", "skipped"), ("e", "error"), ("f", "failed")]


def test_a_repeated_test_has_an_execution_a_run():
    log = read_log(
        f"{BEGIN}    Start 4: d\n    Test #4: d ......***Failed    0.10 sec\n    Start 4: d\n4/4 Test #4: d ......   Passed    0.10 sec\n{total(100, 0, 4)}".encode()
    )
    assert [(one.outcome.value, one.ordinal) for one in log.results] == [("failed", 1), ("passed", 2)]


def test_what_a_verbose_run_says_before_the_end_is_the_failure():
    [one] = read_log(
        f"{BEGIN}test 2\n    Start 2: b\n\n2: Test command: /b/b\n2: Working Directory: /b\n2: boom\n1/1 Test #2: b ......***Failed    0.1 sec\n".encode()
    ).results
    assert one.stack_trace == "boom"


def test_a_quiet_run_shows_the_closing_list_only():
    assert told(
        f"{BEGIN}{total(50, 2, 4)}\nThe following tests FAILED:\n\t  2 - two (SEGFAULT)\n\t  3 - three (Not Run)\n\n4 - no (test)\n"
    ) == [("two", "failed"), ("three", "error")]


def test_each_project_is_a_session_and_one_without_its_total_is_not_complete():
    one = f"{BEGIN}1/1 Test #1: a ...***Failed 0.1 sec\n"
    assert read_log(f"{one}{total(0, 1, 1)}{one}{total(0, 1, 1)}".encode()).complete
    assert not read_log(f"{one}{total(0, 1, 1)}{one}".encode()).complete


def test_a_run_out_of_time_says_so():
    log = read_log(f"{BEGIN}The stop time has been passed. Stopping all tests.\n{total(0, 0, 0)}".encode())
    assert log.stopped_early == "ctest's time had passed"


def test_words_like_those_of_ctest_are_not_read():
    assert told(f"{BEGIN}Test #1 failed\n 1 - x (Failed)\nTest #7: x\nStart 1: y\n") == []


def test_a_run_that_stopped_at_a_failure_says_how_far_it_came():
    log = read_log(f"{BEGIN}1/9 Test #1: a ...***Failed 0.1 sec\n{total(0, 1, 1)}".encode())
    assert log.stopped_early == "ctest ran 1 of 9 tests"


def test_the_closing_list_alone_names_what_failed_however_it_is_indented():
    tail = "97% tests passed, 2 tests failed out of 73\n\nTotal Test time (real) = 1.5 sec\n\nThe following tests FAILED:\n\t 63 - a (Failed)\n\t 64 - b.c (SEGFAULT)\nErrors while running CTest\n"
    shown = "".join(f"    {line}\n" if line else "\n" for line in tail.split("\n")[:-1])
    for text in (tail, f"$ tail log\n{shown}", tail.partition("\n\nTotal")[2]):
        assert told(text) == [("a", "failed"), ("b.c", "failed")]
    assert read_log(tail.encode()).complete
    assert not read_log(tail.partition("\n\nTotal")[2].encode()).complete


def test_a_log_that_holds_only_crashes_is_read():
    text = "30/38 Test #26: SyncTest ......***Exception: SegFault  0.18 sec\n31/38 Test #32: PathTest ...Subprocess aborted***Exception:   0.12 sec\n"
    assert told(text) == [("SyncTest", "failed"), ("PathTest", "failed")]
    assert told("1/2 Test #1: a .....***Timeout   1.50 sec\n") == [("a", "failed")]
    assert told(" 99/117 Test  #99: a .....***Not Run   0.00 sec\n") == [("a", "error")]
