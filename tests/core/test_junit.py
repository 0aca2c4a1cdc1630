import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport
from app.core.reports import read_report as read_document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read_report(data):
    return read_document(Document.of(data))


def suite(inner, attributes='name="s"'):
    return f"<testsuite {attributes}>{inner}</testsuite>".encode()


def outcomes(data):
    return [(r.name, r.ordinal, r.outcome) for r in read_report(data).results]


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ("<testcase name='a'/>", P),
        ("<testcase name='a'><failure/></testcase>", F),
        ("<testcase name='a'><error/></testcase>", E),
        ("<testcase name='a'><skipped/></testcase>", S),
        ("<testcase name='a' status='notrun' result='suppressed'/>", S),
        ("<testcase name='a' skipped='true'/>", S),
        ("<testcase name='a' status='failed'/>", F),
        ("<testcase name='a'><skipped/><failure/></testcase>", F),
        ("<testcase name='a'><system-out>&lt;failure/&gt;</system-out></testcase>", P),
    ],
)
def test_a_case_says_how_it_ended_by_its_children_and_else_by_its_attributes(case, outcome):
    assert outcomes(suite(case)) == [("a", 1, outcome)]


def test_a_flaky_case_of_surefire_is_its_failures_and_then_its_pass():
    case = '<testcase name="a" time="2"><flakyFailure message="m" time="1"><stackTrace>t</stackTrace></flakyFailure></testcase>'
    [failed, passed] = read_report(suite(case)).results
    assert (failed.outcome, failed.message, failed.stack_trace, failed.duration_ms) == (F, "m", "t", 1000)
    assert (passed.outcome, passed.ordinal, passed.duration_ms) == (P, 2, 2000)


def test_what_pytest_ran_again_because_it_failed_has_not_passed():
    again = "<testcase name='a'/><testcase name='b'/><testcase name='a'/>"
    told = suite(f"{again}<testcase name='a'><failure/></testcase><testcase name='c'/>", 'name="pytest"')
    assert outcomes(told) == [("b", 1, P), ("a", 3, F), ("c", 1, P)]
    assert [one for one in outcomes(suite(f"{again}<testcase name='a'><failure/></testcase>")) if one[0] == "a"] == [
        ("a", 1, P), ("a", 2, P), ("a", 3, F),
    ]  # fmt: skip
    ended_well = suite("<testcase name='a'><failure/></testcase><testcase name='a'/>", 'name="pytest"')
    assert outcomes(ended_well) == [("a", 1, F), ("a", 2, P)]


def test_a_flaky_case_that_nextest_is_told_to_fail_is_its_pass_and_then_its_failures_so_that_these_have_the_final_say():
    case = (
        '<testcase name="a" time="2"><failure message="test passed on attempt 3/3 but is configured to fail when flaky" '
        'type="flaky failure"/><flakyFailure message="m1" time="1">t1</flakyFailure><flakyError message="m2"/></testcase>'
    )
    told = [(r.ordinal, r.outcome, r.message, r.duration_ms) for r in read_report(suite(case)).results]
    assert told == [(1, P, None, 2000), (2, F, "m1", 1000), (3, E, "m2", 2000)]


def test_a_failure_of_any_other_kind_beside_flaky_ones_is_an_execution_of_its_own():
    for kind in ('type="AssertionError"', 'type="flaky failure too"', ""):
        case = f'<testcase name="a"><flakyFailure message="1"/><failure message="2" {kind}/></testcase>'
        assert [(r.outcome, r.message) for r in read_report(suite(case)).results] == [(F, "1"), (F, "2")]
    lone = '<testcase name="a"><failure message="1" type="flaky failure"/></testcase>'
    assert outcomes(suite(lone)) == [("a", 1, F)]


