import os
import subprocess
import sys

import pytest

from app.core.logs import read_log
from app.core.model import TestResult
from app.core.reports import Document, read_report

START = "============================= test session starts ==============================\n"


def results(text: str) -> list[TestResult]:
    return list(read_log((START + text).encode()).results)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_verbose_progress_names_every_test():
    assert told(
        "tests/test_a.py::test_ok PASSED                  [ 25%]\n"
        "tests/test_a.py::TestC::test_bad[a - b] FAILED   [ 50%]\n"
        "tests/test_a.py::test_skip SKIPPED (because (of) it) [ 75%]\n"
        "tests/test_a.py::test_xfail XFAIL                [ 90%]\n"
        "tests/test_a.py::test_xpass XPASS                [100%]\n"
    ) == [
        ("tests.test_a", "test_ok", "passed"),
        ("tests.test_a.TestC", "test_bad[a - b]", "failed"),
        ("tests.test_a", "test_skip", "skipped"),
        ("tests.test_a", "test_xfail", "skipped"),
        ("tests.test_a", "test_xpass", "passed"),
    ]


def test_workers_put_the_outcome_first():
    assert told(
        "[gw0] [ 50%] PASSED tests/test_a.py::test_ok \n[gw1] [100%] FAILED tests/test_a.py::test_bad[x y] \n"
    ) == [
        ("tests.test_a", "test_ok", "passed"),
        ("tests.test_a", "test_bad[x y]", "failed"),
    ]


def test_output_between_a_name_and_its_outcome_is_passed_over():
    assert told(
        "test_a.py::test_x printed\nmore\nand morePASSED [ 50%]\ntest_a.py::test_y \n---- live log call ----\nFAILED [100%]\n"
    ) == [
        ("test_a", "test_x", "passed"),
        ("test_a", "test_y", "failed"),
    ]


def test_a_failure_has_its_message_and_its_traceback_without_what_was_captured():
    [one] = results(
        "tests/test_a.py F [100%]\n\n=== FAILURES ===\n___ TestC.test_x ___\n\n    def test_x(self):\n>       assert f(1) == 2\n"
        "E       assert 1 == 2\nE        +  where 1 = f(1)\n\ntests/test_a.py:3: AssertionError\n"
        "--- Captured stdout call ---\nnoise\n=== short test summary info ===\n"
        "FAILED tests/test_a.py::TestC::test_x - assert 1 == 2\n=== 1 failed in 0.1s ===\n"
    )
    assert one.message == "assert 1 == 2\n +  where 1 = f(1)"
    assert one.stack_trace is not None
    assert one.stack_trace.endswith("tests/test_a.py:3: AssertionError")
    assert (one.suite, one.file, one.line) == ("pytest", "tests/test_a.py", 5)


def test_tests_of_one_name_in_two_files_keep_their_own_failures():
    found = results(
        "=== FAILURES ===\n___ test_x ___\nE   first\n___ test_x ___\nE   second\n=== short test summary info ===\n"
        "FAILED a.py::test_x - first\nFAILED b.py::test_x - second\n=== 2 failed in 0.1s ===\n"
    )
    assert [(one.file, one.message) for one in found] == [("a.py", "first"), ("b.py", "second")]


LONG = "TestVerifiedGrantToken.test_initialising_raises_for_timestamps_of_a_wrong_type"
ARGUMENTS = "\n\nclaims = {}\n\n    def test_x(self, claims):\n>       assert claims\nE       assert {}\n\na/test_b.py:3: AssertionError\n"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (f" {LONG}[exp-expiry] ", "test_initialising_raises_for_timestamps_of_a_wrong_type[exp-expiry]"),
        (f" {LONG}[nbf-start time]", "test_initialising_raises_for_timestamps_of_a_wrong_type[nbf-start time]"),
        (f" ERROR at setup of {LONG} ", "test_initialising_raises_for_timestamps_of_a_wrong_type"),
    ],
)
def test_a_title_as_wide_as_the_terminal_has_no_rule_in_older_versions(header, name):
    text = f"=== FAILURES ===\n___ TestC.test_first ___{ARGUMENTS}{header}{ARGUMENTS}=== 2 failed in 0.1 seconds ===\n"
    first, second = results(text)
    assert (first.name, first.message) == ("test_first", "assert {}")
    assert (second.class_name, second.name) == ("a.test_b.TestVerifiedGrantToken", name)


