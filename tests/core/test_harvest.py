"""What a job left behind, put together: numbers, counts, completeness, and what people are told."""

from dataclasses import replace

import pytest

from app.core.harvest import gather, implied_passes, total
from app.core.model import CaseName, Outcome, Source
from app.core.reading import ArtifactReading, Found, LogReading, ReportFile

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def case(name, suite="s", class_name="c"):
    return CaseName(suite=suite, class_name=class_name, name=name)


def found(name, outcome=P, **parts):
    return Found(
        case=case(name, **parts),
        outcome=outcome,
        file=None,
        line=None,
        duration_ms=None,
        message=None,
        stack_trace=None,
        fingerprint=None,
    )


def artifact(*rows, reports=1, warnings=(), is_whole=True, malformed=()):
    files = tuple(ReportFile(path=f"{number}.xml", found=rows) for number in range(reports))
    return ArtifactReading(files=files, warnings=tuple(warnings), is_whole=is_whole, malformed=malformed)


def log(*rows, is_complete=True, stopped_early=None, infra=None):
    return LogReading(runner="pytest", found=rows, is_complete=is_complete, stopped_early=stopped_early, infra=infra)


def rows(harvest):
    return [(one.found.case.name, one.ordinal, one.found.outcome, one.source) for one in harvest.executions]


def test_executions_of_one_test_are_numbered_over_all_artifacts_of_the_job():
    harvest = gather([artifact(found("a", F), found("b")), artifact(found("a"), found("a", F))], None, is_green=True)
    assert rows(harvest) == [
        ("a", 1, F, Source.REPORT),
        ("b", 1, P, Source.REPORT),
        ("a", 2, P, Source.REPORT),
        ("a", 3, F, Source.REPORT),
    ]
    assert (harvest.source, harvest.tests, harvest.failures) == ("report", 2, 1)


def test_a_test_whose_last_execution_passed_is_no_failure_and_a_skipped_one_is_a_test():
    harvest = gather([artifact(found("a", F), found("a"), found("b", E), found("c", S))], None)
    assert (harvest.tests, harvest.failures) == (3, 1)


def test_a_failure_that_was_a_skip_to_the_job_is_kept_and_is_none_of_the_jobs_failures():
    """As a quarantined failure of pytest is read (reports/quarantined.py): it must not explain what else the job failed of."""
    harvest = gather([artifact(found("a", F), found("a", S), found("b"))], None)
    assert rows(harvest)[:2] == [("a", 1, F, Source.REPORT), ("a", 2, S, Source.REPORT)]
    assert (harvest.tests, harvest.failures) == (2, 0)


def test_the_same_name_in_another_class_or_suite_is_another_test():
    harvest = gather([artifact(found("a"), found("a", class_name="d"), found("a", suite="t"))], None)
    assert [one.ordinal for one in harvest.executions] == [1, 1, 1]
    assert harvest.tests == 3


def test_beside_a_report_a_log_adds_only_what_the_report_lacks():
    harvest = gather([artifact(found("a", F))], log(found("a", F, suite="", class_name="x"), found("z", E)))
    assert rows(harvest) == [("a", 1, F, Source.REPORT), ("z", 1, E, Source.LOG)]
    assert harvest.source == "report"


def test_a_log_alone_is_numbered_and_is_the_source():
    harvest = gather([], log(found("a", F), found("a")))
    assert rows(harvest) == [("a", 1, F, Source.LOG), ("a", 2, P, Source.LOG)]
    assert harvest.source == "log"


@pytest.mark.parametrize("said", [None, log()])
def test_a_job_that_left_nothing_has_no_source(said):
    harvest = gather([], said)
    assert (harvest.source, harvest.tests, harvest.failures, harvest.executions) == ("none", 0, 0, ())


def test_an_empty_report_is_a_report():
    assert gather([artifact()], None).source == "report"


def test_an_artifact_without_reports_adds_its_warnings_and_nothing_else():
    harvest = gather(
        [artifact(reports=0, malformed=("junit",), warnings=["x.xml: no"], is_whole=False)], log(found("a", F))
    )
    assert (harvest.source, harvest.note) == ("log", "x.xml: no")


@pytest.mark.parametrize(
    ("artifacts", "said", "complete"),
    [
        ([artifact()], None, True),
        ([artifact()], log(is_complete=False), True),
        ([artifact()], log(stopped_early="--maxfail"), False),
        ([artifact(), artifact(is_whole=False)], None, False),
        ([artifact(), artifact(reports=0, malformed=("junit",), is_whole=False)], log(), False),
        ([artifact(reports=0, malformed=("junit",), is_whole=False)], log(), False),
        ([], log(), True),
        ([], log(is_complete=False), False),
        ([], log(stopped_early="cancelled"), False),
        ([], None, False),
    ],
)
def test_what_was_mended_unreadable_or_stopped_early_is_not_complete(artifacts, said, complete):
    assert gather(artifacts, said).is_complete is complete


def test_what_a_log_says_about_the_machine_is_passed_on():
    assert gather([], log(infra="No space left on device")).infra == "No space left on device"
    assert gather([], None).infra is None


def test_the_note_names_an_early_stop_first_and_no_more_than_three_things():
    harvest = gather([artifact(warnings=["w1", "w2"]), artifact(warnings=["w3", "w4"])], log(stopped_early="bail"))
    assert harvest.note == "stopped early: bail; w1; w2; and 2 more"
    assert gather([artifact()], log()).note is None
    assert len(gather([artifact(warnings=["w" * 9_000])], None).note) == 2_000


def test_a_test_known_from_an_earlier_failure_and_not_named_now_has_passed():
    harvest = gather([], log(found("a", F)))
    passes = implied_passes([case("b"), case("a"), case("b")], harvest)
    assert [(one.found.case, one.found.outcome, one.ordinal, one.source) for one in passes] == [
        (case("b"), P, 1, Source.IMPLIED)
    ]
    assert implied_passes([], harvest) == ()


def test_a_test_that_fails_in_one_job_counts_as_failed_in_the_attempt_and_once():
    one = gather([artifact(found("a", F), found("a"), found("b"))], None)
    other = gather([artifact(found("a"), found("b", F))], None)
    totals = total([one, other])
    assert (totals.tests, totals.failures) == (2, 1)
    assert (total([]).tests, total([]).failures) == (0, 0)


def test_passes_that_a_log_only_counts_are_tests_of_a_job_without_a_report():
    said = replace(log(found("a", F)), unnamed_passes=7)
    assert gather([], said).tests == 8
    assert gather([artifact(found("a", F))], said).tests == 1
