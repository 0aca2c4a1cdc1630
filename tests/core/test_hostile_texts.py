"""Whatever strangers call their tests, jobs, steps, workflows and files: what we write on GitHub is ours alone."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core import answers, check, comment, issue
from app.core.commands import ticked
from app.core.model import CaseName, DecisionState, Grade, Standing
from app.core.text import units
from app.core.verdict import FailedTest, JobView, NoRuns, RunView, ShownProof, decide
from tests.core.every_text import NOW, REPO, SHA, SIGHTS, evidence_in

pytestmark = pytest.mark.attack("markdown")

GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = re.compile(r"<!-- flakeguard:(pull|issue [a-z0-9]{12}|decision \d+|answer \d+) -->|</?(sub|details|summary)>")

ATTACKS = (
    "@octocat and @org/team",
    "fixes #123, closes o/r#7, GH-12",
    "https://evil.example www.evil.example",
    "![x](https://evil.example/b.png)",
    "[click](https://evil.example)",
    "[click]: https://evil.example",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "x\n- [x] Quarantine y <!-- flakeguard:decision 666 -->",
    "- [x] y <!-- flakeguard:decision 666 -->",
    "<!-- flakeguard:pull -->",
    "--> out <details>",
    "</details></sub>",
    "`" * 90,
    "``` \n~~~\n# heading",
    "a | b \\| c",
    "\\",
    "x\n\n/flakeguard quarantine y",
    "&#64;octocat &commat;octocat",
    "deadbeefdeadbeef",
    "\u202etxet\u2066",
    "*bold* _em_ ~~gone~~",
    "../../../../evil/repo/issues/new",
    "😀" * 3_000,
    "x" * 70_000,
    "",
    "\ud800",
)
REACHES = re.compile(r"(?<![\w.%])@\w|#\d|\bGH-\d|(?<!\w)[0-9a-f]{12,40}(?!\w)", re.IGNORECASE)


def a_test(name, **changes):
    test = FailedTest(
        test_id=1,
        case=CaseName(suite=name, class_name=name, name=name),
        standing=Standing.FLAKY,
        decision=None,
        score=0.8,
        flake_rate=0.06,
        runs=50,
        is_known_way=True,
        is_touched=False,
        broken_since=None,
        message=name,
        file=name,
        line=7,
        log_line=None,
        issue_url=f"{REPO}/issues/1",
        proposal_id=42,
        proofs=(ShownProof(grade=Grade.E2, at=NOW, failed=f"[run 3]({REPO}/actions/runs/3)", passed=None),),
        seen_since=NOW,
        other_pulls=2,
    )
    return replace(test, **changes)


def a_verdict(name, count=1):
    case = CaseName(suite="", class_name=name, name="other")
    tests = [a_test(name), a_test(name, case=case, standing=Standing.HEALTHY, score=0.0)]
    tests += [a_test(f"{name}{number}") for number in range(count - 1)]
    job = JobView(
        name=name,
        status="completed",
        conclusion="failure",
        url=f"{REPO}/actions/runs/7/job/9",
        attempt=2,
        has_results=True,
        missing=None,
        note=name,
        infra=None,
        failed_step=name,
        failed=tuple(tests),
    )
    jobs = (
        job,
        replace(job, infra=name),
        replace(job, failed=(), url=None),
        replace(job, conclusion="success", failed=()),
        replace(job, conclusion=name, failed=()),
    )
    run = RunView(
        run_id=7,
        attempt=2,
        workflow=name,
        event="push",
        status="completed",
        conclusion="failure",
        url=f"{REPO}/actions/runs/7",
        is_read=True,
        jobs=jobs,
    )
    odd = replace(run, conclusion=f"odd {name}", jobs=())
    return decide([run, odd], NoRuns.WAITING)


def proposals(*names):
    return [
        comment.Proposal(id=42 + number, case=a_test(name).case, score=0.8, flake_rate=0.06)
        for number, name in enumerate(names)
    ]


def facts(name, **changes):
    known = issue.IssueFacts(
        key=issue.key_of(1, 1),
        case=a_test(name).case,
        file=name,
        owner=name,
        standing=Standing.FLAKY,
        score=0.8,
        flake_rate=0.06,
        low=0.02,
        high=0.14,
        runs=50,
        window=50,
        failures=3,
        evidence=[evidence_in(name)] * 25,
        passes_since_flake=4,
        passes_needed=49,
        last_flake_at=NOW,
        broken_since=None,
        decision=DecisionState.ACTIVE,
        until=NOW,
        message=name,
        stack_trace=None,
        sights=SIGHTS,
    )
    return replace(known, **changes)


def bodies(name):
    """Everything that we write in Markdown, with the stranger's text in all places."""
    verdict = a_verdict(name)
    shown = check.render(verdict, proposals=1, others=(name,))
    case = a_test(name).case
    yield comment.render(verdict, SHA, proposals(name), is_there=True)
    yield shown.summary
    yield shown.text
    yield issue.render(facts(name))
    yield issue.render(facts(name, stack_trace=name, standing=Standing.BROKEN, broken_since=SHA))
    yield answers.write(
        5,
        [
            answers.misunderstood(name, name),
            answers.refused(case, "quarantine is full"),
            answers.unknown(name, [case]),
            answers.unknown(name, []),
            answers.ambiguous(name, [case] * 12),
            answers.explain(case, Standing.FLAKY, 0.8, 0.06, [evidence_in(name)] * 22, SIGHTS),
            answers.status([(case, Standing.FLAKY, 0.8, 0.06)], [(case, DecisionState.ACTIVE, NOW)] * 60),
            answers.rerun([f"{REPO}/actions/runs/7"], [name]),
        ],
    )


