"""One policy living through the past: what it decides at each moment, and which issues it opens."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.core.decisions import Change, Decision, Subject, next_step
from app.core.evidence import PROOFS
from app.core.infra import AttemptKey
from app.core.model import DecisionState, Standing, TestId
from app.core.replay.known import Known
from app.core.replay.values import Event, Past, What, Wishes
from app.core.score import Findings

_WHAT = {
    DecisionState.PROPOSED: What.PROPOSED,
    DecisionState.ACTIVE: What.QUARANTINED,
    DecisionState.RESOLVED: What.RELEASED,
    DecisionState.EXPIRED: What.EXPIRED,
}
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

    def __init__(self, past: Past, wishes: Wishes, known: Mapping[TestId, Known]) -> None:
        self.events: list[Event] = []
        self._wishes = wishes
        self._known = known
        self._decisions = dict(past.decisions)
        self._with_issue = set(past.with_issue)
        self._shared = past.shared
        self._told_causes = {past.shared[test] for test in past.with_issue if test in past.shared}
        self._day = past.since.astimezone(UTC).date()
        self._opened = past.opened_today
        self.standings: dict[TestId, Standing] = {}
        self._ways: defaultdict[TestId, set[_Way]] = defaultdict(set)

    def remember(self, standings: Mapping[TestId, Standing] | None = None) -> None:
        """Take what is known now for what was thought before; where another policy was in force, its `standings`."""
        for test in self._known:
            self._judge(test)
        self.standings |= standings or {}

    def let_pass(self, until: datetime) -> None:
        """Let the quarantines end whose time is over by then, each when it is."""
        ends = [(one.until, test) for test, one in self._decisions.items() if self._is_active(test) and one.until]
        for at, test in sorted((at, test) for at, test in ends if at <= until):
            self.look([test], at, None)

    def look(self, tests: Iterable[TestId], at: datetime, attempt: AttemptKey | None) -> None:
        """Judge those tests, decide about the worst of them first, and open the issues that follow."""
        moment = _Moment(at=at, attempt=attempt)
        found: dict[TestId, Findings] = {}
        changed: set[TestId] = set()
        for test in tests:
            judged, is_moved = self._judge(test)
            if judged is not None:
                found[test] = judged
            if is_moved:
                changed.add(test)
        changed |= self._decide(found, moment)
        flaky = {test for test in found if self.standings[test] is Standing.FLAKY}
        for test in (*sorted(flaky - changed), *sorted(changed)):
            self._open_issue(test, moment)

    def _judge(self, test: TestId) -> tuple[Findings | None, bool]:
        """Return what is known of a test where anything can follow from it, and whether that is other than before."""
        known, thresholds = self._known[test], self._wishes.thresholds[test]
        before = self.standings.get(test, Standing.HEALTHY)
        if not self._is_open(test) and not known.may_be_flaky(thresholds):
            self.standings[test] = Standing.HEALTHY
            return None, before is Standing.FLAKY
        found = known.find(thresholds.window_size)
        self.standings[test] = found.standing(thresholds)
        ways = {
            (one.loose_signature, one.pull) for one in found.evidence if one.grade in PROOFS and one.loose_signature
        }
        is_proven = not ways <= self._ways[test]
        self._ways[test] |= ways
        return found, is_proven or self.standings[test] is not before

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

    def _open_issue(self, test: TestId, moment: _Moment) -> None:
        is_flaky = self.standings[test] is Standing.FLAKY
        if not (is_flaky or self._is_active(test)) or test in self._with_issue or self._wishes.rules[test].is_excluded:
            return
        if self._shared.get(test) in self._told_causes:
            # It joins the issue of its cause.
            self._with_issue.add(test)
            return
        self._turn_to(moment.at.astimezone(UTC).date())
        if self._opened < self._wishes.issues_a_day:
            self._opened += 1
            self._with_issue.add(test)
            if test in self._shared:
                self._told_causes.add(self._shared[test])
            self._tell(test, What.ISSUE_OPENED, "it is flaky" if is_flaky else "it is in quarantine", moment)

    def _turn_to(self, day: date) -> None:
        if day != self._day:
            self._day, self._opened = day, 0

    def _is_open(self, test: TestId) -> bool:
        return test in self._decisions and self._decisions[test].is_open

    def _is_active(self, test: TestId) -> bool:
        return self._is_open(test) and self._decisions[test].state is DecisionState.ACTIVE

    def _tell(self, test: TestId, what: What, why: str, moment: _Moment) -> None:
        self.events.append(Event(at=moment.at, test=test, what=what, why=why, attempt=moment.attempt))
