"""What all JSON formats share: each is told from the others, broken files are read as far as they go, nothing else is claimed."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import json_documents, json_text
from app.core.reports.document import Document, TooLargeError
from app.core.reports.errors import MalformedReport
from app.core.reports.executions import TooManyError
from app.core.reports.json_shape import closed, ended, members

PASS = {"status": "passed"}
STEP = {"keyword": "When ", "name": "s", "result": {"status": "passed", "duration": 1}}
SAMPLES = {
    "ctrf": {
        "results": {
            "tool": {"name": "t"},
            "summary": {},
            "tests": [
                {"name": "a", "status": "passed", "suite": ["x"], "duration": 1},
                {"name": "b", "status": "failed", "retryAttempts": [PASS], "retries": 1, "message": "m"},
            ],
        }
    },
    "playwright": {
        "config": {},
        "suites": [
            {
                "title": "a.ts",
                "specs": [
                    {"title": "t", "line": 3, "tests": [{"projectName": "p", "results": [PASS, {"status": "failed"}]}]},
                    {"title": "u", "tests": [{"results": [PASS]}]},
                ],
            }
        ],
        "errors": [{"message": "m", "location": {"file": "f", "line": 1}}],
    },
    "mocha": {
        "stats": {"suites": 1, "tests": 2},
        "tests": [
            {"title": "a", "fullTitle": "s a", "err": {}},
            {"title": "b", "fullTitle": "s b", "err": {"message": "m"}},
        ],
        "pending": [],
        "failures": [{"title": "b", "fullTitle": "s b", "err": {"message": "m", "stack": "st"}, "currentRetry": 1}],
        "passes": [{"title": "a", "fullTitle": "s a", "err": {}}, {"title": "c", "fullTitle": "s c"}],
    },
    "mochawesome": {
        "stats": {"suites": 1, "testsRegistered": 1},
        "results": [
            {"title": "", "suites": [{"title": "s", "tests": [{"title": "a", "state": "passed"}, {"title": "b"}]}]}
        ],
    },
    "jest": {
        "numTotalTests": 2,
        "testResults": [
            {
                "assertionResults": [{"ancestorTitles": ["x"], "title": "a", "status": "passed", "invocations": 2}],
                "name": "/x/a.js",
            },
            {
                "assertionResults": [
                    {"title": "c", "status": "passed"},
                    {"title": "b", "status": "failed", "failureMessages": ["m\n    at x"]},
                ],
                "name": "/x/b.js",
                "status": "failed",
            },
        ],
    },
    "rspec": {
        "version": "3",
        "examples": [
            {"id": "a.rb[1]", "full_description": "a", "status": "passed", "run_time": 0.1, "file_path": "a.rb"},
            {"full_description": "b", "status": "failed", "exception": {"class": "X", "backtrace": ["l"]}},
        ],
        "summary": {"example_count": 2},
    },
    "cucumber": [
        {
            "uri": "a.feature",
            "keyword": "Feature",
            "name": "f",
            "elements": [
                {"type": "scenario", "keyword": "Scenario", "name": "a", "line": 1, "steps": [STEP]},
                {"type": "scenario", "keyword": "Scenario", "name": "b", "line": 9, "steps": [STEP, STEP]},
            ],
        }
    ],
    "allure": {
        "uuid": "u",
        "name": "n",
        "status": "passed",
        "stage": "finished",
        "start": 1,
        "stop": 2,
        "labels": [{"name": "suite", "value": "s"}],
        "parameters": [{"name": "p", "value": "v"}],
        "steps": [{"name": "x"}],
    },
    "newman": {
        "collection": {"item": [{"id": "i", "name": "n"}]},
        "run": {
            "stats": {},
            "executions": [{"item": {"id": "i"}, "assertions": [{"assertion": "a"}, {"assertion": "b"}]}],
        },
    },
    "pytest-json": {
        "exitcode": 0,
        "collectors": [],
        "tests": [
            {"nodeid": "a.py::a", "outcome": "passed", "call": {"duration": 1}},
            {"nodeid": "a.py::b", "outcome": "failed", "call": {"outcome": "failed", "crash": {"message": "m"}}},
        ],
    },
    "testcafe": {
        "userAgents": ["c"],
        "fixtures": [
            {
                "name": "f",
                "path": "p",
                "tests": [{"name": "a", "errs": [], "durationMs": 1}, {"name": "b", "errs": ["m"]}],
            }
        ],
    },
    "ginkgo": [
        {
            "SuitePath": "/p",
            "SuiteDescription": "s",
            "SpecReports": [
                {"LeafNodeText": "a", "State": "passed", "NumAttempts": 2},
                {"LeafNodeText": "b", "State": "failed", "Failure": {"Message": "m", "Location": {"LineNumber": 3}}},
            ],
        }
    ],
    "xcresulttool": {
        "devices": [],
        "testNodes": [
            {
                "nodeType": "Test Suite",
                "name": "s",
                "children": [
                    {"nodeType": "Test Case", "name": "a", "result": "Passed"},
                    {
                        "nodeType": "Test Case",
                        "name": "b",
                        "result": "Failed",
                        "children": [{"nodeType": "Failure Message"}],
                    },
                ],
            }
        ],
    },
}
FORMATS = sorted(SAMPLES)


def read(data):
    return json_documents.read(Document.of(data))


def written(known_as, **how):
    return json.dumps(SAMPLES[known_as], **how).encode()


def test_every_format_has_its_sample():
    assert {kind.FORMAT for kind in json_documents.FORMATS} == set(SAMPLES)


@pytest.mark.parametrize("known_as", FORMATS)
@pytest.mark.parametrize("indent", [None, 2])
def test_each_format_is_recognised_by_its_own_reader_alone(known_as, indent):
    data = written(known_as, indent=indent)
    assert [kind.FORMAT for kind in json_documents.FORMATS if kind.recognises(data)] == [known_as]
    report = read(b"> run tests\n" + data + b"\ndone\n")
    assert (report.format, report.repaired, report.warnings) == (known_as, False, ())
    assert report.results


@pytest.mark.parametrize("known_as", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_changes_nothing(known_as, encoding):
    assert read(json.dumps(SAMPLES[known_as]).encode(encoding)) == read(written(known_as))


@pytest.mark.parametrize("known_as", sorted(set(FORMATS) - {"allure", "mocha", "playwright"}))
@pytest.mark.parametrize("indent", [None, 2])
def test_what_stands_before_the_cut_of_a_file_is_kept_with_a_warning(known_as, indent):
    whole = read(written(known_as))
    data = written(known_as, indent=indent)
    report = read(data[: data.rindex(b'b"')])
    assert (report.format, report.repaired, len(report.warnings)) == (known_as, True, 1)
    assert report.results == whole.results[: len(report.results)]


@pytest.mark.parametrize("known_as", FORMATS)
@pytest.mark.parametrize("between", [b"", b"\n", b"\nDone in 3 s.\n> jest\n"])
def test_a_second_report_in_a_file_is_left_out_with_a_warning(known_as, between):
    report = read(written(known_as) + between + written(known_as))
    assert (report.results, report.repaired) == (read(written(known_as)).results, True)
    assert report.warnings[-1].startswith("the file holds another report")


def test_a_message_whose_lines_are_broken_as_they_are_is_read():
    data = written("jest").replace(b"m\\n", b'm\t\\" [\r\n')
    assert read(data).results[-1].message == 'm\t" ['


def test_in_a_large_document_broken_lines_are_not_looked_for(monkeypatch):
    data = written("jest").replace(b"m\\n", b"m\n")
    monkeypatch.setattr(json_text, "LARGEST_BROKEN", len(data) - 1)
    assert read(data).repaired
    monkeypatch.setattr(json_text, "LARGEST_BROKEN", len(data))
    assert not read(data).repaired


def test_other_json_behind_a_report_is_a_tools_own():
    assert read(written("jest") + b'\n{"level": "info"}\n[]\n') == read(written("jest"))


def test_a_file_that_is_cut_before_its_first_record_is_malformed():
    with pytest.raises(MalformedReport) as caught:
        read(b'{"config": {}, "suites": [{"title": "a", "specs": [')
    assert caught.value.format == "playwright"


def test_a_file_with_a_field_of_a_wrong_kind_is_malformed():
    with pytest.raises(MalformedReport):
        read(b'{"numTotalTests": 1, "testResults": [{"assertionResults": {}}]}')


def test_a_file_of_which_only_what_is_no_test_is_whole_is_malformed():
    with pytest.raises(MalformedReport):
        read(b'{"numTotalTests": 1, "testResults": [{"name": "a"}, {"name": ')


def test_a_file_that_is_wrong_in_its_middle_is_read_up_to_there():
    data = written("jest").replace(b'"title": "b"', b'"title": b')
    report = read(data)
    assert ([one.name for one in report.results], report.repaired) == (["x > a", "x > a"], True)


FOREIGN = [
    {"name": "x", "version": "1", "scripts": {"test": "jest"}, "dependencies": {}, "keywords": []},
    {
        "uid": "u",
        "historyId": "h",
        "name": "x",
        "fullName": "y",
        "time": {},
        "status": "passed",
        "labels": [],
        "links": [],
    },
    {"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x"}}},
    {"total": {"lines": {"total": 1, "covered": 1}}, "/a.js": {"path": "/a.js", "statementMap": {}}},
    [{"filePath": "/a.js", "messages": [{"ruleId": "x"}], "errorCount": 1, "suppressedMessages": []}],
    {"$schema": "s", "version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {}}]}]},
    {"results": [{"suite": "a", "tests": []}], "status": "ok", "stats": {}},
    {"config": {"suites": []}, "projects": []},
    {"uuid": "c", "children": ["a"], "befores": [], "afters": [], "start": 1, "stop": 2, "name": "x", "status": "x"},
    {"tests": [], "errors": [], "summary": {}},
    {"run": {"id": 1}, "executions": []},
    {"meta": {}, "data": [{"keyword": "a", "uri": "b", "name": "c", "elements": []}]},
    [{"id": 1, "name": "x", "uri": "y", "keyword_": 1}],
    [],
    {},
    [1, 2],
    [[{"keyword": "Feature", "name": "x", "uri": "y"}]],
]


@pytest.mark.parametrize("value", FOREIGN)
def test_a_file_of_another_kind_is_left_alone(value):
    assert read(json.dumps(value).encode()) is None


@pytest.mark.parametrize(
    "data", [b"", b"prose", b"<testsuite/>", b"{", b"[", b"[INFO] log\n", b"\x00\xff", b"{'a': 1}"]
)
def test_what_is_no_json_is_left_alone(data):
    assert read(data) is None


def test_records_end_a_document_well_and_their_middle_is_dropped():
    assert closed(b'{"a": [{"b": "]"}, {"c": [1, {"d": 2') == b'{"a": [{"b": "]"}]}'
    assert closed(b'[{"a": [{"b": 1}]}, {"c": "\\"') == b'[{"a": [{"b": 1}]}]'
    assert closed(b'{"a": [{"b": [{"c": 1}], "d": {"e": 1}, "f') == b'{"a": [{"b": [{"c": 1}]}]}'
    assert closed(b'[{"a": 1}}') == b'[{"a": 1}]'
    assert closed(b'{"a": {"b": 1}, "c') is None
    assert closed(b'[{"a": [{"b": 1}, {"c": 1}]}, {"d": [{"e": 1}', 1) == b'[{"a": [{"b": 1}, {"c": 1}]}]'
    assert members(b"[1]") == {}
    assert ended(b'{"a": {"b": "c", "d": [1, "e') == b'{"a": {"b": "c", "d": []}}'
    assert ended(b'{"a": {}, x: {"b": 1}') == b'{"a": {}}'


def test_more_executions_than_are_read_are_left_out_with_a_warning(monkeypatch):
    monkeypatch.setattr("app.core.reports.executions.MOST_EXECUTIONS", 2)
    report = read(written("jest"))
    assert (len(report.results), report.repaired, len(report.warnings)) == (2, True, 1)


def mutated(data, cuts):
    for place, new in cuts:
        start = place % (len(data) + 1)
        data = data[:start] + new + data[start + len(new) // 2 :]
    return data


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(FORMATS),
    st.lists(
        st.tuples(
            st.integers(0, 5_000),
            st.sampled_from(
                [
                    b"",
                    b'"',
                    b"{",
                    b"}",
                    b"[]",
                    b"null",
                    b"1e999",
                    b"\\",
                    b"\\ud800",
                    b"-1",
                    b"9" * 30,
                    b"{}",
                    b"true",
                    b"\xff",
                ]
            )
            | st.binary(max_size=6),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 5_000) | st.none(),
)
def test_whatever_the_bytes_nothing_but_the_named_errors_escapes(known_as, cuts, end):
    data = mutated(written(known_as), cuts)[:end]
    try:
        report = read(data)
    except (MalformedReport, TooLargeError, TooManyError):
        return
    assert report is None or all(isinstance(one.outcome, Outcome) and one.name for one in report.results)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value):
    """Return the containers and keys of a document, each of which may be given another value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(value, key) for key, _ in pairs] + [place for _, inner in pairs for place in places(inner)]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMATS), st.integers(0, 1_000), ANY)