def tokens(markdown):
    for token in GITHUB.parse(markdown):
        yield from token.children or [] if token.type == "inline" else [token]


def faults(markdown):
    """Name what in a body is not ours: its links, HTML, boxes, markers, mentions and references."""
    for token in tokens(markdown):
        if token.type == "link_open" and not re.match(rf"{REPO}/(actions|issues|blob)/", token.attrs["href"]):
            yield f"link to {token.attrs['href']}"
        if token.type == "link_open" and "/../" in token.attrs["href"]:
            yield f"link out of the repository: {token.attrs['href']}"
        if token.type == "image":
            yield "an image"
        if token.type in ("html_block", "html_inline") and "<" in OURS.sub("", token.content):
            yield f"HTML: {token.content}"
        if token.type in ("text", "code_inline", "fence", "code_block") and (hit := REACHES.search(token.content)):
            yield f"reaches out: {hit[0]} in {token.type}"


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_no_body_of_ours_is_bent_by_a_stranger(attack):
    for body in bodies(attack):
        assert list(faults(body)) == []
        assert units(body) < 65_536


@given(st.lists(st.sampled_from([*"`@#|\\<>![](){}*_-&;:/. \n1a", *ATTACKS[:-4]]), max_size=12).map("".join))
def test_no_mixture_of_attacks_bends_one_either(attack):
    for body in bodies(attack):
        assert list(faults(body)) == []


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_the_only_boxes_and_markers_are_those_that_we_made(attack):
    body = comment.render(a_verdict(attack), SHA, proposals(attack, "plain"), is_there=True)
    assert ticked(body) == frozenset()
    assert ticked(body.replace("- [ ]", "- [x]")) == {42, 43}
    assert body.count("<!-- flakeguard:") == 3
    assert body.startswith("<!-- flakeguard:pull -->\n")
    assert len(re.findall(r"^\s*[-*+] \[[ xX]\] ", body, re.MULTILINE)) == 2


def test_one_ticked_box_is_that_proposal_s_and_no_other_s():
    body = comment.render(a_verdict("x"), SHA, proposals("a", "b"), is_there=True)
    second = body.replace("- [ ] Quarantine `b.b`", "- [x] Quarantine `b.b`")
    assert ticked(second) == {43}


@pytest.mark.parametrize("attack", ["x" * 70_000, "😀" * 3_000, "`|" * 500, "é/" * 400])
def test_many_failures_with_long_names_stay_under_github_s_limits(attack):
    verdict = a_verdict(attack, count=400)
    body = comment.render(verdict, SHA, proposals(*[attack] * 400), is_there=False)
    shown = check.render(verdict, proposals=400, others=(attack,) * 400)
    assert all(units(text) < 65_536 for text in (body, shown.summary, shown.text))
    assert body.count("- [ ] ") > 0
    assert "/flakeguard quarantine" in body
    assert len(shown.notes) <= check.MOST_ANNOTATIONS
    assert all(units(note.title) <= 255 and units(note.message) < 60_000 for note in shown.notes)
    assert len(shown.buttons) <= 3
    for one in shown.buttons:
        assert (len(one.label) <= 20, len(one.description) <= 40, len(one.identifier) <= 20) == (True, True, True)
    assert units(issue.title(a_test(attack).case)) <= 256


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_titles_and_annotations_mention_nobody(attack):
    shown = check.render(a_verdict(attack), proposals=0)
    said = [issue.title(a_test(attack).case), shown.title, *(f"{one.title}\n{one.message}" for one in shown.notes)]
    assert [text for text in said if REACHES.search(text)] == []
