import pytest

from app.core.logs import read_log

RUN = """◇ Test run started.
◇ Test foo() started.
✘ Test foo() recorded an issue at FooTests.swift:12:6: Expectation failed: a == b
↳ a note
✘ Test foo() failed after 0.001 seconds with 1 issue.
✔ Test "a name" passed after 0.010 seconds.
✘ Test bar(x:) recorded an issue with 1 argument x → 3 at BarTests.swift:1:2: boom
✘ Test bar(x:) with 3 test cases failed after 0.002 seconds with 1 issue.
➜ Test baz() skipped: "why"
✘ Suite Foo failed after 0.1 seconds with 2 issues.
"""
END = "✘ Test run with 4 tests in 1 suite failed after 0.100 seconds with 2 issues.\n"


def test_each_end_of_a_test_is_an_execution():
    log = read_log((RUN + END).encode())
    assert [(one.name, one.outcome.value, one.message, one.file, one.duration_ms) for one in log.results] == [
        ("foo()", "failed", "Expectation failed: a == b\n↳ a note", "FooTests.swift", 1),
        ("a name", "passed", None, None, 10),
        ("bar(x:)", "failed", "boom", "BarTests.swift", 2),
        ("baz()", "skipped", None, None, None),
    ]
    assert (log.runner, log.complete) == ("swift-testing", True)


def test_apples_own_symbols_are_read_too():
    log = read_log((RUN + END).replace("✘ ", "\U00100884  ").replace("✔ ", "\U0010105b  ").encode())
    assert [one.outcome.value for one in log.results] == ["failed", "passed", "failed", "skipped"]


def test_without_the_line_of_the_run_it_is_not_complete():
    assert not read_log(RUN.encode()).complete


def test_prose_about_tests_is_not_read():
    assert read_log(b"Test run with 3 tests\nI Test a lot (it) failed after 2.0 seconds.\n").results == ()


def test_a_test_with_issues_and_no_end_has_failed():
    shown = RUN.replace("✘ Test foo() failed after 0.001 seconds with 1 issue.\n", "")
    log = read_log(f'{shown}✘ Test "x y" recorded an issue: 1 == 2\n{END}'.encode())
    bad = [(one.name, one.message, one.file) for one in log.results if one.outcome.is_bad]
    assert bad == [
        ("bar(x:)", "boom", "BarTests.swift"),
        ("foo()", "Expectation failed: a == b\n↳ a note", "FooTests.swift"),
        ("x y", "1 == 2", None),
    ]


def test_xcodebuilds_list_of_functions_names_no_test_twice():
    listed = (
        "Failing tests:\n\t-[BarTests bar(x:)]\n\tFooTests.foo()\n\ttotal()\n\tFooTests.testOld()\n** TEST FAILED **\n"
    )
    log = read_log(f"{RUN}{END}\n{listed}".encode())
    assert [one.name for one in log.results if one.outcome.is_bad] == ["testOld", "foo()", "bar(x:)"]
    shown = '✘ Test "sums of all" failed after 0.001 seconds with 1 issue.\n'
    log = read_log(f"{shown}{END}\n{listed}".encode())
    assert [one.name for one in log.results if one.outcome.is_bad] == ["testOld", "sums of all"]


@pytest.mark.parametrize("before", ["    ✖ ", "##[error]", "::error ::"])
def test_what_failed_is_known_in_the_words_of_xcbeautify(before):
    log = read_log(
        f'Suite "Sums" started\n    ✔ "takes" (0.004 seconds)\n{before}Recorded an issue (Expectation failed: 1 == 2)\n'
        f'{before}"adds one" (1.234 seconds) 1 issue(s)\n{before}waits(a:b:) (8.825 seconds) 2 issue(s)\n'
        f'{before}Suite "Sums" failed after 8.912 seconds with 3 issue(s)\n'
        "Test run with 3 tests failed after 9.000 seconds with 3 issue(s)\n".encode()
    )
    assert [(one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("adds one", "failed", 1234),
        ("waits(a:b:)", "failed", 8825),
    ]
    assert (log.runner, log.complete) == ("swift-testing", True)
