import json
import os
import re
from pathlib import Path

import pytest

from app.core.identity import case_name
from app.core.model import Outcome, TestId
from app.core.reports import Document, read_report
from app.core.skiplists import Format, QuarantinedTest, quarantine_for
from tests.plugin.pytests import PLUGIN, answering, listed, run, serving

TESTS = '''
import pytest, unittest, warnings

@pytest.fixture
def no_setup():
    raise OSError("no setup")

@pytest.fixture
def no_teardown():
    yield
    raise OSError("no teardown")

def test_call(): assert 1 == 2, "flaked"
def test_call_too(): assert 1 == 2
def test_setup(no_setup): pass
def test_teardown(no_teardown): pass
def test_both(no_teardown): assert 1 == 2
def test_pass(): pass
@pytest.mark.xfail(reason="known")
def test_known(): assert 0
@pytest.mark.skip
def test_skipped(): assert 0
@pytest.mark.parametrize("a", ["x", "xy"])
def test_each(a): assert 0

class TestA:
    def test_call(self): assert 0
    class TestB:
        def test_call(self): assert 0

class Case(unittest.TestCase):
    def test_call(self): self.assertEqual(1, 2)
    def test_parts(self):
        with self.subTest("one"): self.assertEqual(1, 2)
        with self.subTest("two"): self.assertEqual(1, 1)

def documented():
    """
    >>> 1
    2
    """
'''
ALL_BAD = (
    *(("test_a", f"test_{name}") for name in ("call", "call_too", "setup", "teardown", "both", "each[x]", "each[xy]")),
    *(("test_a.TestA", "test_call"), ("test_a.TestA.TestB", "test_call")),
    *(("test_a.Case", "test_call"), ("test_a.Case", "test_parts"), ("test_a", "test_a.documented")),
)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "test_a.py").write_text(TESTS)
    return tmp_path


def by_list(folder, given, *arguments, **environ):
    (folder / "list.json").write_text(given if isinstance(given, str) else json.dumps(given))
    return run(folder, "--flakeguard-file=list.json", *arguments, **environ)


def beside(plugin):
    """Return the options and the environment that load another plug-in, where it is installed."""
    module = pytest.importorskip(plugin)
    folder = Path(module.__file__).parents[plugin.count(".")]
    return ("-p", plugin), {"PYTHONPATH": f"{PLUGIN}{os.pathsep}{folder}"}


def bad(ran):
    return {name for name, outcomes in ran.outcomes.items() if {"failed", "error"} & {*outcomes}}


def test_quarantined_tests_fail_nothing_and_are_seen_to_have_failed(project):
    plainly = run(project, "--doctest-modules")
    ran = by_list(project, listed(*ALL_BAD), "--doctest-modules")
    assert (plainly.status, ran.status) == (1, 0), ran.out
    assert "failed" not in ran.counts
    assert "errors" not in ran.counts
    assert ran.told.startswith("12 tests in quarantine; 12 failed")
    # What FlakeGuard reads is what it would have read without the plug-in, down to the words.
    for name, outcomes in plainly.outcomes.items():
        is_bad = {"failed", "error"} & {*outcomes}
        assert ran.outcomes[name] == ([outcomes[0], "skipped"] if is_bad else outcomes), name
    assert texts(ran) == texts(plainly)


def texts(ran):
    """Return what is told of each test first; of subtests pytest itself tells more than one thing."""
    first = (one for one in ran.executions if one.ordinal == 1 and one.name != "test_parts")
    return {
        (one.class_name, one.name): (one.message, re.sub("0x[0-9a-f]+", "0x", one.stack_trace or "")) for one in first
    }


@pytest.mark.parametrize("named", ALL_BAD)
@pytest.mark.long
def test_exactly_the_named_test_is_affected(project, named):
    plainly = run(project, "--doctest-modules")
    ran = by_list(project, listed(named), "--doctest-modules", "-rA")
    xfailed = {*re.findall(r"^XFAIL (?:at \w+ of )?(\S+)", ran.out, re.MULTILINE)} - {"test_a.py::test_known"}
    assert (len(xfailed), ran.status) == (1, 1), ran.out
    assert bad(ran) == bad(plainly)
    assert ran.told == "1 test in quarantine; 1 failed, which fails nothing"


def test_what_is_not_in_quarantine_fails_as_ever(project):
    ran = by_list(project, listed(("test_a", "test_call")), "test_a.py::test_call", "test_a.py::test_call_too")
    assert ran.status == 1
    assert ran.counts == {"failed": 1, "xfailed": 1}
    assert ran.outcomes == {"test_a.test_call": ["failed", "skipped"], "test_a.test_call_too": ["failed"]}


