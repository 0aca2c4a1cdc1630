"""A log of the allowed size could name millions of tests: of each session so many are kept, and the session is told."""

import json

import pytest

from app.core import logs
from app.core.logs import (
    ava,
    go,
    go_json,
    gtest,
    jest,
    junit_interface,
    libtest,
    meson,
    minitest,
    mocha_failures,
    mocha_tree,
    mozharness,
    nextest,
    playwright_run,
    pytest_tests,
    read_log,
    rspec,
    session,
    specs2,
    tap,
    telling,
    unittest,
    ziotest,
)

pytestmark = pytest.mark.attack("expressions")

RULE, LINE = "=" * 70, "-" * 70
NUMBERS = (1, 2, 3)


def thrice(text):
    return "".join(text.replace("<n>", str(n)) for n in NUMBERS)


def events(*ones):
    return "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in ones)


PYTEST_BLOCKS = thrice("___ test_<n> ___\nE   boom <n>\ntest_a.py:<n>: AssertionError\n")
PYTEST_SUMMARY = thrice("FAILED test_a.py::test_<n> - told\n")
GO_TESTS = thrice("--- FAIL: Test<n> (0.00s)\n")
GO_TOLD = thrice("=== FAIL: a Test<n> (0.00s)\n    a_test.go:1: boom\n\n")
GO_EVENTS = events(
    *({"Action": "run", "Package": "a", "Test": f"Test{n}"} for n in NUMBERS),
    *({"Action": "pass", "Package": "a", "Test": f"Test{n}", "Elapsed": 0} for n in NUMBERS),
    {"Action": "pass", "Package": "a", "Elapsed": 0.1},
)
GO_PACKAGES = events(
    *({"Action": "start", "Package": f"p{n}"} for n in NUMBERS),
    *({"Action": "fail", "Package": f"p{n}", "Test": "Test", "Elapsed": 0} for n in NUMBERS),
    *({"Action": "fail", "Package": f"p{n}", "Elapsed": 0.1} for n in NUMBERS),
)
JEST_TREE = thrice("  ✓ passes <n>\n")
UNITTEST_BLOCKS = thrice(f"{RULE}\nFAIL: test_<n> (a.TestC)\n{LINE}\nAssertionError: <n>\n\n")
JUNIT_BLOCKS = thrice(
    "  JUnit Jupiter:C<n>:adds()\n    MethodSource [className = 'a.C<n>', methodName = 'adds', methodParameterTypes = '']\n    => boom\n"
)
MAVEN_CLASSES = thrice(
    "[INFO] Running a.C<n>\n[ERROR] Tests run: 1, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 s <<< FAILURE! -- in a.C<n>\n"
    "[ERROR] a.C<n>.adds -- Time elapsed: 0.012 s <<< FAILURE!\nboom\n\n"
)
MINITEST_LINES = thrice("CartTest#test_<n> = 0.01 s = .\n")
MINITEST_RETRIES = thrice("[MinitestRetry] retry 'test_<n>' count: 1,  msg: boom\n")
MOCHA_TREE = thrice("  ✓ passes <n>\n")
MOCHA_LIST = thrice("  <n>) Cart\n       adds <n>:\n     Error: boom\n      at a.js:1\n\n")
RSPEC_LIST = thrice("  <n>) Cart adds <n>\n     Failure/Error: boom\n\n")
CARGO_END = "\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"
NEXTEST_END = "     Summary [   0.1s] 3 tests run: 3 passed, 0 skipped\n"
PLAYWRIGHT = "Running 3 tests using 1 worker\n\n"
SCALA_TOTALS = "Tests: succeeded 3, failed 0, canceled 0, ignored 0, pending 0\n"
SPECS2_TOTALS = "[info] Total for specification Cart\n[info] Finished in 10 ms\n[info] 3 examples, 0 failure, 0 error\n"
TAP_COMPLAINTS = thrice("#   Failed test 'adds <n>'\n#   at t/a.t line <n>.\n")
GTEST_CTEST = "1: [ RUN      ] A.a\n1: Segmentation fault\n" + "".join(
    f"{n}: [ RUN      ] {n}.b\n{n}: [       OK ] {n}.b (1 ms)\n" for n in (2, 3)
)
GTEST_RUN = "[==========] Running 3 tests from 1 test suite.\n"


def results(text):
    return read_log(text.encode()).results


