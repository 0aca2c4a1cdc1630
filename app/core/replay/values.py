"""What a replay is made of, and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.decisions import Decision, Rules
from app.core.infra import AttemptKey, Dropped
from app.core.model import CaseName, Execution, TestId
from app.core.score import Thresholds


class What(StrEnum):
    """What becomes of a test. A proposal expires, too: it is withdrawn."""

    PROPOSED = "proposed"
    QUARANTINED = "quarantined"
    RELEASED = "released"
    EXPIRED = "expired"
    ISSUE_OPENED = "issue opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What would have become of a test, when, and why. `attempt` is the one that led to it; None where time alone did."""

    at: datetime
    test: TestId
    what: What
    why: str
    attempt: AttemptKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What happened from `since` to `until`, whatever the policy, and how matters stood at its beginning.

    `executions` hold each test's windows before `since`, too; `ended` says when each of their attempts did. `decisions`
    are the latest of the tests that have any, `with_issue` the tests that have an issue, and `opened_today` counts the
    issues of the UTC day of `since` that were opened before it. `shared` names, for tests that share their cause with
    others, that cause: one issue tells of all of them. `repository` is the full name.
    """

    since: datetime
    until: datetime
    repository: str
    executions: Mapping[TestId, Sequence[Execution]]
    ended: Mapping[AttemptKey, datetime]
    dropped: Dropped
    decisions: Mapping[TestId, Decision]
    with_issue: frozenset[TestId]
    opened_today: int
    shared: Mapping[TestId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a policy asks of each test of the past. `issues_a_day` is 0 where it wants none."""

    rules: Mapping[TestId, Rules]
    thresholds: Mapping[TestId, Thresholds]
    issues_a_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a policy would have done, beside what the one in force would have done.

    `cases` name the tests of all events. `left_out` counts the tests that were not looked at, since there are too many.
    """

    since: datetime
    until: datetime
    cases: Mapping[TestId, CaseName]
    asked: Sequence[Event]
    in_force: Sequence[Event]
    left_out: int

    @property
    def is_same(self) -> bool:
        """Say whether the policy would have done the same as the one in force, for whatever reasons."""
        return list(map(_outcome, self.asked)) == list(map(_outcome, self.in_force))


def _outcome(event: Event) -> tuple[datetime, TestId, What]:
    return event.at, event.test, event.what
