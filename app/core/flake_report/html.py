"""The flakiness report as one HTML page: no script, nothing fetched, light and dark."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote, urlsplit

from app.core.counts import count
from app.core.drawing.legend import FLAKED, LOST
from app.core.drawing.small import draw_history, draw_interval
from app.core.drawing.trend import draw_flaked, draw_lost
from app.core.flake_report import words
from app.core.flake_report.style import STYLE
from app.core.flake_report.values import TREND, FlakinessReport, Incident, IssueSaid, Proof, ReportedTest, Step
from app.core.grades import GRADES
from app.core.model import DecisionState, Standing, Verdict
from app.core.pull_report import name_of
from app.core.text import cut, shown

WORST = 50
PROOFS = 5
OPEN = 3
"""How many tests show their proofs before they are asked to."""
_WORD_END = re.compile(r"[._/:](?=\w)")
_BREAKABLE = r"\g<0><wbr>"
_URL_SAFE = "/:?&=#%+,;~.-_!$"


def render_html(report: FlakinessReport) -> str:
    """Write the report as a page of its own. Whatever strangers wrote is escaped and cut."""
    parts = [
        _summary(report),
        _trend(report),
        _worst(report),
        _broken(report.of(Standing.BROKEN)),
        _flaky(report.of(Standing.FLAKY)),
        _quarantines(report),
        _causes(report),
        _incidents(report),
    ]
    title = f"Flakiness report: {_text(report.repository)}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body></html>\n"
    )


def _text(text: str, limit: int = 300) -> str:
    return escape(cut(shown(text), limit))


def _code(text: str, limit: int = 300) -> str:
    """Return the text as code that breaks between its words, where there is a choice."""
    return f"<code>{_WORD_END.sub(_BREAKABLE, _text(text, limit))}</code>"


def _anchor(label: str, url: str | None) -> str:
    """Return a link where the address is one of http or https, else the label, which is HTML already."""
    try:
        is_link = url is not None and urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        is_link = False
    return f'<a href="{escape(quote(url or "", safe=_URL_SAFE, errors="replace"))}">{label}</a>' if is_link else label


def _section(heading: str, *inside: str) -> str:
    name = heading.partition(" ")[0].lower()
    return f'<section id="{name}"><h2>{heading}</h2>{"".join(inside)}</section>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{one}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _pill(standing: Standing) -> str:
    return f'<span class="pill {standing.value}" title="{words.STANDINGS[standing]}">{standing.value}</span>'


def _summary(report: FlakinessReport) -> str:
    said = "".join(f"<li>{_sentence(one)}</li>" for one in words.summary(report))
    totals = report.totals()
    tiles = "".join(
        f'<div class="tile {one.value}"><strong>{number}</strong><span>{one.value}</span></div>'
        for one, number in totals.items()
    )
    bar = "".join(
        f'<span class="{one.value}" style="flex-grow:{number}"></span>' for one, number in totals.items() if number
    )
    return (
        f"<header><p>Flakiness report</p><h1>{_text(report.repository)}</h1><p>{words.about(report)}</p></header>"
        f'<div class="tiles">{tiles}</div><div class="shares" aria-hidden="true">{bar}</div>'
        f'<p class="verdict">{words.verdict(report)}</p><ul class="said">{said}</ul>'
    )


def _sentence(sentence: words.Sentence) -> str:
    return "".join(_code(one.text, 160) if isinstance(one, words.Name) else escape(one) for one in sentence)


def _trend(report: FlakinessReport) -> str:
    if not report.trend:
        return ""
    days = ((report.as_of - TREND).date(), report.as_of.date())
    two = (
        ("Runs that flaked", draw_flaked(report.trend, days) + FLAKED),
        ("Time lost to flakes", draw_lost(report.trend, days) + LOST),
    )
    figures = "".join(f"<figure><figcaption>{said}</figcaption>{picture}</figure>" for said, picture in two)
    return _section(f"Trend of the last {TREND.days} days", f'<div class="two">{figures}</div>')


def _worst(report: FlakinessReport) -> str:
    tests = [one for one in report.tests if one.standing is not Standing.HEALTHY]
    if not tests:
        return ""
    heads = ("Test", "Standing", "Score", "Flaked in", "Latest runs", "Decision", "Issue")
    rest = len(tests) - WORST
    more = f"<p>and {rest} more</p>" if rest > 0 else ""
    return _section("Worst tests", _table(heads, (_row(one) for one in tests[:WORST])), _LEGEND, more)


_LEGEND = (
    '<p class="legend"><i class="passed"></i> passed <i class="flaky"></i> failed and passed in one run'
    ' <i class="failed"></i> failed; a run each, the latest on the right. The bar spans the 90% interval.</p>'
)


def _row(test: ReportedTest) -> Sequence[str]:
    file = f"<small>{_WORD_END.sub(_BREAKABLE, _text(test.file, 120))}</small>" if test.file else ""
    owner = f"<small>{_text(test.owner, 80)}</small>" if test.owner else ""
    return (
        f"{_code(name_of(test.case), 160)}{file}{owner}",
        _pill(test.standing),
        f"{test.score:.2f}",
        f"{_rate(test)}<small>{test.flake_rate:.0%}, failed {test.failures} of {test.runs}</small>",
        _history(test),
        f"<time>{escape(words.decision(test.open_decision))}</time>",
        _issue(test.issue),
    )


def _rate(test: ReportedTest) -> str:
    words = f"{test.flake_rate:.0%}, 90% interval {test.low:.0%} to {test.high:.0%}"
    return draw_interval(test.flake_rate, test.low, test.high, words)


def _history(test: ReportedTest) -> str:
    bad = sum(one in (Verdict.FAILED, Verdict.FLAKY) for one in test.history)
    said = f"failed in {bad} of its latest {count(len(test.history), 'run')}"
    return draw_history(test.history, said) if test.history else ""


def _issue(one: IssueSaid | None) -> str:
    said = words.issue(one)
    return _anchor(escape(said), one.url) if said and one is not None else ""


def _broken(tests: Sequence[ReportedTest]) -> str:
    if not tests:
        return ""
    rows = "".join(f"<li>{_broken_one(one)}</li>" for one in tests[:WORST])
    intro = (
        "<p>These fail consistently. That is no flake: nothing excuses them, and no quarantine should hide them.</p>"
    )
    return _section("Broken tests", intro, f"<ul>{rows}</ul>")


def _broken_one(test: ReportedTest) -> str:
    since = f" since {_code(test.broken_since[:10])}" if test.broken_since else ""
    cause = f'<br><span class="soft">{_text(test.cause, 200)}</span>' if test.cause else ""
    return f"{_code(name_of(test.case))}{since}{cause}"


def _flaky(tests: Sequence[ReportedTest]) -> str:
    return (
        _section(
            "Flaky tests and their proofs",
            *(_proven(one, is_open=place < OPEN) for place, one in enumerate(tests[:WORST])),
        )
        if tests
        else ""
    )


def _proven(test: ReportedTest, *, is_open: bool) -> str:
    facts = [f"It {escape(words.flaked(test))}; score {test.score:.2f}."]
    if test.cause:
        facts.append(f"Latest failure: {_code(test.cause, 200)}")
    if test.open_decision is not None:
        said = test.open_decision
        facts.append(f"{escape(words.decision(said).capitalize())}: {_text(said.rationale, 300)}")
    if test.first_flake_at and test.last_flake_at:
        facts.append(f"First flake {test.first_flake_at:%Y-%m-%d}, last flake {test.last_flake_at:%Y-%m-%d}.")
    latest = sorted(test.proofs, key=lambda one: one.at, reverse=True)[:PROOFS]
    table = _table(("When", "Proof", "Failed", "Passed", "Commit"), (_proof(one) for one in latest)) if latest else ""
    return (
        f"<details{' open' if is_open else ''}><summary>{_code(name_of(test.case))}</summary>"
        f"<ul>{''.join(f'<li>{one}</li>' for one in facts)}</ul>{table}</details>"
    )


def _proof(one: Proof) -> Sequence[str]:
    place = f", pull request {one.pull}{' from a fork' if one.from_fork else ''}" if one.pull else ""
    return (
        f"<time>{one.at:%Y-%m-%d %H:%M}</time>",
        f"{one.grade.value}: {GRADES[one.grade]}{place}",
        _step(one.failed),
        _passed(one),
        _code(one.head_sha[:10]),
    )


def _passed(one: Proof) -> str:
    # Both tries of one job have one page: a second link to it would look like another proof.
    if one.passed is None or one.passed == one.failed:
        return "the same job, at another try" if one.passed else ""
    return _step(one.passed)


def _step(one: Step) -> str:
    return _anchor(f"run {one.run_id}", one.url) + f"<small>attempt {one.run_attempt}, {_text(one.job, 80)}</small>"


def _quarantines(report: FlakinessReport) -> str:
    tests = [*report.decided(DecisionState.ACTIVE), *report.decided(DecisionState.PROPOSED)]
    soon = report.ending_soon()
    rows = [_quarantine(one, is_soon=one in soon) for one in tests[: 2 * WORST]]
    return (
        _section("Quarantines and proposals", _table(("Test", "State", "Ends", "By", "Because"), rows)) if rows else ""
    )


def _quarantine(test: ReportedTest, *, is_soon: bool) -> Sequence[str]:
    said = test.decision
    if said is None:
        return ()
    ends = f"{said.until:%Y-%m-%d}" if said.until else ""
    return (
        _code(name_of(test.case), 160),
        said.state.value,
        f'<strong class="soon">{ends}</strong><small>within a week</small>' if is_soon else ends,
        _text(said.by, 60) if said.by else "the rules",
        _text(said.rationale, 200),
    )


def _causes(report: FlakinessReport) -> str:
    rows = [
        (
            _code(one.title, 160),
            str(one.failures),
            str(one.tests),
            "machines" if one.is_infra else "tests",
            f"<time>{one.first_at:%Y-%m-%d}</time>",
            f"<time>{one.last_at:%Y-%m-%d}</time>",
        )
        for one in report.causes
    ]
    return _section("Causes", _table(("Failure", "Times", "Tests", "Whose", "First", "Last"), rows)) if rows else ""


def _incidents(report: FlakinessReport) -> str:
    rows = [_incident(one) for one in report.incidents]
    heads = ("When", "Attempt", "What", "Cause")
    return _section("When the machines failed", _table(heads, rows)) if rows else ""


def _incident(one: Incident) -> Sequence[str]:
    return (
        f"<time>{one.at:%Y-%m-%d %H:%M}</time>",
        f"{_anchor(f'run {one.run_id}', one.url)}<small>attempt {one.run_attempt}, {_text(one.workflow, 80)}</small>",
        words.outage(one),
        _text(", ".join(one.causes), 200),
    )
