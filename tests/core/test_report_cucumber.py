import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document
from app.core.reports.errors import MalformedReport

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(*features):
    return json_documents.read(Document.of(json.dumps(list(features)).encode()))


def a_feature(*elements, **more):
    return {
        "uri": "features/a.feature",
        "keyword": "Feature",
        "name": "Sums",
        "line": 1,
        "elements": list(elements),
        **more,
    }


def a_step(status="passed", name="I add", error=None, duration=1_500_000, **more):
    return {
        "keyword": "When ",
        "name": name,
        "result": {"status": status, "duration": duration, "error_message": error},
        **more,
    }


def a_hook(status, error=None):
    return {"match": {"location": "hooks.rb:1"}, "result": {"status": status, "error_message": error}}


def a_scenario(*steps, name="adds", line=3, **more):
    return {
        "type": "scenario",
        "keyword": "Scenario",
        "name": name,
        "id": "sums;adds",
        "line": line,
        "steps": list(steps),
        **more,
    }


def outcome(*steps, **more):
    [one] = read(a_feature(a_scenario(*steps, **more))).results
    return one.outcome


def test_a_scenario_is_one_execution_of_its_feature():
    error = "java.lang.AssertionError: expected 1\n\tat steps.Sum.add(Sum.java:3)"
    report = read(a_feature(a_scenario(a_step(), a_step("failed", error=error), a_step("skipped", duration=None))))
    [one] = report.results
    assert (report.format, one.suite, one.class_name, one.name) == ("cucumber", "features/a.feature", "Sums", "adds")
    assert (one.file, one.line, one.duration_ms, one.outcome) == ("features/a.feature", 3, 3, F)
    assert (one.message, one.stack_trace) == ("java.lang.AssertionError: expected 1", error)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([a_step()], P),
        ([a_step("pending"), a_step("skipped")], S),
        ([a_step("skipped")], S),
        ([a_step("undefined")], E),
        ([a_step("ambiguous")], E),
        ([a_step("failed", error="java.lang.NullPointerException: x\n\tat y")], E),
        ([a_step("failed", error="\nexpected: 1\n (RSpec::Expectations::ExpectationNotMetError)\n./a.rb:1")], F),
        ([a_step("failed", error="undefined method (NoMethodError)\n./a.rb:1")], E),
        ([{"keyword": "When ", "name": "never ran"}], S),
        ([], S),
    ],
)
def test_a_scenario_ended_as_its_worst_step_did(steps, expected):
    assert outcome(*steps) == expected


def test_an_undefined_step_is_named():
    [one] = read(a_feature(a_scenario(a_step("undefined", name="I multiply")))).results
    assert one.message == "undefined: I multiply"


@pytest.mark.parametrize(
    "scenario",
    [
        a_scenario(a_step("skipped"), before=[a_hook("failed", "no database")]),
        a_scenario(a_step(), after=[a_hook("failed", "no database")]),
        a_scenario(a_step(before=[a_hook("failed", "no database")])),
        a_scenario(a_step(after=[a_hook("failed", "no database")])),
        a_scenario(
            {"keyword": "Before", "hidden": True, "result": {"status": "failed", "error_message": "no database"}}
        ),
    ],
)
def test_a_failed_hook_is_an_error_wherever_a_writer_puts_it(scenario):
    [one] = read(a_feature(scenario)).results
    assert (one.outcome, one.message) == (E, "no database")


def test_hooks_that_passed_change_nothing():
    assert outcome(a_step(), before=[a_hook("passed")], after=[a_hook("passed")]) == P


def test_a_background_belongs_to_the_scenario_behind_it():
    background = {"type": "background", "keyword": "Background", "name": "", "steps": [a_step("failed", error="no")]}
    found = read(
        a_feature(background, a_scenario(a_step("skipped")), a_scenario(a_step(), name="subtracts", line=9))
    ).results
    assert [(one.name, one.outcome) for one in found] == [("adds", F), ("subtracts", P)]


def test_rows_of_an_outline_are_tests_of_their_own_and_the_same_row_again_is_not():
    rows = [
        a_scenario(a_step(), line=line, keyword="Scenario Outline", id=f"sums;adds;;{line}") for line in (11, 12, 11)
    ]
    assert [(one.name, one.ordinal) for one in read(a_feature(*rows)).results] == [
        ("adds", 1),
        ("adds [1]", 1),
        ("adds", 2),
    ]


