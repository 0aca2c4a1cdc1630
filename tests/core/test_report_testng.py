import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def exception(kind="java.lang.AssertionError", trace="full-stacktrace"):
    return f'<exception class="{kind}"><message><![CDATA[1 is not 2]]></message><{trace}><![CDATA[at CartTest]]></{trace}></exception>'


def method(status, inside="", attributes=""):
    return f'<test-method status="{status}" signature="adds()" name="adds" duration-ms="12" {attributes}>{inside}</test-method>'


def report(inside, of_class='name="com.shop.CartTest"'):
    return f'<?xml version="1.0"?><testng-results skipped="0"><reporter-output/><suite name="Suite"><groups/><test name="Chrome"><class {of_class}>{inside}</class></test></suite></testng-results>'


def read(text):
    return read_report(Document.of(text.encode()))


def outcomes(text):
    return [(r.name, r.ordinal, r.outcome) for r in read(text).results]


def test_a_method_is_named_by_test_class_and_method():
    told = read(report(method("FAIL", exception())))
    [failed] = told.results
    assert told.format == "testng"
    assert (failed.suite, failed.class_name, failed.name) == ("Chrome", "com.shop.CartTest", "adds")
    assert (failed.outcome, failed.duration_ms) == (F, 12)
    assert (failed.message, failed.stack_trace) == ("1 is not 2", "at CartTest")


def test_a_package_that_stands_apart_is_put_before_its_class():
    assert (
        read(report(method("PASS"), 'name="CartTest" package="com.shop"')).results[0].class_name == "com.shop.CartTest"
    )
    assert read(report(method("PASS"), 'name="CartTest" package="[default]"')).results[0].class_name == "CartTest"


def test_a_method_is_told_apart_by_its_parameters():
    parameters = '<params><param index="0"><value><![CDATA[a]]></value></param><param index="1"><value is-null="true"/></param><param index="2"/></params>'
    assert outcomes(report(method("PASS", parameters))) == [("adds[a, null, null]", 1, P)]


@pytest.mark.parametrize(
    ("status", "outcome"), [("PASS", P), ("FAIL", F), ("SKIP", S), ("SUCCESS_PERCENTAGE_FAILURE", S), ("Unheard", S)]
)
def test_each_status_is_one_outcome(status, outcome):
    assert outcomes(report(method(status))) == [("adds", 1, outcome)]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("java.lang.AssertionError", F),
        ("org.opentest4j.AssertionFailedError", F),
        ("org.junit.ComparisonFailure", F),
        ("java.lang.NullPointerException", E),
        ("org.assertj.Strange", E),
    ],
)
def test_an_exception_that_is_no_assertion_is_an_error(kind, outcome):
    assert outcomes(report(method("FAIL", exception(kind)))) == [("adds", 1, outcome)]


def test_a_method_that_was_run_anew_is_a_failure_and_then_its_last_say():
    anew = method("SKIP", exception(), 'retried="true"') + method("PASS")
    assert outcomes(report(anew)) == [("adds", 1, F), ("adds", 2, P)]


def test_a_configuration_method_counts_where_it_failed():
    config = 'is-config="true"'
    methods = method("FAIL", exception(), config) + method("PASS", "", config) + method("SKIP", "", config)
    assert outcomes(report(methods)) == [("adds", 1, E)]


def test_an_exception_may_have_a_class_and_a_short_trace_alone():
    short = '<exception class="java.lang.Error"><short-stacktrace>at CartTest</short-stacktrace></exception>'
    [failed] = read(report(method("FAIL", short))).results
    assert (failed.message, failed.stack_trace) == ("java.lang.Error", "at CartTest")


def test_a_duration_that_is_none_is_unknown():
    strange = '<test-method status="PASS" name="adds" duration-ms="-1"/>'
    assert [r.duration_ms for r in read(report(strange)).results] == [None]


SAMPLE = report(method("FAIL", exception()) + method("SKIP", exception(), 'retried="true"')).encode()


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=12))
def test_no_mutation_of_a_report_raises_anything_but_malformed(at, cut, put):
    try:
        read_report(Document.of(SAMPLE[:at] + put + SAMPLE[at + cut :]))
    except MalformedReport as error:
        assert error.format  # noqa: PT017  either end is right
