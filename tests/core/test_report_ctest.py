import base64
import zlib

import pytest

from app.core.model import Outcome
from app.core.reports import Document, ctest, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def run(inner):
    data = (
        '<Site BuildName="Linux-c++" Name="host"><Testing><TestList><Test>./a</Test><Test>./b</Test></TestList>'
        f"{inner}<EndTestTime>1</EndTestTime></Testing></Site>"
    )
    return read_report(Document.of(data.encode()))


def case(status, output="", value="", **measured):
    named = "".join(
        f'<NamedMeasurement type="text/string" name="{name.replace("_", " ")}"><Value>{text}</Value></NamedMeasurement>'
        for name, text in measured.items()
    )
    return (
        f'<Test Status="{status}"><Name>a</Name><Path>.</Path><FullName>./a</FullName><Results>{named}'
        f"<Measurement><Value{value}>{output}</Value></Measurement></Results></Test>"
    )


def only(report):
    (result,) = report.results
    return result


def packed(text):
    return base64.b64encode(zlib.compress(text.encode())).decode()


def test_a_test_is_named_as_in_the_junit_file_of_ctest():
    result = only(run(case("passed", Execution_Time="1.25", Completion_Status="Completed")))
    assert (result.suite, result.class_name, result.name) == ("Linux-c++", "a", "a")
    assert (result.outcome, result.duration_ms, result.message) == (P, 1250, None)


@pytest.mark.parametrize(
    ("code", "outcome", "message"),
    [
        ("Failed", F, "exit value 1"),
        ("SEGFAULT", E, "SEGFAULT"),
        ("Timeout", E, "Timeout"),
        ("CHILDSTATUS", F, "CHILDSTATUS"),
    ],
)
def test_a_failed_test_that_crashed_or_took_too_long_is_an_error(code, outcome, message):
    result = only(run(case("failed", Exit_Code=code, Exit_Value="1", Completion_Status="Completed")))
    assert (result.outcome, result.message) == (outcome, message)


def test_what_a_failed_test_printed_of_its_failure_stands_below_how_it_ended():
    output = (
        "Running 3 tests\na.cc:5: Failure\nExpected: 1\n  Actual: 2\n[  FAILED  ] S.bad (0 ms)\n[  FAILED  ] 1 test"
    )
    result = only(run(case("failed", output, Exit_Code="Failed", Exit_Value="1")))
    assert result.message == "exit value 1\na.cc:5: Failure\nExpected: 1\n[  FAILED  ] S.bad (0 ms)"
    aborted = only(run(case("failed", "a.c:3: main: Assertion `x' failed.", Exit_Code="Subprocess aborted")))
    assert aborted.message == "Subprocess aborted\na.c:3: main: Assertion `x' failed."
    assert only(run(case("failed", "quiet", Exit_Code="Failed", Exit_Value="1"))).message == "exit value 1"


def test_the_reason_of_a_failure_is_its_message_where_ctest_gives_one():
    assert only(run(case("failed", Exit_Code="Failed", Fail_Reason="Required regex not found"))).message == (
        "Required regex not found"
    )


@pytest.mark.parametrize(
    ("status", "completion", "outcome"),
    [
        ("notrun", "Disabled", S),
        ("notrun", "SKIP_RETURN_CODE=77", S),
        ("notrun", "SKIP_REGULAR_EXPRESSION_MATCHED", S),
        ("notrun", "", S),
        ("disabled", "", S),
        ("failed", "SKIP_RETURN_CODE=77", S),
        ("notrun", "Unable to find executable: /x", E),
        ("notrun", "Required Files Missing", E),
        ("notrun", "Fixture dependency failed", E),
        ("notrun", "Failed to change working directory", E),
        ("notrun", "Insufficient resources", E),
        ("other", "", E),
    ],
)
def test_what_could_not_be_run_is_an_error_and_what_should_not_is_skipped(status, completion, outcome):
    assert only(run(case(status, Completion_Status=completion))).outcome is outcome


def test_the_output_of_a_failed_test_is_its_stack_trace():
    result = only(run(case("failed", "line 1\nline 2")))
    assert (result.stack_trace, result.message) == ("line 1\nline 2", "Failed")


def test_a_packed_output_is_unpacked_and_its_end_is_kept():
    text = "x" * 20_000 + "the end"
    result = only(run(case("failed", packed(text), ' encoding="base64" compression="gzip"')))
    assert result.stack_trace == text[-16_000:]
    plain = base64.b64encode(b"as it is").decode()
    assert only(run(case("failed", plain, ' encoding="base64"'))).stack_trace == "as it is"


def test_an_output_that_would_become_large_is_unpacked_no_further_than_a_mebibyte():
    bomb = packed("a" * 30_000_000)
    assert only(run(case("failed", bomb, ' encoding="base64" compression="gzip"'))).stack_trace == "a" * 16_000


def test_of_all_outputs_together_so_much_is_unpacked_and_the_failures_are_told_all_the_same(monkeypatch):
    monkeypatch.setattr(ctest, "MOST_UNPACKED", 5)
    one = case("failed", packed("output"), ' encoding="base64" compression="gzip"')
    assert [(r.outcome, r.stack_trace) for r in run(one + one).results] == [(F, "output"), (F, None)]


@pytest.mark.parametrize("output", ["!!!!", "QUJD", "é", "A"])
def test_an_output_that_cannot_be_unpacked_is_left_out(output):
    assert only(run(case("failed", output, ' encoding="base64" compression="gzip"'))).stack_trace is None


def test_a_test_without_results_is_judged_by_its_status():
    result = only(run('<Test Status="failed"><Name>a</Name></Test>'))
    assert (result.outcome, result.message, result.stack_trace) == (F, "Failed", None)


def test_the_file_of_a_build_is_no_report_of_tests():
    build = b'<Site BuildName="x"><Build><Error>e</Error></Build></Site>'
    assert read_report(Document.of(build)) is None
    assert read_report(Document.of(build.replace(b"<Site", b"<Sites").replace(b"</Site", b"</Sites"))) is None


def test_a_file_that_breaks_off_keeps_what_was_complete():
    data = f'<Site><Testing>{case("passed")}<Test Status="failed"><Name>b</Name><Results><Meas'
    report = read_report(Document.of(data.encode()))
    assert report.repaired
    assert [(r.name, r.outcome) for r in report.results] == [("a", P)]
