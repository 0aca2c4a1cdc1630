"""The one comment on a pull request: first the verdict in plain words, then what failed and why, then what to do."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import assert_never

from app.core.change_text import legs_words, since_words
from app.core.counts import count, noun
from app.core.grades import GRADES
from app.core.grants import Feature, refusal_words
from app.core.model import CaseName, DecisionState, Standing
from app.core.moments import as_of, latest_of
from app.core.pull_report import (
    FailedCase,
    attempt_url,
    failed_cases,
    headline,
    job_link,
    line_link,
    name_of,
    other_troubles,
)
from app.core.text import LONGEST_BODY, code, commit, fit, link
from app.core.verdict import FailedTest, HeadVerdict, Kind, ShownProof

__all__ = ["HOW_TO_ANSWER", "IN_FULL", "MARKER", "Proposal", "digest", "headline", "name_of", "render"]

MARKER = "<!-- flakeguard:pull -->"
IN_FULL = 10
"""So many failed tests are told in full; the others are folded away."""
LISTED = 200
JOBS_NAMED = 3
BOXES = 20
"""Proposals beyond these wait for their turn; nobody goes through more of them at a time."""

HOW_TO_ANSWER = (
    "Tick a box to accept it, or write `/flakeguard quarantine TEST for 14d because …` or `/flakeguard dismiss TEST`."
    " A 👍 accepts a single proposal, a 👎 dismisses all. That takes write access; `/flakeguard help` has the rest."
)

_WARNINGS = {
    Kind.NEW_WAY: "it never failed like this before, so it may be a regression",
    Kind.CONSISTENT: "here it fails each time, so it may be a regression",
    Kind.TOUCHED: "this pull request changes its file, so it is not excused",
}
_WITH_FIGURES = frozenset({Kind.KNOWN, Kind.QUARANTINED, *_WARNINGS})
_WHAT = {
    **{kind: f"Flaky, but {warning}" for kind, warning in _WARNINGS.items()},
    Kind.NEW: "New failure",
    Kind.SHARED: "Failed alike with many others",
    Kind.INFRA: "Its machine failed",
    Kind.BROKEN: "Broken on the default branch",
    Kind.KNOWN: "Known flake",
    Kind.QUARANTINED: "In quarantine",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposed quarantine. `id` is the decision's and travels hidden in its line.

    `flake_rate` (0..1) is of its latest `runs`.
    `cost` says what the test has cost, a clause, `guards` what it has caught, a sentence; both in Markdown, or empty.
    """

    id: int
    case: CaseName
    score: float
    flake_rate: float
    runs: int = 0
    cost: str = ""
    guards: str = ""


def render(
    verdict: HeadVerdict,
    head_sha: str,
    proposals: Sequence[Proposal],
    *,
    is_there: bool,
    missing: Sequence[Feature] = (),
) -> str | None:
    """Return the comment's text, None where there is nothing to say and so nothing to write.

    `is_there` says that a comment was written before: then a green head gets one calm line instead of nothing. `missing`
    is what we were not granted and say nowhere else.
    """
    cases = failed_cases(verdict)
    alike = [one for one in cases if one.kind is Kind.SHARED]
    if not cases and not any(one.job.infra for one in verdict.failed_jobs):
        return _calm(verdict, head_sha, missing) if is_there else None
    lost = [one for one in cases if one.kind is Kind.INFRA]
    others = [one for one in cases if one.kind not in (Kind.SHARED, Kind.INFRA)]
    told = [(one.kind.is_excused, _test(one, head_sha)) for one in others[:IN_FULL]]
    # What somebody has to look at comes first, what nobody has to last.
    parts = [MARKER, f"**{headline(verdict)}**", *(text for is_excused, text in told if not is_excused)]
    parts += [*_troubles(verdict), *_alike(alike), *(text for is_excused, text in told if is_excused)]
    parts += _folded([*others[IN_FULL:], *alike, *lost], is_all=not told)
    return fit(
        parts, LONGEST_BODY, tail="\n\n".join([*_proposals(proposals), _about(head_sha, missing, _judged_at(others))])
    )