@pytest.mark.parametrize("inner", ["", "<failure type='testCodeFailure' message='not yet'>trace</failure>"])
def test_what_node_calls_still_to_do_is_skipped_however_it_ended(inner):
    [result] = read_report(suite(f"<testcase name='a'><skipped type='todo' message='soon'/>{inner}</testcase>")).results
    assert (result.outcome, result.message, result.stack_trace) == (S, None, None)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("Unable to find executable", E),
        ("Required Files Missing", E),
        ("Fixture dependency failed", E),
        ("Failed to change working directory", E),
        ("SKIP_RETURN_CODE=77", S),
        ("SKIP_REGULAR_EXPRESSION_MATCHED", S),
        ("ignored until the summer", S),
    ],
)
def test_what_ctest_could_not_run_is_an_error_with_its_reason_and_what_it_should_not_is_skipped(reason, outcome):
    case = f"<testcase name='a' classname='a' time='0' status='notrun'><skipped message='{reason}'/></testcase>"
    [result] = read_report(suite(case)).results
    assert (result.outcome, result.message) == (outcome, reason if outcome is E else None)


def test_a_skip_whose_reason_sounds_like_ctest_s_is_one_where_the_status_does_not_say_so():
    assert outcomes(suite("<testcase name='a'><skipped message='Required Files Missing'/></testcase>")) == [("a", 1, S)]


def test_a_case_that_failed_every_rerun_is_as_many_failures():
    case = '<testcase name="a"><failure message="1"/><rerunFailure message="2"/><rerunError message="3"/></testcase>'
    assert [(r.ordinal, r.outcome, r.message) for r in read_report(suite(case)).results] == [
        (1, F, "1"),
        (2, F, "2"),
        (3, E, "3"),
    ]


def test_the_same_case_twice_is_two_executions():
    assert outcomes(suite("<testcase name='a'><failure/></testcase><testcase name='a'/>")) == [("a", 1, F), ("a", 2, P)]


def test_the_examples_of_a_test_of_codeceptions_are_tests_of_their_own():
    cases = (
        """<testcase name='buys' class='CartCest' feature='buys a thing | "tea"'><failure/></testcase>"""
        """<testcase name='buys' class='CartCest' feature='buys a thing | "milk"'/><testcase name='pays' class='CartCest' feature='pays'/>"""
    )
    assert outcomes(suite(cases)) == [('buys | "tea"', 1, F), ('buys | "milk"', 1, P), ("pays", 1, P)]


def test_cases_are_read_at_any_depth_and_named_after_the_nearest_suite():
    nested = b"<testsuites><testcase name='top'/><testsuite name='o'><testsuite name='i'><testcase name='x'/></testsuite><testcase name='y'/></testsuite></testsuites>"
    assert [(r.suite, r.name) for r in read_report(nested).results] == [("", "top"), ("i", "x"), ("o", "y")]


def test_a_class_that_could_not_be_loaded_is_one_error():
    assert outcomes(suite("<error message='no such module'/>")) == [("<init>", 1, E)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1.5", 1500),
        ("1,234.5", 1_234_500),
        ("0,003", 3),
        ("", None),
        ("NaN", None),
        ("-1", None),
        ("1e999", None),
        ("soon", None),
    ],
)
def test_durations_are_milliseconds_whatever_was_written(written, read):
    assert read_report(suite(f"<testcase name='a' time='{written}'/>")).results[0].duration_ms == read


def test_file_and_line_come_from_the_case_or_its_suite():
    data = suite("<testcase name='a' line='7'/><testcase name='b' file='own.py'/>", 'file="suite.py"')
    assert [(r.file, r.line) for r in read_report(data).results] == [("suite.py", 7), ("own.py", None)]


def test_a_failure_without_a_message_is_told_by_its_first_line():
    [result] = read_report(suite("<testcase name='a'><failure>boom\nat x</failure></testcase>")).results
    assert (result.message, result.stack_trace) == ("boom", "boom\nat x")


