"""One policy living through the past: what it decides at each moment, and which issues it opens."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.decisions import Change, Decision, Subject, next_step
from app.core.evidence import PROOFS
from app.core.infra import AttemptKey
from app.core.issue_members import needs_issue
from app.core.model import DecisionState, Standing, TestId
from app.core.replay.causes import Causes
from app.core.replay.issues import Issue, Issues
from app.core.replay.known import Known
from app.core.replay.values import Event, Past, What, Wishes
from app.core.score import Findings
from app.core.upkeep import start_of_day

_WHAT = {
    DecisionState.PROPOSED: What.PROPOSED,
    DecisionState.ACTIVE: What.QUARANTINED,
    DecisionState.RESOLVED: What.RELEASED,
    DecisionState.EXPIRED: What.EXPIRED,
}
_DAY = timedelta(days=1)
_OPEN = frozenset({DecisionState.PROPOSED, DecisionState.ACTIVE})

_Way = tuple[str | None, int | None]
"""How a test was proven to flake: the failure's loose signature, and the pull request that it was seen on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    at: datetime
    attempt: AttemptKey | None


class Life:
    """What one policy has done by now: its decisions, its issues, and what it thought of each test when it last looked.

    Of a test that may not be flaky by its thresholds and about which nothing is decided, nothing follows; it is taken
    for healthy without being judged.
    """

    def __init__(self, past: Past, wishes: Wishes, known: Mapping[TestId, Known], causes: Causes) -> None:
        self.events: list[Event] = []
        self._wishes = wishes
        self._known = known
        self._causes = causes
        self._decisions = dict(past.decisions)
        self._issues = Issues(causes, self._needs_issue, self._score, a_day=wishes.issues_a_day)
        for issue in past.issues:
            self._issues.remember(issue.test, issue.cause, issue.members)
        self._issues.turn_to(past.since.astimezone(UTC).date(), past.opened_today)
        self._midnight = start_of_day(past.since) + _DAY
        self._sharing = {test for cause in past.causes if len(cause.hits) > 1 for test in cause.hits}
        self.standings: dict[TestId, Standing] = {}
        self._flaky_causes: set[int] = set()
        self._ways: defaultdict[TestId, set[_Way]] = defaultdict(set)

    def remember(self) -> None:
        """Take what is known now for what was thought before."""
        for test in self._known:
            self._judge(test)

    def take_over(self, standings: Mapping[TestId, Standing], flaky_causes: Iterable[int]) -> None:
        """Begin with what the policy thought that was in force until now."""
        self.standings |= standings
        self._flaky_causes = set(flaky_causes)

    def let_pass(self, until: datetime) -> None:
        """Let the quarantines end whose time is over by then, and the issues open that waited for a new UTC day, each when it is."""
        while (due := self._next_due(until)) is not None:
            at, test = due
            if test is not None:
                self.look([test], at, None)
            else:
                self._open_waiting(at)

    def _next_due(self, until: datetime) -> tuple[datetime, TestId | None] | None:
        """Return what comes next by time alone: the end of a test's quarantine, or a new day, which is no test's."""
        ends = [(one.until, test) for test, one in self._decisions.items() if self._is_active(test) and one.until]
        end = min(ends, default=None)
        due = end if end is not None and end[0] <= self._midnight else (self._midnight, None)
        return due if due[0] <= until else None

    def _open_waiting(self, at: datetime) -> None:
        """Begin a UTC day. The bot looks every five minutes; here it is the first moment of the day."""
        self._midnight = at + _DAY
        self._issues.turn_to(at.astimezone(UTC).date())
        moment = _Moment(at=at, attempt=None)
        for issue in self._issues.open_waiting():
            self._tell_of(issue, moment)

    def look(self, tests: Iterable[TestId], at: datetime, attempt: AttemptKey | None) -> None:
        """Judge those tests and what an attempt has shown, decide about the worst tests first, and open the issues that follow."""
        moment = _Moment(at=at, attempt=attempt)
        found: dict[TestId, Findings] = {}
        changed: set[TestId] = set()
        for test in tests:
            judged, is_moved = self._judge(test)
            if judged is not None:
                found[test] = judged
            if is_moved:
                changed.add(test)
        flaky_causes = [] if attempt is None else self._judge_causes(self._causes.shared_in(attempt[0]))
        changed |= self._decide(found, moment)
        others = {test for test in tests if self.standings[test] is Standing.FLAKY or self._issues.waits_for(test)}
        to_sync = [test for cause in flaky_causes for test in self._causes.members(cause, 1)]
        for test in (*to_sync, *self._issues.once_each(others - changed), *self._issues.once_each(changed)):
            self._sync_issue(test, moment)

    def _judge(self, test: TestId) -> tuple[Findings | None, bool]:
        """Return what is known of a test where anything can follow from it, and whether that is other than before."""
        known, thresholds = self._known[test], self._wishes.thresholds[test]
        before = self.standings.get(test, Standing.HEALTHY)
        # With fewer failing runs no test is flaky; but one that suffers from what others do may be told of with them.
        fewest = 1 if test in self._sharing else thresholds.min_failures
        if not self._is_open(test) and not known.has_failed(fewest, thresholds.window_size):
            self.standings[test] = Standing.HEALTHY
            return None, before is not Standing.HEALTHY
        found = known.find(thresholds.window_size)
        self.standings[test] = found.standing(thresholds)
        ways = {
            (one.loose_signature, one.pull) for one in found.evidence if one.grade in PROOFS and one.loose_signature
        }
        is_proven = not ways <= self._ways[test]
        self._ways[test] |= ways
        return found, is_proven or self.standings[test] is not before

    def _judge_causes(self, shown: Iterable[int]) -> list[int]:
        """Return the flaky ones of those causes of which something can follow: not all of their tests have an issue."""
        if not self._wishes.issues_a_day:
            return []
        matter = [cause for cause in shown if any(map(self._is_untold, self._causes.members(cause)))]
        flaky = [cause for cause in matter if self._causes.is_flaky(cause, self._wishes.of_causes)]
        self._flaky_causes = (self._flaky_causes - set(matter)) | set(flaky)
        return flaky

    def _is_untold(self, test: TestId) -> bool:
        return not (self._issues.tells_of(test) or self._wishes.rules[test].is_excluded)

    def _decide(self, found: Mapping[TestId, Findings], moment: _Moment) -> set[TestId]:
        active = sum(map(self._is_active, self._decisions))
        changed: set[TestId] = set()
        for test in sorted(found, key=lambda test: (-found[test].score, test)):
            subject = self._subject(test, found[test])
            rules, latest = self._wishes.rules[test], self._decisions.get(test)
            change = next_step(subject, latest, rules, active=active, now=moment.at)
            if change is not None:
                active += (change.state is DecisionState.ACTIVE) - self._is_active(test)
                self._record(test, change, subject.flake_rate, moment)
                changed.add(test)
        return changed

    def _subject(self, test: TestId, found: Findings) -> Subject:
        latest = self._decisions.get(test)
        ended = latest.ended_at if latest else None
        return Subject(
            standing=self.standings[test],
            score=found.score,
            flake_rate=found.flakes.rate,
            proofs_since=sum(one.grade in PROOFS and (ended is None or one.at > ended) for one in found.evidence),
            passes_since=self._known[test].passes_since(latest.decided_at) if latest and self._is_active(test) else 0,
            own_proof=any(not one.from_fork for one in found.evidence),
        )

    def _record(self, test: TestId, change: Change, flake_rate: float, moment: _Moment) -> None:
        latest, is_end = self._decisions.get(test), change.state not in _OPEN
        self._decisions[test] = Decision(
            id=0,
            state=change.state,
            decided_at=moment.at,
            ended_at=moment.at if is_end else None,
            until=change.until,
            flake_rate=latest.flake_rate if latest and latest.is_open and is_end else flake_rate,
        )
        self._tell(test, _WHAT[change.state], change.rationale, moment)

    def _sync_issue(self, test: TestId, moment: _Moment) -> None:
        opened = self._issues.sync(test)
        if opened is not None:
            self._tell_of(opened, moment)

    def _needs_issue(self, test: TestId) -> bool:
        cause = self._causes.main_if_shared(test)
        return needs_issue(
            self.standings[test],
            Standing.FLAKY if cause in self._flaky_causes else None,
            is_active=self._is_active(test),
            is_excluded=self._wishes.rules[test].is_excluded,
        )

    def _score(self, test: TestId) -> float:
        return self._known[test].find(self._wishes.thresholds[test].window_size).score

    def _tell_of(self, issue: Issue, moment: _Moment) -> None:
        """Tell of an issue that was opened by the worst of its tests."""
        test = self._issues.worst(issue)
        if self.standings[test] is Standing.FLAKY:
            why = "it is flaky"
        elif self._is_active(test):
            why = "it is in quarantine"
        else:
            why = "what it shares with other tests is flaky"
        self._tell(test, What.ISSUE_OPENED, why, moment, issue.cause)

    def _is_open(self, test: TestId) -> bool:
        return test in self._decisions and self._decisions[test].is_open

    def _is_active(self, test: TestId) -> bool:
        return self._is_open(test) and self._decisions[test].state is DecisionState.ACTIVE

    def _tell(self, test: TestId, what: What, why: str, moment: _Moment, cause: int | None = None) -> None:
        self.events.append(Event(at=moment.at, test=test, what=what, why=why, attempt=moment.attempt, cause=cause))
