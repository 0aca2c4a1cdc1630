"""Which job a report belongs to: each rule alone, their order, and that doubt means no job."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.assign import ArtifactSeen, JobSeen, StepSeen, assign

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def job(number, name, *, runs=None, uploads=None, conclusion="failure", failed=(), step="Upload test results"):
    """A job that ran, and uploaded, between those seconds after noon."""
    start, end = runs or (None, None)
    steps = [StepSeen(name="Run tests", started_at=at(start), completed_at=at(end))] if runs else []
    if uploads:
        steps.append(StepSeen(name=step, started_at=at(uploads[0]), completed_at=at(uploads[1])))
    return JobSeen(
        id=number,
        name=name,
        conclusion=conclusion,
        started_at=at(start) if runs else None,
        completed_at=at(end) if runs and end is not None else None,
        steps=tuple(steps),
        failed=frozenset(failed),
    )


def owner(artifact, jobs, *, made=None, failed=(), mapping=None):
    seen = ArtifactSeen(id=7, name=artifact, created_at=None if made is None else at(made), failed=frozenset(failed))
    return assign([seen], jobs, mapping or {})[7]


@pytest.mark.parametrize(
    ("artifact", "names", "expected"),
    [
        ("junit-unit", ["unit", "lint"], "unit"),
        ("unit_tests.xml", ["Unit tests", "lint"], "Unit tests"),
        ("UnitTests", ["unit-tests", "lint"], "unit-tests"),
        ("unit-tests", ["UnitTests", "lint"], "UnitTests"),
        ("results-ubuntu-latest-3.12", ["test (ubuntu-latest, 3.12)", "test (ubuntu-latest, 3.13)"], 0),
        ("results-py312-ubuntu-latest", ["test (ubuntu-latest, 3.12)", "test (ubuntu-latest, 3.13)"], 0),
        ("results-3-12", ["test (3.12)", "test (3.1)"], 0),
        ("results-3.11", ["test (3.1)", "test (3.11)"], 1),
        ("results-windows", ["test (ubuntu, 3.12)", "test (windows, 3.12)"], None),
        ("unit-3.12", ["unit (3.12)", "e2e (3.12)"], "unit (3.12)"),
        ("report-3.12", ["unit (3.12)", "e2e (3.12)"], None),
        ("unit-slow", ["unit", "unit-slow"], "unit-slow"),
        ("unit", ["unit", "unit-slow"], "unit"),
        ("latest", ["test", "lint"], None),
        ("results", ["unit", "e2e"], None),
        ("shard-1-3", ["test (1, 3)", "test (3, 3)", "test (2, 3)"], "test (1, 3)"),
        ("shard-3-3", ["test (1, 3)", "test (3, 3)", "test (2, 3)"], "test (3, 3)"),
        ("shard-1", ["test (1)", "test (11)"], "test (1)"),
        ("prüfung", ["Prüfung", "lint"], "Prüfung"),
        ("junit", ["🚀", "🚀 (✨)"], None),
        ("tests", ["tests ()", "lint"], "tests ()"),
        ("junit-py3.12", ["🚀 (py3.12)", "🚀 (py3.13)"], 0),
        ("", ["unit", "lint"], None),
    ],
)
def test_a_name_that_holds_a_jobs_name_or_all_its_matrix_values_is_that_jobs(artifact, names, expected):
    jobs = [job(number, name) for number, name in enumerate(names)]
    wanted = names.index(expected) if isinstance(expected, str) else expected
    assert owner(artifact, jobs) == wanted


def test_the_policys_word_comes_before_all_others():
    jobs = [job(1, "unit"), job(2, "integration")]
    assert owner("unit", jobs) == 1
    assert owner("unit", jobs, mapping={"u*": "integration"}) == 2


def test_brackets_in_the_policys_globs_mean_themselves():
    jobs = [job(1, "test [linux]"), job(2, "test [mac]")]
    assert owner("out[1]", jobs, mapping={"out[1]": "test [linux]"}) == 1
    assert owner("out1", jobs, mapping={"out[1]": "test [linux]"}) is None


def test_the_first_glob_of_the_policy_that_matches_counts():
    jobs = [job(1, "unit"), job(2, "other")]
    assert owner("report-a", jobs, mapping={"report-*": "unit", "*": "other"}) == 1
    assert owner("x", jobs, mapping={"report-*": "unit", "*": "other"}) == 2


def test_where_the_policy_names_several_jobs_the_other_rules_choose_among_those_only():
    jobs = [job(1, "test (a)"), job(2, "test (b)"), job(3, "a")]
    assert owner("a", jobs, mapping={"*": "test *"}) == 1
    assert owner("q", jobs, mapping={"*": "test *"}) is None


def test_a_policy_that_names_no_job_of_this_attempt_says_nothing_about_it():
    assert owner("unit", [job(1, "unit"), job(2, "lint")], mapping={"*": "deploy"}) == 1


@pytest.mark.parametrize(("made", "expected"), [(49, 1), (50, 1), (55, 1), (60, 1), (61, 1), (62, None), (48, None)])
def test_an_artifact_made_while_exactly_one_job_uploaded_is_that_jobs(made, expected):
    jobs = [job(1, "a", runs=(0, 100), uploads=(50, 60)), job(2, "b", runs=(0, 100), uploads=(80, 90))]
    assert owner("results", jobs, made=made) == expected


def test_an_artifact_made_while_two_jobs_uploaded_is_nobodys():
    jobs = [job(1, "a", runs=(0, 100), uploads=(50, 60)), job(2, "b", runs=(0, 100), uploads=(55, 65))]
    assert owner("results", jobs, made=57) is None


@pytest.mark.parametrize("step", ["Upload", "Run actions/upload-artifact@v4", "Publish test report", "Save artifacts"])
def test_a_step_that_uploads_is_known_by_its_name(step):
    jobs = [job(1, "a", runs=(0, 100), uploads=(50, 60), step=step), job(2, "b", runs=(0, 100))]
    assert owner("results", jobs, made=55) == 1


def test_an_artifact_made_while_exactly_one_job_ran_is_that_jobs():
    jobs = [job(1, "a", runs=(0, 40)), job(2, "b", runs=(60, 100))]
    assert owner("results", jobs, made=20) == 1
    assert owner("results", jobs, made=80) == 2
    assert owner("results", jobs, made=50) is None
    assert owner("results", jobs) is None


def test_a_job_without_an_end_is_still_running():
    jobs = [job(1, "a", runs=(0, 40)), JobSeen(id=2, name="b", conclusion=None, started_at=at(50), completed_at=None)]
    assert owner("results", jobs, made=70) == 2


def test_a_skipped_job_left_nothing_behind():
    jobs = [job(1, "a", runs=(0, 100)), job(2, "b", runs=(0, 100), conclusion="skipped")]
    assert owner("results", jobs, made=50) == 1
    assert owner("b", jobs) is None


def test_the_same_failed_tests_in_log_and_report_tell_the_job():
    jobs = [
        job(1, "a", runs=(0, 100), failed=["t1"]),
        job(2, "b", runs=(0, 100), failed=["t1", "t2"]),
        job(3, "c", runs=(0, 100), failed=["t3"], conclusion="success"),
    ]
    assert owner("results", jobs, made=50, failed=["t1", "t2"]) == 2
    assert owner("results", jobs, made=50, failed=["t2"]) is None
    assert owner("results", jobs, made=50, failed=["t3"]) is None
    assert owner("results", jobs, made=50) is None
    assert owner("results", [*jobs, job(4, "d", failed=["t1"])], made=50, failed=["t1"]) is None


def test_no_job_is_no_job():
    assert owner("results", [], made=1) is None


names = st.text(alphabet="ab1 -(),./é", max_size=12)


@given(artifact=names, jobs=st.lists(names, max_size=4))
def test_an_artifact_is_given_to_a_job_of_the_attempt_or_to_none_whatever_the_order_of_the_jobs(artifact, jobs):
    seen = [job(number, name) for number, name in enumerate(jobs)]
    found = owner(artifact, seen)
    assert found is None or found in range(len(jobs))
    assert owner(artifact, seen[::-1]) == found