def test_rows_to_which_cucumber_js_gives_one_line_are_tests_of_their_own():
    rows = [a_scenario(a_step(), keyword="Scenario Outline") for _ in range(2)]
    assert [one.name for one in read(a_feature(*rows)).results] == ["adds", "adds [1]"]


def test_the_template_of_an_outline_never_ran():
    template = {"type": "scenario_outline", "keyword": "Scenario Outline", "name": "adds", "steps": [{"name": "x"}]}
    assert [one.outcome for one in read(a_feature(template, a_scenario(a_step()))).results] == [P]


def behave(**more):
    step = {
        "keyword": "When",
        "name": "x",
        "location": "features/a.feature:4",
        "result": {"status": "passed", "duration": 0.25},
    }
    scenario = {
        "type": "scenario",
        "keyword": "Scenario",
        "name": "adds",
        "location": "features/a.feature:3",
        "steps": [step],
        **more,
    }
    return {"keyword": "Feature", "name": "Sums", "location": "features/a.feature:1", "elements": [scenario]}


def test_behave_has_seconds_and_places():
    [one] = read(behave()).results
    assert (one.suite, one.file, one.line, one.duration_ms) == ("features/a.feature", "features/a.feature", 3, 250)


def test_a_background_of_behave_is_a_template():
    template = {"type": "background", "keyword": "Background", "name": "", "steps": [{"keyword": "Given", "name": "x"}]}
    feature = behave(name="adds -- @1.1 ")
    feature["elements"].insert(0, template)
    assert [(one.name, one.outcome) for one in read(feature).results] == [("adds -- @1.1", P)]


def test_errors_of_behave_are_lists_of_lines_and_a_status_tells_of_failed_hooks():
    steps = [
        {
            "keyword": "When",
            "name": "x",
            "result": {"status": "failed", "error_message": ["Assertion Failed: no", "at x"]},
        }
    ]
    [one] = read(behave(steps=steps)).results
    assert (one.outcome, one.stack_trace) == (F, "Assertion Failed: no\nat x")
    [one] = read(behave(status="hook_error")).results
    assert (one.outcome, one.message) == (E, "hook_error")
    [one] = read(behave(status="passed", steps=[])).results
    assert one.outcome == P


def test_an_older_behave_puts_its_features_into_an_object():
    data = json.dumps({"features": [behave()]}).encode()
    assert [one.outcome for one in json_documents.read(Document.of(data)).results] == [P]


@pytest.mark.parametrize("uri", ["file:features/a.feature", "classpath:features/a.feature"])
def test_a_uri_of_the_jvm_is_a_file(uri):
    [one] = read(a_feature(a_scenario(a_step()), uri=uri)).results
    assert one.suite == "features/a.feature"


def test_a_scenario_that_was_cut_is_left_out_since_its_failure_may_be_missing():
    whole = json.dumps([a_feature(a_scenario(a_step()), a_scenario(a_step(), a_step("failed"), name="b", line=9))])
    report = json_documents.read(Document.of(whole[: whole.rindex('{"keyword"')].encode()))
    assert ([one.name for one in report.results], report.repaired, len(report.warnings)) == (["adds"], True, 1)


def test_a_feature_without_a_place_is_one_that_was_cut():
    cut = {"keyword": "Feature", "name": "Sums", "elements": [a_scenario(a_step())]}
    assert len(read(a_feature(a_scenario(a_step())), cut).results) == 1


def test_a_file_that_is_cut_within_its_first_feature_is_malformed_and_no_other_file():
    behind = {"elements": [a_scenario(a_step())], "keyword": "Feature", "name": "Sums", "uri": "a.feature"}
    whole = json.dumps([behind]).encode()
    assert len(json_documents.read(Document.of(whole)).results) == 1
    with pytest.raises(MalformedReport):
        json_documents.read(Document.of(whole[: whole.rindex(b'"uri"')]))


def test_a_feature_may_have_no_name():
    [one] = json_documents.read(
        Document.of(json.dumps([{"uri": "a.feature", "elements": [a_scenario(a_step("failed"))]}]).encode())
    ).results
    assert (one.suite, one.class_name, one.outcome) == ("a.feature", "", F)


def test_other_lists_and_objects_are_not_cucumbers():
    for value in (
        [{"keyword": "a", "uri": 1}],
        [{"keyword": "a", "uri": 1, "elements": [{"keyword": "b"}]}],
        {"features": {}, "keyword": "uri", "uri": 1},
        [],
        {"keyword": 1, "uri": 2},
    ):
        assert json_documents.read(Document.of(json.dumps(value).encode())) is None
