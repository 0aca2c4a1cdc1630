"""Reports made to cost too much: each limit leaves what came before it, and says so."""

import pytest

from app.core.model import Outcome
from app.core.reports import (
    Document,
    MalformedReport,
    executions,
    json_text,
    junit,
    read_report,
    xml_records,
    xml_repair,
    xml_source,
)

pytestmark = pytest.mark.attack("xml")


def read(*pieces):
    """Read a document that comes in these pieces."""
    return read_report(Document("r", lambda: pieces))


CASE = b"<testcase name='a'/>" + b" " * 70_000
"""With so much behind it that the document is not short enough to be read at once."""


@pytest.mark.parametrize(
    ("limit", "most", "pieces", "words"),
    [
        (
            (junit, "MOST_NAMES"),
            10,
            [b"<testsuite>" + CASE] + [b"<a%d/>" % n for n in range(20)],
            "more than 10 kinds of tags",
        ),
        ((junit, "MOST_DEPTH"), 3, [b"<testsuite>" + CASE + b"<a><b><testcase name='b'/>"], "more than 3 deep"),
        ((xml_source, "MOST_TAGS"), 10, [b"<testsuite>" + CASE, CASE[20:], b"<a/>" * 20], "more than 10 tags"),
        (
            (xml_source, "_LONGEST_TAG"),
            64,
            [b"<testsuite>" + CASE, b"<a b='", b"x" * 80, b"x"],
            "a tag of more than 0 MiB",
        ),
        (
            (xml_source, "_LONGEST_CDATA"),
            64,
            [b"<testsuite>" + CASE, b"<system-out><![CDATA[", b"x" * 80],
            "a text of more than 0 MiB",
        ),
        ((xml_repair, "MOST_AMPERSANDS"), 3, [b"<testsuite>" + CASE + b"&", b"&&&&&&"], "more than 3 ampersands"),
        ((xml_repair, "MOST_BRACKETS"), 3, [b"<testsuite>" + CASE + b"<", b"</b>" * 4], "more than 3 brackets"),
        ((executions, "MOST_EXECUTIONS"), 1, [b"<testsuite>" + CASE + CASE], "more than 1 executions"),
        (
            (executions, "MOST_TOLD"),
            1,
            [b"<testsuite>", b"<testcase name='b'><failure>boom</failure></testcase>" * 2],
            "more than 1 executions with a message",
        ),
    ],
)
def test_what_came_before_a_limit_of_xml_is_kept_and_the_report_is_doubtful(monkeypatch, limit, most, pieces, words):
    monkeypatch.setattr(*limit, most)
    report = read(*pieces)
    assert report.repaired
    assert any(words in warning for warning in report.warnings)
    assert len(report.results) == 1


def test_a_cdata_section_that_ends_in_a_later_piece_is_no_longer_open():
    pieces = [
        b"<testsuite><testcase name='a'><failure><![CDATA[x",
        b" < y ",
        b"]]></failure></testcase>",
        b"</testsuite>",
    ]
    report = read(*pieces)
    assert ([one.stack_trace for one in report.results], report.warnings) == (["x < y"], ())


@pytest.mark.parametrize("root", ["testsuite", "test-suite", "suite"])
def test_suites_that_are_nested_without_end_are_read_to_a_depth(root):
    outer = {"testsuite": "<testsuite>", "test-suite": "<test-run>", "suite": "<robot>"}[root]
    report = read((outer + f"<{root} name='x'>" * 3_000).encode())
    assert report.repaired
    assert "1000 deep" in report.warnings[-1]


def test_a_record_of_too_many_elements_is_read_as_far_as_it_is_kept(monkeypatch):
    monkeypatch.setattr(xml_records, "MOST_NODES", 3)
    case = "<test-case name='a' fullname='c.a' result='Failed'><failure><message>boom</message>{}</failure></test-case>"
    [failed] = read(f"<test-run>{case.format('<x><y>no</y></x>' * 5)}</test-run>".encode()).results
    assert (failed.message, failed.outcome) == ("boom", Outcome.FAILED)