def message(name, text, attributes=""):
    failure = f"<failure{attributes}>{text}</failure>"
    [result] = read_report(suite(f'<testcase name="{name}" class="A">{failure}</testcase>')).results
    return result.message


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("testAdds", "ATest::testAdds"),
        ("testAdds", "Some\\Space\\ATest::testAdds"),
        ("testAdds with data set #0", "ATest::testAdds with data set #0"),
        ("testAdds with data set #0", "ATest::testAdds with data set #0 (1, 2)"),
    ],
)
def test_what_failed_in_phpunit_stands_below_the_name_of_the_test(name, first):
    assert message(name, f"{first}\nFailed asserting that 2 is 1.\n\n/a/ATest.php:7") == "Failed asserting that 2 is 1."
    assert message(name, f"{first}\n") == first
    assert message(name, f"{first}\nno", ' message="yes"') == "yes"


@pytest.mark.parametrize("first", ["no ATest::testAdds", "ATest::testAdds failed", "ATest::testAddsMore", "ATest: no"])
def test_of_other_failures_without_a_message_the_first_line_is_one(first):
    assert message("testAdds", f"{first}\nmore") == first


@pytest.mark.parametrize(
    "data",
    [
        suite("<testcase name='a\x1b[31m'><failure message='&#x0;x &amp; y & z'/></testcase>"),
        b"\n npm noise\n" + suite("<testcase name='a'><failure/></testcase>") + b"\nDone in 3s",
        suite("<testcase name='a'><failure>&nbsp;</failure></testcase>"),
        b"<testsuite><testcase name='a'><failure><![CDATA[cut he",
    ],
)  # fmt: skip
def test_a_broken_file_is_mended_and_read_and_said_to_be_broken(data):
    report = read_report(data)
    assert [r.outcome for r in report.results] == [F]
    assert report.results[0].name.startswith("a")
    assert report.warnings


def test_an_encoding_that_is_not_the_declared_one_is_read_all_the_same():
    data = b'<?xml version="1.0" encoding="utf-16"?>' + suite("<testcase name='a'><failure/></testcase>")
    assert outcomes(data) == [("a", 1, F)]
    assert not read_report(data).repaired


@pytest.mark.parametrize("where", ["system-out", "failure"])
def test_a_report_without_a_declaration_is_known_whatever_document_a_test_prints(where):
    printed = f"<{where}><![CDATA[<?xml version='1.0'?><note/>]]></{where}>"
    assert len(outcomes(suite(f"<testcase name='a'>{printed}</testcase>"))) == 1


def test_only_what_may_have_lost_something_counts_as_repaired():
    whole = suite("<testcase name='a\x1b[31m'><failure message='x & y'/></testcase>") + b"\nDone in 3s"
    assert not read_report(whole).repaired
    assert read_report(whole.replace(b"</testcase></testsuite>", b"")).repaired


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_with_a_byte_order_mark_is_read(encoding):
    assert [r.name for r in read_report("<testsuite><testcase name='grün'/></testsuite>".encode(encoding)).results] == [
        "grün"
    ]


def test_several_documents_in_one_file_are_all_read():
    assert [
        r.name
        for r in read_report(
            suite("<testcase name='a'/>") + b'<?xml version="1.0"?>' + suite("<testcase name='b'/>")
        ).results
    ] == ["a", "b"]


@pytest.mark.attack("xml")
def test_entities_are_never_expanded_and_files_of_ours_never_read():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/hostname">]>' + suite(
        "<testcase name='a'><failure message='&a;'>&f;</failure></testcase>"
    )
    [result] = read_report(bomb).results
    assert "aaaa" not in (result.message or "")
    assert not (result.stack_trace or "").strip()


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"<html><body>502 testsuite</body></html>", b"<project><testcase/></project>", b"PK\x03\x04"]
)
def test_other_files_are_no_reports(data):
    assert read_report(data) is None


