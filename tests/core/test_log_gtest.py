from app.core.logs import read_log

START = "[==========] Running 3 tests from 2 test suites.\n[----------] Global test environment set-up.\n"
END = "[----------] Global test environment tear-down\n[==========] 3 tests from 2 test suites ran. (5 ms total)\n"


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_each_end_is_an_execution_and_the_closing_list_repeats_it():
    log = read_log(
        f"{START}[ RUN      ] A.One\n[       OK ] A.One (3 ms)\n[ RUN      ] A.Two\na_test.cc:12: Failure\nExpected: 1\n"
        f"Actual: 2\n\n[  FAILED  ] A.Two (4 ms)\n[ RUN      ] B.C\n[  SKIPPED ] B.C (0 ms)\n{END}[  PASSED  ] 1 test.\n"
        "[  FAILED  ] 1 test, listed below:\n[  FAILED  ] A.Two\n\n 1 FAILED TEST\n".encode()
    )
    one, two, _ = log.results
    assert [(r.suite, r.class_name, r.name, r.outcome.value) for r in log.results] == [
        ("A", "A", "One", "passed"),
        ("A", "A", "Two", "failed"),
        ("B", "B", "C", "skipped"),
    ]
    assert (two.message, two.file, two.line, two.duration_ms) == ("Expected: 1\nActual: 2", "a_test.cc", 10, 4)
    assert one.message is None
    assert (log.runner, log.complete, log.stopped_early) == ("gtest", True, None)


def test_parameters_and_types_are_no_part_of_a_name():
    assert told(
        "[ RUN      ] P/A.T/0\n[  FAILED  ] P/A.T/0, where GetParam() = (1, 2) (1 ms)\n"
        "[ RUN      ] Typed/1.T\n[  FAILED  ] Typed/1.T, where TypeParam = int (1 ms)\n"
    ) == [("P/A", "T/0", "failed"), ("Typed/1", "T", "failed")]


def test_a_fixture_that_is_not_set_up_is_an_error():
    assert told(f"{START}{END}[  FAILED  ] A: SetUpTestSuite or TearDownTestSuite\n") == [
        ("A", "SetUpTestSuite or TearDownTestSuite", "error")
    ]


def test_what_only_the_closing_list_names_failed():
    assert told(f"{START}{END}[  FAILED  ] 1 test, listed below:\n[  FAILED  ] A.One\n") == [("A", "One", "failed")]


def test_without_starts_as_in_brief_mode_failures_are_read():
    assert told("a.cc:1: Failure\nFailed\n\n[  FAILED  ] A.One (0 ms)\n") == [("A", "One", "failed")]


def test_a_crash_is_an_error_of_the_test_that_ran():
    log = read_log(f"{START}[ RUN      ] A.One\nSegmentation fault (core dumped)\n".encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("One", "error")]
    assert not log.complete
    assert log.stopped_early == "the test program ended while it ran a test"


def test_a_test_that_never_ended_is_blamed_where_another_program_followed():
    assert told(f"{START}[ RUN      ] A.One\n{START}[ RUN      ] A.Two\n[       OK ] A.Two (0 ms)\n{END}") == [
        ("A", "Two", "passed"),
        ("A", "One", "error"),
    ]


def test_a_log_that_was_cut_off_blames_nobody():
    log = read_log(f"{START}[ RUN      ] A.One\n".encode())
    assert (log.results, log.complete) == ((), False)


def test_shards_that_write_over_each_other_end_their_tests_in_any_order():
    assert told(
        f"{START}[ RUN      ] A.One\n{START}[ RUN      ] A.Two\n[       OK ] A.One (1 ms)\n[  FAILED  ] A.Two (1 ms)\n{END}{END}"
    ) == [("A", "One", "passed"), ("A", "Two", "failed")]


def test_numbers_of_ctest_before_the_lines_tell_programs_apart():
    log = read_log(
        b"1: [ RUN      ] A.One\n2: [ RUN      ] A.One\n2: b.cc:1: Failure\n2: of two\n2: \n1: [       OK ] A.One (0 ms)\n2: [  FAILED  ] A.One (0 ms)\n"
    )
    assert [(one.outcome.value, one.message, one.ordinal) for one in log.results] == [
        ("passed", None, 1),
        ("failed", "of two", 2),
    ]


def test_what_a_test_printed_last_may_stand_before_its_end():
    assert told("[ RUN      ] A.One\nno line end[       OK ] A.One (0 ms)\n") == [("A", "One", "passed")]


def test_words_in_brackets_of_other_widths_are_not_read():
    assert told("[ FAILED ] A.One (0 ms)\n[FAILED] A.Two\n[  FAILED  ] no test at all\n") == []


def test_an_end_without_a_start_that_the_full_list_does_not_know_was_printed_by_a_test():
    quoted = "[  FAILED  ] Inner.Test (0 ms)\n"
    assert told(
        f"{START}[ RUN      ] A.One\n{quoted}[  FAILED  ] A.One (4 ms)\n{END}[  FAILED  ] 1 test, listed below:\n[  FAILED  ] A.One\n\n 1 FAILED TEST\n"
    ) == [("A", "One", "failed")]


def test_a_test_during_which_the_program_exited_is_an_error():
    log = read_log(
        f"{START}[ RUN      ] A.One\n[       OK ] A.One (4 ms)\n[ RUN      ] A.Two\n##[error]Process completed with exit code 3.\n".encode()
    )
    assert [(one.name, one.outcome) for one in log.results] == [("One", "passed"), ("Two", "error")]
    assert log.stopped_early == "the test program ended while it ran a test"


def test_a_test_whose_end_was_lost_is_none_where_the_program_came_to_its_own():
    assert told(
        f"{START}[ RUN      ] A.One\n[  FAILED  ] A.One (4 ms)\n[ RUN      ] A.Two\n[     garbled ] A.Two\n{END}##[error]Process completed with exit code 1.\n"
    ) == [("A", "One", "failed")]