def test_a_quarantined_test_that_passes_passes_and_an_expected_failure_stays_one(project):
    named = (("test_a", "test_pass"), ("test_a", "test_known"), ("test_a", "test_skipped"))
    ran = by_list(project, listed(*named), "-k", "test_pass or test_known or test_skipped")
    assert (ran.status, ran.counts) == (0, {"passed": 1, "xfailed": 1, "skipped": 1, "deselected": 11})
    assert sorted(ran.outcomes.values()) == [["passed"], ["skipped"], ["skipped"]]


def test_the_reason_the_end_and_the_issue_are_said_of_each_failure(project):
    fields = {
        "reason": "times\nout",
        "until": "2999-12-31T10:00:00+00:00",
        "issue_url": "https://github.com/acme/web/issues/7",
    }
    ran = by_list(project, listed(("test_a", "test_call"), **fields), "test_a.py::test_call", COLUMNS="300")
    [line] = [line for line in ran.out.splitlines() if line.startswith("XFAIL")]
    assert line.startswith(
        "XFAIL test_a.py::test_call - quarantined by FlakeGuard: times out, until 2999-12-31 https://github.com/acme/web/issues/7"
    )


def test_a_quarantine_that_is_over_counts_no_more(project):
    ran = by_list(project, listed(("test_a", "test_call"), until="2020-01-01T00:00:00+00:00"), "test_a.py::test_call")
    assert (ran.status, ran.told) == (1, "0 tests in quarantine")


def test_quarantined_tests_are_skipped_where_that_is_asked_for(project):
    (project / "conftest.py").write_text("def pytest_runtest_call(item): print('RAN', item.name)\n")
    ran = by_list(
        project,
        listed(("test_a", "test_call"), ("test_a.Case", "test_call")),
        "--flakeguard-skip",
        "-s",
        "-k",
        "test_call",
    )
    assert ran.counts == {"failed": 3, "skipped": 2, "deselected": 9}
    assert ran.out.count("RAN") == 3


@pytest.mark.long
def test_as_many_failures_as_it_is_told_stop_pytest_and_quarantined_ones_do_not(project):
    ran = by_list(project, listed(("test_a", "test_call")), "-x", "-k", "test_call or test_pass")
    assert ran.counts["failed"] == 1
    assert "test_call_too" in ran.out


def test_names_are_those_of_a_report_with_a_prefix(project):
    ran = by_list(project, listed(("unit.test_a", "test_call")), "--junit-prefix=unit", "test_a.py::test_call")
    assert (ran.status, ran.outcomes) == (0, {"unit.test_a.test_call": ["failed", "skipped"]})


@pytest.mark.long
def test_a_test_of_another_language_names_none_of_pytests(project):
    ran = by_list(project, listed(("test_a", "test_call"), file="src/a.test.ts"), "test_a.py::test_call")
    assert (ran.status, ran.told) == (1, "0 tests in quarantine")


def test_a_test_may_not_call_its_pass_a_failure_nor_its_skip(project):
    (project / "test_a.py").write_text(
        "import pytest\n"
        "def test_pass(record_property): record_property('flakeguard_outcome', 'failed')\n"
        "def test_skip(record_property): record_property('flakeguard_outcome', 'failed'); pytest.skip()\n"
    )
    assert run(project).outcomes == {"test_a.test_pass": ["passed"], "test_a.test_skip": ["skipped"]}


XDIST = ("-p", "xdist", "-n", "2", "--max-worker-restart=2")


def test_workers_of_xdist_are_told_the_list_that_was_fetched_once(project):
    with serving(answering(listed(*ALL_BAD))) as server:
        ran = run(project, "--flakeguard", "--doctest-modules", *XDIST, url=server.url)
    assert (ran.status, len(server.asked)) == (0, 1), ran.out
    assert ran.told.startswith("12 tests in quarantine; 12 failed")
    assert len(bad(ran)) == 12


@pytest.mark.long
def test_groups_of_xdist_are_part_of_a_name_as_they_are_in_the_report(project):
    (project / "test_a.py").write_text("import pytest\n@pytest.mark.xdist_group('g')\ndef test_call(): assert 0\n")
    plainly = run(project, *XDIST, "--dist=loadgroup")
    [one] = plainly.executions
    ran = by_list(project, listed((one.class_name, one.name)), *XDIST, "--dist=loadgroup")
    assert (ran.status, bad(ran)) == (0, bad(plainly)), ran.out
    ran = by_list(project, listed((one.class_name, one.name)), *XDIST, "--dist=loadgroup", "--flakeguard-skip")
    assert (ran.status, ran.counts) == (0, {"skipped": 1}), ran.out


