import pytest

from app.core.model import Outcome
from app.core.reports import Document, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
GOOD = '<OverallResultsAsserts successes="1" failures="0" test_case_success="true" duration="0.5"/>'
BAD = '<OverallResultsAsserts successes="0" failures="1" test_case_success="false"/>'


def run(inner):
    data = f'<doctest binary="exe" version="2.4.11"><Options order_by="file"/><TestSuite>{inner}</TestSuite></doctest>'
    return read_report(Document.of(data.encode()))


def case(inner, more=""):
    return f'<TestCase name="t" filename="t.cpp" line="5"{more}>{inner}</TestCase>'


def subcase(name, inner=""):
    return f'<SubCase name="{name}" filename="t.cpp" line="6">{inner}</SubCase>'


def expression(inner="<Original> a == b </Original><Expanded> 1 == 2 </Expanded>", success="false", kind="CHECK"):
    return f'<Expression success="{success}" type="{kind}" filename="t.cpp" line="9">{inner}</Expression>'


def outcomes(report):
    return [(r.name, r.outcome) for r in report.results]


def test_a_case_is_named_as_in_the_junit_file_of_the_same_run():
    (result,) = run(case(GOOD)).results
    assert (result.suite, result.class_name, result.name) == ("exe", "t.cpp", "t")
    assert (result.outcome, result.file, result.line, result.duration_ms) == (P, "t.cpp", 5, 500)


def test_an_assertion_that_failed_says_what_doctest_prints_of_it():
    (result,) = run(case(expression("<Original>a</Original><Expanded>1</Expanded><Info>i := 1</Info>") + BAD)).results
    assert (result.outcome, result.message, result.line) == (F, "CHECK( a )", 5)
    assert result.stack_trace == "t.cpp:9: CHECK( a )\nvalues: 1\nlogged: i := 1"


def test_an_exception_outside_of_an_assertion_is_an_error():
    (result,) = run(case('<Exception crash="true"> SIGSEGV </Exception>' + BAD)).results
    assert (result.outcome, result.message) == (E, "SIGSEGV")


def test_each_way_through_the_subcases_is_a_test():
    inner = subcase("a", subcase("x", expression())) + subcase("a", subcase("y")) + subcase("b")
    assert outcomes(run(case(inner + BAD))) == [("t/a/x", F), ("t/a/y", P), ("t/b", P)]


def test_what_fails_in_a_test_case_that_succeeds_was_expected_to():
    assert outcomes(run(case(expression() + GOOD, ' may_fail="true"'))) == [("t", S)]


def test_warnings_and_assertions_that_hold_fail_nothing():
    message = '<Message type="WARNING" filename="t.cpp" line="1"><Text>w</Text></Message>'
    inner = message + expression(kind="WARN_EQ") + expression(success="true")
    assert outcomes(run(case(inner + GOOD))) == [("t", P)]


def test_a_message_of_an_error_fails_its_test():
    message = '<Message type="FATAL ERROR" filename="t.cpp" line="1"><Text> no </Text></Message>'
    (result,) = run(case(message + BAD)).results
    assert (result.outcome, result.message) == (F, "no")


def test_a_test_case_that_failed_although_no_assertion_did_is_a_failure():
    assert outcomes(run(case(BAD, ' should_fail="true"'))) == [("t", F)]


def test_old_versions_that_do_not_say_whether_a_test_case_succeeded_are_judged_by_what_failed():
    old = '<OverallResultsAsserts successes="0" failures="0"/>'
    assert outcomes(run(case(old) + case(expression() + old))) == [("t", P), ("t", F)]


def test_a_test_case_that_was_not_run_is_skipped():
    assert outcomes(run(case("", ' skipped="true"'))) == [("t", S)]


def test_a_list_of_test_cases_holds_no_results():
    data = b'<doctest binary="exe"><TestCase name="t" testsuite="s"/><OverallResultsTestCases unskipped="1"/></doctest>'
    assert read_report(Document.of(data)).results == ()


@pytest.mark.parametrize("cut", ["<SubCase name='s'><Expression", "<SubCase name='s'>", ""])
def test_a_test_case_in_whose_middle_the_file_ends_is_an_error(cut):
    report = read_report(Document.of(f'<doctest binary="e"><TestSuite>{case(GOOD)}<TestCase name="u">{cut}'.encode()))
    assert [r.outcome for r in report.results] == [P, E]


def test_what_stands_outside_of_test_cases_is_passed_by():
    assert outcomes(run(subcase("s", expression()) + case("<Other/>" + GOOD) + GOOD)) == [("t", P)]


def test_subcases_nested_too_deeply_add_nothing_to_a_name():
    inner = ""
    for _ in range(100):
        inner = subcase("s", inner)
    (result,) = run(case(inner + GOOD)).results
    assert result.name.count("/") == 50


@pytest.mark.parametrize(
    ("decorators", "overall", "outcome"),
    [
        ("", 'failures="1"', F),
        (' may_fail="true"', 'failures="1"', S),
        (' should_fail="true"', 'failures="1"', S),
        ("", 'failures="1" expected_failures="1"', S),
        ("", 'failures="1" expected_failures="2"', F),
    ],
)
def test_decorators_decide_where_an_older_doctest_does_not_say_what_a_failure_means(decorators, overall, outcome):
    report = run(case(expression() + f'<OverallResultsAsserts successes="0" {overall}/>', decorators))
    assert outcomes(report) == [("t", outcome)]


@pytest.mark.parametrize(
    ("decorators", "overall", "outcome"),
    [
        ("", "", P),
        (' may_fail="true"', "", P),
        (' should_fail="true"', "", F),
        ("", ' expected_failures="1"', F),
    ],
)
def test_decorators_decide_where_an_older_doctest_does_not_say_what_no_failure_means(decorators, overall, outcome):
    report = run(case(f'<OverallResultsAsserts successes="1" failures="0"{overall}/>', decorators))
    assert outcomes(report) == [("t", outcome)]
