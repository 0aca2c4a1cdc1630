import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
STATS = {"suites": 1, "tests": 3, "passes": 1, "pending": 1, "failures": 1}


def read(value):
    return json_documents.read(Document.of(json.dumps(value).encode()))


def a_test(title, *, err=None, retry=0, around="Sum of", duration=2):
    return {
        "title": title,
        "fullTitle": f"{around} {title}",
        "file": "/home/runner/work/r/r/test/sum.js",
        "duration": duration,
        "currentRetry": retry,
        "err": err or {},
    }


def mocha(*, passes=(), failures=(), pending=(), hooks=()):
    tests = [*passes, *failures, *(pending or ())]
    value = {"stats": STATS, "tests": tests, "passes": list(passes), "failures": [*failures, *hooks]}
    return value if pending is None else {**value, "pending": list(pending)}


def outcomes(value):
    return [(one.name, one.outcome) for one in read(value).results]


def test_a_test_of_mocha_ended_as_the_list_says_that_holds_it():
    failed = a_test("b", err={"message": "1 is not 2", "stack": "AssertionError: 1 is not 2\n    at x.js:1"})
    report = read(mocha(passes=[a_test("a")], failures=[failed], pending=[a_test("c")]))
    assert [(one.name, one.outcome) for one in report.results] == [("a", P), ("b", F), ("c", S)]
    one = report.results[1]
    assert (report.format, one.suite, one.class_name) == ("mocha", "test/sum.js", "Sum of")
    assert (one.file, one.duration_ms) == ("/home/runner/work/r/r/test/sum.js", 2)
    assert (one.message, one.stack_trace) == ("1 is not 2", "AssertionError: 1 is not 2\n    at x.js:1")


@pytest.mark.parametrize(
    ("err", "outcome"),
    [
        ({"stack": "AssertionError [ERR_ASSERTION]: a\n    at b"}, F),
        ({"stack": "Error: expected 1 to be 2\n    at b"}, F),
        ({"stack": "UnexpectedError: expected 1 to be 2"}, F),
        ({"stack": "TypeError: x is not a function\n    at b"}, E),
        ({"name": "ReferenceError", "message": "x is not defined"}, E),
        ({"message": "Timeout of 2000ms exceeded. For async tests"}, E),
        ({}, F),
    ],
)
def test_what_is_no_assertion_is_an_error(err, outcome):
    assert outcomes(mocha(failures=[a_test("a", err=err)])) == [("a", outcome)]


def test_a_failed_hook_is_in_the_failures_alone_and_is_an_error():
    hook = a_test('"before each" hook for "a"', err={"message": "no database"})
    assert outcomes(mocha(passes=[a_test("a")], hooks=[hook])) == [("a", P), ('"before each" hook for "a"', E)]


def test_the_executions_before_a_retry_failed():
    assert outcomes(mocha(passes=[a_test("a", retry=2)])) == [("a", F), ("a", F), ("a", P)]
    assert outcomes(mocha(failures=[a_test("a", retry=1)])) == [("a", F), ("a", F)]


def test_tests_of_one_name_are_told_apart_by_their_errors():
    value = mocha(failures=[a_test("a", err={"message": "no"})], passes=[a_test("a")])
    assert [outcome for _, outcome in outcomes(value)] == [P, F]
    value["tests"].reverse()
    assert [outcome for _, outcome in outcomes(value)] == [F, P]


def test_before_mocha_listed_them_a_pending_test_was_in_no_list():
    value = mocha(passes=[a_test("a")], pending=None)
    value["tests"].append(a_test("b"))
    assert outcomes(value) == [("a", P), ("b", S)]


def test_a_test_that_no_list_holds_is_unknown():
    value = mocha(passes=[a_test("a")])
    value["tests"].append(a_test("b"))
    assert outcomes(value) == [("a", P)]


def test_figures_without_lists_are_not_mochas():
    assert read({"stats": STATS, "tests": []}) is None
    assert read({"stats": {"a": 1}, "tests": [], "passes": []}) is None