def test_a_value_of_any_kind_may_stand_in_any_place(known_as, index, value):
    document = json.loads(json.dumps(SAMPLES[known_as]))
    every = places(document)
    container, key = every[index % len(every)]
    container[key] = value
    try:
        read(json.dumps(document).encode())
    except MalformedReport as error:
        known = error.format
    else:
        known = known_as
    assert known in FORMATS


@pytest.mark.parametrize(
    "data",
    [
        b'{"config": 1, "suites": ' + b'[{"suites": ' * 100_000,
        b'{"results": {"tool": 1, "tests": [' + b'{"status": "passed"}, ' * 50_000,
        b'{"numTotalTests": 1, "testResults": [' + b"[" * 200_000,
        b'[{"keyword": "' + b'\\"' * 300_000 + b'"uri" "elements"',
        b'{"config": 1, "suites": [{"specs": [{"tests": [{"results": [{"status": "failed", "error": {"message": "'
        + b"expect(" * 100_000
        + b'"}}]}]}]}]}',
    ],
)
def test_hostile_shapes_are_read_or_refused_in_little_time(data):
    start = time.process_time()
    with suppress(MalformedReport):
        read(data)
    assert time.process_time() - start < 2


def test_a_document_over_the_limits_is_malformed_where_its_beginning_shows_what_it_is_and_else_none():
    with pytest.raises(MalformedReport, match="more than 2,700,000 values"):
        read(b'{"numTotalTests":1,"testResults":[{"assertionResults":[' + b"{}," * 2_000_000)
    assert read(b'{"spans":[' + b"{}," * 2_000_000) is None