def test_a_message_is_bounded_however_long_it_was():
    [result] = read_report(
        suite(f"<testcase name='a'><failure message='{'m' * 100_000}'>{'s' * 100_000}</failure></testcase>")
    ).results
    assert (len(result.message), len(result.stack_trace)) == (4_000, 16_000)


@given(st.binary(max_size=300), st.sampled_from([b"", codecs.BOM_UTF8, b"<testsuite><testcase name='a'>"]))
def test_no_bytes_whatever_make_the_reader_fail_otherwise_than_by_saying_so(data, head):
    try:
        report = read_report(head + data)
    except MalformedReport:
        return
    for result in report.results if report else ():
        assert result.name
        assert "\x00" not in result.name


def test_the_five_entities_of_xml_are_characters():
    data = suite("<testcase name='a &amp; b &lt;c&gt; &quot;&apos;'/>")
    assert [r.name for r in read_report(data).results] == ["a & b <c> \"'"]


@pytest.mark.attack("xml")
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-7"])
def test_a_doctype_cannot_hide_in_an_encoding(encoding):
    text = f"""<?xml version="1.0" encoding="{encoding[:6]}"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><testsuite><testcase name="x&a;"/></testsuite>"""
    report = read_report(text.encode(encoding))
    assert report is None or not any("aaaa" in r.name for r in report.results)


def test_a_case_whose_tag_is_cut_off_is_left_out_and_a_case_within_a_case_is_one_of_its_own():
    cut = b"<testsuite><testcase name='a'><failure/></testcase><testcase class='C' na"
    assert outcomes(cut) == [("a", 1, F)]
    nested = suite("<testcase name='o'><testsuite name='i'><testcase name='x'/></testsuite><failure/></testcase>")
    assert [(r.suite, r.name, r.outcome) for r in read_report(nested).results] == [("i", "x", P), ("s", "o", F)]


def test_a_foreign_tag_at_the_end_does_not_undo_what_was_read():
    assert outcomes(suite("<testcase name='a'/>") + b"<footer/>") == [("a", 1, P)]


def test_an_execution_that_says_nothing_readable_about_its_time_takes_the_time_of_its_case():
    case = "<testcase name='a' time='2'><failure message='m'/><rerunFailure time='0.5'/></testcase>"
    assert [r.duration_ms for r in read_report(suite(case)).results] == [2000, 500]


def test_what_stands_in_a_foreign_element_of_a_case_is_no_case_and_no_failure():
    case = "<testcase name='a'><system-out><testcase name='x'/><failure/></system-out></testcase>"
    assert outcomes(suite(case)) == [("a", 1, P)]


def test_a_message_that_comes_in_many_pieces_is_kept_up_to_its_limit():
    parts = "<![CDATA[" + "]]><![CDATA[".join(["s" * 9_000] * 4) + "]]>"
    [result] = read_report(suite(f"<testcase name='a'><failure>{parts}</failure></testcase>")).results
    assert len(result.stack_trace) == 16_000


def test_a_document_may_be_deep():
    deep = b"<testsuite>" * 900 + b"<testcase name='a'/>" + b"</testsuite>" * 900
    assert outcomes(deep) == [("a", 1, P)]


@pytest.mark.parametrize(
    "data", [b"<testsuite name='a'><testcase na", b"<testsuites><testsuite", b"<testsuite></testcase>"]
)
def test_a_broken_file_out_of_which_no_case_can_be_got_is_said_to_be_unreadable(data):
    with pytest.raises(MalformedReport, match="cannot be read"):
        read_report(data)


def test_a_report_without_cases_is_a_report():
    assert read_report(b"<testsuites/>").results == ()
    assert read_report(b"<!DOCTYPE x><testsuites/>").results == ()


