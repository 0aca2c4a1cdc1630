"""docs/comment.md shows what the bot writes now, and leaves no kind of failure and no end of a check without an example."""

import re

import pytest
from markdown_it import MarkdownIt

from app.core import check, comment
from app.core.model import Standing
from app.core.verdict import Conclusion, Kind, Reason, decide
from docs.comment.issues import ISSUES
from docs.comment.make import PAGE, anchor, page
from docs.comment.pulls import SITUATIONS
from docs.comment.values import HEAD, HOME

TEXT = PAGE.read_text(encoding="utf-8")
VERDICTS = [decide(one.runs, one.no_runs) for one in SITUATIONS]


def tokens():
    for token in MarkdownIt("commonmark").enable("table").parse(TEXT):
        yield from token.children or [token]


def test_the_page_is_what_the_bot_writes_now():
    assert page() == TEXT, "run: PYTHONPATH=. python -m docs.comment.make"


def test_every_kind_of_failed_test_and_every_reason_has_an_example():
    assert {test.kind for verdict in VERDICTS for _, test in verdict.failed_tests} == {*Kind}
    assert {one.reason for verdict in VERDICTS for one in verdict.failed_jobs} == {*Reason}


def test_every_end_of_a_check_has_an_example():
    assert {verdict.conclusion for verdict in VERDICTS} == {*Conclusion, None}


def test_flaky_healthy_and_broken_tests_have_an_issue_to_look_at():
    assert {one.facts.standing for one in ISSUES} == {Standing.FLAKY, Standing.BROKEN, Standing.HEALTHY}


@pytest.mark.parametrize("verdict", VERDICTS, ids=[one.title for one in SITUATIONS])
def test_the_title_of_a_check_is_the_first_line_of_its_comment(verdict):
    said = comment.render(verdict, HEAD, [], is_there=True).removeprefix(comment.MARKER).lstrip("\n*")
    assert said.startswith(check.render(verdict, proposals=0).title)


def test_the_contents_lead_to_every_heading_and_nowhere_else():
    headings = re.findall(r"^###? (.+)$", TEXT, re.MULTILINE)
    assert re.findall(r"^ *- \[.+\]\(#(.+)\)$", TEXT, re.MULTILINE) == [anchor(heading) for heading in headings]
    assert len({*headings}) == len(headings)


def test_no_example_does_what_its_original_would():
    assert "<!--" not in TEXT
    assert not any(token.type == "image" for token in tokens())
    links = {token.attrs["href"] for token in tokens() if token.type == "link_open"}
    assert {link for link in links if not link.startswith((HOME, "#"))} == {"scoring.md"}