def test_a_record_of_too_much_text_is_read_as_far_as_it_is_kept(monkeypatch):
    monkeypatch.setattr(xml_records, "_MOST_RECORD_TEXT", 4)
    case = "<test-case name='a' fullname='c.a' result='Failed'><failure><message>boom</message><stack-trace>no</stack-trace></failure></test-case>"
    [failed] = read(f"<test-run>{case}</test-run>".encode()).results
    assert (failed.message, failed.stack_trace) == ("boom", None)


def test_a_case_with_a_million_failures_is_one_execution():
    [failed] = read(b"<testsuite><testcase name='a'>" + b"<failure/>" * 10_000 + b"</testcase></testsuite>").results
    assert failed.outcome is Outcome.FAILED


def test_long_names_are_cut_and_stay_apart():
    one, other = read(
        f"<testsuite><testcase name='{'x' * 30_000}1'/><testcase name='{'x' * 30_000}2'/></testsuite>".encode()
    ).results
    assert one.name != other.name
    assert len(one.name) < 10_000


def test_reasons_for_missing_tests_are_counted_and_cut():
    said = executions.Executions()
    for _ in range(500):
        said.miss("x" * 5_000)
    assert (len(said.missing), len(said.missing[0])) == (100, 500)


def test_a_json_document_over_the_limit_of_bytes_is_malformed_where_its_beginning_shows_its_format(monkeypatch):
    monkeypatch.setattr(json_text, "MOST_BYTES", 1 << 20)
    with pytest.raises(MalformedReport, match="more than 1 MiB"):
        read(b'{"numTotalTests":1,"testResults":[{"assertionResults":[', b" " * (2 << 20))


def test_in_a_mended_document_a_tag_or_a_reference_may_be_cut_by_the_end_of_a_piece():
    report = read(b"<testsuite>\x01<testcase name='a &am", b"p; b' clas", b"sname='c'/", b"></testsuite>")
    assert [(one.name, one.class_name) for one in report.results] == [("a & b", "c")]
    assert not report.repaired


def test_a_tag_without_an_end_is_not_waited_for_beyond_a_mebibyte(monkeypatch):
    monkeypatch.setattr(xml_repair, "_LONGEST_TAG", 16)
    report = read(b"<testsuite>" + CASE + b"\x01<a ", b"x" * 64, b"></testsuite>")
    assert [one.name for one in report.results] == ["a"]


def test_a_doctype_may_come_in_pieces_and_nothing_of_it_is_believed():
    report = read(b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b", b"'>", b"]><testsuite>", CASE, b"</testsuite>")
    assert [one.name for one in report.results] == ["a"]
    endless = read(b"<testsuite>\x01" + CASE + b"</testsuite><!DOCTYPE [", b" no end")
    assert [one.name for one in endless.results] == ["a"]


@pytest.mark.parametrize("encoding", ["klingon", "utf-16", "zlib", "idna", "punycode", "utf-7", "undefined"])
def test_an_encoding_that_cannot_be_is_read_as_windows_1252(encoding):
    declaration = f"<?xml version='1.0' encoding='{encoding}'?>".encode()
    report = read(declaration + b"<testsuite><testcase name='caf\xe9'/></testsuite>")
    assert [one.name for one in report.results] == ["café"]


@pytest.mark.parametrize(("encoding", "name"), [("windows-1251", "тест"), ("shift_jis", "テスト"), ("gb2312", "测试")])
def test_a_declared_encoding_of_text_is_read(encoding, name):
    text = f"<?xml version='1.0' encoding='{encoding}'?>\x01<testsuite><testcase name='{name}'/></testsuite>"
    assert [one.name for one in read(text.encode(encoding)).results] == [name]