@pytest.mark.parametrize(
    "said",
    [
        " test_short[a]",
        f" {'the latest words that somebody wrote down, ' * 3}",
        f" {LONG} was begun[1]",
        f" {'x' * 90}",
        f"  {LONG}",
    ],
)
def test_what_a_test_printed_is_no_title_for_its_one_space(said):
    printed = f"--- Captured stdout call ---\n{said}\n"
    [one] = results(f"=== FAILURES ===\n___ test_x ___{ARGUMENTS}{printed}=== 1 failed in 0.1 seconds ===\n")
    assert one.name == "test_x"


def test_without_a_summary_the_header_and_the_traceback_name_the_test():
    [one] = results(
        "=== FAILURES ===\n___ TestC.test_x[a.b] ___\nE   boom\n\npkg/test_a.py:3: ValueError\n=== 1 failed in 0.1s ===\n"
    )
    assert (one.file, one.class_name, one.name) == ("pkg/test_a.py", "pkg.test_a.TestC", "test_x[a.b]")


def test_a_quiet_session_has_no_start():
    log = read_log(b"=== FAILURES ===\n___ test_x ___\nE   boom\n\na.py:3: ValueError\n1 failed, 2 passed in 0.12s\n")
    assert ([one.name for one in log.results], log.complete) == (["test_x"], True)


def test_a_quiet_session_without_a_failure_is_known_by_its_end():
    log = read_log(b"..\n2 passed in 0.12s\n")
    assert (log.runner, log.complete, log.results) == ("pytest", True, ())


def test_each_rerun_is_a_failed_execution_before_the_last_one():
    log = read_log(
        (START + "a.py::test_x RERUN [ 50%]\na.py::test_x RERUN [ 50%]\na.py::test_x PASSED [ 50%]\n").encode()
    )
    assert [(one.outcome.value, one.ordinal) for one in log.results] == [("failed", 1), ("failed", 2), ("passed", 3)]


def test_what_passed_when_it_was_run_again_is_named_by_its_reruns_alone():
    assert told(
        "R. [100%]\n=== short test summary info ===\nRERUN a.py::test_x\n=== 1 passed, 1 rerun in 0.1s ===\n"
    ) == [
        ("a", "test_x", "failed"),
        ("a", "test_x", "passed"),
    ]


def test_reruns_of_the_summary_repeat_those_of_the_progress():
    assert told(
        "a.py::test_x RERUN [ 50%]\na.py::test_x FAILED [ 50%]\n=== short test summary info ===\n"
        "FAILED a.py::test_x - boom\nRERUN a.py::test_x\n=== 1 failed, 1 rerun in 0.1s ===\n"
    ) == [("a", "test_x", "failed"), ("a", "test_x", "failed")]


def test_the_reruns_section_tells_of_the_reruns():
    found = results(
        "a.py::test_x RERUN [ 50%]\na.py::test_x FAILED [ 50%]\n=== RERUNS ===\n___ test_x ___\nE   first\n"
        "=== FAILURES ===\n___ test_x ___\nE   last\n=== 1 failed, 1 rerun in 0.1s ===\n"
    )
    assert [one.message for one in found] == ["first", "last"]


def test_a_test_that_passed_and_could_not_be_torn_down_is_one_execution():
    assert told("a.py::test_x PASSED [ 50%]\na.py::test_x ERROR [ 50%]\n") == [("a", "test_x", "error")]


def test_a_subtest_is_a_part_of_its_test():
    found = results(
        "=== FAILURES ===\n___ test_x [m] (i=(1, 2)) ___\nE   assert 1 != 1\n___ test_x ___\ncontains 1 failed subtest\n"
        "=== short test summary info ===\nSUBFAILED[m] (i=(1, 2)) a.py::test_x - assert 1 != 1\n"
        "FAILED a.py::test_x - contains 1 failed subtest\n=== 2 failed in 0.1s ===\n"
    )
    assert [(one.name, one.message) for one in found] == [("test_x", "assert 1 != 1")]


def test_a_module_that_cannot_be_collected_is_an_error_of_its_own():
    log = read_log(
        (
            START + "=== ERRORS ===\n___ ERROR collecting tests/test_a.py ___\nE   ImportError: nope\n"
            "=== short test summary info ===\nERROR tests/test_a.py - ImportError: nope\n"
            "!!! Interrupted: 1 error during collection !!!\n=== 1 error in 0.1s ===\n"
        ).encode()
    )
    [one] = log.results
    assert (one.class_name, one.name, one.outcome, one.message) == ("", "tests.test_a", "error", "ImportError: nope")
    assert log.stopped_early == "Interrupted: 1 error during collection"