@pytest.mark.parametrize(
    ("modules", "limit", "text"),
    [
        ([pytest_tests], "MOST_TESTS", f"=== short test summary info ===\n{PYTEST_SUMMARY}=== 3 failed in 0.1s ==="),
        ([pytest_tests], "MOST_FAILURES", f"=== FAILURES ===\n{PYTEST_BLOCKS}=== 3 failed in 0.1s ==="),
        ([go], "MOST_TESTS", f"{GO_TESTS}FAIL\texample.com/a\t0.1s\n"),
        ([go], "MOST_TESTS", thrice("PASS a.Test<n> (0.00s)\n") + "\nDONE 3 tests in 0.1s\n"),
        ([go], "MOST_FAILURES", f"=== Failed\n{GO_TOLD}DONE 3 tests, 3 failures in 0.1s\n"),
        ([go_json], "MOST_TESTS", GO_EVENTS),
        ([go_json], "MOST_TESTS", GO_PACKAGES),
        ([jest], "MOST_TESTS", f"PASS a.test.js\n{JEST_TREE}\nTests:       3 passed, 3 total\n"),
        ([unittest], "MOST_FAILURES", f"{UNITTEST_BLOCKS}{LINE}\nRan 3 tests in 0.1s\n\nFAILED (failures=3)\n"),
        ([telling], "MOST_TESTS", thrice("[junit] Testsuite: a.C<n>\n[junit] Testcase: adds took 0.1 sec\n")),
        ([ava], "MOST_TESTS", thrice("  ✔ adds <n>\n") + "  ─\n\n  3 tests passed\n"),
        ([telling], "MOST_TESTS", thrice("a.CartTest > adds<n> PASSED\n\n") + "BUILD SUCCESSFUL in 1s\n"),
        ([telling], "MOST_TESTS", f"Failures (3):\n{JUNIT_BLOCKS}\nTest run finished after 14 ms\n"),
        (
            [junit_interface],
            "MOST_TESTS",
            thrice("[info] Test a.C.adds<n> started\n")
            + "[info] Test run a.C finished: 0 failed, 0 ignored, 3 total, 0.1s\n",
        ),
        (
            [telling],
            "MOST_TESTS",
            f"[INFO]  T E S T S\n{MAVEN_CLASSES}[ERROR] Tests run: 3, Failures: 3, Errors: 0, Skipped: 0\n",
        ),
        ([libtest, telling], "MOST_TESTS", "running 3 tests\n" + thrice("test adds_<n> ... ok\n") + CARGO_END),
        ([minitest, telling], "MOST_TESTS", f"{MINITEST_LINES}\n3 runs, 3 assertions, 0 failures, 0 errors, 0 skips\n"),
        ([nextest, telling], "MOST_TESTS", thrice("        PASS [   0.012s] cart tests::adds_<n>\n") + NEXTEST_END),
        ([mocha_tree], "MOST_TESTS", f"{MOCHA_TREE}\n\n  3 passing (1ms)\n\n"),
        ([mocha_failures], "MOST_FAILURES", f"\n\n  0 passing (1ms)\n  3 failing\n\n{MOCHA_LIST}"),
        ([telling], "MOST_TESTS", thrice("passed a.C.Adds<n> (1ms)\n") + "Test run summary: Passed! - a.dll\n"),
        ([telling], "MOST_TESTS", thrice("==> i a.CartSuite.adds <n> ignored 0.1s\n")),
        ([telling], "MOST_TESTS", "Errors and Failures\n" + thrice("<n>) Failed : a.C.Adds<n>\nboom\n\n")),
        (
            [telling],
            "MOST_TESTS",
            "Describing Cart\n"
            + thrice("  [+] adds <n> 12ms (10ms|2ms)\n")
            + "Tests Passed: 3, Failed: 0, Skipped: 0 NotRun: 0\n",
        ),
        (
            [playwright_run],
            "MOST_TESTS",
            PLAYWRIGHT + thrice("  ✓  <n> a.spec.ts:<n>:1 › adds (1s)\n") + "\n  3 passed (4s)\n",
        ),
        ([rspec], "MOST_FAILURES", f"Failures:\n\n{RSPEC_LIST}Finished in 1 second\n3 examples, 3 failures\n"),
        ([rspec], "MOST_FAILURES", thrice("RSpec::Retry: 2nd try ./spec/a_spec.rb:<n>\n")),
        ([telling], "MOST_TESTS", "CartSpec:\n" + thrice("- adds <n>\n") + SCALA_TOTALS),
        ([specs2], "MOST_TESTS", "[info] Cart\n" + thrice("[info]   + add <n>\n") + SPECS2_TOTALS),
        ([tap], "MOST_TESTS", "1..3\n" + thrice("ok <n> - adds <n>\n")),
        ([tap], "MOST_FAILURES", f"{TAP_COMPLAINTS}t/a.t .. Failed 3/3 subtests\nResult: FAIL\n"),
        ([telling], "MOST_TESTS", thrice("+ a.CartTests.adds<n> 1ms\n") + "Tests: 3, Passed: 3, Failed: 0\n"),
        ([telling], "MOST_TESTS", thrice("  Passed a.C.Adds<n> [1 ms]\n") + "Total tests: 3\n     Passed: 3\n"),
        ([ziotest], "MOST_TESTS", thrice("  + adds <n>\n") + "3 tests passed. 0 tests failed. 0 tests ignored.\n"),
    ],
)
def test_the_tests_beyond_the_limit_are_left_out_and_those_before_it_are_told(monkeypatch, modules, limit, text):
    everything = results(text)
    assert len(everything) == 3
    for module in modules:
        monkeypatch.setattr(module, limit, 2)
    assert results(text) == everything[:2]


