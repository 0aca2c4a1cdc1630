import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
NAMESPACE = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'


def definition(test_id, class_name, assembly="/src/bin/Shop.Tests.dll"):
    return (
        f'<UnitTest name="x" storage="{assembly.lower()}" id="{test_id}">'
        f'<TestMethod codeBase="{assembly}" className="{class_name}" name="x"/></UnitTest>'
    )


def result(name, outcome="Passed", inside="", attributes='testId="1" duration="00:00:01.5000000"'):
    said = f'outcome="{outcome}"' if outcome else ""
    return f'<UnitTestResult testName="{name}" {said} {attributes}>{inside}</UnitTestResult>'


def inner(*results):
    return f"<InnerResults>{''.join(results)}</InnerResults>"


def failure(message, stack=""):
    return f"<Output><StdOut>noise</StdOut><ErrorInfo><Message>{message}</Message><StackTrace>{stack}</StackTrace></ErrorInfo></Output>"


DEFINITIONS = definition("1", "Shop.CartTests")


def run(*results, definitions=DEFINITIONS, summary=""):
    return (
        f'\ufeff<?xml version="1.0" encoding="utf-8"?><TestRun {NAMESPACE}><Results>{"".join(results)}</Results>'
        f"<TestDefinitions>{definitions}</TestDefinitions>{summary}</TestRun>"
    ).encode()


def run_info(text, outcome="Error"):
    return f'<ResultSummary outcome="Failed"><Output><StdOut>of the run</StdOut></Output><RunInfos><RunInfo outcome="{outcome}"><Text>{text}</Text></RunInfo></RunInfos></ResultSummary>'


def read(data):
    return read_report(Document.of(data))


def outcomes(data):
    return [(r.name, r.ordinal, r.outcome) for r in read(data).results]


def test_a_result_is_named_by_the_definition_that_stands_after_it():
    report = read(run(result("Shop.CartTests.Adds(item: 1)")))
    [passed] = report.results
    assert report.format == "trx"
    assert not report.warnings
    assert (passed.suite, passed.class_name, passed.name) == ("Shop.Tests.dll", "Shop.CartTests", "Adds(item: 1)")
    assert (passed.outcome, passed.duration_ms) == (P, 1500)


def test_a_class_with_its_assembly_and_a_windows_path_are_cut_to_what_names_them():
    definitions = definition("1", "Shop.CartTests, Shop.Tests, Version=1.0.0.0", "C:\\a\\bin\\Shop.Tests.DLL")
    [passed] = read(run(result("Adds"), definitions=definitions)).results
    assert (passed.suite, passed.class_name, passed.name) == ("Shop.Tests.DLL", "Shop.CartTests", "Adds")


def test_a_failure_carries_its_message_and_trace_and_a_pass_does_not():
    failed, passed, skipped = read(
        run(
            result("a", "Failed", failure("1 is not 2", "at Shop.CartTests.a()")),
            result("b", "Passed", failure("caught")),
            result("c", "NotExecuted", failure("not today")),
        )
    ).results
    assert (failed.message, failed.stack_trace) == ("1 is not 2", "at Shop.CartTests.a()")
    assert (passed.message, skipped.message) == (None, None)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("Passed", P),
        ("Warning", P),
        ("Completed", P),
        ("PassedButRunAborted", P),
        ("Failed", F),
        ("Error", E),
        ("Timeout", E),
        ("Aborted", E),
        ("InProgress", E),
        ("NotExecuted", S),
        ("Inconclusive", S),
        ("NotRunnable", S),
        ("Pending", S),
        ("Unheard", S),
        (None, E),
    ],
)
def test_each_outcome_of_visual_studio_is_one_of_ours(said, outcome):
    assert outcomes(run(result("a", said))) == [("a", 1, outcome)]


def test_the_clean_up_of_a_class_that_fails_is_an_error():
    assert outcomes(run(result("[Test Class Cleanup Failure (Shop.CartTests)]", "Failed"))) == [
        ("[Test Class Cleanup Failure (Shop.CartTests)]", 1, E)
    ]


def test_of_a_data_driven_test_its_rows_count():
    rows = inner(result("Adds (Data Row 0)"), result("Adds (Data Row 1)", "Failed"))
    assert outcomes(run(result("Adds", "Failed", rows))) == [("Adds (Data Row 0)", 1, P), ("Adds (Data Row 1)", 1, F)]


def test_rows_that_share_a_name_are_told_apart_by_their_number():
    row = 'testId="1" resultType="DataDrivenDataRow" dataRowInfo="{}"'
    rows = inner(*(result("Adds", attributes=row.format(number)) for number in (0, 1)))
    assert outcomes(run(result("Adds", inside=rows))) == [("Adds row 0", 1, P), ("Adds row 1", 1, P)]


