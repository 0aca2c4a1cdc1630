"""Makes docs/comment.md, what the bot writes in one situation after another: `PYTHONPATH=. python -m docs.comment.make`."""

import re
from collections.abc import Iterator
from pathlib import Path

from app.core import check, comment, issue
from app.core.check import CheckText, Note
from app.core.comment import Proposal
from app.core.text import block
from app.core.verdict import HeadVerdict, decide
from docs.comment.issues import ISSUES, IssueSituation
from docs.comment.notices import NOTICES
from docs.comment.pulls import SITUATIONS, Situation
from docs.comment.values import HEAD

PAGE = Path(__file__).parents[1] / "comment.md"
NOTES_SHOWN = 3

BEGINNING = """# What it writes

What FlakeGuard writes on GitHub, one situation after another. Each text is made by the code of the bot itself; only its hidden markers are left out here, and
the links lead nowhere. `make.py` in the folder `comment` makes this page."""
ON_PULLS, IN_ISSUES, CLOSED = "On a pull request", "In an issue", "The issue is closed"
ABOUT_PULLS = """At most one comment, edited in place, and one check run, whose title is the comment's first line. The check run also has a table of the failed tests,
annotations and buttons; here it is shown where it stands alone or says more. [How a test is judged](scoring.md) explains the figures."""
ABOUT_ISSUES = "One issue for each cause, edited in place: for all tests that fail by it, or for the one test."

_HIDDEN = re.compile(r" ?<!-- flakeguard:.*?-->")


def page() -> str:
    """Return the whole page."""
    parts = [BEGINNING, _contents(), f"## {ON_PULLS}", ABOUT_PULLS]
    parts += [part for one in SITUATIONS for part in _situation(one)]
    parts += [f"## {IN_ISSUES}", ABOUT_ISSUES, *(part for one in ISSUES for part in _issue(one))]
    parts += [f"### {CLOSED}", "Its test has passed often enough: this comment, and the issue is completed."]
    parts += [quoted(issue.closing_words(ISSUES[0].facts.passes_needed, reopen_days=10))]
    parts += [part for title, when, said in NOTICES for part in (f"### {title}", when, quoted(said))]
    return "\n\n".join(parts) + "\n"


def _contents() -> str:
    pulls = [one.title for one in SITUATIONS]
    issues = [*(one.title for one in ISSUES), CLOSED, *(title for title, _, _ in NOTICES)]
    lines = [_entry(ON_PULLS), *(f"  {_entry(title)}" for title in pulls)]
    return "\n".join([*lines, _entry(IN_ISSUES), *(f"  {_entry(title)}" for title in issues)])


def _entry(title: str) -> str:
    return f"- [{title}](#{anchor(title)})"


def anchor(title: str) -> str:
    """Return what GitHub makes of a heading for links to it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _situation(one: Situation) -> Iterator[str]:
    verdict = decide(one.runs, one.no_runs)
    proposals = list(_proposals(verdict))
    said = comment.render(verdict, HEAD, proposals, is_there=one.is_there)
    shown = check.render(verdict, proposals=len(proposals), others=one.other_systems)
    yield from (f"### {one.title}", one.when)
    if said is not None:
        yield quoted(said)
    if said is None or one.shows_check:
        yield from _check(shown, stands_alone=said is None)
    else:
        yield f"The check run: {_ends(shown)}."


def _proposals(verdict: HeadVerdict) -> Iterator[Proposal]:
    for _, test in verdict.failed_tests:
        if test.proposal_id is not None:
            yield Proposal(
                id=test.proposal_id,
                case=test.case,
                score=test.score,
                flake_rate=test.flake_rate,
                runs=test.runs,
                cost=test.cost,
                guards=test.guards,
            )


def _check(shown: CheckText, *, stands_alone: bool) -> Iterator[str]:
    alone = "There is no comment. " if stands_alone else ""
    yield f"{alone}The check run: {_ends(shown)}, “{shown.title}”."
    yield quoted("\n\n".join(_body(shown)))


def _ends(shown: CheckText) -> str:
    return f"**{shown.conclusion or 'in progress'}**"


def _body(shown: CheckText) -> Iterator[str]:
    yield from (shown.summary, shown.text)
    yield from (_note(one) for one in shown.notes[:NOTES_SHOWN])
    if len(shown.notes) > NOTES_SHOWN:
        yield f"and {len(shown.notes) - NOTES_SHOWN} more annotations"
    if shown.buttons:
        yield "Buttons: " + ", ".join(f"**{one.label}** ({one.description})" for one in shown.buttons)


def _note(one: Note) -> str:
    """Show an annotation as plain text, which is how GitHub shows it in the margin of its line."""
    return block(f"{one.path}, line {one.line}, {one.level}\n{one.title}\n{one.message}")


def _issue(one: IssueSituation) -> Iterator[str]:
    yield from (f"### {one.title}", one.when)
    yield quoted(
        f"**{issue.title(one.facts.case, tests=len(one.facts.peers), way=one.facts.way)}**\n\n{issue.render(one.facts)}"
    )


def quoted(text: str) -> str:
    """Quote a text as it is, less its hidden markers: people should not copy them."""
    seen = _HIDDEN.sub("", text).strip("\n")
    return "\n".join(f"> {line}" if line else ">" for line in seen.split("\n"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