@pytest.mark.parametrize("counted", ['failures="1" errors="0"', 'tests="6" errors="1"', 'failures="1,000"'])
def test_a_suite_that_counts_failures_and_tells_of_no_test_makes_the_report_doubtful_once(counted):
    for data in (
        suite("", f'name="s" {counted}'),
        b"<testsuites failures='1'>" + suite("", counted) + b"</testsuites>",
    ):
        report = read_report(data)
        assert (report.results, report.repaired, len(report.warnings)) == ((), True, 1)
        assert "tells of none" in report.warnings[0]


@pytest.mark.parametrize(
    ("inner", "attributes"),
    [
        ("", 'tests="3" skipped="3" failures="0"'),
        ("", 'failures="" errors="NaN"'),
        ("<testcase name='a'/>", 'failures="2"'),
        ("<error message='no such module'/>", 'errors="1"'),
        ("<testsuite><testcase name='a'/></testsuite>", 'failures="1"'),
    ],
)
def test_a_suite_that_counts_no_failure_or_tells_of_a_test_makes_no_report_doubtful(inner, attributes):
    report = read_report(suite(inner, attributes))
    assert (report.repaired, report.warnings) == (False, ())


def test_noise_before_another_kind_of_document_makes_no_report_of_it():
    assert read_report(b"noise\n<html><testcase name='a'/></html>") is None


def test_a_log_that_shows_a_tag_is_no_report():
    assert read_report(b"+ cat notes\n<testsuites>\n1 passed") is None
    assert read_report(b"+ cat notes\n<test-run>\n1 passed") is None
    assert read_report(b"> jest\n" + suite("<testcase name='a'/>")).results


def quarantined(properties='name="flakeguard_outcome" value="failed"', skipped='type="pytest.xfail"', more=""):
    return suite(
        f'<testcase name="a" time="2"><properties><property {properties}/>'
        '<property name="flakeguard_message" value="m"/><property name="flakeguard_trace" value="t&#10;u"/></properties>'
        f"<skipped {skipped}/>{more}</testcase><testcase name='b'><skipped type='pytest.xfail'/></testcase>"
    )


def test_a_quarantined_failure_is_one_that_the_job_did_not_fail_of():
    [failed, skipped, other] = read_report(quarantined()).results
    assert (failed.outcome, failed.message, failed.stack_trace, failed.duration_ms) == (F, "m", "t\nu", 2000)
    assert (skipped.name, skipped.ordinal, skipped.outcome, skipped.duration_ms) == ("a", 2, S, None)
    assert (other.name, other.outcome, other.message) == ("b", S, None)
    assert outcomes(quarantined('name="flakeguard_outcome" value="error"'))[0] == ("a", 1, E)


@pytest.mark.parametrize(
    "case",
    [
        quarantined('name="flakeguard_outcome" value="passed"'),
        quarantined('name="outcome" value="failed"'),
        quarantined('value="failed"'),
        quarantined(skipped='type="pytest.skip"'),
        quarantined(skipped=""),
    ],
)
def test_what_is_no_quarantined_failure_of_pytest_is_a_skip_as_it_says(case):
    assert outcomes(case) == [("a", 1, S), ("b", 1, S)]


def test_properties_of_a_suite_or_of_a_case_within_are_not_those_of_a_case():
    ours = "<properties><property name='flakeguard_outcome' value='failed'/></properties>"
    assert outcomes(suite(f"{ours}<testcase name='a'><skipped type='pytest.xfail'/></testcase>")) == [("a", 1, S)]
    inner = f"<testcase name='b'>{ours}<skipped type='pytest.xfail'/></testcase>"
    assert outcomes(suite(f"<testcase name='a'>{inner}<skipped type='pytest.xfail'/></testcase>")) == [
        ("b", 1, F),
        ("b", 2, S),
        ("a", 1, S),
    ]


def test_a_real_failure_beside_a_quarantined_one_is_told_as_ever():
    assert outcomes(quarantined(more="<failure message='x'/>"))[:2] == [("a", 1, F), ("b", 1, S)]
