import json

import pytest

from app.core.model import Outcome
from app.core.reports.document import Document
from app.core.reports.reportlog import read as read_document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
START = {"pytest_version": "8.3", "$report_type": "SessionStart"}
FINISH = {"exitstatus": 1, "$report_type": "SessionFinish"}
NODE = "tests/unit/test_a.py::TestC::test_x[a::b]"


def phase(when, outcome="passed", node=NODE, duration=0.5, kind="TestReport", **more):
    fields = {"nodeid": node, "when": when, "outcome": outcome, "duration": duration, "$report_type": kind, **more}
    return {"location": ["tests/unit/test_a.py", 4, "TestC.test_x"], "longrepr": None, **fields}


def run(call="passed", setup="passed", teardown="passed", **more):
    return [phase("setup", setup), phase("call", call, **more), phase("teardown", teardown)]


def read(*lines):
    return read_document(Document.of("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines).encode()))


def outcomes(*lines):
    return [(r.ordinal, r.outcome) for r in read(START, *lines, FINISH).results]


def test_a_test_is_named_as_pytest_s_junit_report_names_it():
    [result] = read(START, *run(), FINISH).results
    assert (result.suite, result.class_name, result.name) == ("pytest", "tests.unit.test_a.TestC", "test_x[a::b]")
    assert (result.file, result.line, result.duration_ms) == ("tests/unit/test_a.py", 5, 1500)


def test_a_line_without_a_place_takes_the_file_from_the_id():
    [result] = read(START, *[{**line, "location": None} for line in run()], FINISH).results
    assert (result.file, result.line) == ("tests/unit/test_a.py", None)
    lines = [{**line, "location": ["a.py", None, "x"]} for line in run()]
    assert [(r.file, r.line) for r in read(START, *lines, FINISH).results] == [("a.py", None)]


def test_a_failure_of_the_call_is_a_failure_and_one_around_it_an_error():
    assert outcomes(*run("failed")) == [(1, F)]
    assert outcomes(*run("failed", teardown="failed")) == [(1, F)]
    assert outcomes(*run(teardown="failed")) == [(1, E)]
    assert outcomes(phase("setup", "failed"), phase("teardown")) == [(1, E)]


def test_skips_and_expected_failures_are_skips_and_unexpected_passes_are_passes():
    assert outcomes(phase("setup", "skipped", longrepr=["a.py", 3, "Skipped: no"]), phase("teardown")) == [(1, S)]
    assert outcomes(*run("skipped", wasxfail="reason: bug")) == [(1, S)]
    assert outcomes(*run("passed", wasxfail="bug")) == [(1, P)]
    assert outcomes(*run("failed", longrepr="[XPASS(strict)] bug")) == [(1, F)]


def test_each_rerun_is_an_execution_of_its_own():
    assert outcomes(*run("rerun"), *run("rerun"), *run()) == [(1, F), (2, F), (3, P)]


def test_a_second_call_without_a_set_up_is_a_rerun_too():
    assert outcomes(phase("setup"), phase("call", "failed"), phase("call"), phase("teardown")) == [(1, F), (2, P)]
    assert outcomes(phase("call", "failed"), phase("call")) == [(1, F), (2, P)]
    assert outcomes(phase("setup", "rerun"), phase("setup"), phase("call"), phase("teardown")) == [(1, E), (2, P)]


def test_workers_of_xdist_do_not_mix_and_one_that_died_is_an_error():
    mixed = [phase(when, worker_id=worker) for when in ("setup", "call", "teardown") for worker in ("gw0", "gw1")]
    assert outcomes(*mixed) == [(1, P), (2, P)]
    crash = phase("???", "failed", longrepr="worker 'gw0' crashed while running 'tests/unit/test_a.py::test_x'")
    [result] = read(START, crash, FINISH).results
    assert (result.outcome, result.message) == (E, "worker 'gw0' crashed while running 'tests/unit/test_a.py::test_x'")


def test_a_failure_tells_the_message_of_its_crash_and_the_lines_of_its_trace():
    place = {"path": "tests/unit/test_a.py", "lineno": 9, "message": "AssertionError"}
    longrepr = {
        "reprcrash": {"path": "/w/a.py", "lineno": 9, "message": "assert 1 == 2"},
        "reprtraceback": {
            "reprentries": [
                {
                    "type": "ReprEntry",
                    "data": {"lines": ["    def test_x():", ">       assert 1 == 2"], "reprfileloc": place},
                },
                {"type": "ReprEntryNative", "data": {"lines": ["native"], "reprfileloc": None}},
            ]
        },
    }
    [result] = read(START, *run("failed", longrepr=longrepr), FINISH).results
    assert result.message == "assert 1 == 2"
    assert result.stack_trace.splitlines()[1:] == [
        ">       assert 1 == 2",
        "",
        "tests/unit/test_a.py:9: AssertionError",
        "native",
    ]


@pytest.mark.parametrize(
    ("longrepr", "message"),
    [
        ("def x():\nE   ValueError: no", "ValueError: no"),
        ("\nboom\nmore", "boom"),
        ({"reprcrash": None, "reprtraceback": None}, None),
        ({"reprcrash": 5}, None),
        ([1, 2], None),
        (None, None),
    ],
)
def test_other_failures_tell_what_they_can(longrepr, message):
    [result] = read(START, *run("failed", longrepr=longrepr), FINISH).results
    assert (result.outcome, result.message) == (F, message)


def test_a_subtest_is_a_part_of_its_test():
    part = phase("call", "failed", kind="SubTestReport", longrepr="E   assert 0", context={"msg": "i=1"})
    assert outcomes(phase("setup"), part, phase("call"), phase("teardown")) == [(1, F)]
    assert outcomes(phase("setup"), {**part, "outcome": "passed"}, phase("call"), phase("teardown"), part) == [(1, P)]


def test_a_file_that_cannot_be_collected_is_one_error_whatever_many_workers_tell_of_it():
    collect = {
        "nodeid": "tests/test_b.py",
        "outcome": "failed",
        "longrepr": "E   ImportError: x",
        "$report_type": "CollectReport",
    }
    [result] = read(START, collect, collect, FINISH).results
    assert (result.class_name, result.name, result.file) == ("", "tests.test_b", "tests/test_b.py")
    assert (result.outcome, result.message) == (E, "ImportError: x")
    assert outcomes({**collect, "outcome": "skipped"}) == [(1, S)]
    assert outcomes({**collect, "outcome": "passed"}, {**collect, "nodeid": ""}) == []


def test_a_session_that_was_cut_off_says_so_and_its_running_test_is_an_error():
    report = read(START, phase("setup"))
    assert [(r.outcome, r.message) for r in report.results] == [(E, "no result: the run ended before the test did")]
    assert report.repaired
    assert report.warnings == ("The session did not finish: its last line is missing.",)
    assert outcomes(phase("setup"), phase("call", "failed")) == [(1, F)]


def test_a_file_without_the_lines_of_its_session_is_whole():
    report = read(*run(), '{"$report_type": "WarningMessage"}', "noise", '{"$report_type": 5}')
    assert ([r.outcome for r in report.results], report.repaired) == ([P], False)


@pytest.mark.parametrize("text", ["", '{"report_type": "x"}', '{"$report_type": "Invoice"}'])
def test_other_files_are_none(text):
    assert read(text) is None


OURS = {"user_properties": [["other", 7], ["flakeguard_outcome", "failed"], ["flakeguard_message", "m"]]}
CRASH = {"reprcrash": {"path": "a.py", "lineno": 3, "message": "assert 1 == 2"}, "reprtraceback": None}


def test_a_quarantined_failure_is_one_that_the_job_did_not_fail_of():
    lines = run("skipped", wasxfail="quarantined", longrepr=CRASH)
    lines[2] |= OURS
    [failed, skipped] = read(START, *lines, FINISH).results
    assert (failed.outcome, failed.message, failed.duration_ms) == (F, "assert 1 == 2", 1500)
    assert (skipped.ordinal, skipped.outcome, skipped.name) == (2, S, failed.name)


def test_a_quarantined_failure_around_a_test_is_an_error():
    error = {"user_properties": [["flakeguard_outcome", "error"]]}
    passed = [phase("setup"), phase("call"), phase("teardown", "skipped", wasxfail="q", longrepr=CRASH, **error)]
    assert outcomes(*passed) == [(1, E), (2, S)]
    assert outcomes(phase("setup", "skipped", wasxfail="q", longrepr=CRASH), phase("teardown", **error)) == [
        (1, E),
        (2, S),
    ]


@pytest.mark.parametrize(
    "given", [[["flakeguard_outcome", "passed"]], [["flakeguard_outcome"]], {"flakeguard_outcome": 1}, 7]
)
def test_an_expected_failure_with_other_properties_is_a_skip(given):
    assert outcomes(*[{**line, "user_properties": given} for line in run("skipped", wasxfail="q", longrepr=CRASH)]) == [
        (1, S)
    ]
    assert outcomes(*[{**line, **OURS} for line in run("skipped")]) == [(1, S)]
    assert outcomes(*[{**line, **OURS} for line in run()]) == [(1, P)]
