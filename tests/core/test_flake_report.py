"""The flakiness report in its three formats."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core.flake_report import (
    Cause,
    DecisionSaid,
    FlakinessReport,
    Incident,
    IssueSaid,
    Proof,
    ReportedTest,
    Step,
    TrendDay,
    render_html,
    render_markdown,
    to_json,
)
from app.core.model import CaseName, DecisionState, Grade, Standing, Verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = "https://github.com/o/r/actions/runs/7"


def decision(state, *, days=None, rationale="it blocks us", by="maria"):
    return DecisionSaid(
        state=state,
        rationale=rationale,
        by=by,
        decided_at=NOW - timedelta(days=3),
        until=None if days is None else NOW + timedelta(days=days),
        is_open=state in (DecisionState.ACTIVE, DecisionState.PROPOSED),
    )


def proof(grade=Grade.E2, *, days=1, job="unit", url=f"{RUN}/job/1"):
    return Proof(
        grade=grade,
        at=NOW - timedelta(days=days),
        head_sha="0123456789abcdef",
        pull=12,
        from_fork=False,
        failed=Step(run_id=7, run_attempt=1, job=job, url=url),
        passed=Step(run_id=7, run_attempt=2, job=job, url=url),
    )


def a_test(name, standing=Standing.FLAKY, **changes):
    return replace(
        ReportedTest(
            case=CaseName(suite="", class_name="Cart", name=name),
            file="tests/cart.py",
            owner="@o/shop",
            standing=standing,
            score=0.9,
            flake_rate=0.25,
            low=0.1,
            high=0.4,
            runs=40,
            failures=10,
            evidence={Grade.E2: 1},
            proofs=(proof(),),
            cause="TimeoutError: too late",
            decision=None,
            issue=None,
            first_flake_at=NOW - timedelta(days=9),
            last_flake_at=NOW - timedelta(days=1),
            broken_since=None,
            history=(Verdict.PASSED, Verdict.FLAKY, Verdict.FAILED),
        ),
        **changes,
    )


def healthy(name):
    return a_test(name, Standing.HEALTHY, score=0.0, flake_rate=0.0, proofs=(), cause=None, history=())


def report(*tests, **changes):
    return replace(
        FlakinessReport(
            repository="o/r",
            as_of=NOW,
            runs=100,
            attempts=120,
            occurrences=600,
            known=len(tests),
            first_at=NOW - timedelta(days=40),
            last_at=NOW - timedelta(days=1),
            tests=tests,
            causes=(),
            incidents=(),
            trend=(),
        ),
        **changes,
    )


BROKEN = a_test("breaks", Standing.BROKEN, score=0.0, broken_since="fedcba9876543210", proofs=())
CAUSE = Cause(
    title="TimeoutError: too late", is_infra=False, failures=9, tests=2, first_at=NOW - timedelta(days=5), last_at=NOW
)
INCIDENT = Incident(
    run_id=8, run_attempt=1, workflow="CI", at=NOW, failures=3, url=RUN, is_whole=False, causes=("no space left",)
)
TREND = (
    TrendDay(day=date(2026, 2, 20), runs=10, runs_flaked=1, flake_rate=0.1, minutes_lost=12.4),
    TrendDay(day=date(2026, 2, 27), runs=5, runs_flaked=0, flake_rate=0.0, minutes_lost=0.0),
)
FULL = report(
    a_test(
        "waits",
        decision=decision(DecisionState.ACTIVE, days=5),
        issue=IssueSaid(number=41, url="https://github.com/o/r/issues/41", state="open", reason=None),
    ),
    a_test("races", decision=decision(DecisionState.PROPOSED, by=None)),
    a_test("blinks", Standing.SUSPECT, score=0.4),
    BROKEN,
    healthy("adds"),
    known=30,
    causes=(CAUSE,),
    incidents=(INCIDENT,),
    trend=TREND,
)


def test_json_begins_with_what_is_counted_from_outside():
    written = to_json(FULL)
    assert list(written)[:4] == ["repository", "runs", "occurrences", "tests"]
    assert (written["repository"], written["runs"], written["occurrences"]) == ("o/r", 100, 600)
    assert [one["name"] for one in written["tests"]] == ["waits", "races", "blinks", "breaks", "adds"]
    assert written["totals"] == {"broken": 1, "flaky": 2, "suspect": 1, "healthy": 26}
    assert json.loads(json.dumps(written)) == written


def test_json_gives_evidence_by_grade_with_its_links():
    [test] = to_json(report(a_test("waits", evidence={Grade.E1: 3, Grade.E2: 12})))["tests"]
    assert {grade: own["count"] for grade, own in test["evidence"].items()} == {
        "E1": 3,
        "E2": 12,
        "E3": 0,
        "E4": 0,
        "E5": 0,
    }
    [latest] = test["evidence"]["E2"]["latest"]
    assert latest["failed"] == {"run_id": 7, "run_attempt": 1, "job": "unit", "url": f"{RUN}/job/1"}
    assert latest["passed"]["run_attempt"] == 2


def test_json_tells_decisions_issues_and_when_quarantines_end():
    written = to_json(FULL)
    waits = written["tests"][0]
    assert waits["decision"]["state"] == "ACTIVE"
    assert waits["decision"]["is_open"]
    assert waits["issue"] == {
        "number": 41,
        "url": "https://github.com/o/r/issues/41",
        "state": "open",
        "state_reason": None,
    }
    assert [one["until"] for one in written["quarantines"]] == ["2026-03-06T12:00:00+00:00"]
    assert [one["test"]["name"] for one in written["proposals"]] == ["races"]


def test_the_summary_is_one_screen_in_plain_words():
    first_screen = render_markdown(FULL).partition("## ")[0]
    assert first_screen == (
        "# Flakiness report: `o/r`\n\n"
        "As of 2026-03-01: 100 runs, 600 executions of 30 tests, from 2026-01-20 to 2026-02-28.\n\n"
        "**Of 30 tests, 2 are flaky, 1 is broken, 1 is suspect and 26 healthy.**\n\n"
        "- Broken, not flaky: `Cart.breaks` fails consistently.\n"
        "- The worst flake is `Cart.waits`: flaked in 25% of its latest 40 runs (90% interval 10% to 40%).\n"
        "- The quarantine of `Cart.waits` ends within a week, on 2026-03-06.\n"
        "- Proposed for quarantine, waiting for an answer: `Cart.races`.\n"
        "- The machines failed in 1 attempt: what failed there counts against no test.\n"
        "- In the last 30 days a flake hit 1 of 15 runs, which cost 12 minutes.\n\n"
    )


@pytest.mark.parametrize("render", [render_markdown, render_html])
def test_broken_tests_stand_apart_from_flaky_ones(render):
    _, _, after = render(FULL).partition("Broken tests")
    broken, _, flaky = after.partition("Flaky tests and their proofs")
    assert "breaks" in broken
    assert "fedcba" in broken
    assert "breaks" not in flaky.partition("Quarantines and proposals")[0]
    assert "waits" not in broken


@pytest.mark.parametrize("render", [render_markdown, render_html])
def test_each_flaky_test_has_its_proofs_with_links(render):
    _, _, proofs = render(FULL).partition("Flaky tests and their proofs")
    assert proofs.count(f"{RUN}/job/1") == 4
    assert "failed and passed on the same code, pull request 12" in proofs


def test_a_quarantine_is_told_of_when_it_ends_within_a_week():
    def ending(days):
        return report(a_test("waits", decision=decision(DecisionState.ACTIVE, days=days)))

    assert [one.case.name for one in ending(7).ending_soon()] == ["waits"]
    assert ending(8).ending_soon() == []
    assert "**2026-03-08**" in render_markdown(ending(7))
    assert "within a week" not in render_markdown(ending(8))


def test_a_sentence_names_three_tests_and_counts_the_others():
    active = decision(DecisionState.ACTIVE, days=2)
    written = render_markdown(report(*(a_test(f"t{n}", Standing.BROKEN, decision=active) for n in range(5))))
    assert "- Broken, not flaky: `Cart.t0`, `Cart.t1`, `Cart.t2` and 2 more fail consistently.\n" in written
    assert "- The quarantines of `Cart.t0`, `Cart.t1`, `Cart.t2` and 2 more end within a week.\n" in written


def test_only_the_worst_twenty_are_listed_and_the_others_counted():
    written = render_markdown(report(*(a_test(f"t{n}") for n in range(25))))
    table = written.partition("## Worst tests")[2].partition("## ")[0]
    assert table.count("| `Cart.t") == 20
    assert "and 5 more" in table


def test_an_empty_repository_has_a_report():
    empty = report(runs=0, attempts=0, occurrences=0, first_at=None, last_at=None)
    assert "No run is stored yet." in render_markdown(empty)
    assert "No test is known yet." in render_html(empty)
    assert to_json(empty)["period"] == {"from": None, "to": None}


@pytest.mark.parametrize(
    ("known", "said"), [(1, "The one test is healthy."), (2, "All 2 tests are healthy.")], ids=["one", "two"]
)
def test_a_healthy_repository_is_said_to_be_healthy(known, said):
    assert said in render_markdown(report(*(healthy(f"t{n}") for n in range(known))))


class Page(HTMLParser):
    """What a browser would make of the page: its elements, and whether all of them end in order."""

    VOID = ("meta", "i")

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.attributes, self.texts = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in (*self.VOID, "br", "wbr"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_the_trend_is_drawn_and_told_by_day():
    page = render_html(FULL)
    assert "runs that flaked, day by day: 1 of 15" in page
    assert "minutes of CI lost to flakes, day by day: 12" in page
    assert ">Jan 30<" in page
    assert ">Mar 1<" in page
    assert to_json(FULL)["trend"][0] == {
        "day": "2026-02-20",
        "runs": 10,
        "runs_flaked": 1,
        "flake_rate": 0.1,
        "minutes_lost": 12.4,
    }


def test_where_nothing_ran_lately_there_is_no_trend():
    assert "Trend" not in render_html(report(healthy("adds")))


def test_the_page_stands_alone():
    page = Page(render_html(FULL))
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert not [value for name, value in page.attributes if name == "src" or name.startswith("on")]
    assert "@import" not in render_html(FULL)
    assert "url(" not in render_html(FULL)


HOSTILE = (
    "</code><script>alert(1)</script>",
    "` | @octocat #1 <img src=x onerror=alert(1)>",
    "a\n\n# heading\n| b |",
    "<!-- --> </details></main>",
    "[x](javascript:alert(1))",
    '" onmouseover="alert(1)',
    "\u202etxt.exe &lt;b&gt;",
)


def hostile(text):
    step = Step(run_id=1, run_attempt=1, job=text, url=f'javascript:alert("{text}")')
    test = a_test(
        text,
        case=CaseName(suite=text, class_name=text, name=text or "x"),
        file=text,
        owner=text,
        cause=text,
        broken_since=text,
        proofs=(replace(proof(), failed=step, passed=step, head_sha=text),),
        decision=decision(DecisionState.ACTIVE, days=2, rationale=text, by=text),
        issue=IssueSaid(number=1, url=f"https://h/{text}", state="open", reason=text),
    )
    return report(
        test,
        replace(test, standing=Standing.BROKEN),
        repository="o/r",
        causes=(replace(CAUSE, title=text),),
        incidents=(replace(INCIDENT, workflow=text, causes=(text,), url=text),),
    )


def check_page(text):
    page = Page(render_html(hostile(text)))
    assert page.open == []
    assert set(page.tags) <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "main",
            "header",
            "section",
            "p",
            "h1",
            "h2",
            "div",
            "span",
        ),
        *("strong", "small", "code", "wbr", "br", "ul", "li", "i", "a", "time", "details", "summary"),
        *("table", "thead", "tbody", "tr", "th", "td", "svg", "rect"),
    }
    names = {name for name, _ in page.attributes}
    assert not [name for name in names if name.startswith("on")]
    links = [value for name, value in page.attributes if name == "href"]
    assert all(value.startswith("https://") for value in links)


def check_markdown(text):
    tokens = [
        own
        for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(render_markdown(hostile(text)))
        for own in (token, *(token.children or ()))
    ]
    assert not [one for one in tokens if one.type in ("html_block", "html_inline", "image", "fence", "hr")]
    assert all(one.attrs["href"].startswith("https://") for one in tokens if one.type == "link_open")
    headings = [one for one in tokens if one.type == "heading_open"]
    assert len(headings) == 8, "the title, six sections and one flaky test"
    prose = "".join(one.content for one in tokens if one.type == "text")
    assert not re.search(r"@octocat|#1 <", prose)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_renders(text):
    check_page(text)
    check_markdown(text)


@given(st.text(max_size=60))
def test_whatever_a_test_is_called_the_page_and_the_markdown_keep_their_shape(text):
    check_page(text)
    check_markdown(text)


@pytest.mark.parametrize("write", [render_html, render_markdown])
def test_a_proof_within_one_job_is_linked_once(write):
    one = proof(Grade.E1)
    text = write(report(a_test("adds", proofs=(replace(one, passed=one.failed),))))
    assert text.count(f"{RUN}/job/1") == 1
    assert "the same job, at another try" in text
