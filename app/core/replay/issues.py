"""The issues of one policy: which of them tells of a test, which wait for a day with room for them, and which are over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.clustered import MOST_PEERS
from app.core.issue_life import CLOSES_AFTER, Goal, Next, after_closing, is_claimed_fix
from app.core.issue_members import first_members, issue_to_join, urgency
from app.core.model import TestId
from app.core.replay.causes import Causes
from app.core.replay.stands import Stands
from app.core.replay.values import IssueWishes, Past, PastIssue, What


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue that stands for a test or a cause, and tells of its members; one that was not opened waits.

    `follows` is the id of the one from which it goes on. `reason` and `by_us` say how it was closed last.
    """

    id: int
    test_id: TestId | None
    cause: int | None
    members: set[TestId]
    follows: int | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    reason: str | None = None
    by_us: bool = False


class Issues:
    """What `handlers/issues` keeps in the database and does on GitHub."""

    def __init__(self, past: Past, wishes: IssueWishes, causes: Causes, stands: Stands) -> None:
        self._wishes = wishes
        self._causes = causes
        self._stands = stands
        self._all: dict[int, Issue] = {}
        self._of_test: dict[TestId, Issue] = {}
        self._goals: dict[TestId, Goal] = {}
        self._begun = 0
        self._opened = past.opened_today
        for one in past.issues:
            self._remember(one)

    def _remember(self, past: PastIssue) -> None:
        self._begun = past.id - 1
        issue = self._add(past.members, past.test, past.cause, past.follows)
        issue.opened_at, issue.closed_at = past.opened_at, past.closed_at
        issue.reason, issue.by_us = past.reason, past.by_us
        self._goals |= past.goals

    def has(self, test: TestId) -> bool:
        """Say whether an issue tells of a test; it may wait, or have been closed."""
        return test in self._of_test

    def is_open(self, test: TestId) -> bool:
        issue = self._of_test.get(test)
        return issue is not None and issue.opened_at is not None and issue.closed_at is None

    def claimed_at(self, test: TestId) -> datetime | None:
        """Return when somebody closed the issue of a test as completed: passes count from there."""
        issue = self._of_test.get(test)
        if issue is None or issue.closed_at is None:
            return None
        return issue.closed_at if is_claimed_fix(state="closed", reason=issue.reason, by_us=False) else None

    def once_each(self, tests: Iterable[TestId]) -> list[TestId]:
        """Return one of the tests of each issue, and those that have none."""
        first: dict[int, TestId] = {}
        for test in sorted(tests):
            first.setdefault(self._of_test[test].id if test in self._of_test else -test, test)
        return list(first.values())

    def sync(self, test: TestId, now: datetime) -> tuple[Issue, What] | None:
        """Make the issue of a test what it should be, as far as the day has room; returns it, and what became of it."""
        issue = self._assign(test, now) if self._wishes.enabled else None
        if issue is None:
            return None
        self._set_goals(issue)
        what = self._change(issue, now)
        return None if what is None else (issue, what)

    def open_waiting(self, now: datetime) -> Iterable[tuple[Issue, What]]:
        """Begin a day: open the worst that wait, as many as it has room for, and drop those of them that nobody needs any more."""
        self._opened = 0
        while self._opened < self._wishes.a_day and (waiting := [one for one in self._all.values() if _is_due(one)]):
            for test in sorted((self.worst(one) for one in waiting), key=self._urgency)[: self._room]:
                changed = self.sync(test, now)
                if changed is not None:
                    yield changed

    @property
    def _room(self) -> int:
        return self._wishes.a_day - self._opened

    def worst(self, issue: Issue) -> TestId:
        return min(issue.members, key=self._urgency)

    def fewest_passes(self, issue: Issue) -> int:
        """Return how often in a row the test of an issue has passed that did so the fewest times, as far as it counts."""
        since = issue.opened_at
        return min(self._stands.passes_since(test, since) for test in issue.members) if since else 0

    def _urgency(self, test: TestId) -> tuple[float, TestId]:
        return urgency(self._stands.score(test), test)

    def _assign(self, test: TestId, now: datetime) -> Issue | None:
        issue = self._of_test.get(test)
        if issue is None:
            return self._begin(test) if self._stands.needs_issue(test) else None
        if issue.opened_at is None and not any(map(self._stands.needs_issue, issue.members)):
            self._drop(issue)
            return None
        if self._after_closing(issue, now) is Next.FOLLOW:
            return self._follow(issue, test)
        return issue

    def _set_goals(self, issue: Issue) -> None:
        for test in issue.members:
            goal = self._stands.next_goal(test, self._goals.get(test))
            if goal is not None:
                self._goals[test] = goal

    def _change(self, issue: Issue, now: datetime) -> What | None:
        if issue.opened_at is None:
            return self._open(issue, now)
        if issue.closed_at is None:
            return self._close(issue, issue.opened_at, now)
        if self._after_closing(issue, now) is not Next.REOPEN:
            return None
        issue.closed_at = None
        return What.ISSUE_REOPENED

    def _open(self, issue: Issue, now: datetime) -> What | None:
        if self._room <= 0:
            return None
        self._opened += 1
        issue.opened_at = now
        return What.ISSUE_OPENED

    def _close(self, issue: Issue, opened_at: datetime, now: datetime) -> What | None:
        a_day_ago = now - CLOSES_AFTER
        if opened_at > a_day_ago or any(self._stands.failed_since(test, a_day_ago) for test in issue.members):
            return None
        if not all(self._stands.is_mended(test, self._goals.get(test), opened_at) for test in issue.members):
            return None
        issue.closed_at, issue.reason, issue.by_us = now, "completed", True
        return What.ISSUE_CLOSED

    def _after_closing(self, issue: Issue, now: datetime) -> Next:
        if issue.closed_at is None:
            return Next.LEAVE
        flakes = (self._stands.flake(test)[0] for test in issue.members)
        return after_closing(
            closed_at=issue.closed_at,
            reason=issue.reason,
            by_us=issue.by_us,
            last_flake_at=max((at for at in flakes if at is not None), default=None),
            failed_as_before_at=self._failed_as_before_at(issue, issue.closed_at),
            reopen_days=self._wishes.reopen_days,
            now=now,
        )

    def _failed_as_before_at(self, issue: Issue, closed_at: datetime) -> datetime | None:
        failed = (self._stands.failed_as_before_at(test, after=closed_at) for test in issue.members)
        return min((at for at in failed if at is not None), default=None)

    def _follow(self, old: Issue, test: TestId) -> Issue:
        """Begin an issue that goes on from one that was closed, for those of its tests that need one."""
        tests = sorted(filter(self._stands.needs_issue, old.members))
        if test not in tests:
            return old
        return self._add(tests, *((test, None) if len(tests) == 1 else (old.test_id, old.cause)), old.id)

    def _begin(self, test: TestId) -> Issue:
        cause = self._causes.main_if_shared(test)
        if cause is None:
            return self._add([test], test, None)
        peers = [one for one in self._causes.members(cause, MOST_PEERS) if self._causes.main_if_shared(one) == cause]
        of_peers = {self._of_test[one].id: self._of_test[one] for one in peers if one in self._of_test}
        issue = issue_to_join(self._of_cause(cause), of_peers.values())
        if issue is None:
            tests = first_members(test, peers, set(filter(self._stands.needs_issue, peers)))
            return self._add(tests, *((tests[0], None) if len(tests) == 1 else (None, cause)))
        if issue.test_id is not None:
            issue.test_id, issue.cause = None, cause
        self._join(issue, [test])
        return issue

    def _of_cause(self, cause: int) -> Issue | None:
        telling = (one for one in self._all.values() if one.cause == cause and one.members)
        return max(telling, key=lambda one: one.id, default=None)

    def _add(
        self, members: Iterable[TestId], test: TestId | None, cause: int | None, follows: int | None = None
    ) -> Issue:
        """Begin an issue; its id is the next one."""
        self._begun += 1
        issue = Issue(id=self._begun, test_id=test, cause=cause, members=set(), follows=follows)
        self._all[issue.id] = issue
        self._join(issue, members)
        return issue

    def _join(self, issue: Issue, tests: Iterable[TestId]) -> None:
        for test in tests:
            before = self._of_test.get(test)
            if before is not None:
                before.members.discard(test)
            issue.members.add(test)
            self._of_test[test] = issue

    def _drop(self, issue: Issue) -> None:
        """Drop an issue that was never opened; the one from which it was to go on tells of its tests again."""
        del self._all[issue.id]
        if issue.follows in self._all:
            self._join(self._all[issue.follows], sorted(issue.members))
            return
        for test in issue.members:
            del self._of_test[test]
            self._goals.pop(test, None)


def _is_due(issue: Issue) -> bool:
    return issue.opened_at is None and bool(issue.members)
