from app.core.logs import read_log

FAILED = 'a_test.cpp(12): error: in "sums/small/adds": check f(1) == 2 has failed [1 != 2]\n'


def test_the_checks_of_a_test_are_one_execution():
    log = read_log(
        (
            "Running 3 test cases...\n"
            + FAILED
            + FAILED
            + 'unknown location(0): fatal error: in "reads": std::runtime_error: no file\n'
            'a_test.cpp(30): last checkpoint: "reads" entry.\n\n*** 3 failures are detected in the test module "all"\n'
        ).encode()
    )
    assert [(one.class_name, one.name, one.outcome.value, one.file) for one in log.results] == [
        ("sums.small", "adds", "failed", "a_test.cpp"),
        ("", "reads", "error", None),
    ]
    assert [one.message for one in log.results] == [
        "check f(1) == 2 has failed [1 != 2]",
        "std::runtime_error: no file",
    ]
    assert (log.runner, log.complete) == ("boost.test", True)


def test_without_its_total_a_program_is_not_complete():
    assert not read_log(FAILED.encode()).complete


def test_errors_of_compilers_are_not_read():
    assert read_log(b'a.cpp(12): error: in "x\na.cpp:3:5: error: expected ;\n*** No errors detected\n').results == ()


def test_the_total_may_come_by_another_way_before_the_checks():
    # A pipe holds back what goes to the standard output, and not the total, which goes to the other.
    total = '*** 2 failures are detected in the test module "all"\n'
    log = read_log(f"{total}Running 2 test cases...\n{FAILED}{total}{FAILED}".encode())
    assert ([one.name for one in log.results], log.complete, log.stopped_early) == (["adds"] * 2, True, None)


def test_versions_before_1_59_write_no_colon_and_a_bar_of_progress_stands_before_a_check():
    old = '*****a_test.cpp(175): fatal error in "sums/adds": critical check f() == "-m" failed [-m [ -- ] != -m]\n**\n'
    [one] = read_log(f'Running 508 test cases...\n{old}*** 1 failure detected in test suite "all"\n'.encode()).results
    assert (one.class_name, one.name, one.file) == ("sums", "adds", "a_test.cpp")
    assert one.message == 'critical check f() == "-m" failed [-m [ -- ] != -m]'
