import pytest

from app.core.model import Outcome
from app.core.reports.document import Document
from app.core.reports.junit import read as read_document

P, F, S = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED
DAMAGE = "\x01"
"""A character that XML forbids: behind it, the document is mended."""

MUCH = " " * 70_000
"""Makes a document too long to be read at once."""


def read(*pieces):
    return read_document(Document("a.xml", lambda: (piece.encode() for piece in pieces)))


def told(*pieces):
    return [(one.name, one.outcome) for one in read(*pieces).results]


def test_in_a_mended_document_the_words_of_a_cdata_section_stay_as_they_are():
    said = "a && b &lt; c &#27; <K, V> end"
    report = read(
        f"<testcase name='a{DAMAGE}'><failure message='x &amp; y & z'><![CDATA[{said}]]> & so</failure></testcase>"
    )
    [failed] = report.results
    assert (failed.message, failed.stack_trace, report.repaired) == ("x & y & z", f"{said} & so", False)


@pytest.mark.parametrize("cut", range(1, 52))
def test_a_piece_may_end_anywhere_in_what_is_mended(cut):
    text = f"{DAMAGE}<a><![CDATA[ & ]]> & <!-- & <testcase> --> & </a>"
    report = read(f"<testsuite>{text[:cut]}", f"{text[cut:]}<testcase name='a'/>{MUCH}</testsuite>")
    assert ([one.name for one in report.results], report.repaired) == (["a"], False)


@pytest.mark.parametrize(
    "said",
    [
        "assert 1 < 2",
        "1<2 <= 3 <",
        "List<String> and Map<K, V> in <init>",
        "in <module>\n in <lambda>",
        "</b> and </i>",
        "<oops",
        "<!oops>",
        "<br><p>a<b>",
    ],
)
def test_brackets_that_nobody_escaped_hide_no_test_behind_them(said):
    inside = (
        f"<testcase name='a'/><testcase name='b'><failure message='no'>{said}</failure></testcase><testcase name='c'/>"
    )
    report = read(f"<testsuite>{inside}<testcase name='d'><skipped/></testcase></testsuite>")
    assert [(one.name, one.outcome) for one in report.results] == [("a", P), ("b", F), ("c", P), ("d", S)]
    assert report.repaired


@pytest.mark.parametrize("cut", range(1, 72))
def test_a_piece_may_end_anywhere_in_what_is_balanced(cut):
    text = "1 < 2</b><testcase name='a &amp; &quot;b&quot; -> c' x='y'/> & "
    report = read(f"<testsuite>{text[:cut]}", f"{text[cut:]}<testcase name='z'/>{MUCH}</testsuite>")
    assert [one.name for one in report.results] == ['a & "b" -> c', "z"]


def test_brackets_in_attributes_stay_there():
    text = "<testsuite><testcase name='b <i> 2'><failure message='1 <lambda> < x'>no</failure></testcase><testcase name='c'/>"
    b, c = read(f"{text}</testsuite>").results
    assert (b.name, b.message, b.outcome, c.name) == ("b <i> 2", "1 <lambda> < x", F, "c")


def test_a_line_of_output_between_two_tags_hides_nothing():
    text = "<testsuite><testcase name='a'/>\nstray <output\n<testcase name='b'><failure/></testcase></testsuite>"
    assert told(text) == [("a", P), ("b", F)]


@pytest.mark.parametrize(
    ("broken", "names"),
    [
        ("<testcase name=a time=1/>", ["a", "z"]),
        ("<testcase name=a></testcase>", ["a", "z"]),
        ('<testcase name="says "hi" loud" time="1"/>', ["says", "z"]),
        ("<testcase name='a' name='b'/>", ["b", "z"]),
        ("<testcase name='a'><failure>x</testcase></failure>", ["a", "z"]),
        ("<testcase name='a'><system-out></testcase>", ["a", "z"]),
        ("<!-- -- <testcase name='b'/> --><?php?><testcase name='a'/>", ["a", "z"]),
    ],
)
def test_tags_that_are_broken_are_read_as_far_as_they_go(broken, names):
    assert [name for name, _ in told(f"<testsuite>{broken}<testcase name='z'/></testsuite>")] == names


def test_a_case_in_whose_middle_a_document_was_cut_is_told_only_where_it_failed():
    assert told("<testsuite><testcase name='a'/><testcase name='b'><system-out>1 < 2") == [("a", P)]
    assert told("<testsuite><testcase name='a'/><testcase name='b'><failure>1 < 2") == [("a", P), ("b", F)]
