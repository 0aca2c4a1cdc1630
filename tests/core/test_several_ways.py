"""A test that several files of one job tell of: retries prove a flake, two ways to run a suite prove nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.harvest import gather
from app.core.logs import read_log
from app.core.model import Outcome
from app.core.reading import ArtifactReading, ReportFile
from tests.core.test_harvest import found

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def file(path, ended_ms=None, **tests):
    """A report with the outcomes of each test, in a word of letters such as `FP`."""
    letters = {"P": P, "F": F, "E": E, "S": S}
    return ReportFile(
        path=path,
        ended_ms=ended_ms,
        found=tuple(found(name, letters[one]) for name, outcomes in tests.items() for one in outcomes),
    )


def executions_of(files, *, is_green):
    reading = ArtifactReading(files=tuple(files), warnings=(), is_whole=True, malformed=())
    return [one.found for one in gather([reading], None, is_green=is_green).executions]


def outcomes(files, *, is_green=False):
    told: dict[str, str] = {}
    for one in executions_of(files, is_green=is_green):
        told[one.case.name] = told.get(one.case.name, "") + one.outcome.name[0]
    return told


def test_what_fails_by_one_python_and_passes_by_the_other_has_failed_and_proves_nothing():
    files = [file("py312.xml", a="F", b="P"), file("py313.xml", a="P", b="P")]
    assert outcomes(files) == {"a": "F", "b": "PP"}
    assert outcomes(files[::-1]) == {"a": "F", "b": "PP"}


def test_no_test_has_failed_at_last_in_a_job_that_succeeded():
    assert outcomes([file("1.xml", a="F"), file("2.xml", a="P")], is_green=True) == {"a": "FP"}


@pytest.mark.parametrize(
    "path",
    [
        "junit-attempt-2.xml",
        "out/attempt_2.xml",
        "rerun.xml",
        "re-run-failed.xml",
        "x/retry/a.xml",
        "retries.xml",
        "try 2.xml",
        "junit.Rerun1.xml",
    ],
)
def test_a_file_that_says_so_is_a_retry(path):
    assert outcomes([file("junit.xml", a="F"), file(path, a="P")]) == {"a": "FP"}


@pytest.mark.parametrize("path", ["country.xml", "pytry.xml", "industry-2.xml", "trying.xml", "2.xml"])
def test_a_file_that_only_sounds_like_one_is_none(path):
    assert outcomes([file("junit.xml", a="F"), file(path, a="P")]) == {"a": "F"}


def test_a_file_for_each_execution_is_a_retry():
    assert outcomes([file("1.json", ended_ms=1, a="F"), file("2.json", ended_ms=2, a="P")]) == {"a": "FP"}


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("FP", "P", "FPP"),  # flaked by one Python, and passed at last by both
        ("FP", "F", "FPF"),  # flaked by one, failed by the other: both are true
        ("F", "FP", "FPF"),
        ("F", "S", "SF"),
        ("E", "F", "EF"),
        ("PF", "P", "PF"),
        ("S", "P", "SP"),
        ("FS", "P", "FSP"),  # a quarantined failure, that our plug-in made a skip
    ],
)
def test_a_test_passes_where_it_passed_in_every_way(first, second, told):
    assert outcomes([file("a.xml", x=first), file("b.xml", x=second)]) == {"x": told}


_files = st.lists(
    st.dictionaries(st.sampled_from("abc"), st.text("PFES", min_size=1, max_size=3), max_size=3), min_size=1, max_size=4
).map(lambda told: [file(f"{number}.xml", **tests) for number, tests in enumerate(told)])


@given(_files)
def test_a_pass_beside_a_failure_is_one_file_s_own_and_the_final_say_is_a_failure_s(files):
    whole = outcomes(files)
    for name, told in whole.items():
        alone = [own for one in files if (own := outcomes([one]).get(name))]
        mixed = [own for own in alone if "P" in own and set(own) & set("FE")]
        lost = any(own[-1] in "FE" for own in alone)
        assert (told[-1] in "FE") == lost
        is_mixed = "P" in told and bool(set(told) & set("FE"))
        assert not lost or is_mixed == bool(mixed)
        assert sorted(told.replace("P", "")) == sorted("".join(alone).replace("P", ""))


@given(_files)
def test_nothing_is_left_out_where_nothing_failed_at_last(files):
    everything = [one for own in files for one in own.found]
    assert executions_of(files, is_green=True) == everything
    if not any(told[-1] in "FE" for own in files for told in outcomes([own]).values()):
        assert executions_of(files, is_green=False) == everything


def test_a_job_tells_of_two_artifacts_as_of_two_files():
    readings = [
        ArtifactReading(files=(one,), warnings=(), is_whole=True, malformed=())
        for one in (file("junit.xml", a="P"), file("junit.xml", a="F"))
    ]
    assert [(one.found.outcome, one.ordinal) for one in gather(readings, None).executions] == [(F, 1)]
    assert gather(readings, None).failures == 1
    assert [one.found.outcome for one in gather(readings[::-1], None, is_green=True).executions] == [F, P]


def session(passed=(), failed=()):
    """A session of pytest that names all of its tests."""
    lines = ["============ test session starts ============", f"collected {len(passed) + len(failed)} items", ""]
    lines += [f"tests/test_a.py::{one} PASSED" for one in passed] + [f"tests/test_a.py::{one} FAILED" for one in failed]
    if failed:
        lines += [
            "",
            "=== FAILURES ===",
            *(f"___ {one} ___\n\nE   assert 0\n\ntests/test_a.py:5: AssertionError" for one in failed),
        ]
        lines += ["=========== short test summary info ==========="]
        lines += [f"FAILED tests/test_a.py::{one} - assert 0" for one in failed]
    counts = [f"{len(some)} {word}" for some, word in ((failed, "failed"), (passed, "passed")) if some]
    return "\n".join([*lines, f"===== {', '.join(counts)} in 0.10s ====="])


def told_by(*sessions, command="tox", between=""):
    log = f"##[group]Run {command}\n##[endgroup]\n" + f"\n{between}\n".join(sessions)
    log += "\n##[error]Process completed with exit code 1.\n"
    told: dict[str, str] = {}
    for one in read_log(log.encode()).results:
        told[one.name] = told.get(one.name, "") + one.outcome.name[0]
    return told


RED, GREEN = session(["test_b"], ["test_a"]), session(["test_a", "test_b"])


def test_two_sessions_of_a_failed_step_are_two_ways_to_run_a_suite():
    assert told_by(RED, GREEN) == {"test_a": "F", "test_b": "PP"}
    assert told_by(GREEN, RED) == {"test_a": "F", "test_b": "PP"}


def test_a_step_that_says_so_runs_its_tests_again():
    assert told_by(RED, GREEN, command="./retry.sh make test")["test_a"] == "FP"
    assert told_by(RED, GREEN, between="##[warning]Attempt 1 failed. Reason: Child_process exited with error code 1")["test_a"] == "FP"  # fmt: skip
    assert told_by(RED, GREEN, between="Retrying in 10 seconds")["test_a"] == "FP"
