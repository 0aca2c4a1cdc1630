import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(text):
    return read_report(Document.of(text.encode()))


def outcomes(text):
    return [(r.name, r.outcome) for r in read(text).results]


def names(text):
    return [(r.suite, r.class_name, r.name) for r in read(text).results]


def suite2(name, inside, attributes='type="TestFixture" result="Success" executed="True"'):
    return f'<test-suite name="{name}" {attributes}><results>{inside}</results></test-suite>'


def run2(inside, name="C:\\build\\Shop.Tests.dll"):
    assembly = suite2(name, inside, 'asserts="0"')
    return f'<?xml version="1.0"?><test-results name="{name}" total="1"><environment/>{assembly}</test-results>'


def suite3(name, inside, attributes='type="TestFixture" result="Passed"', fullname=None):
    return f'<test-suite name="{name}" fullname="{fullname or "Shop." + name}" {attributes}>{inside}</test-suite>'


def run3(inside, attributes='result="Passed"'):
    return f'<test-run id="2" testcasecount="1" result="Passed"><test-suite type="Assembly" name="Shop.Tests.dll" fullname="/b/Shop.Tests.dll" {attributes}>{inside}</test-suite></test-run>'


def case3(result, name="Adds", attributes="", inside="", owner="Shop.CartTests"):
    return f'<test-case name="{name}" fullname="{owner}.{name}" classname="Shop.CartTests" result="{result}" {attributes} duration="0.25">{inside}</test-case>'


FAILURE = (
    "<failure><message><![CDATA[1 is not 2]]></message><stack-trace><![CDATA[at CartTests]]></stack-trace></failure>"
)


def test_a_case_of_version_2_is_named_by_its_full_name():
    report = read(
        run2(suite2("CartTests", '<test-case name="Shop.CartTests.Adds(1.5)" result="Success" time="0,003"/>'))
    )
    [passed] = report.results
    assert report.format == "nunit"
    assert (passed.suite, passed.class_name, passed.name) == ("Shop.Tests.dll", "Shop.CartTests", "Adds(1.5)")
    assert (passed.outcome, passed.duration_ms) == (P, 3)


def test_a_case_of_version_2_without_a_class_is_of_its_fixture():
    text = '<test-results name="Web Tests"><test-suite name="Passwords"><results><test-case name="testEmpty" executed="true" success="true"/></results></test-suite></test-results>'
    assert names(text) == [("Web Tests", "Passwords", "testEmpty")]


def test_a_case_that_is_a_sentence_keeps_it():
    cases = '<test-case name="Adds one. Then another" result="Success"/>'
    assert names(run2(suite2("CartTests", cases))) == [("Shop.Tests.dll", "CartTests", "Adds one. Then another")]


def test_a_case_of_version_3_is_named_by_fixture_and_test():
    report = read(run3(suite3("CartTests", case3("Failed", inside=FAILURE))))
    [failed] = report.results
    assert report.format == "nunit"
    assert (failed.suite, failed.class_name, failed.name) == ("Shop.Tests.dll", "Shop.CartTests", "Adds")
    assert (failed.outcome, failed.duration_ms) == (F, 250)
    assert (failed.message, failed.stack_trace) == ("1 is not 2", "at CartTests")


def test_two_fixtures_of_one_class_stay_apart_by_their_arguments():
    cases = (case3("Passed", owner=f"Shop.CartTests(&quot;{browser}&quot;)") for browser in ("a", "b"))
    assert [c for _, c, _ in names(run3("".join(cases)))] == ['Shop.CartTests("a")', 'Shop.CartTests("b")']


def test_a_case_whose_full_name_does_not_end_with_its_name_is_of_its_class():
    case = '<test-case name="Adds" fullname="something else" classname="Shop.CartTests" result="Passed"/>'
    assert names(run3(case)) == [("Shop.Tests.dll", "Shop.CartTests", "Adds")]


def test_the_suite_of_a_parametrised_method_names_no_class():
    method = suite3(
        "Adds", '<test-case name="Adds" result="Passed"/>', 'type="ParameterizedMethod"', "Shop.CartTests.Adds"
    )
    assert names(run3(suite3("CartTests", method))) == [("Shop.Tests.dll", "Shop.CartTests", "Adds")]


@pytest.mark.parametrize(
    ("attributes", "outcome"),
    [
        ('result="Success"', P),
        ('result="Failure"', F),
        ('result="Error"', E),
        ('result="NotRunnable"', E),
        ('result="Invalid"', E),
        ('result="Cancelled"', E),
        ('result="Ignored"', S),
        ('result="Skipped"', S),
        ('result="Inconclusive"', S),
        ('result="Explicit"', S),
        ('result="Passed"', P),
        ('result="Warning"', P),
        ('result="Failed"', F),
        ('result="Failed" label="Error"', E),
        ('result="Failed" label="Invalid"', E),
        ('result="Failed:Error"', E),
        ('result="Failed(Child)"', F),
        ('result="Failed" label="Test exceeded Timeout value 1ms."', E),
        ('result="Failed" site="SetUp"', E),
        ('result="Failed" site="Parent"', E),
        ('result="Failed" site="Test"', F),
        ('executed="True" success="True"', P),
        ('executed="True" success="False"', F),
        ('executed="False"', S),
        ('executed="True" success="Turue"', P),
    ],
)
def test_each_result_of_either_version_is_one_outcome(attributes, outcome):
    assert outcomes(run2(f'<test-case name="A.B.c" {attributes}/>')) == [("c", outcome)]


