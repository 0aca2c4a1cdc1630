import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def node(kind, name, *children, **more):
    return {"nodeType": kind, "name": name, "children": list(children), **more}


def read(*cases):
    tree = node("Test Plan", "Plan", node("Unit test bundle", "SumTests", node("Test Suite", "SumTests", *cases)))
    return json_documents.read(Document.of(json.dumps({"devices": [], "testNodes": [tree]}).encode()))


def a_case(result, *children, **more):
    return node("Test Case", "testAdds()", *children, result=result, **more)


def said(message):
    return node("Failure Message", message)


def test_a_case_is_named_by_its_bundle_and_suite():
    report = read(
        a_case("Failed", said("SumTests.swift:12: XCTAssertEqual failed: 1"), durationInSeconds=0.25, duration="9s")
    )
    [one] = report.results
    assert (report.format, one.suite, one.class_name, one.name) == (
        "xcresulttool",
        "SumTests",
        "SumTests",
        "testAdds()",
    )
    assert (one.file, one.line, one.duration_ms) == ("SumTests.swift", 12, 250)
    assert (one.outcome, one.message) == (F, "XCTAssertEqual failed: 1")
    assert one.stack_trace == "SumTests.swift:12: XCTAssertEqual failed: 1"


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        (a_case("Passed"), P),
        (a_case("Skipped"), S),
        (a_case("Expected Failure"), S),
        (a_case("Failed"), F),
        (a_case("Failed", said('a.swift:1: failed: caught error: "no"')), E),
        (a_case("Failed", said("Crash: SumTests at f()")), E),
        (a_case("unknown"), E),
    ],
)
def test_a_result_of_xcode_is_an_outcome(case, outcome):
    assert [one.outcome for one in read(case).results] == [outcome]


def test_a_case_without_a_result_says_so_and_one_of_another_word_is_left_out():
    [one] = read(a_case("unknown"), a_case(None)).results
    assert one.message == "no result: the run ended before the test did"


def test_repetitions_are_executions_and_arguments_are_tests():
    retried = a_case(
        "Passed",
        node("Repetition", "First Run", node("Device", "d", said("no")), result="Failed"),
        node("Repetition", "Retry 1", result="Passed", duration="1m 2,5s"),
    )
    found = read(retried).results
    assert [(one.name, one.ordinal, one.outcome, one.message, one.duration_ms) for one in found] == [
        ("testAdds()", 1, F, "no", None),
        ("testAdds()", 2, P, None, 62500),
    ]
    arguments = a_case("Failed", node("Arguments", "1", result="Passed"), node("Arguments", "2", result="Failed"))
    assert [(one.name, one.outcome) for one in read(arguments).results] == [
        ("testAdds() [1]", P),
        ("testAdds() [2]", F),
    ]


def test_several_devices_are_told_apart_and_a_single_one_is_not_named():
    devices = [node("Device", name, result="Passed") for name in ("iPhone", "iPad")]
    assert [one.name for one in read(a_case("Passed", *devices)).results] == [
        "testAdds() [iPhone]",
        "testAdds() [iPad]",
    ]
    assert [one.name for one in read(a_case("Passed", devices[0])).results] == ["testAdds()"]


def test_a_tree_that_is_too_deep_is_left_out():
    tree, runs, inside = a_case("Passed"), node("Repetition", "r", result="Passed"), said("no")
    for _ in range(60):
        tree, runs = node("Test Suite", "s", tree), node("Repetition", "r", runs, result="Passed")
        inside = node("Activity", "a", inside)
    assert read(tree).results == ()
    assert [one.outcome for one in read(a_case("Passed", runs)).results] == [P]
    assert [one.message for one in read(a_case("Failed", inside)).results] == [None]


def test_other_trees_are_not_xcodes():
    for data in (b'{"testNodes": [], "nodeType": 1}', b'{"testNodes": {}, "devices": [], "nodeType": 1}'):
        assert json_documents.read(Document.of(data)) is None
