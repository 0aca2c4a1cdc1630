"""A log of the allowed size could name millions of tests: of each session so many are kept, and the session is told."""

import pytest

from app.core.logs import go, jest, pytest_tests, read_log, unittest
from app.core.logs.session import LONGEST_STACK, Block

RULE, LINE = "=" * 70, "-" * 70
PYTEST_BLOCKS = "".join(f"___ test_{n} ___\nE   boom {n}\ntest_a.py:{n}: AssertionError\n" for n in range(1, 4))
PYTEST_SUMMARY = "".join(f"FAILED test_a.py::test_{n} - told\n" for n in range(1, 4))
GO_TESTS = "".join(f"--- FAIL: Test{n} (0.00s)\n" for n in range(1, 4))
GO_BUILDS = "".join(f"# example.com/{n}\n./a.go:{n}: undefined: x\n" for n in range(1, 4))
GO_BUILD_ENDS = "".join(f"FAIL\texample.com/{n} [build failed]\n" for n in range(1, 4))
GO_TOLD = "".join(f"=== FAIL: a Test{n} (0.00s)\n    a_test.go:1: boom\n\n" for n in range(1, 4))
JEST_TREE = "".join(f"  ✓ passes {n}\n" for n in range(1, 4))
UNITTEST_BLOCKS = "".join(f"{RULE}\nFAIL: test_{n} (a.TestC)\n{LINE}\nAssertionError: {n}\n\n" for n in range(1, 4))


def results(text):
    return read_log(text.encode()).results


@pytest.mark.parametrize(
    ("module", "limit", "text"),
    [
        (pytest_tests, "MOST_TESTS", f"=== short test summary info ===\n{PYTEST_SUMMARY}=== 3 failed in 0.1s ==="),
        (pytest_tests, "MOST_FAILURES", f"=== FAILURES ===\n{PYTEST_BLOCKS}=== 3 failed in 0.1s ==="),
        (go, "MOST_TESTS", f"{GO_TESTS}FAIL\texample.com/a\t0.1s\n"),
        (go, "MOST_FAILURES", f"=== Failed\n{GO_TOLD}DONE 3 tests, 3 failures in 0.1s\n"),
        (jest, "MOST_TESTS", f"PASS a.test.js\n{JEST_TREE}\nTests:       3 passed, 3 total\n"),
        (unittest, "MOST_FAILURES", f"{UNITTEST_BLOCKS}{LINE}\nRan 3 tests in 0.1s\n\nFAILED (failures=3)\n"),
    ],
)
def test_the_tests_beyond_the_limit_are_left_out_and_those_before_it_are_told(monkeypatch, module, limit, text):
    everything = results(text)
    assert len(everything) == 3
    monkeypatch.setattr(module, limit, 2)
    assert results(text) == everything[:2]


def test_a_known_test_is_told_of_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(pytest_tests, "MOST_TESTS", 2)
    lines = "a.py::test_1 PASSED [ 25%]\na.py::test_2 PASSED [ 50%]\na.py::test_3 PASSED [ 75%]\na.py::test_1 ERROR [ 75%]\n"
    assert [(one.name, one.outcome) for one in results(f"=== test session starts ===\n{lines}")] == [
        ("test_1", "error"),
        ("test_2", "passed"),
    ]


def test_a_package_that_did_not_build_is_named_beyond_the_limit_but_not_told_at_length(monkeypatch):
    monkeypatch.setattr(go, "MOST_FAILURES", 2)
    found = results(GO_BUILDS + GO_BUILD_ENDS)
    assert [(one.class_name, one.outcome) for one in found] == [(f"example.com/{n}", "error") for n in range(1, 4)]
    assert [one.message is not None for one in found] == [True, True, False]


def test_of_a_failure_that_prints_without_end_the_beginning_is_kept():
    block = Block("test_x", 1)
    for number in range(LONGEST_STACK):
        block.add(f"line {number}")
    assert block.stack().startswith("line 0\nline 1\n")
    assert sum(map(len, block.lines)) <= LONGEST_STACK
