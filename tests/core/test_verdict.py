"""The decision table of our check: what is explained, what is excused, and that every doubt is a failure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import CaseName, DecisionState, Standing
from app.core.verdict import Conclusion, FailedTest, JobView, Kind, NoRuns, Reason, RunView, decide, latest_jobs

SUCCESS, NEUTRAL, FAILURE, OPEN = Conclusion.SUCCESS, Conclusion.NEUTRAL, Conclusion.FAILURE, None


def failed(**changes):
    test = FailedTest(
        test_id=1,
        case=CaseName(suite="", class_name="CartTest", name="total"),
        standing=Standing.HEALTHY,
        decision=None,
        score=0.0,
        flake_rate=0.0,
        runs=50,
        is_known_way=False,
        is_touched=False,
        broken_since=None,
        message="boom",
        file=None,
        line=None,
        log_line=None,
        issue_url=None,
    )
    return replace(test, **changes)


def job(*tests, **changes):
    view = JobView(
        name="unit",
        status="completed",
        conclusion="failure" if tests else "success",
        url=None,
        attempt=1,
        has_results=True,
        missing=None,
        note=None,
        infra=None,
        failed_step=None,
        failed=tests,
    )
    return replace(view, **changes)


def run(*jobs, **changes):
    is_bad = any(one.conclusion not in ("success", "skipped", "neutral") for one in jobs)
    view = RunView(
        run_id=7,
        attempt=1,
        workflow="CI",
        event="push",
        status="completed",
        conclusion="failure" if is_bad else "success",
        url="https://github.com/o/r/actions/runs/7",
        is_read=True,
        jobs=jobs,
    )
    return replace(view, **changes)


def concluded(*runs, no_runs=NoRuns.WAITING):
    return decide(runs, no_runs).conclusion


OTHER = CaseName(suite="", class_name="CartTest", name="tax")
NEW = failed()
SUSPECT = failed(standing=Standing.SUSPECT, is_known_way=True)
KNOWN = failed(standing=Standing.FLAKY, is_known_way=True)
NEW_WAY = failed(standing=Standing.FLAKY)
IN = failed(standing=Standing.FLAKY, decision=DecisionState.ACTIVE, is_known_way=True)
HEALTHY_IN = failed(decision=DecisionState.ACTIVE, is_known_way=True)
IN_NEW_WAY = failed(standing=Standing.FLAKY, decision=DecisionState.ACTIVE)
TOUCHED = replace(IN, is_touched=True)
FLAKY_TOUCHED = replace(KNOWN, is_touched=True)
BROKEN = failed(standing=Standing.BROKEN, broken_since="abc", is_known_way=True)
CONSISTENT = replace(IN, is_consistent=True)
BROKEN_IN = replace(BROKEN, decision=DecisionState.ACTIVE)
NEVER_PASSED = failed(standing=Standing.BROKEN, is_known_way=True, decision=DecisionState.ACTIVE)
PROPOSED = replace(KNOWN, decision=DecisionState.PROPOSED)

KINDS = [
    (NEW, Kind.NEW),
    (SUSPECT, Kind.NEW),
    (replace(SUSPECT, is_touched=True), Kind.NEW),
    (replace(SUSPECT, decision=DecisionState.PROPOSED), Kind.NEW),
    (replace(SUSPECT, decision=DecisionState.DISMISSED), Kind.NEW),
    (replace(SUSPECT, decision=DecisionState.EXPIRED), Kind.NEW),
    (replace(SUSPECT, decision=DecisionState.RESOLVED), Kind.NEW),
    (NEVER_PASSED, Kind.NEW),
    (KNOWN, Kind.KNOWN),
    (PROPOSED, Kind.KNOWN),
    (replace(KNOWN, decision=DecisionState.DISMISSED), Kind.KNOWN),
    (replace(KNOWN, decision=DecisionState.EXPIRED), Kind.KNOWN),
    (replace(KNOWN, decision=DecisionState.RESOLVED), Kind.KNOWN),
    (NEW_WAY, Kind.NEW_WAY),
    (IN, Kind.QUARANTINED),
    (HEALTHY_IN, Kind.QUARANTINED),
    (replace(SUSPECT, decision=DecisionState.ACTIVE), Kind.QUARANTINED),
    (IN_NEW_WAY, Kind.NEW_WAY),
    (replace(HEALTHY_IN, is_known_way=False), Kind.NEW_WAY),
    (TOUCHED, Kind.TOUCHED),
    (FLAKY_TOUCHED, Kind.TOUCHED),
    (replace(IN_NEW_WAY, is_touched=True), Kind.TOUCHED),
    (CONSISTENT, Kind.CONSISTENT),
    (replace(KNOWN, is_consistent=True), Kind.CONSISTENT),
    (replace(SUSPECT, is_consistent=True), Kind.NEW),
    (BROKEN, Kind.BROKEN),
    (BROKEN_IN, Kind.BROKEN),
]


@pytest.mark.parametrize(("test", "kind"), KINDS)
def test_a_failed_test_is_what_standing_decision_and_way_make_of_it(test, kind):
    assert test.kind is kind


@pytest.mark.parametrize(("test", "kind"), KINDS)
def test_only_a_known_way_of_a_flaky_or_quarantined_test_is_excused(test, kind):
    assert kind.is_excused == (kind in (Kind.KNOWN, Kind.QUARANTINED))
    expected = {Kind.KNOWN: NEUTRAL, Kind.QUARANTINED: SUCCESS}.get(kind, FAILURE)
    assert concluded(run(job(test))) is expected


TABLE = [
    ("every job passed", [run(job())], SUCCESS),
    ("a skipped job counts as passed", [run(job(conclusion="skipped"))], SUCCESS),
    ("a neutral job counts as passed", [run(job(conclusion="neutral"))], SUCCESS),
    ("a skipped run", [run(conclusion="skipped")], SUCCESS),
    ("a neutral run", [run(conclusion="neutral")], SUCCESS),
    ("a failed job in a run that succeeded was allowed to fail", [run(job(NEW), conclusion="success")], SUCCESS),
    ("a cancelled job in a run that succeeded", [run(job(conclusion="cancelled"), conclusion="success")], SUCCESS),
    ("two tests in quarantine", [run(job(IN, HEALTHY_IN))], SUCCESS),
    ("quarantine in two jobs", [run(job(IN), job(IN, name="b"))], SUCCESS),
    ("a failed job in quarantine beside one that passed", [run(job(IN), job(name="b"))], SUCCESS),
    ("quarantine in one run, all passed in another", [run(job(IN)), run(job())], SUCCESS),
    ("one known flake", [run(job(KNOWN))], NEUTRAL),
    ("a proposed quarantine is none yet", [run(job(PROPOSED))], NEUTRAL),
    ("a known flake beside one in quarantine", [run(job(KNOWN, IN))], NEUTRAL),
    ("a known flake in one job, quarantine in another", [run(job(IN), job(KNOWN, name="b"))], NEUTRAL),
    ("a known flake in another run", [run(job(IN)), run(job(KNOWN))], NEUTRAL),
    ("a new failure", [run(job(NEW))], FAILURE),
    ("a new failure beside quarantine", [run(job(IN, NEW))], FAILURE),
    ("a new failure in another job", [run(job(IN), job(NEW, name="b"))], FAILURE),
    ("a new failure in another run", [run(job(IN)), run(job(NEW))], FAILURE),
    ("a new way to fail", [run(job(NEW_WAY))], FAILURE),
    ("a new way in quarantine", [run(job(IN_NEW_WAY))], FAILURE),
    ("quarantine whose file is changed", [run(job(TOUCHED))], FAILURE),
    ("quarantine that fails again and again on this commit", [run(job(CONSISTENT))], FAILURE),
    ("broken in quarantine", [run(job(BROKEN_IN))], FAILURE),
    ("failed without a failed test", [run(job(conclusion="failure"))], FAILURE),
    ("failed without results", [run(job(conclusion="failure", has_results=False))], FAILURE),
    ("excused, but without results", [run(job(IN, has_results=False))], FAILURE),
    ("excused, but another step failed, too", [run(job(IN, other_step="mypy"))], FAILURE),
    ("known, but another step failed, too", [run(job(KNOWN, other_step="mypy"))], FAILURE),
    ("excused, but the report is cut short", [run(job(IN, missing="cut"))], FAILURE),
    ("known, but the report is cut short", [run(job(KNOWN, missing="cut"))], FAILURE),
    ("excused, but an outage", [run(job(IN, infra="no space"))], FAILURE),
    ("an outage", [run(job(conclusion="failure", infra="no space"))], FAILURE),
    ("cancelled", [run(job(IN, conclusion="cancelled"))], FAILURE),
    ("timed out", [run(job(IN, conclusion="timed_out"))], FAILURE),
    ("waits for approval", [run(job(IN, conclusion="action_required"))], FAILURE),
    ("stale", [run(job(IN, conclusion="stale"))], FAILURE),
    ("a job that could not start", [run(job(IN, conclusion="startup_failure"))], FAILURE),
    ("a word that we do not know", [run(job(IN, conclusion="exploded"))], FAILURE),
    ("a finished job without a conclusion", [run(job(IN, conclusion=None))], FAILURE),
    ("a job that never ended in a failed run", [run(job(status="queued", conclusion=None))], FAILURE),
    ("an unended job beside quarantine", [run(job(IN), job(name="b", status="in_progress", conclusion=None))], FAILURE),
    ("a run that could not start", [run(conclusion="startup_failure")], FAILURE),
    ("a run that waits for approval", [run(conclusion="action_required")], FAILURE),
    ("a run that was cancelled before its jobs", [run(conclusion="cancelled")], FAILURE),
    ("a cancelled run of skipped jobs", [run(job(conclusion="skipped"), conclusion="cancelled")], FAILURE),
    ("a cancelled run with an excused job", [run(job(IN), conclusion="cancelled")], FAILURE),
    ("a run that timed out with an excused job", [run(job(IN), conclusion="timed_out")], FAILURE),
    ("a failed run whose jobs passed", [run(job(), conclusion="failure")], FAILURE),
    ("a failed run without jobs", [run(conclusion="failure")], FAILURE),
    ("a finished run without a conclusion", [run(job(), conclusion=None)], FAILURE),
    ("one run that could not start beside a good one", [run(job()), run(conclusion="startup_failure")], FAILURE),
    ("a run that is queued", [run(status="queued", conclusion=None)], OPEN),
    ("a run that is running", [run(job(), status="in_progress", conclusion=None)], OPEN),
    ("a run that waits", [run(status="waiting", conclusion=None)], OPEN),
    ("a run that is not read yet", [run(job(IN), is_read=False)], OPEN),
    ("a good run that is not read yet", [run(job(), is_read=False)], OPEN),
    ("a new failure while the run goes on", [run(job(NEW), status="in_progress", conclusion=None)], OPEN),
    ("a new failure while another run goes on", [run(job(NEW)), run(status="queued", conclusion=None)], OPEN),
    ("a run that could not start, beside one that runs", [run(conclusion="failure"), run(is_read=False)], OPEN),
    ("a pull request's run", [run(job(IN), event="pull_request")], SUCCESS),
    ("a pull_request_target run", [run(job(NEW), event="pull_request_target")], FAILURE),
    ("a merge queue's run", [run(job(NEW), event="merge_group")], FAILURE),
    ("a scheduled run beside a good one", [run(job()), run(job(NEW), event="schedule")], SUCCESS),
    ("a run by hand that goes on", [run(job()), run(status="queued", event="workflow_dispatch")], SUCCESS),
    ("a failed run by hand beside a flake", [run(job(KNOWN)), run(job(NEW), event="workflow_dispatch")], NEUTRAL),
]


@pytest.mark.parametrize(("runs", "conclusion"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_check_ends_as_the_contract_says(runs, conclusion):
    assert concluded(*runs) is conclusion


@pytest.mark.parametrize(
    ("no_runs", "conclusion"),
    [(NoRuns.WAITING, OPEN), (NoRuns.NONE_CAME, NEUTRAL), (NoRuns.WORKFLOWS_CHANGED, FAILURE)],
)
def test_without_a_covered_run_it_depends_on_why_there_is_none(no_runs, conclusion):
    assert concluded(no_runs=no_runs) is conclusion
    assert concluded(run(job(NEW), event="schedule"), no_runs=no_runs) is conclusion


def why(one):
    (explained,) = decide([run(one)], NoRuns.WAITING).failed_jobs
    return explained.why


@pytest.mark.parametrize(
    ("one", "reason", "said"),
    [
        (job(NEW), Reason.UNEXCUSED, "its failed test is not excused"),
        (job(NEW, failed(case=OTHER)), Reason.UNEXCUSED, "2 of 2 failed tests are not excused"),
        (job(IN), Reason.KNOWN_FLAKES, "the failed test is in quarantine"),
        (job(IN, replace(IN, case=OTHER)), Reason.KNOWN_FLAKES, "both failed tests are in quarantine"),
        (job(KNOWN), Reason.KNOWN_FLAKES, "the failed test is a known flake, not in quarantine"),
        (
            job(KNOWN, replace(IN, case=OTHER)),
            Reason.KNOWN_FLAKES,
            "both failed tests are known flakes, of which 1 is not in quarantine",
        ),
        (
            job(KNOWN, replace(KNOWN, case=OTHER)),
            Reason.KNOWN_FLAKES,
            "both failed tests are known flakes, not in quarantine",
        ),
        (job(IN, other_step="mypy"), Reason.OTHER_STEP, "beside its tests the step `mypy` failed"),
        (job(IN, missing="its report is cut short"), Reason.INCOMPLETE, "its report is cut short"),
        (
            job(conclusion="failure", failed_step="ruff"),
            Reason.NO_FAILED_TEST,
            "no test of it failed; step `ruff` failed",
        ),
        (
            job(conclusion="failure", has_results=False),
            Reason.NO_RESULTS,
            "it left no test results",
        ),
        (
            job(NEW, infra="no space"),
            Reason.INFRA,
            "the machine failed, not the code (`no space`): run it again",
        ),
        (job(conclusion="cancelled"), Reason.NOT_ENDED, "it was cancelled"),
        (job(conclusion="timed_out"), Reason.NOT_ENDED, "it ran out of time"),
        (job(conclusion="exploded"), Reason.NOT_ENDED, "it ended as `exploded`"),
        (job(conclusion=None), Reason.NOT_ENDED, "it never ended"),
    ],
)
def test_each_failed_job_has_its_reason_in_words(one, reason, said):
    (explained,) = decide([run(one)], NoRuns.WAITING).failed_jobs
    assert (explained.reason, explained.why) == (reason, said)


@pytest.mark.parametrize(
    ("one", "ends"),
    [
        (run(job(NEW)), ()),
        (run(job()), ()),
        (run(conclusion="startup_failure"), ("`CI` could not start",)),
        (run(conclusion="action_required"), ("`CI` waits for somebody's approval",)),
        (run(conclusion="stale"), ("`CI` was given up by GitHub",)),
        (run(job(IN), conclusion="cancelled"), ("`CI` was cancelled",)),
        (run(conclusion="failure"), ("`CI` failed without a failed job",)),
        (run(job(status="queued", conclusion=None)), ("`CI` ended, and how some of its jobs did is not known",)),
    ],
)
def test_a_run_is_named_where_no_failed_job_accounts_for_its_end(one, ends):
    assert decide([one], NoRuns.WAITING).loose_ends == ends


def test_failed_tests_come_with_the_job_that_they_failed_in():
    found = decide([run(job(IN), job(NEW, name="b"))], NoRuns.WAITING).failed_tests
    assert [(one.job.name, test) for one, test in found] == [("unit", IN), ("b", NEW)]


def test_the_latest_attempt_of_each_job_counts_and_the_others_stay():
    first = [job(NEW), job(name="lint"), job(name="docs")]
    again = [job(attempt=2), job(name="docs", attempt=2), job(NEW, name="docs", attempt=2)]
    assert latest_jobs([first, again]) == (again[0], first[1], again[1], again[2])
    assert latest_jobs([]) == ()


TESTS = st.builds(
    failed,
    standing=st.sampled_from(Standing),
    decision=st.none() | st.sampled_from(DecisionState),
    is_known_way=st.booleans(),
    is_touched=st.booleans(),
    broken_since=st.none() | st.just("abc"),
    is_consistent=st.booleans(),
)
ENDS = st.none() | st.sampled_from(["success", "failure", "cancelled", "skipped", "neutral", "timed_out", "other"])
JOBS = st.builds(
    lambda tests, conclusion, status, **more: job(*tests, conclusion=conclusion, status=status, **more),
    st.lists(TESTS, max_size=3),
    conclusion=ENDS,
    status=st.sampled_from(["completed", "in_progress"]),
    has_results=st.booleans(),
    missing=st.none() | st.just("cut"),
    infra=st.none() | st.just("no space"),
)
RUNS = st.builds(
    lambda jobs, **more: run(*jobs, **more),
    st.lists(JOBS, max_size=3),
    conclusion=ENDS,
    status=st.sampled_from(["completed", "completed", "in_progress"]),
    is_read=st.booleans(),
)


@given(st.lists(RUNS, min_size=1, max_size=3))
def test_nothing_but_excused_tests_of_whole_reports_turns_a_failed_run_green(runs):
    if concluded(*runs) not in (SUCCESS, NEUTRAL):
        return
    for one in runs:
        assert one.status == "completed"
        assert one.is_read
        bad = [job for job in one.jobs if job.conclusion not in ("success", "skipped", "neutral")]
        if one.conclusion == "success":
            continue
        assert one.conclusion in ("skipped", "neutral") or (one.conclusion == "failure" and bad)
        for view in bad:
            assert view.status == "completed"
            assert (view.conclusion, view.has_results, view.missing, view.infra) == ("failure", True, None, None)
            assert view.failed
            assert all(test.kind.is_excused for test in view.failed)


@given(st.lists(RUNS, min_size=1, max_size=3), RUNS)
def test_one_more_run_never_makes_a_failure_better(runs, more):
    if concluded(*runs) is FAILURE:
        assert concluded(*runs, more) in (FAILURE, OPEN)