def test_a_failure_before_version_2_5_is_said_by_its_element():
    assert outcomes(run2(f'<test-case name="A.B.c" executed="True">{FAILURE}</test-case>')) == [("c", F)]


def test_what_kept_a_case_from_running_is_its_message():
    case = '<test-case name="A.B.c" result="NotRunnable"><reason><message>no arguments</message></reason></test-case>'
    assert [r.message for r in read(run2(case)).results] == ["no arguments"]


def test_a_time_out_without_a_message_is_told_by_its_label():
    case = case3("Failed", attributes='label="Test exceeded Timeout value 1ms."', inside="<failure/>")
    assert [r.message for r in read(run3(case)).results] == ["Test exceeded Timeout value 1ms."]


def test_a_skipped_case_has_no_message():
    case = case3("Skipped", inside="<reason><message>not today</message></reason>")
    assert [r.message for r in read(run3(case)).results] == [None]


def test_a_set_up_that_failed_is_one_error_where_no_case_says_so():
    fixture = suite3("CartTests", FAILURE + case3("Passed"), 'type="TestFixture" result="Failed" site="TearDown"')
    results = read(run3(fixture, 'result="Failed" site="Child"')).results
    assert [(r.class_name, r.name, r.outcome, r.message) for r in results] == [
        ("Shop.CartTests", "Adds", P, None),
        ("Shop.CartTests", "CartTests", E, "1 is not 2"),
    ]


def test_a_set_up_that_failed_its_cases_is_not_counted_beside_them():
    case = case3("Failed", attributes='site="Parent"', inside=FAILURE)
    method = suite3("Adds", FAILURE, 'type="ParameterizedMethod" result="Failed" site="Parent"')
    fixture = suite3("CartTests", FAILURE + method + case, 'type="TestFixture" result="Failed" site="SetUp"')
    assert outcomes(run3(fixture)) == [("Adds", E)]


def test_an_assembly_that_could_not_be_loaded_is_one_error():
    why = "<failure><message>no such file</message></failure>"
    results = read(run3(why, 'runstate="NotRunnable" result="Failed" label="Invalid"')).results
    assert [(r.suite, r.class_name, r.name, r.outcome) for r in results] == [
        ("Shop.Tests.dll", "", "Shop.Tests.dll", E)
    ]


@pytest.mark.parametrize(
    "attributes",
    ['type="TestFixture" result="Failure"', 'type="TestFixture" success="False"'],
    ids=["2.5", "2.4"],
)
def test_a_fixture_of_version_2_that_failed_by_itself_is_one_error(attributes):
    fixture = f'<test-suite name="CartTests" {attributes}>{FAILURE}<results/></test-suite>'
    assert outcomes(run2(fixture)) == [("CartTests", E)]


@pytest.mark.parametrize(
    "inside",
    [
        '<test-suite name="X" result="Failed"><failure><message>Child test failed</message></failure></test-suite>',
        '<test-suite name="X" result="Failure"/>',
        '<test-suite name="X" result="Ignored"><reason><message>not today</message></reason></test-suite>',
        '<test-suite name="X" executed="False"><reason><message>not today</message></reason></test-suite>',
        '<test-suite name="X" result="Failed(Child)"><failure><message>odd</message></failure></test-suite>',
    ],
)
def test_a_suite_that_says_nothing_of_its_own_is_no_test(inside):
    assert outcomes(run2(inside)) == []


def test_a_lone_suite_is_read_like_a_run():
    lone = suite3("CartTests", case3("Passed"), 'type="TestFixture" testcasecount="1"')
    assert names(lone) == [("CartTests", "Shop.CartTests", "Adds")]


def test_a_suite_of_another_tool_is_not_ours():
    assert read("<test-suite><item/></test-suite>") is None


def test_a_truncated_file_hands_over_the_cases_that_are_whole():
    report = read(run3(case3("Passed") + case3("Failed", "Subs", inside=FAILURE)).split('<test-case name="Subs"')[0])
    assert [(r.name, r.outcome) for r in report.results] == [("Adds", P)]
    assert report.repaired


SAMPLE = run3(suite3("CartTests", FAILURE + case3("Failed", inside=FAILURE) + case3("Passed", "Subs"))).encode()


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=12))
def test_no_mutation_of_a_report_raises_anything_but_malformed(at, cut, put):
    try:
        read_report(Document.of(SAMPLE[:at] + put + SAMPLE[at + cut :]))
    except MalformedReport as error:
        assert error.format  # noqa: PT017  either end is right
