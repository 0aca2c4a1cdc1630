"""What a replay is made of, and what comes out of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.decisions import Decision, Rules
from app.core.infra import AttemptKey, Dropped
from app.core.issue_life import Goal
from app.core.model import CaseName, Execution, Standing, TestId
from app.core.score import Thresholds


class What(StrEnum):
    """What becomes of a test. A proposal expires, too: it is withdrawn."""

    PROPOSED = "proposed"
    QUARANTINED = "quarantined"
    RELEASED = "released"
    EXPIRED = "expired"
    ISSUE_OPENED = "issue opened"
    ISSUE_CLOSED = "issue closed"
    ISSUE_REOPENED = "issue reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What would have become of a test, when, and why. `attempt` is the one that led to it; None where time alone did.

    `cause` is that of an issue which stands for what several tests share; `test` is the worst of them.
    """

    at: datetime
    test: TestId
    what: What
    why: str
    attempt: AttemptKey | None
    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """How often a cause had hit a test at the beginning, and the start of the latest attempt in which it did; None: it had not."""

    count: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCause:
    """A strict signature, with the tests that it hits in the time that is replayed or hit before, and when it did first.

    `standing` is what was thought of it at the beginning, where it has not been seen since; else None.
    """

    id: int
    signature: str
    hits: Mapping[TestId, Hit]
    first_at: datetime | None = None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIssue:
    """An issue that was begun before the beginning: the test that it stands for, or the cause, and the tests that it told of.

    `follows` is the id of the one from which it goes on. `opened_at` is None where it waited then, `closed_at` where it was
    open, else `reason` and `by_us` say how it had been closed. `goals` are what flakes before had set.
    """

    id: int
    test: TestId | None
    cause: int | None
    members: frozenset[TestId]
    follows: int | None = None
    opened_at: datetime | None
    closed_at: datetime | None = None
    reason: str | None = None
    by_us: bool = False
    goals: Mapping[TestId, Goal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What happened from `since` to `until`, whatever the policy, and how matters stood at its beginning.

    `executions` hold each test's windows before `since`, too; `ended` says when each of their attempts did. `decisions`
    are the latest of the tests that have any, `issues` those that had been begun, in the order in which they were, and
    `opened_today` counts those of the UTC day of `since` that were opened before it. `causes` are all by which those tests
    failed, infrastructure apart. `proven` are the ways (loose signatures) in which a test was known to flake by then, its
    windows aside. `repository` is the full name.
    """

    since: datetime
    until: datetime
    repository: str
    executions: Mapping[TestId, Sequence[Execution]]
    ended: Mapping[AttemptKey, datetime]
    dropped: Dropped
    decisions: Mapping[TestId, Decision]
    opened_today: int
    issues: Sequence[PastIssue] = ()
    causes: Sequence[PastCause] = ()
    proven: Mapping[TestId, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueWishes:
    """Whether a policy wants issues, how many are opened in a day, and for how long a closed one is reopened."""

    enabled: bool
    a_day: int
    reopen_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a policy asks of each test of the past, of the causes and of the issues."""

    rules: Mapping[TestId, Rules]
    thresholds: Mapping[TestId, Thresholds]
    of_causes: Thresholds
    issues: IssueWishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a policy would have done, beside what the one in force would have done.

    `cases` name the tests of all events. `left_out` counts the tests that were not looked at, since there are too many;
    `is_shortened` says that for the same reason days were left out.
    """

    since: datetime
    until: datetime
    cases: Mapping[TestId, CaseName]
    asked: Sequence[Event]
    in_force: Sequence[Event]
    left_out: int
    is_shortened: bool = False

    @property
    def is_same(self) -> bool:
        """Say whether the policy would have done the same as the one in force, for whatever reasons."""
        return list(map(_outcome, self.asked)) == list(map(_outcome, self.in_force))


def _outcome(event: Event) -> tuple[datetime, What, TestId | None, int | None]:
    # The issue of a cause is the same one, whichever of its tests is the worst.
    return event.at, event.what, event.test if event.cause is None else None, event.cause