def test_a_crashed_worker_names_the_test_that_killed_it():
    assert told(
        "=== FAILURES ===\n___ a.py ___\nworker 'gw1' crashed while running 'a.py::test_x'\n=== 1 failed in 0.1s ===\n"
    ) == [("a", "test_x", "failed")]


def test_the_sessions_of_a_test_that_tests_a_runner_are_not_believed():
    inner = (
        START
        + "test_inner.py F\n=== FAILURES ===\n___ test_inner ___\nE   x\n=== short test summary info ===\nFAILED test_inner.py::test_inner - x\n=== 1 failed in 0.01s ===\n"
    )
    outer = "=== FAILURES ===\n___ test_runner ___\nE   boom\n--- Captured stdout call ---\n"
    end = "___ test_other ___\nE   other\n=== short test summary info ===\nFAILED a.py::test_runner - boom\nFAILED a.py::test_other - other\n=== 2 failed in 1.0s ===\n"
    assert [name for _, name, _ in told(outer + inner + end)] == ["test_runner", "test_other"]


def test_an_inner_session_without_an_end_does_not_take_the_outer_summary_with_it():
    end = "=== short test summary info ===\nFAILED a.py::test_runner - boom\n=== 1 failed in 1.0s ===\n"
    text = "=== FAILURES ===\n___ test_runner ___\nE   boom\n--- Captured stdout call ---\n" + START + end
    assert [name for _, name, _ in told(text)] == ["test_runner"]


def test_a_session_that_was_killed_is_not_complete():
    assert not read_log((START + "a.py::test_x PASSED [ 50%]\n").encode()).complete


@pytest.mark.parametrize(
    "line",
    ["FAILED to start", "ERROR    root:a.py:12 logged", "ERROR: not found: a.py::x", "see docs::here PASSED", "FAILED"],
)
def test_what_only_looks_like_a_result_is_none(line):
    assert told(f"{line}\n=== short test summary info ===\n{line}\n=== 1 passed in 0.1s ===\n") == []


SUITE = """
import unittest, pytest
def test_ok(): pass
def test_bad(): assert {"a": 1} == {"a": 2}, "boom"
@pytest.mark.parametrize("x", ["a - b", "c::d", "e[f]", "sp ace"])
def test_par(x): assert x == "c::d"
class TestC:
    class TestIn:
        def test_deep(self): raise ValueError("multi\\nline")
    @pytest.fixture
    def broken(self): raise RuntimeError("setup")
    def test_setup(self, broken): pass
    @pytest.fixture
    def late(self):
        yield
        raise RuntimeError("teardown")
    def test_teardown(self, late): pass
@pytest.mark.xfail
def test_xfail(): assert 0
@pytest.mark.xfail(strict=True)
def test_strict(): pass
@pytest.mark.skip(reason="because (of) it")
def test_skip(): pass
class U(unittest.TestCase):
    def test_u(self):
        for i in range(2):
            with self.subTest(i=i): self.assertEqual(i, 0)
"""


@pytest.mark.parametrize("options", [("-v",), ("-q",), ("-q", "--tb=native", "-rN")], ids=" ".join)
def test_a_log_names_what_the_report_of_the_same_session_names(tmp_path, options):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "test_a.py").write_text(SUITE)
    (tmp_path / "pkg" / "test_broken.py").write_text("import there_is_no_such_module\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\njunit_family = xunit1\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
        "--junitxml=r.xml",
    ]
    # The runner's own words: what this machine has installed beside it would add others, and takes its time.
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([*command, *options], cwd=tmp_path, env=env, capture_output=True, check=False)
    report = read_report(Document.of((tmp_path / "r.xml").read_bytes()))
    assert report is not None
    log = read_log(done.stdout)

    reported = {(one.suite, one.class_name, one.name, one.outcome) for one in report.results}
    logged = {(one.suite, one.class_name, one.name, one.outcome) for one in log.results}
    assert {one for one in reported if one[3].is_bad} <= logged <= reported or "-rN" in options
    assert {one[2] for one in reported if one[3].is_bad} - {"test_strict"} <= {one[2] for one in logged}
    assert log.complete


def test_another_runner_that_a_test_ran_is_not_believed():
    inner = "--- Captured stdout call ---\n--- FAIL: TestInner (0.00s)\nFAIL\tpkg\t0.1s\nFAIL a.test.js\n  ● inner\n\nTests: 1 failed, 1 total\n"
    text = f"=== FAILURES ===\n___ test_x ___\nE   boom\n{inner}=== short test summary info ===\nFAILED a.py::test_x - boom\n=== 1 failed in 0.1s ===\n"
    assert told(text) == [("a", "test_x", "failed")]


