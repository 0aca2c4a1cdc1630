import pytest

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def log(inner):
    return read_report(Document.of(f'<TestLog><TestSuite name="mod">{inner}</TestSuite></TestLog>'.encode()))


def only(report):
    (result,) = report.results
    return result


def outcomes(report):
    return [(r.name, r.outcome) for r in report.results]


def test_a_case_is_named_by_its_module_and_by_the_suites_below_it():
    case = only(log('<TestSuite name="a"><TestSuite name="b"><TestCase name="t"/></TestSuite></TestSuite>'))
    assert (case.suite, case.class_name, case.name, case.outcome) == ("mod", "a.b", "t", P)


def test_a_check_or_a_requirement_that_failed_is_a_failure_with_its_place():
    for element in ("Error", "FatalError"):
        case = only(log(f'<TestCase name="t"><{element} file="t.cpp" line="7">x == y failed</{element}></TestCase>'))
        assert (case.outcome, case.file, case.line, case.message) == (F, "t.cpp", 7, "x == y failed")
        assert case.stack_trace == "t.cpp:7: x == y failed"


def test_an_exception_is_an_error_near_its_last_checkpoint_with_its_context():
    case = only(
        log(
            '<TestCase name="t" file="own.cpp" line="3"><Exception file="unknown location" line="0"><![CDATA[boom]]>'
            '<LastCheckpoint file="t.cpp" line="9"><![CDATA[here]]></LastCheckpoint>'
            "<Context><Frame>i = 1</Frame></Context></Exception></TestCase>"
        )
    )
    assert (case.outcome, case.file, case.line, case.message) == (E, "own.cpp", 3, "boom")
    assert case.stack_trace == "t.cpp:9: boom\ni = 1\nlast checkpoint: t.cpp:9: here"


def test_an_exception_without_any_place_has_none():
    case = only(log('<TestCase name="t"><Exception file="unknown location" line="0">boom</Exception></TestCase>'))
    assert (case.outcome, case.file, case.line, case.stack_trace) == (E, None, None, "boom")


def test_what_is_said_and_what_is_warned_of_fails_nothing():
    said = (
        '<Message file="a" line="1">m</Message><Info file="a" line="1">i</Info><Warning file="a" line="1">w</Warning>'
    )
    assert outcomes(log(f"{said}<TestCase name='t'>{said}</TestCase>{said}")) == [("t", P)]


def test_the_first_of_several_problems_decides_and_all_are_kept():
    case = only(
        log(
            '<TestCase name="t"><Error file="t.cpp" line="1">one</Error>'
            '<Exception file="t.cpp" line="2">two</Exception></TestCase>'
        )
    )
    assert (case.outcome, case.message, case.stack_trace) == (F, "one", "t.cpp:1: one\n\nt.cpp:2: two")


def test_times_are_microseconds():
    cases = log(
        '<TestCase name="a"><TestingTime>47000</TestingTime></TestCase><TestCase name="b"><TestingTime>?</TestingTime></TestCase>'
    ).results
    assert [c.duration_ms for c in cases] == [47, None]


def test_a_case_that_was_not_run_is_skipped():
    assert outcomes(log('<TestCase name="t" skipped="yes" reason="disabled"/>')) == [("t", S)]


def test_a_case_in_whose_middle_the_log_ends_is_an_error():
    data = b'<TestLog><TestSuite name="m"><TestCase name="a"></TestCase><TestCase name="b"><Error file="t" line="1">x</Error><Info>'
    report = read_report(Document.of(data))
    assert report.repaired
    assert outcomes(report) == [("a", P), ("b", E)]


def test_the_report_of_results_says_how_each_case_ended():
    cases = "".join(
        f'<TestCase name="{word}" result="{word}" assertions_failed="2"></TestCase>'
        for word in ("passed", "failed", "skipped", "aborted", "timed-out")
    )
    data = f'<TestResult><TestSuite name="m" result="failed"><TestSuite name="s">{cases}</TestSuite></TestSuite></TestResult>'
    report = read_report(Document.of(data.encode()))
    assert [r.outcome for r in report.results] == [P, F, S, E, E]
    assert report.results[1].message == "failed, 2 assertions failed"
    assert {(r.suite, r.class_name) for r in report.results} == {("m", "s")}


def test_a_file_of_both_documents_tells_of_each_case_once():
    data = (
        b'<TestLog><TestSuite name="m"><TestCase name="a"></TestCase></TestSuite></TestLog>'
        b'<TestResult><TestSuite name="m"><TestCase name="a" result="passed"></TestCase></TestSuite></TestResult>'
    )
    assert outcomes(read_report(Document.of(data))) == [("a", P)]


def test_what_fails_in_a_fixture_of_a_suite_is_an_error_named_as_in_boosts_junit_log():
    failed = '<Exception file="f.cpp" line="2">no db</Exception>'
    report = log(
        f'<TestSuite name="a"><TestSuite name="b">{failed}<TestCase name="t"><TestingTime>9000</TestingTime></TestCase>'
        f'<Error file="f.cpp" line="3">left over</Error></TestSuite></TestSuite>{failed}'
    )
    assert [(r.class_name, r.name, r.outcome, r.duration_ms) for r in report.results] == [
        ("a.b", "t", P, 9),
        ("a", "b-setup-teardown", E, None),
        ("", "boost_test-setup-teardown", E, None),
    ]
    assert report.results[1].stack_trace == "f.cpp:2: no db\n\nf.cpp:3: left over"


def test_what_fails_before_any_suite_or_in_one_that_does_not_end_is_an_error():
    whole = read_report(
        Document.of(b'<TestLog><Exception file="f" line="1">no</Exception><TestCase name="t"/></TestLog>')
    )
    assert outcomes(whole) == [("t", P), ("boost_test-setup-teardown", E)]
    cut = read_report(
        Document.of(b'<TestLog><TestSuite name="m"><TestSuite name="a"><Error file="f" line="1">x</Error><Info>')
    )
    assert outcomes(cut) == [("a-setup-teardown", E)]


def test_documents_within_documents_break_nothing():
    data = b"<TestLog><TestSuite name='s'><TestLog/></TestSuite><Error>x</Error><TestCase name='a'/></TestLog>"
    assert outcomes(read_report(Document.of(data))) == [("a", P)]


def test_a_log_without_a_case_that_breaks_off_is_malformed():
    with pytest.raises(MalformedReport) as raised:
        read_report(Document.of(b'<TestLog><TestSuite name="m">'))
    assert raised.value.format == "boost"
