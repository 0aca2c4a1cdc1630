"""The one comment on a pull request: first the verdict in plain words, then what failed and why, then what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.core.model import CaseName
from app.core.text import code, code_link, fit, link
from app.core.verdict import Conclusion, Explained, FailedTest, HeadVerdict, Kind

MARKER = "<!-- flakeguard:pull -->"
IN_FULL = 10
"""So many failed tests are told in full; the others are folded away."""

HOW_TO_ANSWER = (
    "Tick a box to quarantine, or answer with `/flakeguard quarantine TEST for 14d because …`, `release TEST`,"
    " `dismiss TEST`, `explain TEST` or `help`. 👍 on this comment accepts the proposal when there is exactly one,"
    " 👎 dismisses all. That takes write access."
)

_WHAT = {
    Kind.NEW: "New failure",
    Kind.NEW_WAY: "Known to be flaky, but never failed like this: it may be a regression",
    Kind.BROKEN: "Broken on the default branch",
    Kind.TOUCHED: "Known to be flaky, but this pull request changes its file",
    Kind.KNOWN: "Known flake",
    Kind.QUARANTINED: "In quarantine",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposed quarantine. `id` is the decision's and travels hidden in its line."""

    id: int
    case: CaseName
    score: float
    flake_rate: float


def render(verdict: HeadVerdict, head_sha: str, proposals: Sequence[Proposal], *, is_there: bool) -> str | None:
    """Return the comment's text, None where there is nothing to say and so nothing to write.

    `is_there` says that a comment was written before: then a green head gets one calm line instead of nothing.
    """
    failed = verdict.failed_tests
    infra = [one for one in verdict.failed_jobs if one.job.infra is not None]
    if not failed and not infra:
        return _calm(verdict, head_sha) if is_there else None
    tests = _in_order(failed)
    parts = [f"**{headline(verdict)}**"]
    parts += [_machine(one) for one in infra]
    parts += [_test(one, test) for one, test in tests[:IN_FULL]]
    if len(tests) > IN_FULL:
        parts.append(_folded(tests[IN_FULL:]))
    parts += _proposals(proposals)
    parts.append(f"<sub>For {code(head_sha[:10])}. This comment is brought up to date in place.</sub>")
    return fit([MARKER, *parts], limit=65_000)


def headline(verdict: HeadVerdict) -> str:
    """Say the verdict in one sentence, without Markdown."""
    failed = [test for _, test in verdict.failed_tests]
    unexplained = sum(not one.is_explained for one in verdict.failed_jobs) + len(verdict.loose_ends)
    match verdict.conclusion:
        case None:
            return f"Still running; so far {_count(len(failed), 'test')} failed." if failed else "Still running."
        case Conclusion.SUCCESS if not verdict.runs:
            return "Nothing to judge."
        case Conclusion.SUCCESS if failed:
            return f"Good to go: {_all_failed(len(failed))} in quarantine."
        case Conclusion.SUCCESS:
            return "Every job passed."
        case Conclusion.NEUTRAL if not verdict.runs:
            return "No workflow ran."
        case Conclusion.NEUTRAL:
            return f"Probably not your change: {_all_failed(len(failed))} known to be flaky."
        case Conclusion.FAILURE:
            return _bad_news(verdict, unexplained)


def _bad_news(verdict: HeadVerdict, unexplained: int) -> str:
    new = sum(not test.kind.is_excused for _, test in verdict.failed_tests)
    if not verdict.runs:
        return "No workflow ran, and this pull request changes the workflows."
    if new:
        return f"{_count(new, 'failed test')} {'needs' if new == 1 else 'need'} a look."
    return f"{_count(unexplained, 'failure')} {'is' if unexplained == 1 else 'are'} not explained by any test."


def _all_failed(count: int) -> str:
    return "the failed test is" if count == 1 else f"all {count} failed tests are"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def name_of(case: CaseName) -> str:
    """Return a test's name for people: class and name, the suite only where there is no class."""
    front = case.class_name or case.suite
    return f"{front}.{case.name}" if front else case.name


_ORDER = (Kind.NEW, Kind.NEW_WAY, Kind.TOUCHED, Kind.BROKEN, Kind.KNOWN, Kind.QUARANTINED)


def _in_order(failed: Iterable[tuple[Explained, FailedTest]]) -> list[tuple[Explained, FailedTest]]:
    return sorted(failed, key=lambda pair: (_ORDER.index(pair[1].kind), pair[1].case, pair[0].job.name))


def _machine(one: Explained) -> str:
    return f"- Job {_job(one)}: {one.why}."


def _test(one: Explained, test: FailedTest) -> str:
    lines = [
        f"- {code(name_of(test.case), limit=200)}  ",
        f"  {_WHAT[test.kind]}{_how_sure(test)}. In {_where(one, test)}.",
    ]
    if test.message:
        lines.append(f"  {code(test.message.splitlines()[0], limit=200)}")
    if test.issue_url:
        lines.append(f"  History: {link('issue', test.issue_url)}.")
    return "\n".join(lines)


def _how_sure(test: FailedTest) -> str:
    match test.kind:
        case Kind.KNOWN | Kind.QUARANTINED | Kind.NEW_WAY | Kind.TOUCHED:
            return f" (score {test.score:.2f}; flaked in {test.flake_rate:.0%} of {test.runs} runs)"
        case Kind.BROKEN if test.broken_since:
            return f" since {code(test.broken_since[:10])}"
        case Kind.NEW if test.score > 0:
            return f" (score {test.score:.2f}: not enough to call it flaky)"
        case _:
            return ""


def _where(one: Explained, test: FailedTest) -> str:
    place = f"{_job(one)}, run {link(str(one.run.run_id), one.run.url)}, attempt {one.job.attempt}"
    if test.file:
        at = f"{test.file}:{test.line}" if test.line else test.file
        return f"{place}, {code(at, limit=150)}"
    return f"{place}, log line {test.log_line}" if test.log_line else place


def _job(one: Explained) -> str:
    return code_link(one.job.name, one.job.url, limit=80) if one.job.url else code(one.job.name, limit=80)


def _folded(tests: Sequence[tuple[Explained, FailedTest]]) -> str:
    rows = [f"- {code(name_of(test.case), limit=120)}: {_WHAT[test.kind].lower()}" for _, test in tests[:200]]
    more = [f"- and {len(tests) - 200} more"] if len(tests) > 200 else []
    summary = f"<summary>{_count(len(tests), 'more failed test')}</summary>"
    return "\n".join(["<details>", summary, "", *rows, *more, "", "</details>"])


def _proposals(proposals: Sequence[Proposal]) -> list[str]:
    if not proposals:
        return []
    lines = [
        f"- [ ] Quarantine {code(name_of(one.case), limit=200)} (score {one.score:.2f}, flaked in {one.flake_rate:.0%} of its runs)"
        f" <!-- flakeguard:decision {one.id} -->"
        for one in proposals
    ]
    return ["Proposed:\n\n" + "\n".join(lines), HOW_TO_ANSWER]


def _calm(verdict: HeadVerdict, head_sha: str) -> str:
    said = headline(verdict)
    return fit([MARKER, f"{said} <sub>For {code(head_sha[:10])}.</sub>"], limit=65_000)


def digest(text: str) -> str:
    """Return what tells one text from another."""
    return sha256(text.encode()).hexdigest()
