import pytest

from app.core.model import Outcome
from app.core.reports import Document, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def run(inner, version="6.5.2"):
    data = (
        f'<TestCase name="tst_A"><Environment><QtVersion>{version}</QtVersion><QTestVersion>{version}</QTestVersion>'
        f'</Environment>{inner}<Duration msecs="4"/></TestCase>'
    )
    return read_report(Document.of(data.encode()))


def function(inner, name="f", msecs="1.567"):
    return f'<TestFunction name="{name}">{inner}<Duration msecs="{msecs}"/></TestFunction>'


def incident(kind, tag="", description=""):
    tagged = f"<DataTag><![CDATA[{tag}]]></DataTag>" if tag else ""
    return (
        f'<Incident type="{kind}" file="t.cpp" line="7">{tagged}'
        f"<Description><![CDATA[{description}]]></Description></Incident>"
    )


def outcomes(report):
    return [(r.name, r.outcome) for r in report.results]


def test_a_function_is_a_test_of_its_class():
    (result,) = run(function('<Incident type="pass" file="" line="0"/>')).results
    assert (result.suite, result.class_name, result.name, result.outcome) == ("tst_A", "tst_A", "f", P)
    assert (result.file, result.line, result.duration_ms) == (None, None, 2)


@pytest.mark.parametrize(("msecs", "expected"), [("1", 1), ("1,567", 2), ("12.4", 12), ("", None)])
def test_milliseconds_may_have_a_comma(msecs, expected):
    assert run(function(incident("pass"), msecs=msecs)).results[0].duration_ms == expected


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("pass", P),
        ("bpass", P),
        ("fail", F),
        ("xpass", F),
        ("skip", S),
        ("xfail", S),
        ("bfail", S),
        ("bxpass", S),
        ("bxfail", S),
        ("new", E),
    ],
)
def test_an_incident_says_how_it_ended(kind, outcome):
    assert outcomes(run(function(incident(kind)))) == [("f", outcome)]


def test_a_failure_says_where_and_why():
    (result,) = run(function(incident("fail", description="not the same\n  Actual: 1"))).results
    assert (result.file, result.line, result.message) == ("t.cpp", 7, "not the same\n  Actual: 1")
    assert result.stack_trace == "t.cpp:7: not the same\n  Actual: 1"


def test_since_qt_6_each_row_of_data_is_a_test():
    report = run(function(incident("pass", "a") + incident("fail", "b:c") + incident("skip", "d")))
    assert outcomes(report) == [("f(a)", P), ("f(b:c)", F), ("f(d)", S)]
    assert {r.duration_ms for r in report.results} == {None}


@pytest.mark.parametrize("version", ["5.15.2", "", "x.y"])
def test_before_qt_6_a_function_is_one_test_whatever_its_rows(version):
    rows = incident("pass", "a") + incident("fail", "b", "no") + incident("fail", "c", "neither")
    (result,) = run(function(rows), version).results
    assert (result.name, result.outcome, result.message) == ("f", F, "[b] no")
    assert result.stack_trace == "t.cpp:7: [b] no\n\nt.cpp:7: [c] neither"


@pytest.mark.parametrize("version", ["5.15.2", "6.5.2"])
def test_an_expected_failure_is_no_failure_and_the_pass_behind_it_counts(version):
    assert outcomes(run(function(incident("xfail") + incident("pass")), version)) == [("f", P)]


def test_a_skip_is_a_message_in_older_versions():
    message = '<Message type="skip" file="t.cpp" line="3"><Description>no display</Description></Message>'
    assert outcomes(run(function(message), "5.9.0")) == [("f", S)]
    assert outcomes(run(function(incident("pass", "a") + message), "5.9.0")) == [("f", S)]


def test_other_messages_and_benchmarks_end_nothing():
    other = (
        '<Message type="qdebug" file="" line="0"><Description>x</Description></Message><BenchmarkResult metric="w"/>'
    )
    assert outcomes(run(function(other + incident("pass")))) == [("f", P)]


def test_the_function_in_which_the_program_crashed_is_an_error_with_the_last_words():
    data = (
        '<TestCase name="tst_A"><TestFunction name="a"><Incident type="pass"/></TestFunction><TestFunction name="b">'
        '<Message type="qfatal" file="" line="0"><Description>ASSERT: "x"</Description></Message>'
    )
    report = read_report(Document.of(data.encode()))
    assert report.repaired
    assert outcomes(report) == [("a", P), ("b", E)]
    assert report.results[1].message == 'ASSERT: "x"'


def test_a_function_without_an_end_is_an_error():
    report = read_report(Document.of(b'<TestCase name="tst_A"><TestFunction name="b"><Incident type="pass"><DataTag>a'))
    assert [(r.name, r.outcome, r.message) for r in report.results] == [
        ("b", E, "no result: the run ended before the test did")
    ]


def test_functions_in_functions_and_incidents_outside_of_them_break_nothing():
    data = b'<TestCase><Incident type="fail"/><TestFunction name="a"><TestFunction name="b"/></TestFunction></TestCase>'
    assert outcomes(read_report(Document.of(data))) == [("b", E)]
