"""The weekly digest of a repository: one issue, edited in place each Monday."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from app.core.counts import count
from app.core.flake_report import ReportedTest, TrendDay, ending_soon, issue_link, table
from app.core.model import CaseName, Standing
from app.core.pull_report import name_of
from app.core.run_looks import own_second
from app.core.text import code, fit

MARKER = "<!-- flakeguard:issue 000000weekly -->"
TITLE = "Flaky tests, week by week"
CLOSED = f"{MARKER}\n\nThe policy asks for no weekly digest any more (`digest.issue`), so this one is closed and nothing is added."
NEW, OVER, WORST, ENDING = "New", "Gone", "Worst", "Quarantines that end soon"
NOTHING = {
    NEW: "No test flaked for the first time.",
    OVER: "No test's issue was closed as completed, and no quarantine was resolved.",
    WORST: "Nothing speaks against any test.",
    ENDING: "No quarantine ends within a week of the end of this one.",
}
NOTES = (
    "A week goes from Monday to Monday, UTC. A run was hit by a flake where a later attempt of the same code succeeded;"
    " the minutes lost are what the failed attempts of such runs took and made people wait, an hour at most each, by the"
    " day on which they began. The score (0 to 1) says how sure it is that a test is flaky; how often it flaked is the"
    " share of its latest runs, with the 90% interval of that share. Scores and quarantines are as they stood when this"
    " was written."
)
LISTED = 20
"""Rows of a table; of the rest the number is given."""

WEEK = timedelta(days=7)
_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The seven days from `since`, a Monday 00:00 UTC."""

    since: datetime

    @property
    def until(self) -> datetime:
        return self.since + WEEK

    @property
    def before(self) -> "Week":
        return Week(since=self.since - WEEK)

    def has(self, at: datetime | None) -> bool:
        return at is not None and self.since <= at < self.until


def last_week(now: datetime) -> Week:
    """Return the latest week that is over."""
    return Week(since=_monday(now) - WEEK)


def _monday(now: datetime) -> datetime:
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return today - timedelta(days=today.weekday())


def is_due(repo_id: int, looked_at: datetime | None, now: datetime) -> bool:
    """Say whether it is time for a repository's digest, which was last looked at then.

    Each repository has its own second of Monday. However many of them went by in a stop, it is due once.
    """
    own = _monday(now) + timedelta(seconds=own_second(repo_id, _DAY_SECONDS))
    latest = own if own <= now else own - WEEK
    return looked_at is None or looked_at < latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """A test whose issue was closed as completed, or else whose quarantine was resolved, and that has not flaked since."""

    case: CaseName
    at: datetime
    is_issue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFacts:
    """What is known of a repository's `week` and the one before.

    `tests` are as the flakiness report has them, worst first; `trend` has the days of both weeks, and `over` the tests of
    both.
    """

    week: Week
    tests: Sequence[ReportedTest]
    trend: Sequence[TrendDay]
    over: Sequence[Over]

    def new_in(self, week: Week) -> list[ReportedTest]:
        """Return the tests of which the oldest evidence is of that week, and that something still speaks against."""
        return [one for one in self.tests if one.standing in _DOUBTED and week.has(one.first_flake_at)]

    def over_in(self, week: Week) -> list[Over]:
        return [one for one in self.over if week.has(one.at)]

    @property
    def worst(self) -> list[ReportedTest]:
        return [one for one in self.tests if one.standing in _DOUBTED]

    @property
    def broken(self) -> int:
        return sum(one.standing is Standing.BROKEN for one in self.tests)


_DOUBTED = (Standing.FLAKY, Standing.SUSPECT)


def render(facts: WeekFacts) -> str:
    """Write the issue's body."""
    week = facts.week
    first = (
        f"The week from {week.since:%Y-%m-%d} to {week.until - timedelta(days=1):%Y-%m-%d}, beside the one before."
        " Each Monday this is brought up to date in place; whoever closes it is left alone until they reopen it."
    )
    parts = [
        MARKER,
        first,
        _figures(facts),
        _section(NEW, _tests(facts.new_in(week))),
        _section(OVER, _over(facts.over_in(week))),
        _section(WORST, _tests(facts.worst)),
        *_broken(facts.broken),
        _section(ENDING, _ending(ending_soon(facts.tests, week.until))),
        f"<sub>{NOTES}</sub>",
    ]
    return fit(parts)


def _figures(facts: WeekFacts) -> str:
    now, before = (_column(facts, one) for one in (facts.week, facts.week.before))
    heads = ("", "This week", "The week before")
    names = ("Runs", "Runs that a flake hit", "Minutes lost", "New flaky tests", "Gone")
    return table(heads, zip(names, now, before, strict=True))


def _column(facts: WeekFacts, week: Week) -> Sequence[str]:
    days = [one for one in facts.trend if week.has(datetime.combine(one.day, time(), UTC))]
    runs, hit = sum(one.runs for one in days), sum(one.runs_flaked for one in days)
    share = f" ({hit / runs:.0%})" if hit else ""
    minutes = sum(one.minutes_lost for one in days)
    return (
        f"{runs}",
        f"{hit}{share}",
        f"{minutes:.0f}",
        f"{len(facts.new_in(week))}",
        f"{len(facts.over_in(week))}",
    )


def _section(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Write a table whose first row is its head, or that there is nothing."""
    heads, *own = rows
    if not own:
        return f"### {title}\n\n{NOTHING[title]}"
    more = f"\n\nand {len(own) - LISTED} more" if len(own) > LISTED else ""
    return f"### {title}\n\n{table(heads, own[:LISTED])}{more}"


def _tests(tests: Iterable[ReportedTest]) -> list[Sequence[str]]:
    heads = ("Test", "Standing", "Score", "Flaked in", "Interval", "Failed", "Last flake", "Issue")
    return [heads, *(_test(one) for one in tests)]


def _test(one: ReportedTest) -> Sequence[str]:
    return (
        code(name_of(one.case), 160),
        one.standing.value,
        f"{one.score:.2f}",
        f"{one.flake_rate:.0%}",
        f"{one.low:.0%} to {one.high:.0%}",
        f"{one.failures} of {one.runs}",
        f"{one.last_flake_at:%Y-%m-%d}" if one.last_flake_at else "",
        issue_link(one.issue),
    )


def _over(tests: Iterable[Over]) -> list[Sequence[str]]:
    rows = [
        (code(name_of(one.case), 160), f"{one.at:%Y-%m-%d}", "issue closed" if one.is_issue else "quarantine resolved")
        for one in tests
    ]
    return [("Test", "Since", "By"), *rows]


def _broken(number: int) -> list[str]:
    return [f"Broken, not flaky: {count(number, 'test')} beside these. Nothing excuses them."] if number else []


def _ending(tests: Iterable[ReportedTest]) -> list[Sequence[str]]:
    heads = ("Test", "Ends", "Owner", "Decided by", "Because")
    return [heads, *(_end(one) for one in tests)]


def _end(one: ReportedTest) -> Sequence[str]:
    said = one.open_decision
    if said is None or said.until is None:
        return ()
    owner = code(one.owner, 100) if one.owner else ""
    by = code(said.by, 60) if said.by else "the rules"
    return code(name_of(one.case), 160), f"{said.until:%Y-%m-%d}", owner, by, code(said.rationale, 200)
