"""Of a log's failures so many are told at length: those beyond are named, without their words."""

import json

import pytest

from app.core.logs import (
    ava,
    bazel,
    boost,
    ctest,
    go,
    go_json,
    julia,
    read_log,
    swift_testing,
    telling,
    testthat,
    vstest,
    xctest,
)
from app.core.logs.session import LONGEST_STACK, Block

pytestmark = pytest.mark.attack("expressions")

NUMBERS = (1, 2, 3)


def thrice(text):
    return "".join(text.replace("<n>", str(n)) for n in NUMBERS)


def events(*ones):
    return "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in ones)


def results(text):
    return read_log(text.encode()).results


GO_BUILDS = thrice("# example.com/<n>\n./a.go:<n>: undefined: x\n")
GO_BUILD_ENDS = thrice("FAIL\texample.com/<n> [build failed]\n")
GO_BUILD_EVENTS = events(
    *({"ImportPath": f"p{n}", "Action": "build-output", "Output": f"./a.go:{n}: undefined: x\n"} for n in NUMBERS),
    *({"ImportPath": f"p{n}", "Action": "build-fail"} for n in NUMBERS),
    *({"Action": "fail", "Package": f"p{n}", "Elapsed": 0, "FailedBuild": f"p{n}"} for n in NUMBERS),
)
XCTEST_CASES = "".join(
    thrice(line)
    for line in (
        "Test Case '-[App.CartTests test<n>]' started.\n",
        "a.swift:<n>: error: -[App.CartTests test<n>] : boom <n>\n",
        "Test Case '-[App.CartTests test<n>]' failed (0.010 seconds).\n",
    )
)


@pytest.mark.parametrize(
    ("module", "limit", "text"),
    [
        (
            bazel,
            "MOST_FAILURES",
            thrice(f"{'=' * 20} Test output for //a:t<n>:\nboom <n>\n{'=' * 80}\n")
            + thrice("//a:t<n>   FAILED in 0.1s\n")
            + "Executed 3 out of 3 tests: 3 fail locally.\n",
        ),
        (
            ava,
            "MOST_FAILURES",
            thrice("  ✘ [fail]: adds <n>\n")
            + thrice("\n  adds <n>\n\n  a.js:<n>\n\n  boom <n>\n")
            + "\n  ─\n\n  3 tests failed\n",
        ),
        (boost, "MOST_FAILURES", thrice('a.cpp(<n>): error: in "s/t<n>": check x has failed\n')),
        (
            ctest,
            "MOST_FAILURES",
            "Test project /b\n"
            + thrice("      Start <n>: t<n>\n")
            + thrice("<n>: boom <n>\n")
            + thrice("<n>/3 Test #<n>: t<n> ...***Failed    0.1 sec\n"),
        ),
        (go_json, "MOST_FAILURES", GO_BUILD_EVENTS),
        (julia, "MOST_FAILURES", thrice("adds <n>: Test Failed at a.jl:<n>\n  Expression: f() == <n>\n")),
        (
            swift_testing,
            "MOST_FAILURES",
            thrice("✘ Test t<n>() recorded an issue at a.swift:<n>:1: boom\n")
            + thrice("✘ Test t<n>() failed after 0.001 seconds with 1 issue.\n"),
        ),
        (
            testthat,
            "MOST_FAILURES",
            thrice("── Failure (test-a.R:<n>:1): adds <n> ──\nboom\n") + "[ FAIL 3 | WARN 0 | SKIP 0 | PASS 0 ]\n",
        ),
        (telling, "MOST_FAILURES", thrice("==> X a.CartSuite.adds <n> 0.1s boom <n>\n")),
        (vstest, "MOST_FAILURES", thrice("a.cs(<n>): error TESTERROR: a.C.Adds<n> (1ms): Error Message: boom <n>\n")),
        (xctest, "MOST_FAILURES", XCTEST_CASES),
    ],
)
def test_the_failures_beyond_the_limit_are_named_without_their_words(monkeypatch, module, limit, text):
    everything = results(text)
    assert [one.stack_trace is not None for one in everything] == [True, True, True]
    monkeypatch.setattr(module, limit, 2)
    monkeypatch.setattr(telling, limit, 2)
    first, second, third = results(text)
    assert (first, second) == everything[:2]
    assert (third.class_name, third.name, third.outcome) == tuple(
        getattr(everything[2], field) for field in ("class_name", "name", "outcome")
    )
    assert third.stack_trace is None


def test_the_words_of_a_failure_are_kept_however_many_tests_passed_before_it(monkeypatch):
    monkeypatch.setattr(telling, "MOST_FAILURES", 1)
    passed = thrice("a.CartTest > adds<n> PASSED\n\n")
    *_, failed = results(f"{passed}a.CartTest > pays FAILED\n    boom\n\n4 tests completed, 1 failed\n")
    assert (failed.name, failed.message) == ("pays", "boom")


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
