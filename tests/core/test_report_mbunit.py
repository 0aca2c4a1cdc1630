import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
EXCEPTION = '<exception type="X"><message>1 is not 2</message><stack-trace>at CartTests</stack-trace></exception>'


def run(result, inside="", name="CartTests.Adds(1)"):
    return f'<run name="{name}" result="{result}" duration="0.25">{inside}</run>'


def report(runs, hooks="", of_assembly=""):
    return f'<report-result date="2012"><assemblies><assembly name="Shop.Tests">{of_assembly}<namespaces><namespace name="Shop"><fixtures><fixture name="CartTests" type="Shop.CartTests">{hooks}<runs>{runs}</runs></fixture></fixtures></namespace></namespaces></assembly></assemblies></report-result>'


def read(text):
    return read_report(Document.of(text.encode()))


def outcomes(text):
    return [(r.name, r.outcome) for r in read(text).results]


def test_a_run_is_named_by_assembly_fixture_and_test():
    told = read(report(run("failure", EXCEPTION)))
    [failed] = told.results
    assert told.format == "mbunit"
    assert (failed.suite, failed.class_name, failed.name) == ("Shop.Tests", "Shop.CartTests", "Adds(1)")
    assert (failed.outcome, failed.duration_ms) == (F, 250)
    assert (failed.message, failed.stack_trace) == ("1 is not 2", "at CartTests")


@pytest.mark.parametrize(
    ("result", "outcome"), [("success", P), ("failure", F), ("error", E), ("ignore", S), ("skip", S)]
)
def test_each_result_is_one_outcome(result, outcome):
    assert outcomes(report(run(result))) == [("Adds(1)", outcome)]


def test_a_set_up_counts_where_it_failed():
    hooks = f'<set-up name="CartTests.SetUp" result="failure">{EXCEPTION}</set-up><tear-down name="CartTests.TearDown" result="success"/>'
    assert outcomes(report(run("success"), hooks)) == [("SetUp", E), ("Adds(1)", P)]


def test_a_set_up_of_the_assembly_is_of_no_fixture():
    [error] = read(report("", of_assembly='<set-up result="failure"/>')).results
    assert (error.suite, error.class_name, error.name, error.outcome) == ("Shop.Tests", "", "set-up", E)


SAMPLE = report(run("failure", EXCEPTION) + run("success"), f'<set-up result="failure">{EXCEPTION}</set-up>').encode()


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=12))
def test_no_mutation_of_a_report_raises_anything_but_malformed(at, cut, put):
    try:
        read_report(Document.of(SAMPLE[:at] + put + SAMPLE[at + cut :]))
    except MalformedReport as error:
        assert error.format  # noqa: PT017  either end is right
