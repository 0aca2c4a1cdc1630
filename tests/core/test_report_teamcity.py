import pytest

from app.core.model import Outcome
from app.core.reports.document import Document
from app.core.reports.teamcity import read as read_document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def message(kind, name="adds", **more):
    attributes = "".join(f" {key}='{value}'" for key, value in more.items())
    return f"##teamcity[{kind} name='{name}'{attributes}]"


def run(name="adds", **more):
    return [message("testStarted", name, **more), message("testFinished", name, **more)]


def read(*lines):
    return read_document(Document.of("\n".join(lines).encode()))


def told(*lines):
    return [(r.name, r.ordinal, r.outcome) for r in read(*lines).results]


def within(*lines, suite="Unit"):
    return [message("testSuiteStarted", suite), *lines, message("testSuiteFinished", suite)]


def test_the_outermost_suite_is_the_suite_and_those_within_it_the_class():
    [inner] = read(*within(*within(*within(*run(), suite="C"), suite="B"), suite="A")).results
    assert (inner.suite, inner.class_name, inner.name) == ("A", "B > C", "adds")
    [flat] = read(*within(*run())).results
    assert (flat.suite, flat.class_name) == ("Unit", "Unit")
    [bare] = read(*run()).results
    assert (bare.suite, bare.class_name) == ("", "")


def test_durations_are_milliseconds_and_nonsense_is_unknown():
    lines = [message("testStarted"), message("testFinished", duration="{duration}"), message("testStarted")]
    assert [r.duration_ms for r in read(*lines, message("testFinished", duration="12")).results] == [None, 12]


def test_a_failure_tells_its_message_and_its_details_unescaped():
    failed = message("testFailed", message="it|'s |[1|] ||", details="a|nb|0x00e9|r|q")
    [result] = read(message("testStarted"), failed, message("testFinished")).results
    assert (result.outcome, result.message, result.stack_trace) == (F, "it's [1] |", "a\nbé\rq")


def test_a_failure_may_come_without_words_or_without_a_start():
    assert [(r.outcome, r.message) for r in read(*within(message("testFailed", details="|nboom"))).results] == [
        (F, "boom")
    ]
    [result] = read(*within(message("testFailed", message="boom"), message("testFinished"))).results
    assert (result.message, result.stack_trace) == ("boom", "boom")


def test_a_skip_stands_within_the_test_or_alone():
    assert told(message("testStarted"), message("testIgnored", message="no"), message("testFinished")) == [
        ("adds", 1, S)
    ]
    assert told(*within(message("testIgnored"), message("testIgnored", "b"))) == [("adds", 1, S), ("b", 1, S)]


def test_the_same_test_again_is_the_next_execution():
    assert told(*run(), *run()) == [("adds", 1, P), ("adds", 2, P)]
    assert told(message("testStarted"), *run()) == [("adds", 1, P), ("adds", 2, P)]


def test_flows_are_told_apart_and_stand_within_the_suites_of_their_parent():
    lines = [
        message("testSuiteStarted", "Main"),
        "##teamcity[flowStarted flowId='1']",
        "##teamcity[flowStarted flowId='2' parent='1']",
        message("testSuiteStarted", "Other", flowId="1"),
        message("testStarted", flowId="1"),
        message("testStarted", flowId="2"),
        message("testFailed", message="no", flowId="1"),
        message("testFinished", flowId="2"),
        "##teamcity[flowFinished flowId='1']",
        message("testFinished", flowId="1"),
        "##teamcity[flowFinished flowId='2']",
    ]
    assert [(r.suite, r.class_name, r.outcome) for r in read(*lines).results] == [
        ("Main", "Main", P),
        ("Main", "Other", F),
    ]


def test_a_suite_that_ends_ends_its_tests_without_an_end_as_errors():
    [result] = read(*within(message("testStarted"))).results
    assert (result.outcome, result.message) == (E, "no result: the run ended before the test did")
    assert told(*run(), message("testSuiteFinished", "never begun")) == [("adds", 1, P)]


def test_a_file_that_is_cut_off_says_so():
    report = read(message("testStarted"))
    assert [r.outcome for r in report.results] == [E]
    assert (report.repaired, report.warnings) == (True, ("The file ends before its tests did.",))


@pytest.mark.parametrize(
    ("hint", "file", "line"),
    [
        ("php_qn:///w/tests/ATest.php::\\\\App\\\\ATest::testX", "/w/tests/ATest.php", None),
        ("file:///w/a_test.py:12", "/w/a_test.py", 12),
        ("java:test://org.A/b", None, None),
        ("python&lt;/w&gt;://a.b", None, None),
    ],
)
def test_a_hint_may_tell_the_file(hint, file, line):
    [result] = read(*within(message("testStarted", locationHint=hint), message("testFinished"))).results
    assert (result.file, result.line) == (file, line)


def test_messages_may_stand_within_a_line_with_double_quotes_and_among_other_words():
    lines = [
        "PHPUnit 11",
        *within('noise ##teamcity[testStarted name="a"] more', *run("b")),
        "##teamcity[testFinished name='a']",
    ]
    assert told(*lines, "##teamcity[buildNumber '1']", message("publish"), "##teamcity[broken") == [
        ("b", 1, P),
        ("a", 1, E),
    ]


def test_suites_are_nested_to_a_limit():
    lines = [message("testSuiteStarted", f"s{i}") for i in range(300)]
    [result] = read(*lines, *run()).results
    assert result.class_name.endswith("s199")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "##teamcity[buildNumber '1']",
        "Write `##teamcity[testStarted name='x']` to the console.",
        "##teamcity[progressMessage 'x']",
    ],
)
def test_other_files_are_none(text):
    assert read(text) is None