def test_a_word_that_comes_with_its_colour_is_read():
    assert told(
        "a.py::test_x ('RERUN', {'yellow': True}) [3.9191s] [ 31%]\na.py::test_x PASSED [3.6635s] [ 31%]\n"
    ) == [
        ("a", "test_x", "failed"),
        ("a", "test_x", "passed"),
    ]


def test_a_session_that_is_quoted_before_the_first_failure_is_passed_over():
    inner = f"{START}=== short test summary info ===\nFAILED inner.py::test_inner\n=== 1 failed in 0.1s ===\n"
    assert told(
        f"=== FAILURES ===\n{inner}___ test_x ___\nE   boom\ntest_a.py:3: AssertionError\n=== 1 failed in 0.2s ===\n"
    ) == [("test_a", "test_x", "failed")]


def test_an_outcome_behind_the_words_of_a_program_is_nobodys():
    assert told("std::map is emptyPASSED                         [ 50%]\n") == []


def test_a_summary_that_a_passing_test_printed_is_not_believed():
    fake = (
        "=== short test summary info ===\nFAILED fake.py::test_not_real - boom\n=== 1 failed, 99 passed in 0.01s ===\n"
    )
    log = read_log(f"{START}{fake}..\n\n=== 2 passed in 0.02s ===\n".encode())
    assert (log.results, log.unnamed_passes, log.complete) == ((), 2, True)


def test_a_quiet_run_after_a_loud_one_is_a_run_of_its_own():
    loud = f"{START}=== short test summary info ===\nFAILED a.py::test_a - boom\n=== 1 failed, 9 passed in 0.01s ===\n"
    quiet = "=== short test summary info ===\nFAILED b.py::test_b - boom\n1 failed, 2 passed in 0.02s\n"
    assert [name for _, name, _ in told(loud + quiet)] == ["test_a", "test_b"]
    assert read_log((loud + quiet).encode()).unnamed_passes == 11


def test_failures_that_stand_before_a_summary_without_a_title_are_read():
    log = read_log(b"FAILED a.py::test_a - boom\n=== 1 failed, 2 passed in 0.1s ===\n")
    assert ([one.name for one in log.results], log.unnamed_passes) == (["test_a"], 2)


def test_the_summary_names_what_was_expected_to_fail_around_a_test():
    assert told(
        "=========== short test summary info ===========\n"
        "XFAIL at teardown of tests/test_a.py::test_bad - quarantined by FlakeGuard\n"
        "======= 1 passed, 1 xfailed in 0.10s =======\n"
    ) == [("tests.test_a", "test_bad", "skipped")]


RESULTS = (
    "Results (0.09s):\n        1 failed\n         - t/test_a.py:3 test_adds\n         4 passed\n         1 error\n"
)


@pytest.mark.parametrize(
    "start",
    [
        "=== test session starts ===",
        "Test session starts (platform: linux, Python 3.11.7, pytest 9.2.0, pytest-sugar 1.1.1)",
    ],
    ids=["pretty", "sugar"],
)
def test_pytest_sugar_and_pretty_count_each_outcome_on_a_line_of_its_own(start: str):
    failed = "=== FAILURES ===\n___ test_adds ___\n\nE  boom\n\nt/test_a.py:3: AssertionError\n"
    log = read_log(f"{start}\ncollected 6 items\n\n{failed}{RESULTS}done\n".encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("test_adds", "failed")]
    assert (log.complete, log.unnamed_passes) == (False, 4)
    whole = read_log(f"{start}\ncollected 4 items\n\n{failed}Results (1.00s):\n   4 passed\n   1 failed\n".encode())
    assert (whole.complete, whole.unnamed_passes) == (True, 4)


def test_a_quiet_session_ends_so_under_pretty_too():
    text = "\n=== FAILURES ===\n___ test_adds ___\n\nE  boom\n\nt/test_a.py:3: AssertionError\nResults (0.09s):\n   1 failed\n   4 passed\n"
    log = read_log(text.encode())
    assert ([one.name for one in log.results], log.complete, log.unnamed_passes) == (["test_adds"], True, 4)


def test_what_a_test_prints_of_results_does_not_end_its_session():
    failed = "=== FAILURES ===\n___ test_adds ___\n\nE  boom\nResults (0.09s):\n4 rows\n___ test_sums ___\nE  no\n=== 2 failed in 0.1s ===\n"
    log = read_log(f"=== test session starts ===\ncollected 2 items\n\n{failed}".encode())
    assert ([one.name for one in log.results], log.complete) == (["test_adds", "test_sums"], True)