def test_rows_that_stand_beside_their_test_count_instead_of_it():
    flat = [
        result("Adds", "Failed", attributes='testId="1" resultType="DataDrivenTest"'),
        result("Adds (Data Row 0)", "Failed", attributes='testId="1" resultType="DataDrivenDataRow"'),
        result("Subs", "Error", attributes='testId="2" resultType="DataDrivenTest"'),
    ]
    assert outcomes(run(*flat)) == [("Adds (Data Row 0)", 1, F), ("Subs", 1, E)]


def test_a_data_driven_test_that_failed_though_its_rows_passed_is_an_error_of_its_own():
    rows = inner(result("Adds (Data Row 0)"))
    assert outcomes(run(result("Adds", "Failed", rows))) == [("Adds (Data Row 0)", 1, P), ("Adds", 1, E)]


def test_of_an_ordered_test_its_steps_count_at_any_depth():
    steps = f'<TestResultAggregation testName="Inner" outcome="Failed" testId="2">{inner(result("a"), result("b", "Failed"))}</TestResultAggregation>'
    ordered = (
        f'<TestResultAggregation testName="All" outcome="Failed" testId="3">{inner(steps)}</TestResultAggregation>'
    )
    assert outcomes(run(ordered)) == [("a", 1, P), ("b", 1, F)]


def test_a_test_that_was_run_again_is_as_many_executions():
    assert outcomes(run(result("a", "Failed"), result("a"))) == [("a", 1, F), ("a", 2, P)]


def test_a_result_without_a_definition_is_named_by_what_it_calls_itself():
    names = [(r.suite, r.class_name, r.name) for r in read(run(result("A.B.C(x: 1.5)"), definitions="")).results]
    assert names == [("", "A.B", "C(x: 1.5)")]


def test_a_web_test_is_of_the_file_it_is_stored_in():
    definitions = '<WebTest name="x" storage="c:\\s\\login.webtest" id="1"/>'
    web = '<WebTestResult testName="Logs in" outcome="Passed" testId="1"/>'
    [passed] = read(run(web, definitions=definitions)).results
    assert (passed.suite, passed.name) == ("login.webtest", "Logs in")


def missing(data):
    report = read(data)
    assert report.repaired
    return report.warnings


def test_a_host_that_did_not_start_is_no_test_but_its_tests_are_missing():
    data = run(summary=run_info("no such framework"), definitions="")
    assert read(data).results == ()
    assert missing(data) == ("the test run failed as a whole: no such framework",)


def test_of_several_errors_of_a_run_the_first_is_told():
    twice = run_info("first").replace(
        "</RunInfos>", '<RunInfo outcome="Error"><Text>second</Text></RunInfo></RunInfos>'
    )
    assert missing(run(summary=twice)) == ("the test run failed as a whole: first",)


def test_after_a_host_that_crashed_tests_are_missing():
    data = run(result("a"), summary=run_info("The active test run was aborted."))
    assert outcomes(data) == [("a", 1, P)]
    assert missing(data) == ("the test run failed as a whole: The active test run was aborted.",)


@pytest.mark.parametrize(
    "data",
    [
        run(result("a", "Failed"), summary=run_info("[xUnit.net 00:00:01] a [FAIL], aborted")),
        run(result("a"), summary=run_info("Data collector 'Coverage' has no rights")),
        run(result("a"), summary=run_info("aborted", outcome="Warning")),
    ],
    ids=["a failure repeated", "a collector", "a warning"],
)
def test_what_else_is_said_of_a_run_is_no_test(data):
    assert [r.name for r in read(data).results] == ["a"]


def test_a_run_without_tests_is_an_empty_report():
    assert read(run(definitions="")).results == ()


def test_a_truncated_file_hands_over_the_results_that_are_whole():
    report = read(run(result("a"), result("b"), result("c")).split(b'<UnitTestResult testName="c"')[0])
    assert [(r.name, r.outcome) for r in report.results] == [("a", P), ("b", P)]
    assert report.repaired


def test_an_end_without_a_beginning_is_nobodys():
    assert outcomes(run("</UnitTestResult>", result("a"))) == [("a", 1, P)]


def test_more_results_than_are_read_are_left_out_with_a_warning(monkeypatch):
    monkeypatch.setattr("app.core.reports.trx.MOST_EXECUTIONS", 2)
    monkeypatch.setattr("app.core.reports.executions.MOST_EXECUTIONS", 2)
    report = read(run(*(result(f"t{number}") for number in range(5))))
    assert len(report.results) == 2
    assert report.repaired


SAMPLE = run(
    result("a", "Failed", failure("m", "s")),
    result("b", inside=inner(result("b (1)"))),
    summary=run_info("aborted"),
)


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=12))
def test_no_mutation_of_a_report_raises_anything_but_malformed(at, cut, put):
    try:
        read(SAMPLE[:at] + put + SAMPLE[at + cut :])
    except MalformedReport as error:
        assert error.format  # noqa: PT017  either end is right
