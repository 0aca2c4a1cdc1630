from app.core.logs import read_log

RULE = "=" * 79
BEGIN = '[doctest] run with "--help" for options\n'
END = f"{RULE}\n[doctest] test cases: 3 | 2 passed | 1 failed | 0 skipped\n[doctest] Status: FAILURE!\n"


def told(text):
    return [(one.suite, one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_failure_is_named_by_its_file_and_its_subcases():
    log = read_log(
        f"{BEGIN}{RULE}\nsrc/a.cpp(3):\nTEST SUITE: s\nTEST CASE:  adds\n  small\n  zero\n\nsrc/a.cpp(5): ERROR: CHECK( x == 1 ) is NOT correct!\n"
        f"  values: CHECK( 0 == 1 )\n\n{END}".encode()
    )
    [one] = log.results
    assert (one.suite, one.class_name, one.name, one.file) == ("", "src/a.cpp", "adds/small/zero", "src/a.cpp")
    assert one.message == "src/a.cpp(5): ERROR: CHECK( x == 1 ) is NOT correct!\nvalues: CHECK( 0 == 1 )"
    assert (log.runner, log.complete) == ("doctest", True)


def test_the_headers_of_tests_that_only_say_something_are_no_failures():
    assert (
        told(f"{BEGIN}{RULE}\na.cpp:3:\nTEST CASE:  talks\n\na.cpp:5: MESSAGE: hello\n\na.cpp:6: WARNING: x\n\n{END}")
        == []
    )


def test_what_may_fail_passed_and_what_should_have_failed_did():
    text = "{rule}\na.cpp:3:\nTEST CASE:  {name}\n\n{said}\n"
    fatal = "a.cpp:5: FATAL ERROR: x\n\n"
    cases = [
        ("a", f"{fatal}Allowed to fail so marking it as not failed"),
        ("b", f"{fatal}Failed exactly 1 times as expected so marking it as not failed!"),
        ("c", "Should have failed but didn't! Marking it as failed!"),
    ]
    assert told(BEGIN + "".join(text.format(rule=RULE, name=name, said=said) for name, said in cases) + END) == [
        ("", "a.cpp", "a", "passed"),
        ("", "a.cpp", "b", "passed"),
        ("", "a.cpp", "c", "failed"),
    ]


def test_without_its_counts_a_program_is_not_complete():
    log = read_log(f"{BEGIN}{RULE}\na.cpp:3:\nTEST CASE:  a\n\na.cpp:5: ERROR: x\n".encode())
    assert (len(log.results), log.complete) == (1, False)


def test_what_fails_behind_its_subcases_is_theirs():
    text = f"{RULE}\na.cpp:3:\nTEST CASE:  a\n  one\n\na.cpp:5: ERROR: x\n\n{RULE}\na.cpp:3:\nTEST CASE:  a\n\n"
    deepest = "DEEPEST SUBCASE STACK REACHED (DIFFERENT FROM THE CURRENT ONE):\n  one\n\na.cpp:3: ERROR: test case THREW exception: y\n\n"
    assert told(f"{BEGIN}{text}{deepest}{END}") == [("", "a.cpp", "a/one", "failed")]


def test_scenarios_keep_their_words():
    text = f"{RULE}\na.cpp:3:\n  Scenario: grows\n     Given: a list\n      When: it grows\n\na.cpp:5: ERROR: x\n"
    assert told(f"{BEGIN}{text}{END}") == [
        ("", "a.cpp", "Scenario: grows/   Given: a list/    When: it grows", "failed")
    ]


def test_a_header_is_known_behind_what_a_test_printed_without_an_end_of_line():
    assert told(
        f"{BEGIN}11/10{RULE}\n./a.cpp:150:\nTEST CASE:  adds\n\n./a.cpp:152: ERROR: x\n\n110./a.cpp:154: ERROR: y\n\n{END}"
    ) == [("", "./a.cpp", "adds", "failed")]


def test_a_longer_rule_is_a_test_s_own():
    text = f"{RULE}\na.cpp:3:\nTEST CASE:  adds\n\n={RULE}\na.cpp:5: ERROR: x\n\n"
    assert told(f"{BEGIN}{text}{END}") == [("", "a.cpp", "adds", "failed")]