def test_what_a_test_printed_behind_its_name_is_no_end_of_it():
    assert told("tests/test_a.py::TestC::test_chat hello FAILED\nPASSED\n===== 1 passed in 0.1s =====\n") == [
        ("tests.test_a.TestC", "test_chat", "passed")
    ]


def test_the_summary_of_old_versions_has_a_step_between_class_and_test():
    text = (
        f"{rule('test session starts')}\n\n{rule('FAILURES')}\n____ TestC.test_x[a::()::b] ____\n\nE   assert 0\n\n"
        f"{rule('short test summary info')}\nFAIL test_a.py::TestC::()::test_x[a::()::b]\n{rule('1 failed in 0.1 seconds')}\n"
    )
    assert [(one.class_name, one.name, one.message) for one in results(text)] == [
        ("test_a.TestC", "test_x[a::()::b]", "assert 0")
    ]


def test_the_summary_of_old_versions_says_fail():
    assert told(
        "collected 3 items\n\nfoo.py F.F\n====== short test summary info ======\nFAIL foo.py::test[0]\nFAIL foo.py::test[2]\n"
        "====== 2 failed, 1 passed in 0.08 seconds ======\n"
    ) == [("foo", "test[0]", "failed"), ("foo", "test[2]", "failed")]


def rule(title: str) -> str:
    return f"{'=' * 20} {title} {'=' * 20}"


@pytest.mark.parametrize(
    "progress",
    [
        "test_a.py::test_x[a b] [sub] (i=0) SUBPASS [ 50%]\ntest_a.py::test_x[a b] [sub] (i=1) SUBFAIL [ 50%]\ntest_a.py::test_x[a b] PASSED [100%]\n",
        "test_a.py::test_x[a b] \n[gw0] [ 50%] [sub] (i=1) SUBFAIL test_a.py::test_x[a b] \n[gw0] [100%] PASSED test_a.py::test_x[a b] \n",
        "test_a.py .,.\n",
    ],
)
def test_the_plug_in_for_subtests_writes_what_tells_them_apart_beside_the_test(progress: str):
    summary = "PASSED test_a.py::test_x[a b]\n[sub] (i=1) SUBFAIL test_a.py::test_x[a b] - assert 1 != 1\n"
    text = (
        f"{rule('test session starts')}\ncollected 1 item\n\n{progress}{rule('short test summary info')}\n{summary}"
        f"{rule('1 failed, 1 passed, 1 subtests passed in 0.1s')}\n"
    )
    assert [(one.name, one.outcome.value) for one in read_log(text.encode()).results] == [("test_x[a b]", "failed")]


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_test_that_ended_its_process_by_a_timeout_has_failed(between: str):
    stack = '~~~ Stack of MainThread (1399) ~~~\n  File "test_a.py", line 3, in test_b\n    sleep(3)\n'
    rules = f"{'+' * 35} Timeout {'+' * 35}"
    text = (
        f"{rule('test session starts')}\ncollected 2 items\n\ntest_a.py::test_a PASSED [ 50%]\n"
        f"test_a.py::test_b[x y] {between}{rules}\n{stack}{rules}\n"
    )
    log = read_log(text.encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("test_a", "passed"), ("test_b[x y]", "failed")]
    assert (log.complete, log.stopped_early) == (False, "a test timed out")


@pytest.mark.parametrize(
    ("name", "title"), [("test_x@g1", "test_x"), ("test_x[a@b]@g1", "test_x[a@b]"), ("test_x[a@b]",) * 2]
)
def test_a_group_of_xdists_stands_behind_the_name_alone(name: str, title: str):
    text = (
        f"{rule('test session starts')}\n\n{rule('FAILURES')}\n____ {title} ____\n\nE   assert 0\n\n"
        f"{rule('short test summary info')}\nFAILED test_a.py::{name} - assert 0\n{rule('1 failed in 0.1s')}\n"
    )
    assert [(one.name, one.message) for one in results(text)] == [(name, "assert 0")]


def test_an_end_that_a_test_printed_leaves_the_failures_that_were_told_before():
    failed = "____ test_a ____\n\nE   assert 0\n\n---- Captured stdout call ----\n=== 3 passed in 1s ===\n"
    text = f"{rule('test session starts')}\n\n{rule('FAILURES')}\n{failed}{rule('1 failed, 2 passed in 0.1 seconds')}\n"
    log = read_log(text.encode())
    assert ([one.name for one in log.results], log.complete, log.unnamed_passes) == (["test_a"], True, 2)
