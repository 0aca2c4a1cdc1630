"""What the flakiness report says, before it is written in any format."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.core.model import CaseName, DecisionState, Grade, Standing, Verdict

SOON = timedelta(days=7)
"""A quarantine that ends within this time is told of by name."""

TREND = timedelta(days=30)
"""So far back the trend goes."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One job of one attempt, by the provider's run number; `url` is its page where it is known."""

    run_id: int
    run_attempt: int
    job: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A piece of evidence: where the test failed, and where the same code passed."""

    grade: Grade
    at: datetime
    head_sha: str
    pull: int | None
    from_fork: bool
    failed: Step
    passed: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSaid:
    """The latest decision about a test; `by` is a login, None where the rules decided."""

    state: DecisionState
    rationale: str
    by: str | None
    decided_at: datetime
    until: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSaid:
    """The issue that stands for a test; `state` and `reason` are the tracker's words, `number` None until it is opened."""

    number: int | None
    url: str | None
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTest:
    """What is known of one test.

    `score` is 0..1 (how sure), `flake_rate` the share of its latest `runs` in which it flaked, with the 90 % interval
    `low`..`high`. `evidence` counts the pieces of each grade; `proofs` are the latest of them, by grade. `history` is what it
    did in its latest runs, oldest first.
    """

    case: CaseName
    file: str | None
    owner: str | None
    standing: Standing
    score: float
    flake_rate: float
    low: float
    high: float
    runs: int
    failures: int
    evidence: Mapping[Grade, int]
    proofs: tuple[Proof, ...]
    cause: str | None
    decision: DecisionSaid | None
    issue: IssueSaid | None
    first_flake_at: datetime | None
    last_flake_at: datetime | None
    broken_since: str | None
    history: tuple[Verdict, ...]

    @property
    def open_decision(self) -> DecisionSaid | None:
        return self.decision if self.decision is not None and self.decision.is_open else None

    def is_(self, state: DecisionState) -> bool:
        """Say whether an open decision of that state is in force."""
        return self.open_decision is not None and self.open_decision.state is state


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Failures that share a signature (a cluster). `is_infra` where they were the machines' fault."""

    title: str
    is_infra: bool
    failures: int
    tests: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An attempt whose machines failed: as a whole, or in jobs whose logs name the `causes`."""

    run_id: int
    run_attempt: int
    workflow: str
    at: datetime
    failures: int
    url: str
    is_whole: bool
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendDay:
    """A UTC day with `runs`, of which a flake hit `runs_flaked` (a share of `flake_rate`), at a cost of `minutes_lost`."""

    day: date
    runs: int
    runs_flaked: int
    flake_rate: float
    minutes_lost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakinessReport:
    """What is known of a repository's tests.

    `tests` are all that have a score, worst first, and then those that never failed, as far as they are told of; `known`
    counts all. `occurrences` are executions, rolled up ones included; `first_at` and `last_at` the starts of the oldest and
    newest attempt, None where there is none. `trend` has the days since TREND ago that saw a run, oldest first.
    """

    repository: str
    as_of: datetime
    runs: int
    attempts: int
    occurrences: int
    known: int
    first_at: datetime | None
    last_at: datetime | None
    tests: tuple[ReportedTest, ...]
    causes: tuple[Cause, ...]
    incidents: tuple[Incident, ...]
    trend: tuple[TrendDay, ...]

    def totals(self) -> dict[Standing, int]:
        """Count the tests by standing, worst standing first; a test that is not told of is healthy."""
        told = Counter(one.standing for one in self.tests)
        told[Standing.HEALTHY] += self.known - len(self.tests)
        return {one: told[one] for one in (Standing.BROKEN, Standing.FLAKY, Standing.SUSPECT, Standing.HEALTHY)}

    def of(self, standing: Standing) -> list[ReportedTest]:
        return [one for one in self.tests if one.standing is standing]

    def decided(self, state: DecisionState) -> list[ReportedTest]:
        """Return the tests with an open decision of that state, the one that ends first before the others."""
        return decided(self.tests, state)

    def ending_soon(self) -> list[ReportedTest]:
        """Return the tests whose quarantine ends within a week."""
        return ending_soon(self.tests, self.as_of)


def decided(tests: Iterable[ReportedTest], state: DecisionState) -> list[ReportedTest]:
    """Return the tests with an open decision of that state, the one that ends first before the others."""
    return sorted((one for one in tests if one.is_(state)), key=lambda one: _end(one) or _NEVER)


def ending_soon(tests: Iterable[ReportedTest], as_of: datetime) -> list[ReportedTest]:
    """Return the tests whose quarantine ends within a week, the one that ends first before the others."""
    return [one for one in decided(tests, DecisionState.ACTIVE) if (_end(one) or _NEVER) <= as_of + SOON]


def _end(test: ReportedTest) -> datetime | None:
    return test.decision.until if test.decision is not None else None
