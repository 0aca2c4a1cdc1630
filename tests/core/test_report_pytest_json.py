import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(*tests, collectors=()):
    value = {"exitcode": 1, "root": "/x", "collectors": list(collectors), "tests": list(tests), "x": {"nodeid": ""}}
    return json_documents.read(Document.of(json.dumps(value).encode()))


def a_test(outcome="passed", nodeid="tests/test_sum.py::TestSum::test_two[a::b]", **more):
    return {"nodeid": nodeid, "lineno": 0, "outcome": outcome, "setup": {"duration": 0.25, "outcome": "passed"}, **more}


def test_a_test_is_named_as_in_the_junit_file_of_pytest():
    call = {
        "duration": 0.5,
        "outcome": "failed",
        "crash": {"message": "assert 1 == 2"},
        "longrepr": "def test…\nE   assert 1 == 2",
    }
    report = read(a_test("failed", call=call))
    [one] = report.results
    assert (report.format, one.suite, one.class_name, one.name) == (
        "pytest-json",
        "pytest",
        "tests.test_sum.TestSum",
        "test_two[a::b]",
    )
    assert (one.file, one.line, one.duration_ms, one.outcome) == ("tests/test_sum.py", 1, 750, F)
    assert (one.message, one.stack_trace) == ("assert 1 == 2", "def test…\nE   assert 1 == 2")


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("passed", P), ("xpassed", P), ("failed", F), ("error", E), ("skipped", S), ("xfailed", S)],
)
def test_an_outcome_of_pytest_is_one_of_ours(said, outcome):
    [one] = read(a_test(said)).results
    assert one.outcome == outcome


@pytest.mark.parametrize(
    ("stages", "last"),
    [
        ({"call": {"outcome": "passed"}}, P),
        ({"call": {"outcome": "failed"}}, F),
        ({"call": {"outcome": "skipped"}}, S),
        ({"teardown": {"outcome": "failed"}}, E),
    ],
)
def test_a_test_that_was_run_again_failed_before_its_stages_tell_how_it_ended(stages, last):
    assert [(one.ordinal, one.outcome) for one in read(a_test("rerun", **stages)).results] == [(1, F), (2, last)]


def test_a_stage_without_a_crash_is_told_by_its_text():
    stages = {"teardown": {"outcome": "failed", "longrepr": "fixture\nE   RuntimeError: no"}, "setup": None}
    [one] = read(a_test("error", lineno=None, **stages)).results
    assert (one.message, one.line, one.duration_ms) == ("RuntimeError: no", None, None)


def test_a_file_that_could_not_be_collected_is_an_error_and_one_that_was_skipped_is_skipped():
    bad = {
        "nodeid": "tests/test_a.py",
        "outcome": "failed",
        "longrepr": "tests/test_a.py:1: in <module>\nImportError: x",
    }
    skipped = {"nodeid": "tests/test_b.py", "outcome": "skipped", "longrepr": "no"}
    found = read(collectors=[bad, skipped, {"nodeid": "", "outcome": "passed"}]).results
    assert [(one.name, one.class_name, one.outcome, one.message) for one in found] == [
        ("tests.test_a", "", E, "tests/test_a.py:1: in <module>"),
        ("tests.test_b", "", S, None),
    ]


def test_a_node_that_is_no_function_of_a_file_has_its_whole_name():
    [one] = read(a_test(nodeid="README.rst")).results
    assert (one.class_name, one.name, one.file) == ("", "README.rst", None)


def test_a_test_without_a_known_outcome_is_left_out():
    assert read({"nodeid": "a.py::b"}).results == ()


def test_other_documents_with_nodes_are_not_of_the_plugin():
    for data in (b'{"exitcode": 0, "nodeid": 1}', b'{"tests": [], "a": {"exitcode": 1, "nodeid": 2}}'):
        assert json_documents.read(Document.of(data)) is None


def test_what_is_left_of_a_document_is_known_by_how_many_tests_were_collected():
    value = {"summary": {"passed": 1, "total": 1, "collected": 1}, "tests": [a_test()]}
    assert [one.outcome for one in json_documents.read(Document.of(json.dumps(value).encode())).results] == [P]
    assert json_documents.read(Document.of(json.dumps({**value, "summary": {"total": 1}}).encode())) is None


def test_a_quarantined_failure_is_one_that_the_job_did_not_fail_of():
    call = {"outcome": "skipped", "crash": {"message": "assert 1 == 2"}, "longrepr": "E   assert 1 == 2"}
    ours = [{"other": 7}, {"flakeguard_outcome": "failed"}]
    [failed, skipped] = read(a_test("xfailed", call=call, user_properties=ours)).results
    assert (failed.outcome, failed.message, failed.stack_trace) == (F, "assert 1 == 2", "E   assert 1 == 2")
    assert (skipped.ordinal, skipped.outcome) == (2, S)
    for other in ([{"flakeguard_outcome": "passed"}], {"flakeguard_outcome": "failed"}, ["flakeguard_outcome"], None):
        [one] = read(a_test("xfailed", call=call, user_properties=other)).results
        assert one.outcome == S
    [one] = read(a_test("passed", user_properties=ours)).results
    assert one.outcome == P
