"""The flakiness report in Markdown: one screen of summary, then the details."""

from collections.abc import Iterable, Sequence

from app.core.flake_report import words
from app.core.flake_report.values import FlakinessReport, IssueSaid, Proof, ReportedTest, Step
from app.core.grades import GRADES
from app.core.model import DecisionState, Standing
from app.core.pull_report import name_of
from app.core.text import code, commit, link, plain

WORST = 20
PROOFS = 5


def render_markdown(report: FlakinessReport) -> str:
    """Write the report for people."""
    parts = [
        f"# Flakiness report: {code(report.repository)}",
        words.about(report),
        f"**{words.verdict(report)}**",
        "\n".join(f"- {_sentence(one)}" for one in words.summary(report)),
        _worst(report),
        _broken(report.of(Standing.BROKEN)),
        *_flaky(report.of(Standing.FLAKY)),
        _quarantines(report),
        _causes(report),
        _incidents(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(sentence: words.Sentence) -> str:
    return "".join(code(one.text, 160) if isinstance(one, words.Name) else one for one in sentence)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; its cells are safe Markdown already."""
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _name(test: ReportedTest, limit: int = 160) -> str:
    return code(name_of(test.case), limit)


def _worst(report: FlakinessReport) -> str:
    """List the tests that something speaks against; the healthy ones are a number above."""
    tests = [one for one in report.tests if one.standing is not Standing.HEALTHY]
    if not tests:
        return ""
    heads = ("Test", "Standing", "Score", "Flaked in", "Interval", "Failed", "Last flake", "Decision", "Issue")
    written = table(heads, (_row(one) for one in tests[:WORST]))
    rest = len(tests) - WORST
    return f"## Worst tests\n\n{written}" + (f"\n\nand {rest} more" if rest > 0 else "")


def _row(test: ReportedTest) -> Sequence[str]:
    return (
        _name(test, 90),
        test.standing.value,
        f"{test.score:.2f}",
        f"{test.flake_rate:.0%}",
        f"{test.low:.0%} to {test.high:.0%}",
        f"{test.failures} of {test.runs}",
        f"{test.last_flake_at:%Y-%m-%d}" if test.last_flake_at else "",
        words.decision(test.open_decision),
        issue_link(test.issue),
    )


def issue_link(one: IssueSaid | None) -> str:
    """Link to a test's issue with its number and state; empty where there is none."""
    said = words.issue(one)
    return link(said, one.url) if said and one is not None and one.url else plain(said) if said else ""


def _broken(tests: Sequence[ReportedTest]) -> str:
    if not tests:
        return ""
    rows = [f"- {_name(one)}{_since(one)}{_cause(one)}" for one in tests[:WORST]]
    intro = "These fail consistently. That is no flake: nothing excuses them, and no quarantine should hide them."
    return f"## Broken tests\n\n{intro}\n\n" + "\n".join(rows)


def _since(test: ReportedTest) -> str:
    return f" since {commit(test.broken_since)}" if test.broken_since else ""


def _cause(test: ReportedTest) -> str:
    return f": {code(test.cause, 160)}" if test.cause else ""


def _flaky(tests: Sequence[ReportedTest]) -> list[str]:
    return ["## Flaky tests and their proofs", *(_proven(one) for one in tests[:WORST])] if tests else []


def _proven(test: ReportedTest) -> str:
    facts = [f"- It {words.flaked(test)}; score {test.score:.2f}."]
    if test.cause:
        facts.append(f"- Latest failure: {code(test.cause, 200)}")
    if test.file:
        facts.append(f"- File {code(test.file)}" + (f", owner {code(test.owner, 100)}" if test.owner else ""))
    if test.open_decision is not None:
        facts.append(f"- {words.decision(test.open_decision).capitalize()}: {code(test.open_decision.rationale, 200)}")
    if test.first_flake_at and test.last_flake_at:
        facts.append(f"- First flake {test.first_flake_at:%Y-%m-%d}, last flake {test.last_flake_at:%Y-%m-%d}")
    latest = sorted(test.proofs, key=lambda one: one.at, reverse=True)[:PROOFS]
    written = table(("When", "Proof", "Failed", "Passed", "Commit"), (_proof(one) for one in latest))
    return "\n\n".join([f"### {_name(test)}", "\n".join(facts), *([written] if latest else [])])


def _proof(one: Proof) -> Sequence[str]:
    place = f", pull request {one.pull}{' from a fork' if one.from_fork else ''}" if one.pull else ""
    return (
        f"{one.at:%Y-%m-%d %H:%M}",
        f"{one.grade.value}: {GRADES[one.grade]}{place}",
        _step(one.failed),
        _passed(one),
        commit(one.head_sha),
    )


def _passed(one: Proof) -> str:
    # Both tries of one job have one page: a second link to it would look like another proof.
    if one.passed is None or one.passed == one.failed:
        return "the same job, at another try" if one.passed else ""
    return _step(one.passed)


def _step(one: Step) -> str:
    return f"{link(f'run {one.run_id} attempt {one.run_attempt}', one.url or '')} {code(one.job, 60)}"


def _quarantines(report: FlakinessReport) -> str:
    tests = [*report.decided(DecisionState.ACTIVE), *report.decided(DecisionState.PROPOSED)]
    if not tests:
        return ""
    soon = report.ending_soon()
    rows = []
    for one in tests[: 2 * WORST]:
        said = one.open_decision
        if said is not None:
            ends = f"{said.until:%Y-%m-%d}" if said.until else ""
            by = code(said.by, 60) if said.by else "the rules"
            rows.append(
                (
                    _name(one, 90),
                    said.state.value,
                    f"**{ends}**" if one in soon else ends,
                    by,
                    code(said.rationale, 160),
                )
            )
    intro = "Ends within a week in bold." if soon else ""
    written = table(("Test", "State", "Ends", "By", "Because"), rows)
    return "\n\n".join(part for part in ("## Quarantines and proposals", intro, written) if part)


def _causes(report: FlakinessReport) -> str:
    if not report.causes:
        return ""
    rows = (
        (
            code(one.title, 130),
            str(one.failures),
            str(one.tests),
            "machines" if one.is_infra else "tests",
            f"{one.first_at:%Y-%m-%d}",
            f"{one.last_at:%Y-%m-%d}",
        )
        for one in report.causes
    )
    return "## Causes\n\n" + table(("Failure", "Times", "Tests", "Whose", "First", "Last"), rows)


def _incidents(report: FlakinessReport) -> str:
    if not report.incidents:
        return ""
    rows = (
        (
            f"{one.at:%Y-%m-%d %H:%M}",
            f"{link(f'run {one.run_id} attempt {one.run_attempt}', one.url)} {code(one.workflow, 60)}",
            words.outage(one),
            ", ".join(code(cause, 80) for cause in one.causes),
        )
        for one in report.incidents
    )
    return "## When the machines failed\n\n" + table(("When", "Attempt", "What", "Cause"), rows)
