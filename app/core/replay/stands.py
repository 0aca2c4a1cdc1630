"""Where the tests stand with one policy: what it thought of each when it last looked, and what it has decided by now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from app.core.evidence import PROOFS
from app.core.issue_life import Goal, is_mended, next_goal, passes_to_end
from app.core.issue_members import needs_issue
from app.core.model import DecisionState, Standing, TestId
from app.core.replay.causes import Causes
from app.core.replay.known import Known
from app.core.replay.values import Past, Wishes
from app.core.score import Findings

_Way = tuple[str, int | None]
"""How a test was proven to flake: the failure's loose signature, and the pull request that it was seen on."""


class Stands:
    """What a policy thinks and has decided.

    Of a test that may not be flaky by its thresholds, about which nothing is decided and no issue tells, nothing follows; it
    is taken for healthy without being judged.
    """

    def __init__(self, past: Past, wishes: Wishes, known: Mapping[TestId, Known], causes: Causes) -> None:
        self.standings: dict[TestId, Standing] = {}
        self.decisions = dict(past.decisions)
        self.flaky_causes: set[int] = set()
        self._unjudged: dict[int, datetime] = {}
        self._wishes = wishes
        self._known = known
        self._causes = causes
        self._sharing = {test for cause in past.causes if len(cause.hits) > 1 for test in cause.hits}
        self._ways: defaultdict[TestId, set[_Way]] = defaultdict(set)
        self._proven = past.proven

    def is_open(self, test: TestId) -> bool:
        return test in self.decisions and self.decisions[test].is_open

    def is_active(self, test: TestId) -> bool:
        return self.is_open(test) and self.decisions[test].state is DecisionState.ACTIVE

    def judge(self, test: TestId, *, is_told: bool) -> tuple[Findings | None, bool]:
        """Return what is known of a test where anything can follow from it, and whether that is other than before."""
        known, thresholds = self._known[test], self._wishes.thresholds[test]
        before = self.standings.get(test, Standing.HEALTHY)
        # With fewer failing runs no test is flaky; but one that suffers from what others do may be told of with them, and
        # one that is broken keeps its issue open.
        fewest = 1 if is_told or test in self._sharing else thresholds.min_failures
        if not self.is_open(test) and not known.has_failed(fewest, thresholds.window_size):
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

    def judge_causes(self, causes: Iterable[int]) -> list[int]:
        """Return the flaky ones of those causes."""
        return [cause for cause in causes if self._judge_cause(cause, None)]

    def leave_unjudged(self, cause: int, at: datetime) -> None:
        """Have a cause that was seen at that moment be judged by what was known then, if ever that is asked."""
        self._unjudged[cause] = at

    def _judge_cause(self, cause: int, at: datetime | None) -> bool:
        self._unjudged.pop(cause, None)
        self.flaky_causes.discard(cause)
        if self._causes.is_flaky(cause, self._wishes.of_causes, at):
            self.flaky_causes.add(cause)
        return cause in self.flaky_causes

    def needs_issue(self, test: TestId) -> bool:
        is_excluded = self._wishes.rules[test].is_excluded
        return needs_issue(
            self.standings[test],
            None if is_excluded else self._of_cause(self._causes.main_if_shared(test)),
            is_active=self.is_active(test),
            is_excluded=is_excluded,
        )

    def _of_cause(self, cause: int | None) -> Standing | None:
        if cause in self._unjudged:
            self._judge_cause(cause, self._unjudged[cause])
        return Standing.FLAKY if cause in self.flaky_causes else None

    def score(self, test: TestId) -> float:
        return self._known[test].find(self._wishes.thresholds[test].window_size).score

    def flake(self, test: TestId) -> tuple[datetime | None, float]:
        """Return when a test flaked last, as far as its window reaches, and how often it flakes there."""
        known, window = self._known[test], self._wishes.thresholds[test].window_size
        if not known.has_failed(1, window):
            return None, 0.0
        found = known.find(window)
        return found.last_flake_at, found.flakes.rate

    def failed_as_before_at(self, test: TestId, *, after: datetime) -> datetime | None:
        """Return when a test first failed after that moment on the default branch, in a way that is proven to be a flake."""
        ways = {way for way, _ in self._ways[test]}.union(self._proven.get(test, ()))
        return self._known[test].failed_as_at(ways, after=after)

    def next_goal(self, test: TestId, before: Goal | None) -> Goal | None:
        flaked_at, rate = self.flake(test)
        return next_goal(before, test, flaked_at=flaked_at, flake_rate=rate)

    def is_mended(self, test: TestId, goal: Goal | None, since: datetime) -> bool:
        """Tell whether a test has passed often enough since its issue was opened."""
        latest = self.decisions.get(test)
        needed = passes_to_end(
            decided=latest.flake_rate if latest else None,
            goal=goal.passes_needed if goal else None,
            current=self.flake(test)[1],
            window=self._wishes.of_causes.window_size,
        )
        passes = self.passes_since(test, since)
        return is_mended(self.standings[test], is_active=self.is_active(test), passes=passes, needed=needed)

    def passes_since(self, test: TestId, moment: datetime) -> int:
        return self._known[test].passes_since(moment)

    def failed_since(self, test: TestId, moment: datetime) -> bool:
        return self._known[test].failed_since(moment)
