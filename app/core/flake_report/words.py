"""The sentences that the report has in every format. What is a stranger's text stays apart: each format shows it safely."""

from dataclasses import dataclass
from datetime import datetime

from app.core.counts import be, count
from app.core.flake_report.values import (
    TREND,
    DecisionSaid,
    FlakinessReport,
    Incident,
    IssueSaid,
    ReportedTest,
    TrendDay,
)
from app.core.model import DecisionState, Standing
from app.core.pull_report import name_of

STANDINGS = {
    Standing.BROKEN: "fails consistently: mend it, nothing excuses it",
    Standing.FLAKY: "proven to fail and pass on the same code",
    Standing.SUSPECT: "some evidence, not enough to act on",
    Standing.HEALTHY: "nothing in its latest runs speaks against it",
}
NAMED = 3
"""How many tests a sentence names; of the rest it gives the number."""


@dataclass(frozen=True, slots=True)
class Name:
    """A stranger's text within a sentence of ours, to be shown as code."""

    text: str


Sentence = tuple[str | Name, ...]


def about(report: FlakinessReport) -> str:
    """Say what the report was made of."""
    stored = f"{count(report.runs, 'run')}, {count(report.occurrences, 'execution')} of {count(report.known, 'test')}"
    if report.first_at is None or report.last_at is None:
        return f"As of {report.as_of:%Y-%m-%d}. No run is stored yet."
    return f"As of {report.as_of:%Y-%m-%d}: {stored}, from {report.first_at:%Y-%m-%d} to {report.last_at:%Y-%m-%d}."


def verdict(report: FlakinessReport) -> str:
    """Say in one sentence how the repository's tests are."""
    totals = report.totals()
    bad = [standing for standing in (Standing.FLAKY, Standing.BROKEN, Standing.SUSPECT) if totals[standing]]
    if not report.known:
        return "No test is known yet."
    if not bad:
        return f"All {count(report.known, 'test')} are healthy." if report.known > 1 else "The one test is healthy."
    said = [f"{totals[one]} {be(totals[one])} {one.value}" for one in bad]
    return f"Of {count(report.known, 'test')}, {_and([*said, f'{totals[Standing.HEALTHY]} healthy'])}."


def _and(said: list[str]) -> str:
    return f"{', '.join(said[:-1])} and {said[-1]}"


def summary(report: FlakinessReport) -> list[Sentence]:
    """Say what matters most, a sentence a matter, the most urgent first."""
    return [
        *_broken(report.of(Standing.BROKEN)),
        *_worst(report.of(Standing.FLAKY)),
        *_ending(report.ending_soon()),
        *_listed("Proposed for quarantine, waiting for an answer:", report.decided(DecisionState.PROPOSED), ""),
        *_outages(report.incidents),
        *_lost(report.trend),
    ]


def _broken(tests: list[ReportedTest]) -> list[Sentence]:
    return _listed("Broken, not flaky:", tests, "fails consistently." if len(tests) == 1 else "fail consistently.")


def _worst(tests: list[ReportedTest]) -> list[Sentence]:
    if not tests:
        return []
    worst = max(tests, key=lambda one: (one.flake_rate, one.score))
    return [("The worst flake is ", Name(name_of(worst.case)), f": {flaked(worst)}.")]


def _ending(tests: list[ReportedTest]) -> list[Sentence]:
    match tests:
        case [ReportedTest(decision=DecisionSaid(until=datetime() as end))]:
            return _listed("The quarantine of", tests, f"ends within a week, on {end:%Y-%m-%d}.")
        case _:
            return _listed("The quarantines of", tests, "end within a week.")


def _listed(before: str, tests: list[ReportedTest], after: str) -> list[Sentence]:
    if not tests:
        return []
    words: list[str | Name] = [before, " "]
    for place, one in enumerate(tests[:NAMED]):
        words += [", " if place else "", Name(name_of(one.case))]
    rest = f" and {len(tests) - NAMED} more" if len(tests) > NAMED else ""
    return [(*words, f"{rest} {after}".rstrip() if after else f"{rest}.")]


def _outages(incidents: tuple[Incident, ...]) -> list[Sentence]:
    if not incidents:
        return []
    return [(f"The machines failed in {count(len(incidents), 'attempt')}: what failed there counts against no test.",)]


def _lost(trend: tuple[TrendDay, ...]) -> list[Sentence]:
    runs, hit = sum(one.runs for one in trend), sum(one.runs_flaked for one in trend)
    if not hit:
        return []
    cost = count(round(sum(one.minutes_lost for one in trend)), "minute")
    return [(f"In the last {TREND.days} days a flake hit {hit} of {count(runs, 'run')}, which cost {cost}.",)]


def flaked(test: ReportedTest) -> str:
    """Say how often a test flaked, and how sure that figure is."""
    share = f"flaked in {test.flake_rate:.0%} of its latest {count(test.runs, 'run')}"
    return f"{share} (90% interval {test.low:.0%} to {test.high:.0%})"


def decision(one: DecisionSaid | None) -> str:
    """Say in a few words what was decided about a test; nothing where nothing was."""
    match one:
        case None:
            return ""
        case DecisionSaid(state=DecisionState.ACTIVE, is_open=True):
            return f"quarantined until {one.until:%Y-%m-%d}" if one.until else "quarantined"
        case DecisionSaid(state=DecisionState.PROPOSED, is_open=True):
            return f"proposed {one.decided_at:%Y-%m-%d}"
        case _:
            return f"{one.state.value.lower()} {one.decided_at:%Y-%m-%d}"


def issue(one: IssueSaid | None) -> str:
    """Name a test's issue and its state."""
    if one is None or one.number is None:
        return ""
    return f"#{one.number} {one.state}"


def outage(one: Incident) -> str:
    """Say how an attempt failed."""
    return "failed as a whole" if one.is_whole else f"{count(one.failures, 'test')} failed"