def _calm(verdict: HeadVerdict, head_sha: str, missing: Sequence[Feature]) -> str:
    return "\n\n".join([MARKER, headline(verdict), *_troubles(verdict), _about(head_sha, missing, None)])


def _judged_at(cases: Sequence[FailedCase]) -> datetime | None:
    """Return of when the figures are; None where none is told."""
    return latest_of(one.worst.test.judged_at for one in cases if one.kind in _WITH_FIGURES)


def _about(head_sha: str, missing: Sequence[Feature], judged_at: datetime | None) -> str:
    figures = f" Scores and rates {as_of(judged_at)}." if judged_at else ""
    rights = "".join(f" {refusal_words(one)}." for one in missing)
    return f"<sub>For {commit(head_sha)}.{figures} Edited in place.{rights}</sub>"


def _troubles(verdict: HeadVerdict) -> Iterator[str]:
    """Tell of what no test explains: else the headline would contradict the list of known flakes below it."""
    lines = [f"- Job {job_link(one)}: {one.why}." for one in other_troubles(verdict)]
    lines += [f"- {end}." for end in verdict.loose_ends]
    if lines:
        more = [f"- and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
        yield "\n".join([*lines[:LISTED], *more])


def _test(one: FailedCase, head_sha: str) -> str:
    test = one.worst.test
    joint = ". In " if test.kind in _WARNINGS else ", in "
    said = f"{_what(test)}{joint}{_where(one, head_sha)}.{_issue(test)}"
    lines = [code(name_of(one.case), limit=200), said, _since(test), _changed(test), _why(test.proofs), _message(test)]
    # Two spaces at a line's end break the line wherever Markdown is rendered, not in GitHub's comments alone.
    return "- " + "  \n  ".join(line for line in lines if line)


def _what(test: FailedTest) -> str:
    """Say what it is and how sure that is; the figures stand beside the word that they are about."""
    what = _WHAT[test.kind]
    figures = f"score {test.score:.2f}, flaked in {test.flake_rate:.0%} of {count(test.runs, 'run')}"
    match test.kind:
        case Kind.KNOWN | Kind.QUARANTINED:
            return f"{what} ({figures})"
        case Kind.NEW_WAY | Kind.CONSISTENT | Kind.TOUCHED:
            first = "In quarantine" if test.decision is DecisionState.ACTIVE else "Flaky"
            return f"{first} ({figures}), but {_WARNINGS[test.kind]}"
        case Kind.BROKEN:
            is_told = test.since is not None and test.since.after is not None
            return what if is_told or not test.broken_since else f"{what} since {commit(test.broken_since)}"
        case Kind.NEW | Kind.SHARED | Kind.INFRA:
            if test.standing is Standing.BROKEN:
                return f"{what} (it has failed in every run lately)"
            return f"{what} (it flaked before, too rarely to be called flaky)" if test.proofs else what
        case _:
            assert_never(test.kind)


def _where(one: FailedCase, head_sha: str) -> str:
    first = one.worst.job
    again = f" attempt {first.job.attempt}" if first.job.attempt > 1 else ""
    run = link(f"run {first.run.run_id}{again}", attempt_url(first.run, first.job.attempt))
    line = line_link(first.run, head_sha, one.worst.test)
    place = f"{job_link(first)} ({run})" + (f" at {line}" if line else "")
    others = [job_link(failed.job) for failed in one.failures[1:]]
    if not others:
        return place
    rest = len(others) - JOBS_NAMED
    named = ", ".join(others[:JOBS_NAMED])
    return f"{place}, and in {named}" + (f" and {count(rest, 'more job')}" if rest > 0 else "")


def _issue(test: FailedTest) -> str:
    return f" Its history: {link('issue', test.issue_url)}." if test.issue_url else ""


def _since(test: FailedTest) -> str | None:
    if test.seen_since is None:
        return None
    pulls = f", on {count(test.other_pulls, 'other pull request')}" if test.other_pulls else ""
    return f"It has failed like this since {test.seen_since:%Y-%m-%d}{pulls}."


def _changed(test: FailedTest) -> str | None:
    """Tell where it became broken or flaky, where somebody could look, and on which legs it flakes."""
    if test.kind.is_excused and test.issue_url:
        # Its issue has all that.
        return None
    said = []
    if test.since is not None and test.since.after is not None and test.kind is not Kind.NEW:
        said.append(since_words(test.since, is_broken=test.standing is Standing.BROKEN))
    if test.legs is not None:
        said.append(legs_words(test.legs))
    return " ".join(f"{one}." for one in said) or None


def _why(proofs: Sequence[ShownProof]) -> str | None:
    """Tell the latest proof, with both of its attempts to look at, and how many more there are."""
    if not proofs:
        return None
    latest = proofs[0]
    seen = [("failed in", latest.failed), ("passed in", latest.passed)]
    links = ", ".join(f"{what} {where}" for what, where in seen if where)
    more = f", and {count(len(proofs) - 1, 'more time')}" if len(proofs) > 1 else ""
    return f"Proof that it flakes: it {GRADES[latest.grade]} on {latest.at:%Y-%m-%d}{f' ({links})' if links else ''}{more}."


def _message(test: FailedTest) -> str | None:
    first = next((line for line in (test.message or "").splitlines() if line.strip()), None)
    return code(first, limit=200) if first else None


def _alike(cases: Sequence[FailedCase]) -> Iterator[str]:
    """Tell of many tests that one cause made fail in one line a cause: each by itself says nothing."""
    by_way: defaultdict[str | None, list[FailedCase]] = defaultdict(list)
    for one in cases:
        by_way[one.worst.test.way].append(one)
    lines = []
    for own in sorted(by_way.values(), key=lambda own: (-len(own), own[0].case))[:IN_FULL]:
        message = _message(own[0].worst.test)
        jobs = sorted({failed.job.job.name for one in own for failed in one.failures})
        where = ", ".join(code(name, limit=80) for name in jobs[:JOBS_NAMED])
        lines.append(f"- {count(len(own), 'test')} failed alike in {where}" + (f":  \n  {message}" if message else "."))
    if lines:
        yield "\n".join(lines)


def _folded(cases: Sequence[FailedCase], *, is_all: bool) -> Iterator[str]:
    """Fold away what has no room, or says nothing by itself; `is_all` where no other failed test is told of."""
    if not cases:
        return
    rows = [f"- {code(name_of(one.case), limit=120)}: {_WHAT[one.kind].lower()}" for one in cases[:LISTED]]
    more = [f"- and {len(cases) - LISTED} more"] if len(cases) > LISTED else []
    what = count(len(cases), "failed test") if is_all else count(len(cases), "more failed test")
    summary = f"<summary>{what}</summary>"
    yield "\n".join(["<details>", summary, "", *rows, *more, "", "</details>"])


def _proposals(proposals: Sequence[Proposal]) -> Iterator[str]:
    if not proposals:
        return
    lines = [_box(one) for one in proposals[:BOXES]]
    if len(proposals) > BOXES:
        lines.append(f"- and {len(proposals) - BOXES} more when these are answered")
    whose = noun(len(proposals), "its", "their")
    yield f"Proposed for quarantine, so that {whose} known flakes hold nobody up:\n\n" + "\n".join(lines)
    yield HOW_TO_ANSWER


def _box(one: Proposal) -> str:
    """Write a proposal: its box, name and figures on one line, and on the next what speaks against it."""
    runs = count(one.runs, "run") if one.runs else "its runs"
    figures = f"score {one.score:.2f}, flaked in {one.flake_rate:.0%} of {runs}"
    cost = f": {one.cost}" if one.cost else ""
    box = (
        f"- [ ] Quarantine {code(name_of(one.case), limit=200)} ({figures}){cost} <!-- flakeguard:decision {one.id} -->"
    )
    return f"{box}  \n  {one.guards}" if one.guards else box


def digest(text: str) -> str:
    """Return what tells one text from another."""
    return sha256(text.encode()).hexdigest()
