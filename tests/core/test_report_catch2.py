import pytest

from app.core.model import Outcome
from app.core.reports import Document, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED
GOOD = '<OverallResult success="true" skips="0" durationInSeconds="0.25"/>'
BAD = '<OverallResult success="false" skips="0"/>'


def run(inner, head='Catch2TestRun name="exe" rng-seed="1"', root="Catch2TestRun"):
    return read_report(Document.of(f"<{head}>{inner}</{root}>".encode()))


def case(inner, name="t"):
    return f'<TestCase name="{name}" filename="t.cpp" line="5">{inner}</TestCase>'


def section(name, inner="", results='<OverallResults successes="1" failures="0" durationInSeconds="0.1"/>'):
    return f'<Section name="{name}" filename="t.cpp" line="6">{inner}{results}</Section>'


def expression(inner="<Original> a == b </Original><Expanded> 1 == 2 </Expanded>", success="false", kind="REQUIRE"):
    return f'<Expression success="{success}" type="{kind}" filename="t.cpp" line="9">{inner}</Expression>'


def outcomes(report):
    return [(r.name, r.outcome) for r in report.results]


def test_a_case_is_named_as_in_the_junit_file_of_the_same_run():
    (result,) = run(case(GOOD)).results
    assert (result.suite, result.class_name, result.name) == ("exe", "exe.global", "t")
    assert (result.outcome, result.file, result.line, result.duration_ms) == (P, "t.cpp", 5, 250)


def test_version_2_has_a_group_around_the_cases():
    report = run(f'<Group name="exe">{case(GOOD)}</Group>', 'Catch name="exe"', "Catch")
    assert [(r.suite, r.name, r.outcome) for r in report.results] == [("exe", "t", P)]


def test_an_assertion_that_failed_says_what_was_written_and_what_was_meant():
    (result,) = run(case(expression() + BAD)).results
    assert (result.outcome, result.message, result.line) == (F, "REQUIRE( a == b )", 5)
    assert result.stack_trace == "t.cpp:9: REQUIRE( a == b )\nwith expansion:\n  1 == 2"


@pytest.mark.parametrize(
    "thrown",
    [
        '<Exception filename="t.cpp" line="8"> boom </Exception>',
        '<FatalErrorCondition filename="t.cpp" line="8"> SIGSEGV </FatalErrorCondition>',
        expression("<Original>f()</Original><Expanded>f()</Expanded><Exception>boom</Exception>"),
    ],
)
def test_what_was_thrown_or_signalled_is_an_error(thrown):
    assert outcomes(run(case(thrown + BAD))) == [("t", E)]


def test_an_explicit_failure_is_a_failure():
    (result,) = run(case('<Failure filename="t.cpp" line="8"> no way </Failure>' + BAD)).results
    assert (result.outcome, result.message) == (F, "no way")


def test_each_section_is_a_test_below_its_case_and_a_section_entered_again_is_the_same():
    inner = section("a", section("x")) + section("a", section("y", expression())) + section("b")
    report = run(case(inner + BAD))
    assert outcomes(report) == [("t", P), ("t/a", P), ("t/a/x", P), ("t/a/y", F), ("t/b", P)]
    assert [r.duration_ms for r in report.results] == [None, 200, 100, 100, 100]


def test_an_assertion_that_fails_in_a_case_that_succeeds_was_expected_to():
    assert outcomes(run(case(expression() + GOOD))) == [("t", S)]


@pytest.mark.parametrize("kind", ["CHECK_NOFAIL", "CHECKED_IF", "CHECKED_ELSE"])
def test_an_assertion_that_may_fail_fails_nothing(kind):
    assert outcomes(run(case(expression(kind=kind) + expression(success="true") + GOOD))) == [("t", P)]


def test_a_case_that_failed_although_no_assertion_did_is_a_failure():
    (result,) = run(case(BAD)).results
    assert (result.outcome, result.message) == (F, "the test case failed, and none of its assertions did")


def test_what_was_skipped_at_run_time_is_skipped():
    skip = '<Skip filename="t.cpp" line="7"> no GPU </Skip>'
    assert outcomes(run(case(skip + '<OverallResult success="true" skips="1"/>'))) == [("t", S)]
    inner = section("a", results='<OverallResults successes="0" skipped="true"/>') + section("b")
    assert outcomes(run(case(inner + GOOD))) == [("t", P), ("t/a", S), ("t/b", P)]


def test_a_case_in_whose_middle_the_file_ends_is_an_error_of_the_section_it_was_in():
    data = f'<Catch2TestRun name="e">{case(GOOD)}<TestCase name="u"><Section name="s"><Info> x'
    report = read_report(Document.of(data.encode()))
    assert report.repaired
    assert outcomes(report) == [("t", P), ("u", P), ("u/s", E)]
    assert report.results[-1].message == "no result: the run ended before the test did"


def test_a_case_without_a_result_is_an_error():
    assert outcomes(run(case(""))) == [("t", E)]
    assert outcomes(read_report(Document.of(b'<Catch2TestRun name="e"><TestCase name="u"><Info>x</Info'))) == [("u", E)]


def test_what_stands_outside_of_cases_is_passed_by():
    outside = section("s") + expression() + '<OverallResults successes="1"/><OverallResultsCases successes="1"/>'
    assert outcomes(run(outside + case("<Info>i</Info><Other/>" + GOOD) + outside)) == [("t", P)]


def test_sections_nested_too_deeply_are_one_with_what_they_stand_in():
    inner = ""
    for depth in range(200):
        inner = section(f"{depth}", inner)
    assert len(run(case(inner + GOOD)).results) == 50


def test_a_long_name_is_cut_before_it_is_repeated_for_each_section():
    inner = "".join(section(f"{number}") for number in range(100))
    names = [r.name for r in run(case(inner + GOOD, "n" * 100_000)).results]
    assert len(set(names)) == 101
    assert max(map(len, names)) <= 610
