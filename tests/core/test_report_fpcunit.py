import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
DETAILS = "<Message>TCart.Adds: 1 is not 2</Message><ExceptionClass>EAssertionFailedError</ExceptionClass><ExceptionMessage>1 is not 2</ExceptionMessage><SourceUnitName>cart.pas</SourceUnitName><LineNumber>12</LineNumber><FailedMethodName>TCART__ADDS</FailedMethodName>"


def case(result, inside="", name="Adds"):
    said = "" if result is None else f'Result="{result}"'
    return f'<Test Name="{name}" {said} ElapsedTime="00:00:01.250">{inside}</Test>'


def report(tests):
    return f'<TestResults><TestListing><TestSuite Name=""><TestSuite Name="TCart">{tests}</TestSuite><TestSuite Name="TOther"/></TestSuite></TestListing><NumberOfRunTests>1</NumberOfRunTests></TestResults>'


def read(text):
    return read_report(Document.of(text.encode()))


def test_a_test_is_named_by_its_class_and_failed_where_it_says():
    told = read(report(case("Failed", DETAILS)))
    [failed] = told.results
    assert told.format == "fpcunit"
    assert (failed.suite, failed.class_name, failed.name) == ("TCart", "TCart", "Adds")
    assert (failed.outcome, failed.duration_ms) == (F, 1250)
    assert (failed.file, failed.line, failed.message) == ("cart.pas", 12, "1 is not 2")
    assert failed.stack_trace == "EAssertionFailedError\n1 is not 2\nTCART__ADDS"


@pytest.mark.parametrize(("result", "outcome"), [("OK", P), ("Failed", F), ("Error", E), ("Ignored", S), (None, E)])
def test_each_result_is_one_outcome(result, outcome):
    assert [r.outcome for r in read(report(case(result))).results] == [outcome]


def test_a_test_without_a_result_did_not_end():
    assert [r.message for r in read(report(case(None))).results] == ["no result: the run ended before the test did"]


def test_a_failure_without_an_exception_message_has_its_message():
    assert [r.message for r in read(report(case("Error", "<Message>m</Message>"))).results] == ["m"]


def test_the_old_form_tells_in_lists_after_all_tests_how_they_ended(monkeypatch):
    tests = "".join(f'<Test Name="TCart.{n}"><ElapsedTime>00:00:00.250</ElapsedTime></Test>' for n in "abcd")
    lists = (
        "<ListOfFailures><Failure><Message>TCart.a: 1 is not 2</Message><ExceptionMessage>1 is not 2</ExceptionMessage></Failure></ListOfFailures>"
        "<ListOfErrors><Error><Message>TCart.b: gone</Message></Error></ListOfErrors>"
        "<ListOfIgnoredTests><IgnoredTest><Message>TCart.c: later</Message></IgnoredTest></ListOfIgnoredTests>"
    )
    text = report(tests).replace("</TestResults>", f"{lists}</TestResults>")
    results = read(text).results
    assert [(r.class_name, r.name, r.outcome, r.message) for r in results] == [
        ("TCart", "a", F, "1 is not 2"),
        ("TCart", "b", E, "TCart.b: gone"),
        ("TCart", "c", S, None),
        ("TCart", "d", P, None),
    ]
    assert {r.duration_ms for r in results} == {250}
    monkeypatch.setattr("app.core.reports.fpcunit.MOST_EXECUTIONS", 2)
    monkeypatch.setattr("app.core.reports.executions.MOST_EXECUTIONS", 2)
    assert len(read(text).results) == 2


def test_results_of_another_tool_are_not_ours():
    assert read("<TestResults><sample/></TestResults>") is None


SAMPLE = report(case("Failed", DETAILS) + case("OK")).encode()


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=12))
def test_no_mutation_of_a_report_raises_anything_but_malformed(at, cut, put):
    try:
        read_report(Document.of(SAMPLE[:at] + put + SAMPLE[at + cut :]))
    except MalformedReport as error:
        assert error.format  # noqa: PT017  either end is right
