import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
FAILURE = '<failure exception-type="{}"><message>1 is not 2</message><stack-trace>at CartTests</stack-trace></failure>'


def case(result, inside="", name="Shop.CartTests.Adds(x: 1.5)", attributes=""):
    return f'<test name="{name}" type="Shop.CartTests" method="Adds" result="{result}" time="0.25" {attributes}>{inside}</test>'


def run(inside, errors=""):
    return f'\ufeff<?xml version="1.0"?><assemblies timestamp="01/02/2026"><assembly name="C:\\b\\Shop.Tests.dll" test-framework="xUnit.net 2">{errors}<collection name="c">{inside}</collection></assembly></assemblies>'


def read(text):
    return read_report(Document.of(text.encode()))


def outcomes(text):
    return [(r.class_name, r.name, r.outcome) for r in read(text).results]


def test_a_test_is_named_by_assembly_class_and_what_follows_them():
    report = read(run(case("Pass")))
    [passed] = report.results
    assert report.format == "xunit"
    assert (passed.suite, passed.class_name, passed.name) == ("Shop.Tests.dll", "Shop.CartTests", "Adds(x: 1.5)")
    assert (passed.outcome, passed.duration_ms) == (P, 250)


def test_a_failure_carries_its_message_and_trace():
    [failed] = read(run(case("Fail", FAILURE.format("Xunit.Sdk.TrueException")))).results
    assert (failed.outcome, failed.message, failed.stack_trace) == (F, "1 is not 2", "at CartTests")


def test_version_3_says_where_a_test_stands():
    [passed] = read(run(case("Pass", attributes='source-file="/src/Cart.cs" source-line="12"'))).results
    assert (passed.file, passed.line) == ("/src/Cart.cs", 12)


@pytest.mark.parametrize(("result", "outcome"), [("Pass", P), ("Fail", F), ("Skip", S), ("NotRun", S), ("Unheard", S)])
def test_each_result_is_one_outcome(result, outcome):
    assert [r.outcome for r in read(run(case(result, "<reason>r</reason>"))).results] == [outcome]


@pytest.mark.parametrize(
    ("inside", "told"),
    [("", "none"), (case("Pass"), "none"), (case("Fail", FAILURE.format("X")), "1")],
)
def test_an_assembly_that_counts_more_failures_than_it_names_has_lost_them(inside, told):
    report = read(run(inside).replace(' test-framework="', ' failed="2" test-framework="'))
    assert report.repaired
    assert report.warnings == (f"the assembly Shop.Tests.dll counts 2 tests as failed and tells of {told}",)


def test_an_assembly_whose_failures_are_all_named_has_lost_none():
    text = run(case("Fail", FAILURE.format("X"))).replace(' test-framework="', ' failed="1" test-framework="')
    assert (read(text).repaired, read(text).warnings) == (False, ())


def test_a_time_out_is_an_error():
    assert [r.outcome for r in read(run(case("Fail", FAILURE.format("Xunit.Sdk.TestTimeoutException")))).results] == [E]


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ('type="test-class-cleanup" name="Shop.CartTests"', "[Test Class Cleanup Failure (Shop.CartTests)]"),
        ('type="fatal"', "[Fatal Failure]"),
        ("", "[Environment Failure]"),
    ],
)
def test_what_failed_outside_of_tests_is_an_error_of_its_own(attributes, name):
    errors = f"<errors><error {attributes}>{FAILURE.format('X')}</error></errors>"
    results = read(run(case("Pass"), errors)).results
    assert [(r.name, r.outcome, r.message) for r in results] == [(name, E, "1 is not 2"), ("Adds(x: 1.5)", P, None)]


def test_an_error_without_a_failure_says_what_its_text_says():
    assert [r.message for r in read(run("", "<errors><error>gone</error></errors>")).results] == ["gone"]


def test_version_1_has_classes_and_their_failures():
    text = f'<assembly name="/b/Shop.dll" run-date="2012-01-14"><class name="Shop.CartTests">{FAILURE.format("X")}<test name="Adds" result="Pass"/></class><class name="Other"/></assembly>'
    assert outcomes(text) == [("Shop.CartTests", "Shop.CartTests", E), ("Shop.CartTests", "Adds", P)]


def test_a_nameless_test_is_called_after_its_method():
    assert outcomes(run(case("Pass", name=""))) == [("Shop.CartTests", "Adds", P)]


def test_a_run_without_tests_is_an_empty_report():
    assert read("<assemblies />").results == ()


@pytest.mark.parametrize(
    "text",
    [
        '<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0"><dependency/></assembly>',
        '<assembly xmlns="http://maven.apache.org/ASSEMBLY/2.0.0"><id>bin</id></assembly>',
    ],
    ids=["windows manifest", "maven assembly"],
)
def test_an_assembly_of_another_kind_is_not_ours(text):
    assert read(text) is None


SAMPLE = run(case("Fail", FAILURE.format("X")) + case("Pass"), "<errors><error type='fatal'/></errors>").encode()


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=12))
def test_no_mutation_of_a_report_raises_anything_but_malformed(at, cut, put):
    try:
        read_report(Document.of(SAMPLE[:at] + put + SAMPLE[at + cut :]))
    except MalformedReport as error:
        assert error.format  # noqa: PT017  either end is right