@pytest.mark.long
def test_a_quarantined_test_that_kills_its_worker_fails_nothing(project):
    (project / "test_a.py").write_text("import os\ndef test_dies(): os._exit(1)\ndef test_pass(): pass\n")
    ran = by_list(project, listed(("test_a", "test_dies")), *XDIST)
    assert (ran.status, bad(ran)) == (0, {"test_a.test_dies"}), ran.out


def test_reruns_come_first_and_their_last_failure_is_the_expected_one(project):
    options, environ = beside("pytest_rerunfailures")
    (project / "test_a.py").write_text(
        "N = []\ndef test_second(): N.append(1); assert len(N) > 1\ndef test_never(): assert 0\n"
    )
    named = (("test_a", "test_second"), ("test_a", "test_never"))
    ran = by_list(project, listed(*named), *options, "--reruns=2", **environ)
    assert (ran.status, ran.counts) == (0, {"passed": 1, "xfailed": 1, "rerun": 3}), ran.out
    plainly = run(project, *options, "--reruns=2", **environ)
    assert ran.outcomes["test_a.test_never"] == [*plainly.outcomes["test_a.test_never"], "skipped"]
    assert ran.outcomes["test_a.test_second"] == plainly.outcomes["test_a.test_second"]


@pytest.mark.parametrize(
    ("plugin", "asked"),
    [
        ("pytest_reportlog.plugin", ["--report-log=other"]),
        ("pytest_jsonreport.plugin", ["--json-report", "--json-report-file=other"]),
    ],
)
def test_the_reports_of_plugins_tell_the_failures_too(project, plugin, asked):
    options, environ = beside(plugin)
    by_list(project, listed(*ALL_BAD), "-k", "not test_parts", *options, *asked, **environ)
    told = read_report(Document.of((project / "other").read_bytes())).results
    assert len({one.name + one.class_name for one in told if one.outcome.is_bad}) == 10
    assert all(one.message for one in told if one.outcome.is_bad)
    assert not [one for one in {one.class_name + one.name: one for one in told}.values() if one.outcome.is_bad]


CHANGING = """
import pytest, random, uuid
@pytest.mark.parametrize("a", [f"port={random.randint(33000, 60000)}", f"{uuid.uuid4()}", "port=80"])
def test_each(a): assert 0
"""


def test_names_that_change_from_run_to_run_are_found_by_the_list_that_the_bot_writes(project):
    (project / "test_a.py").write_text(CHANGING)
    first = [case_name(one) for one in run(project).executions]
    changing = [case for case in first if "<" in case.name]
    tests = [
        QuarantinedTest(test_id=TestId(n), name=case.name, classname=case.class_name, file="test_a.py")
        for n, case in enumerate(changing, 1)
    ]
    ran = by_list(project, quarantine_for(Format.JSON, tests).text)
    assert len(changing) == 2
    assert ran.counts == {"failed": 1, "xfailed": 2}
    assert sum(one.outcome is Outcome.FAILED for one in ran.executions) == 3


@pytest.mark.parametrize("on", ["ini", "environment"])
def test_it_is_switched_on_by_a_setting_or_the_environment(project, on):
    if on == "ini":
        (project / "pytest.ini").write_text("[pytest]\nflakeguard = true\n")
    environ = {"FLAKEGUARD": "1"} if on == "environment" else {}
    with serving(answering(listed(("test_a", "test_call")))) as server:
        ran = run(project, "test_a.py::test_call", url=server.url, **environ)
    assert (ran.status, ran.counts) == (0, {"xfailed": 1})


def test_a_test_that_runs_pytest_does_not_pass_the_environments_switch_on(project):
    (project / "test_a.py").write_text(
        "import subprocess, sys\n"
        "def test_outer():\n"
        "    done = subprocess.run([sys.executable, '-m', 'pytest', 'inner.py'], capture_output=True, text=True)\n"
        "    assert 'FlakeGuard' not in done.stdout\n"
    )
    (project / "inner.py").write_text("def test_a(): pass\n")
    with serving(answering(listed())) as server:
        ran = run(project, url=server.url, FLAKEGUARD="1")
    assert (ran.status, len(server.asked)) == (0, 1), ran.out
