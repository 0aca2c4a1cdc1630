"""What holds for all readers of streams: whatever the bytes are, they end soon and raise nothing of their own."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.reports import (
    bep,
    dart_json,
    event_streams,
    executions,
    go_test,
    libtest_json,
    reportlog,
    subunit,
    swift_testing,
    tap,
    teamcity,
)
from app.core.reports.document import Document
from app.core.reports.event_streams import Output

SAMPLES = {
    go_test: (
        '{"Action":"run","Package":"p","Test":"T"}\n{"Action":"output","Package":"p","Test":"T","Output":"a_test.go:3: no\\n"}\n'
        '{"Action":"fail","Package":"p","Test":"T","Elapsed":0.1}\nFAIL\tq [build failed]\n{"Action":"fail","Package":"p"}\n'
    ),
    libtest_json: (
        '{"type":"suite","event":"started","test_count":1}\n{"type":"test","event":"started","name":"p::b$a::b"}\n'
        '{"type":"test","event":"failed","name":"p::b$a::b#3","exec_time":0.5,"stdout":"thread \'a\' panicked at src/a.rs:1:2:\\nno"}\n'
    ),
    dart_json: (
        '{"protocolVersion":"0.1.1","type":"start","time":0}\n{"suite":{"id":0,"path":"/w/test/a_test.dart"},"type":"suite","time":0}\n'
        '{"test":{"id":1,"name":"n","suiteID":0,"line":3},"type":"testStart","time":1}\n'
        '{"testID":1,"error":"e","stackTrace":"s","isFailure":true,"type":"error","time":2}\n'
        '{"testID":1,"result":"failure","skipped":false,"hidden":false,"type":"testDone","time":3}\n'
    ),
    reportlog: "".join(
        json.dumps(
            {
                "nodeid": "a.py::t[1]",
                "location": ["a.py", 1, "t"],
                "outcome": "failed",
                "longrepr": {"reprcrash": {"path": "a.py", "lineno": 3, "message": "m"}},
                "when": when,
                "duration": 0.1,
                "$report_type": "TestReport",
            }
        )
        + "\n"
        for when in ("setup", "call", "teardown")
    ),
    bep: (
        '{"id":{"started":{}},"started":{"command":"test"}}\n{\n "id": {"testResult": {"label": "//a:b", "shard": 2}},\n'
        ' "testResult": {"status": "FAILED", "testAttemptDuration": "1.5s"}\n}\n'
        '{"id":{"testSummary":{"label":"//a:c"}},"testSummary":{"overallStatus":"FLAKY"}}\n'
    ),
    tap: (
        "TAP version 13\n# Subtest: a\n    ok 1 - x\n      ---\n      type: 'test'\n      ...\n    1..1\nnot ok 1 - a # time=5ms\n"
        "  ---\n  type: 'suite'\n  location: '/w/a.js:1:2'\n  ...\nok 2 - b # SKIP {\n    not ok 1\n}\n1..2\n"
    ),
    teamcity: (
        "##teamcity[testSuiteStarted name='S']\n##teamcity[testStarted name='a|'b' flowId='1']\n"
        "##teamcity[testFailed name='a|'b' message='m|0x00e9' flowId='1']\n##teamcity[testFinished name='a|'b' duration='5' flowId='1']\n"
    ),
    subunit: (
        "time: 2026-01-02 03:04:05Z\ntest: a.b\nfailure: a.b [ multipart\nContent-Type: text/plain\nlog\n3\r\nabc0\r\n]\n"
        "test: c\nerror: c [\nboom\n]\n"
    ),
    swift_testing: (
        '{"version":0,"kind":"test","payload":{"kind":"function","id":"M.S/f()/F.swift:1:2","name":"f()"}}\n'
        '{"version":0,"kind":"event","payload":{"kind":"testStarted","testID":"M.S/f()/F.swift:1:2","instant":{"absolute":1}}}\n'
        '{"version":0,"kind":"event","payload":{"kind":"issueRecorded","testID":"M.S/f()/F.swift:1:2","issue":{"isKnown":false}}}\n'
        '{"version":0,"kind":"event","payload":{"kind":"testEnded","testID":"M.S/f()/F.swift:1:2","instant":{"absolute":2}}}\n'
    ),
}
READERS = list(SAMPLES)
PIECES = [
    b"",
    b"\n",
    b"null",
    b'"',
    b"{",
    b"}",
    b"1e999",
    b"-5",
    b"[]",
    b"\x00",
    b"\xff",
    b"\\ud800",
    b"999999999999999999999",
    b"true",
]


def name(reader):
    return reader.FORMAT


@pytest.mark.parametrize("reader", READERS, ids=name)
def test_a_sample_is_read_by_its_reader_and_by_no_other(reader):
    document = Document.of(SAMPLES[reader].encode())
    read = {other.FORMAT: report for other in READERS if (report := other.read(document)) is not None}
    assert list(read) == [reader.FORMAT]
    assert read[reader.FORMAT].format == reader.FORMAT
    assert read[reader.FORMAT].results


@pytest.mark.parametrize("reader", READERS, ids=name)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_shell_may_have_written_another_encoding_and_line_ends(reader, encoding):
    sample = SAMPLES[reader]
    as_written = reader.read(Document.of(sample.replace("\r\n", "\n").replace("\n", "\r\n").encode(encoding)))
    assert as_written.results == reader.read(Document.of(sample.encode())).results


@given(data=st.data())
def test_whatever_becomes_of_a_sample_nothing_is_raised(data):
    reader = data.draw(st.sampled_from(READERS))
    text = SAMPLES[reader].encode()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=8)) + text[end:]
    for other in READERS:
        report = other.read(Document.of(text))
        assert report is None or all(one.name for one in report.results)


@given(text=st.text() | st.text(alphabet="ok not123.-#{}\n \"':"))
def test_any_text_is_read_without_an_error(text):
    for reader in READERS:
        reader.read(Document.of(text.encode("utf-8", "surrogatepass")))


FOREIGN = [
    '{"name": "x", "version": "1.0.0", "scripts": {"test": "jest"}}',
    '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "ESLint"}}, "results": []}]}',
    '[{"filePath": "/a.js", "messages": [], "errorCount": 0}]',
    '{"total": {"lines": {"total": 1, "covered": 1}}}',
    '{"lockfileVersion": 3, "packages": {"": {}}}',
    '{"kind": "List", "version": 1, "payload": []}',
    '{"type": "commonjs", "event": "push", "name": "ci"}',
    "<testsuites><testsuite name='a'/></testsuites>",
    "# Testing\n\n1. ok\n2. not ok\n\n    ok 1 - an example\n    not ok 2 - of TAP\n",
    "mode: atomic\na.go:1.2,3.4 1 1\n",
    "test: x\n  - run: make\nerror: no\n",
    "1..5 are the steps\nok then, let us begin\n",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_files_of_other_kinds_are_claimed_by_none(text):
    assert [reader.FORMAT for reader in READERS if reader.read(Document.of(text.encode()))] == []


@pytest.mark.parametrize("reader", READERS, ids=name)
def test_of_too_many_executions_the_first_are_kept(reader, monkeypatch):
    monkeypatch.setattr(executions, "MOST_EXECUTIONS", 3)
    report = reader.read(Document.of((SAMPLES[reader] * 5).encode()))
    assert len(report.results) == 3
    assert report.repaired
    assert "more than 3 executions, the others are left out" in report.warnings


def test_tests_that_never_end_are_held_to_a_limit(monkeypatch):
    monkeypatch.setattr(event_streams, "MOST_EXECUTIONS", 3)
    lines = "".join(f'{{"Action":"run","Package":"p","Test":"T{i}"}}\n' for i in range(9))
    report = go_test.read(Document.of(lines.encode()))
    assert report.warnings == ("more than 3 tests that were started and not ended",)


def test_output_keeps_its_beginning_and_its_end():
    output = Output()
    for i in range(5000):
        output.add(f"line {i}\n")
    assert output.text.startswith("line 0\n")
    assert output.text.endswith("line 4999\n")
    assert "\n…\n" in output.text
    assert len(output.text) < 17_000


def test_short_output_is_kept_whole():
    output = Output()
    output.add("a" * 8_000)
    output.add("b")
    assert output.text == "a" * 8_000 + "b"