def without_lists(*tests, failures=1):
    return {"stats": {**STATS, "failures": failures}, "tests": list(tests)}


def test_without_lists_an_error_tells_a_failure_and_no_duration_that_it_did_not_run():
    failed = a_test("b", err={"message": "1 is not 2", "stack": "AssertionError: 1 is not 2"}, retry=1)
    report = read(without_lists(a_test("a"), failed, a_test("c", duration=None)))
    assert [(one.name, one.outcome) for one in report.results] == [("a", P), ("b", F), ("b", F), ("c", S)]
    assert not report.repaired


def test_without_lists_figures_that_count_more_failures_say_that_some_are_missing():
    report = read(without_lists(a_test("a"), failures=2))
    assert report.repaired
    assert report.warnings == ("2 failures that the figures count are those of no test in the file.",)


def test_a_test_without_a_title_of_its_own_has_the_full_one():
    test = {"fullTitle": "Basket > is empty", "duration": 3, "err": {}}
    [one] = read(without_lists(test, failures=0)).results
    assert (one.class_name, one.name) == ("", "Basket > is empty")


def awesome(*suites, stats=STATS):
    return {"stats": {**stats, "testsRegistered": 1}, "results": list(suites)}


def a_suite(title, *, file="", tests=(), before=(), after=(), suites=()):
    return {
        "title": title,
        "fullFile": file,
        "beforeHooks": list(before),
        "tests": list(tests),
        "afterHooks": list(after),
        "suites": list(suites),
    }


def test_mochawesome_tells_of_suites_within_suites():
    tests = [
        {"title": "a", "state": "passed", "duration": 3},
        {
            "title": "b",
            "state": "failed",
            "err": {"message": "AssertionError: no", "estack": "AssertionError: no\n    at b"},
        },
        {"title": "c", "state": "pending"},
        {"title": "d", "state": None, "skipped": True},
        {"title": "e"},
        {"title": "f", "pass": True},
    ]
    root = a_suite("", file="cypress/e2e/a.cy.js", suites=[a_suite("outer", suites=[a_suite("inner", tests=tests)])])
    report = read(awesome(root, False))
    assert [(one.name, one.outcome) for one in report.results] == [("a", P), ("b", F), ("c", S), ("d", S), ("f", P)]
    one = report.results[1]
    assert (report.format, one.suite, one.class_name) == ("mochawesome", "cypress/e2e/a.cy.js", "outer inner")
    assert (one.message, one.stack_trace) == ("AssertionError: no", "AssertionError: no\n    at b")


def test_failed_hooks_of_mochawesome_are_errors_and_others_are_no_tests():
    hook = {
        "title": '"before all" hook in "outer"',
        "state": "failed",
        "fail": True,
        "err": {"estack": "Error: no\n    at h"},
    }
    after = {"title": '"after all" hook in "outer"', "state": "failed"}
    other = {"title": '"before each" hook', "state": None}
    tests = [{"title": '"before each" hook for "a"', "state": "failed"}]
    found = read(awesome(a_suite("outer", before=[hook, other], tests=tests, after=[after]))).results
    assert [(one.name, one.outcome, one.message) for one in found] == [
        ('"before all" hook in "outer"', E, "Error: no"),
        ('"before each" hook for "a"', E, None),
        ('"after all" hook in "outer"', E, None),
    ]


def test_mochawesome_is_recognised_by_its_root_suites_too_and_nothing_else_is():
    assert read({"stats": STATS, "results": [a_suite("a")]}).results == ()
    assert read({"stats": STATS, "results": [{"name": "a"}]}) is None
    assert read({"stats": STATS, "results": {}}) is None


def test_suites_of_mochawesome_that_are_too_deep_are_left_out():
    suite = a_suite("leaf", tests=[{"title": "a", "state": "passed"}])
    for _ in range(60):
        suite = a_suite("s", suites=[suite])
    assert read(awesome(suite)).results == ()
