import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def a_result(**more):
    return {
        "uuid": "3f0c",
        "historyId": "h",
        "name": "adds two",
        "fullName": "org.acme.SumTest.addsTwo",
        "status": "passed",
        "stage": "finished",
        "start": 1_700_000_000_000,
        "stop": 1_700_000_000_250,
        "labels": [{"name": "suite", "value": "Sums"}],
        "parameters": [],
        "steps": [],
        **more,
    }


def read(**more):
    return json_documents.read(Document.of(json.dumps(a_result(**more)).encode()))


def only(**more):
    [one] = read(**more).results
    return one


def test_a_result_is_one_execution_that_knows_when_it_ended():
    report = read(status="failed", statusDetails={"message": "no", "trace": "at x"})
    [one] = report.results
    assert (report.format, report.ended_ms) == ("allure", 1_700_000_000_250)
    assert (one.suite, one.class_name, one.name, one.duration_ms) == ("Sums", "org.acme.SumTest", "adds two", 250)
    assert (one.outcome, one.message, one.stack_trace) == (F, "no", "at x")


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"status": "passed"}, P),
        ({"status": "failed"}, F),
        ({"status": "BROKEN"}, E),
        ({"status": "skipped"}, S),
        ({"status": "unknown"}, S),
        ({"status": None}, S),
        ({"status": None, "stage": "running", "stop": None}, E),
        ({"status": None, "stop": None}, E),
    ],
)
def test_a_status_of_allure_is_an_outcome(said, outcome):
    assert only(**said).outcome == outcome


def test_a_test_without_an_end_says_so_and_knows_no_time():
    report = read(status=None, stage="running", stop=None)
    [one] = report.results
    assert (one.message, one.duration_ms, report.ended_ms) == (
        "no result: the run ended before the test did",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("said", "class_name"),
    [
        ({"fullName": "tests.unit.test_sum.TestSum#test_two"}, "tests.unit.test_sum.TestSum"),
        ({"labels": [{"name": "testClass", "value": "org.acme.Sum"}]}, "org.acme.Sum"),
        ({"fullName": "a/sum.spec.ts:12:5", "labels": [{"name": "suite", "value": "x"}]}, "x"),
        (
            {"fullName": None, "labels": [{"name": "parentSuite", "value": "p"}, {"name": "subSuite", "value": "s"}]},
            "p s",
        ),
        ({"fullName": None, "labels": None}, ""),
    ],
)
def test_the_class_is_the_one_that_the_ecosystem_names(said, class_name):
    assert only(**said).class_name == class_name


def test_parameters_tell_tests_apart_unless_the_name_holds_them_or_they_change_from_run_to_run():
    given = [
        {"name": "a", "value": "1"},
        {"name": "b", "value": "x"},
        {"name": "time", "value": "12:00", "excluded": True},
        {"name": "secret", "value": "y", "mode": "hidden"},
    ]
    assert only(parameters=given).name == "adds two[1, x]"
    assert only(parameters=given, name="test_two[1-x]").name == "test_two[1-x]"
    assert only(parameters=given[2:]).name == "adds two"
    assert only(name=None).name == "org.acme.SumTest.addsTwo"


def test_a_result_that_says_nothing_of_a_status_is_a_result():
    value = a_result()
    del value["status"]
    [one] = json_documents.read(Document.of(json.dumps(value).encode())).results
    assert one.outcome == S


def test_a_container_and_other_objects_with_names_are_no_results():
    container = {
        "uuid": "c",
        "name": "set up",
        "children": ["a"],
        "befores": [{"status": "failed"}],
        "start": 1,
        "stop": 2,
    }
    widget = {"uuid": "c", "name": "x", "status": "passed"}
    for value in (
        container,
        widget,
        {"name": "x", "version": "1", "labels": [], "links": [], "steps": [], "status": 1},
    ):
        assert json_documents.read(Document.of(json.dumps(value).encode())) is None