@pytest.mark.parametrize(
    ("module", "limit", "text", "kept"),
    [
        # Tests beyond the limit are not looked up any more, which matters to those only that have several lines.
        (mozharness, "MOST_FAILURES", thrice("TEST-UNEXPECTED-FAIL | dom/a<n>.js | boom\n"), (0, 1, 2)),
        # Each test retried has a failure and, since it is named nowhere else, a pass.
        (
            minitest,
            "MOST_FAILURES",
            f"Run options: --seed 1\n{MINITEST_RETRIES}\n3 runs, 3 assertions, 0 failures, 0 errors, 0 skips\n",
            (0, 1, 3, 4),
        ),
        # Behind the subtests stands their test.
        (
            meson,
            "MOST_FAILURES",
            thrice("▶ 1/1 adds <n>   OK\n") + "1/1 cart   OK   0.1s\nOk:                 1\n",
            (0, 1, 3),
        ),
        # The program that was heard first is judged when there are too many: its crash is told earlier.
        (gtest, "_MOST_PROGRAMS", GTEST_CTEST, (0, 2, 1)),
        (gtest, "_MOST_RUNNING", f"{GTEST_RUN}" + thrice("[ RUN      ] A.a<n>\n") + f"{GTEST_RUN}", (1, 2)),
    ],
)
def test_beyond_the_limit_the_others_are_told_as_before(monkeypatch, module, limit, text, kept):
    everything = results(text)
    monkeypatch.setattr(module, limit, 2)
    assert results(text) == tuple(everything[index] for index in kept)
    assert len(everything) >= len(kept)


def test_beyond_the_limit_a_title_of_playwrights_is_not_told_from_the_step_behind_it(monkeypatch):
    blocks = thrice("  <n>) a.spec.ts:<n>:1 › adds › click ─────\n\n    Error: boom\n\n")
    text = f"{PLAYWRIGHT}" + thrice("[<n>/3] a.spec.ts:<n>:1 › adds\n") + f"{blocks}"
    assert [one.name for one in results(text)] == ["adds", "adds", "adds"]
    monkeypatch.setattr(playwright_run, "MOST_TESTS", 2)
    assert [one.name for one in results(text)] == ["adds", "adds", "adds › click"]


def test_of_a_log_with_too_many_lines_the_beginning_is_read(monkeypatch):
    text = f"--- FAIL: TestA (0.00s)\nFAIL\texample.com/a\t0.1s\n{GO_TESTS}FAIL\texample.com/b\t0.1s\n"
    monkeypatch.setattr(logs, "MOST_LINES", 2)
    log = read_log(text.encode())
    assert [one.name for one in log.results] == ["TestA"]
    assert (log.complete, log.stopped_early) == (False, "its log has more than 2 lines")


def test_a_long_log_has_room_for_more_lines(monkeypatch):
    monkeypatch.setattr(logs, "MOST_LINES", 2)
    log = read_log((GO_TESTS + "x" * 500 + "\nFAIL\texample.com/b\t0.1s\n").encode())
    assert ([one.name for one in log.results], log.complete) == (["Test1", "Test2", "Test3"], True)


def test_of_a_log_with_the_words_of_many_runners_fewer_lines_are_read(monkeypatch):
    monkeypatch.setattr(logs, "MOST_LINES", len(logs.READERS))
    words = " ".join(reader.marks[0].decode() for reader in logs.READERS)
    log = read_log((f"{words}\n" + "more\n" * logs.MOST_READERS).encode())
    assert log.stopped_early == f"its log has more than {logs.MOST_READERS} lines"


def test_a_session_that_names_more_tests_than_are_kept_proves_nothing_by_those_it_does_not_name(monkeypatch):
    text = f"{GO_TESTS}FAIL\texample.com/a\t0.1s\n".encode()
    assert read_log(text).complete
    monkeypatch.setattr(session, "MOST_TESTS", 3)
    log = read_log(text)
    assert (log.complete, log.stopped_early) == (False, "go test names more than 3 tests")


def test_a_known_test_is_told_of_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(pytest_tests, "MOST_TESTS", 2)
    lines = "a.py::test_1 PASSED [ 25%]\na.py::test_2 PASSED [ 50%]\na.py::test_3 PASSED [ 75%]\na.py::test_1 ERROR [ 75%]\n"
    assert [(one.name, one.outcome) for one in results(f"=== test session starts ===\n{lines}")] == [
        ("test_1", "error"),
        ("test_2", "passed"),
    ]
