import pytest

from app.core.model import Outcome
from app.core.reports import Document, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
KEYWORD = '<kw name="Log"><arg>x</arg><msg level="INFO">m</msg><status status="FAIL">deep</status></kw>'
HEAD = (
    '*HTML* <span class="merge">Test has been re-executed and results merged.</span><hr>'
    '<span class="new-status">New status:</span> <span class="pass">PASS</span><br><hr>'
    '<span class="old-status">Old status:</span> <span class="fail">FAIL</span><br>'
    '<span class="old-message">Old message:</span> 1 &lt; 0<br>second<br>'
)


def run(inner):
    data = (
        f'<robot generator="Robot 7.0" schemaversion="5"><suite id="s1" name="All" source="/r/all">{inner}</suite>'
        '<statistics><total><stat pass="1" fail="0">All Tests</stat></total></statistics><errors><msg>e</msg></errors></robot>'
    )
    return read_report(Document.of(data.encode()))


def case(status="PASS", message="", name="t", times='start="2024-01-01T00:00:00" elapsed="1.25"'):
    escaped = message.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<test id="s1-t1" name="{name}" line="7">{KEYWORD}<status status="{status}" {times}>{escaped}</status></test>'
    )


def suite(inner, name="Sub", status='<status status="PASS"/>', source=' source="/r/sub.robot"'):
    return f'<suite name="{name}"{source}>{inner}{status}</suite>'


def outcomes(report):
    return [(r.name, r.outcome) for r in report.results]


def test_a_test_is_named_as_in_the_xunit_file_of_robot():
    (result,) = run(suite(case())).results
    assert (result.suite, result.class_name, result.name) == ("Sub", "All.Sub", "t")
    assert (result.outcome, result.file, result.line, result.duration_ms) == (P, "/r/sub.robot", 7, 1250)


def test_a_suite_without_a_source_stands_in_that_of_its_parent():
    (result,) = run(suite(case(), source="")).results
    assert result.file == "/r/all"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ('starttime="20240101 23:59:59.500" endtime="20240102 00:00:00.750"', 1250),
        ('starttime="N/A" endtime="N/A"', None),
        ("", None),
    ],
)
def test_before_version_7_the_time_lies_between_two_stamps(times, expected):
    assert run(case(times=times)).results[0].duration_ms == expected


@pytest.mark.parametrize(("status", "outcome"), [("PASS", P), ("FAIL", F), ("SKIP", S), ("NOT RUN", S), ("?", E)])
def test_a_status_is_an_outcome(status, outcome):
    assert outcomes(run(case(status))) == [("t", outcome)]


@pytest.mark.parametrize(
    "message",
    [
        "Setup failed:\nx",
        "Teardown failed:\nx",
        "Parent suite setup failed:\nx",
        "Parent suite teardown failed:\nx",
        "Test timeout 1 second exceeded.",
    ],
)
def test_what_fails_around_a_test_is_an_error(message):
    (result,) = run(case("FAIL", message)).results
    assert (result.outcome, result.message) == (E, message)


def test_a_test_that_failed_itself_before_its_teardown_did_is_a_failure():
    assert outcomes(run(case("FAIL", "1 != 2\n\nAlso teardown failed:\nx"))) == [("t", F)]


def test_the_failure_of_a_suites_teardown_fails_the_tests_that_passed_in_it():
    status = '<status status="FAIL">Suite teardown failed:\nno way</status>'
    inner = case(name="a") + case("FAIL", "own", "b") + case("SKIP", "", "c")
    report = run(case(name="outside") + suite(inner, status=status))
    assert outcomes(report) == [("outside", P), ("a", E), ("b", F), ("c", S)]
    assert report.results[1].message == "Parent suite teardown failed:\nno way"


def test_a_teardown_that_fails_in_a_suite_whose_tests_failed_already_changes_nothing():
    status = '<status status="FAIL">Suite teardown failed:\nagain</status>'
    report = run(suite(suite(case(name="a"), status=status.replace("again", "once")) + case(name="b"), status=status))
    assert [(r.name, r.outcome, r.message.split("\n")[1]) for r in report.results] == [
        ("a", E, "once"),
        ("b", E, "again"),
    ]


def test_a_merged_output_tells_of_each_run_of_a_test():
    report = run(case("PASS", HEAD))
    assert [(r.outcome, r.ordinal, r.message, r.duration_ms) for r in report.results] == [
        (F, 1, "1 < 0\nsecond", None),
        (P, 2, None, 1250),
    ]


def test_a_test_that_was_run_three_times_has_three_executions():
    third = HEAD + '<hr><span class="old-status">Old status:</span> <span class="skip">SKIP</span><br>'
    assert [r.outcome for r in run(case("PASS", third)).results] == [S, F, P]


def test_a_merged_message_of_another_shape_is_one_execution():
    odd = "*HTML* Test has been re-executed and results merged. Latter result was <b>ignored</b>.<hr>whatever"
    (result,) = run(case("FAIL", odd)).results
    assert (result.outcome, result.message.splitlines()[0][-15:]) == (F, "ignored.whatever"[-15:])


def test_versions_before_3_write_a_merged_message_without_spans_around_its_words():
    message = (
        '*HTML*Re-executed test has been merged.<hr>New status:  <span class="pass">PASS</span><br>New message:  '
        '<hr>Old status:  <span class="fail">FAIL</span><br>Old message:  no way'
    )
    assert [(r.outcome, r.message) for r in run(case("PASS", message)).results] == [(F, "no way"), (P, None)]


def test_tasks_are_tests():
    inner = case().replace("<test ", "<task ").replace("</test>", "</task>")
    assert outcomes(run(inner)) == [("t", P)]


def test_a_test_in_whose_middle_the_file_ends_is_an_error():
    data = f'<robot generator="Robot"><suite name="A">{case()}<test name="u"><kw name="k"><msg>x'
    report = read_report(Document.of(data.encode()))
    assert report.repaired
    assert outcomes(report) == [("t", P), ("u", E)]


def test_a_test_without_a_status_is_an_error():
    assert outcomes(run('<test name="t"/>')) == [("t", E)]


def test_a_tag_with_an_error_in_it_costs_no_test_its_result():
    broken = '<test name="u" odd status="x"><status status="PASS"/></test>'
    report = read_report(
        Document.of(f'<robot><suite name="A">{broken}{case()}</suite>{suite(case())}</robot>'.encode())
    )
    assert report.repaired
    assert outcomes(report) == [("u", P), ("t", P), ("t", P)]


def test_suites_that_end_too_often_break_nothing():
    data = (
        f'<robot><suite name="A"><suite odd"x">{case()}</suite></suite></suite><suite name="B">{case()}</suite></robot>'
    )
    assert set(outcomes(read_report(Document.of(data.encode())))) == {("t", P)}


def test_a_test_outside_of_suites_counts_and_a_status_there_says_nothing():
    data = f'<robot>{case()}<status status="FAIL">Suite teardown failed:\nx</status><suite name="A"></suite></robot>'
    (result,) = read_report(Document.of(data.encode())).results
    assert (result.suite, result.class_name, result.name, result.outcome) == ("", "", "t", P)


def test_the_description_of_a_robot_is_no_report():
    assert read_report(Document.of(b'<robot name="arm"><link name="a"/><joint name="j"/></robot>')) is None


def test_a_loop_of_more_keywords_than_a_record_may_hold_does_not_hide_the_status():
    loop = "<kw><status status='PASS'/></kw>" * 120_000
    assert outcomes(run(case("FAIL", "late").replace(KEYWORD, loop))) == [("t", F)]
