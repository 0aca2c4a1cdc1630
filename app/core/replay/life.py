"""One policy living through the past: what it decides at each moment, and what becomes of its issues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.decisions import Change, Decision, Subject, next_step
from app.core.evidence import PROOFS
from app.core.infra import AttemptKey
from app.core.model import DecisionState, Standing, TestId
from app.core.replay.causes import Causes
from app.core.replay.issues import Issue, Issues
from app.core.replay.known import Known
from app.core.replay.stands import Stands
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    at: datetime
    attempt: AttemptKey | None


class Life:
    """What one policy has done by now: its decisions and its issues."""

    def __init__(self, past: Past, wishes: Wishes, known: Mapping[TestId, Known], causes: Causes) -> None:
        self.events: list[Event] = []
        self._wishes = wishes
        self._known = known
        self._causes = causes
        self.stands = Stands(past, wishes, known, causes)
        self._issues = Issues(past, wishes.issues, causes, self.stands)
        self._midnight = start_of_day(past.since) + _DAY

    def remember(self) -> None:
        """Take what is known now for what was thought before."""
        for test in self._known:
            self._judge(test)

    def take_over(self, before: Stands, flaky_causes: Iterable[int]) -> None:
        """Begin with what the policy thought that was in force until now."""
        self.stands.standings |= before.standings
        self.stands.flaky_causes = set(flaky_causes)

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
        stands = self.stands
        ends = [(one.until, test) for test, one in stands.decisions.items() if stands.is_active(test) and one.until]
        end = min(ends, default=None)
        due = end if end is not None and end[0] <= self._midnight else (self._midnight, None)
        return due if due[0] <= until else None

    def _open_waiting(self, at: datetime) -> None:
        """Begin a UTC day. The bot looks every five minutes; here it is the first moment of the day."""
        self._midnight = at + _DAY
        for issue, what in self._issues.open_waiting(at):
            self._tell_of(issue, what, _Moment(at=at, attempt=None))

    def look(self, tests: Iterable[TestId], at: datetime, attempt: AttemptKey | None) -> None:
        """Judge those tests and what an attempt has shown, decide about the worst tests first, and do about issues what follows."""
        moment = _Moment(at=at, attempt=attempt)
        found: dict[TestId, Findings] = {}
        changed: set[TestId] = set()
        for test in tests:
            judged, is_moved = self._judge(test)
            if judged is not None:
                found[test] = judged
            if is_moved:
                changed.add(test)
        flaky_causes = self._judge_causes(moment)
        changed |= self._decide(found, moment)
        standings = self.stands.standings
        others = {test for test in tests if standings[test] is Standing.FLAKY or self._issues.has(test)}
        to_sync = [test for cause in flaky_causes for test in self._causes.members(cause, 1)]
        for test in (*to_sync, *self._issues.once_each(others - changed), *self._issues.once_each(changed)):
            self._sync_issue(test, moment)

    def _judge(self, test: TestId) -> tuple[Findings | None, bool]:
        return self.stands.judge(test, is_told=self._issues.has(test))

    def _judge_causes(self, moment: _Moment) -> list[int]:
        """Return the flaky ones of those causes of which something can follow: not of all of their tests an open issue tells."""
        if moment.attempt is None or not self._wishes.issues.enabled:
            return []
        can_matter: list[int] = []
        for cause in self._causes.shared_in(moment.attempt[0]):
            if any(map(self._is_untold, self._causes.members(cause))):
                can_matter.append(cause)
            else:
                self.stands.leave_unjudged(cause, moment.at)
        return self.stands.judge_causes(can_matter)

    def _is_untold(self, test: TestId) -> bool:
        return not (self._issues.is_open(test) or self._wishes.rules[test].is_excluded)

    def _decide(self, found: Mapping[TestId, Findings], moment: _Moment) -> set[TestId]:
        active = sum(map(self.stands.is_active, self.stands.decisions))
        changed: set[TestId] = set()
        for test in sorted(found, key=lambda test: (-found[test].score, test)):
            subject = self._subject(test, found[test])
            rules, latest = self._wishes.rules[test], self.stands.decisions.get(test)
            change = next_step(subject, latest, rules, active=active, now=moment.at)
            if change is not None:
                active += (change.state is DecisionState.ACTIVE) - self.stands.is_active(test)
                self._record(test, change, subject.flake_rate, moment)
                changed.add(test)
        return changed

    def _subject(self, test: TestId, found: Findings) -> Subject:
        latest = self.stands.decisions.get(test)
        ended = latest.ended_at if latest else None
        return Subject(
            standing=self.stands.standings[test],
            score=found.score,
            flake_rate=found.flakes.rate,
            proofs_since=sum(one.grade in PROOFS and (ended is None or one.at > ended) for one in found.evidence),
            passes_since=self._count_passes(test, latest) if latest and self.stands.is_active(test) else 0,
            own_proof=any(not one.from_fork for one in found.evidence),
        )

    def _count_passes(self, test: TestId, latest: Decision) -> int:
        claimed_at = self._issues.claimed_at(test) or latest.decided_at
        return self.stands.passes_since(test, max(latest.decided_at, claimed_at))

    def _record(self, test: TestId, change: Change, flake_rate: float, moment: _Moment) -> None:
        latest, is_end = self.stands.decisions.get(test), change.state not in _OPEN
        self.stands.decisions[test] = Decision(
            id=0,
            state=change.state,
            decided_at=moment.at,
            ended_at=moment.at if is_end else None,
            until=change.until,
            flake_rate=latest.flake_rate if latest and latest.is_open and is_end else flake_rate,
        )
        self._tell(test, _WHAT[change.state], change.rationale, moment)

    def _sync_issue(self, test: TestId, moment: _Moment) -> None:
        changed = self._issues.sync(test, moment.at)
        if changed is not None:
            self._tell_of(*changed, moment)

    def _tell_of(self, issue: Issue, what: What, moment: _Moment) -> None:
        """Tell of an issue by the worst of its tests."""
        test = self._issues.worst(issue)
        self._tell(test, what, self._why(issue, what, test), moment, issue.cause)

    def _why(self, issue: Issue, what: What, test: TestId) -> str:
        if what is What.ISSUE_CLOSED:
            return f"it passed {self._issues.fewest_passes(issue)} times in a row"
        if what is What.ISSUE_REOPENED:
            return "it failed again"
        if self.stands.standings[test] is Standing.FLAKY:
            return "it is flaky"
        if self.stands.is_active(test):
            return "it is in quarantine"
        return "what it shares with other tests is flaky"

    def _tell(self, test: TestId, what: What, why: str, moment: _Moment, cause: int | None = None) -> None:
        self.events.append(Event(at=moment.at, test=test, what=what, why=why, attempt=moment.attempt, cause=cause))
