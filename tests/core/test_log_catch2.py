from app.core.logs import read_log

RULE, DOTS, END = "-" * 79, "." * 79, "=" * 79
HOST = f"\n{'~' * 79}\nmytests is a Catch2 v3.5.0 host application.\nRun with -? for options\n\n"


def header(*names, place="a.cpp:12"):
    lines = "\n".join([names[0], *(f"  {name}" for name in names[1:])])
    return f"{RULE}\n{lines}\n{RULE}\n{place}\n{DOTS}\n\n"


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_failure_is_named_as_its_report_names_it():
    log = read_log(
        f"{HOST}{header('adds', 'small', 'zero')}a.cpp:14: FAILED:\n  CHECK( x == 1 )\nwith expansion:\n  0 == 1\n\n"
        f"a.cpp:15: FAILED:\n  CHECK( y )\n\n{END}\ntest cases: 3 | 2 passed | 1 failed\nassertions: 5 | 3 passed | 2 failed\n".encode()
    )
    [one] = log.results
    assert (one.suite, one.class_name, one.name) == ("mytests", "mytests.global", "adds/small/zero")
    assert (one.file, one.message) == ("a.cpp", "CHECK( x == 1 )\nwith expansion:\n0 == 1")
    assert "CHECK( y )" in one.stack_trace
    assert (log.runner, log.complete) == ("catch2", True)


def test_the_runs_of_a_generator_are_one_execution():
    failure = "a.cpp(14): FAILED:\n  CHECK( x )\n\n"
    assert told(f"{HOST}{(header('adds') + failure) * 3}{END}\ntest cases: 1 | 1 failed\n") == [
        ("mytests.global", "adds", "failed")
    ]


def test_passed_and_skipped_assertions_tell_how_a_test_ended():
    text = "a.cpp:14: PASSED:\n  CHECK( x )\n\n"
    skip = "b.cpp:14: SKIPPED:\nexplicitly with message:\n  why\n\n"
    assert told(
        f"{HOST}{header('a')}{text}a.cpp:15: FAILED:\n\n{header('b')}{skip}{header('c')}{text}{END}\ntest cases: 3 | x\n"
    ) == [
        ("mytests.global", "a", "failed"),
        ("mytests.global", "b", "skipped"),
        ("mytests.global", "c", "passed"),
    ]


def test_a_name_that_was_wrapped_is_one_name():
    long = "a name of a test that is so long that it does not stand in one line of it all"
    assert told(f"{HOST}{RULE}\n{long}\nand goes on\n  part\n{RULE}\na.cpp:1\n{DOTS}\n\na.cpp:2: FAILED:\n\n") == [
        ("mytests.global", f"{long} and goes on/part", "failed")
    ]


def test_each_program_is_a_session_and_one_without_its_total_is_not_complete():
    one = f"{HOST}{header('a')}a.cpp:1: FAILED:\n\n"
    assert read_log(f"{one}{END}\ntest cases: 1 | 1 failed\n{one}{END}\ntest cases: 1 | 1 failed\n".encode()).complete
    assert not read_log(f"{one}{END}\ntest cases: 1 | 1 failed\n{one}".encode()).complete


def test_failures_without_a_header_are_not_read():
    assert told(f"{HOST}a.cpp:1: FAILED:\n{RULE}\nx\n{RULE}\na.cpp:3\nno dots\na.cpp:1: FAILED:\n") == []


def test_where_a_run_counts_expected_failures_only_its_failures_are_those():
    failure = "a.cpp:14: FAILED:\n  CHECK( x )\n\n"
    counts = "test cases: 2 | 1 passed | 1 failed as expected\nassertions: 2 | 1 passed | 1 failed as expected\n"
    assert told(f"{HOST}{header('later')}{failure}{END}\n{counts}") == [("mytests.global", "later", "skipped")]
    mixed = "test cases: 2 | 1 failed | 1 failed as expected\n"
    assert told(f"{HOST}{header('now')}{failure}{END}\n{mixed}") == [("mytests.global", "now", "failed")]
