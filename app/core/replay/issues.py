"""The issues of one policy: which of them tells of a test, and which wait for a day with room for them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from app.core.clustered import MOST_PEERS
from app.core.issue_members import first_members, issue_to_join, urgency
from app.core.model import TestId
from app.core.replay.causes import Causes


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue that stands for a test or a cause, and tells of its members; one that was not opened waits."""

    id: int
    test_id: TestId | None
    cause: int | None
    members: set[TestId]
    is_opened: bool = False


class Issues:
    """What `handlers/issues` keeps in the database. `needs` says whether a test is to have an issue, `score` how bad it is."""

    def __init__(
        self, causes: Causes, needs: Callable[[TestId], bool], score: Callable[[TestId], float], *, a_day: int
    ) -> None:
        self._causes = causes
        self._needs = needs
        self._score = score
        self._a_day = a_day
        self._all: dict[int, Issue] = {}
        self._of_test: dict[TestId, Issue] = {}
        self._begun = 0
        self._day = date.min
        self._opened = 0

    def remember(self, test: TestId | None, cause: int | None, members: Iterable[TestId]) -> None:
        """Add an issue that was opened before the beginning."""
        self._add(members, test, cause).is_opened = True

    def turn_to(self, day: date, opened: int = 0) -> None:
        """Begin a UTC day, if it is not that one already, on which so many have been opened."""
        if day != self._day:
            self._day, self._opened = day, opened

    def tells_of(self, test: TestId) -> bool:
        return test in self._of_test and self._of_test[test].is_opened

    def once_each(self, tests: Iterable[TestId]) -> list[TestId]:
        """Return one of the tests of each issue, and those that have none."""
        first: dict[int, TestId] = {}
        for test in sorted(tests):
            first.setdefault(self._of_test[test].id if test in self._of_test else -test, test)
        return list(first.values())

    def waits_for(self, test: TestId) -> bool:
        return test in self._of_test and not self._of_test[test].is_opened

    def sync(self, test: TestId) -> Issue | None:
        """Make the issue of a test what it should be, as far as the day has room; returns it if that opened it."""
        if self._a_day == 0:
            return None
        issue = self._of_test.get(test)
        if issue is None:
            if not self._needs(test):
                return None
            issue = self._begin(test)
        elif not issue.is_opened and not any(map(self._needs, issue.members)):
            self._drop(issue)
            return None
        if issue.is_opened or self._opened >= self._a_day:
            return None
        self._opened += 1
        issue.is_opened = True
        return issue

    def open_waiting(self) -> Iterable[Issue]:
        """Open the worst that wait, as many as the day has room for, and drop those of them that nobody needs any more."""
        while self._opened < self._a_day and (waiting := [one for one in self._all.values() if self._is_due(one)]):
            for test in sorted((self.worst(one) for one in waiting), key=self._urgency)[: self._a_day - self._opened]:
                opened = self.sync(test)
                if opened is not None:
                    yield opened

    def _is_due(self, issue: Issue) -> bool:
        return not issue.is_opened and bool(issue.members)

    def worst(self, issue: Issue) -> TestId:
        return min(issue.members, key=self._urgency)

    def _urgency(self, test: TestId) -> tuple[float, TestId]:
        return urgency(self._score(test), test)

    def _begin(self, test: TestId) -> Issue:
        cause = self._causes.main_if_shared(test)
        if cause is None:
            return self._add([test], test, None)
        peers = [one for one in self._causes.members(cause, MOST_PEERS) if self._causes.main_if_shared(one) == cause]
        of_peers = {self._of_test[one].id: self._of_test[one] for one in peers if one in self._of_test}
        issue = issue_to_join(self._of_cause(cause), of_peers.values())
        if issue is None:
            tests = first_members(test, peers, set(filter(self._needs, peers)))
            return self._add(tests, *((tests[0], None) if len(tests) == 1 else (None, cause)))
        if issue.test_id is not None:
            issue.test_id, issue.cause = None, cause
        self._join(issue, [test])
        return issue

    def _of_cause(self, cause: int) -> Issue | None:
        telling = (one for one in self._all.values() if one.cause == cause and one.members)
        return max(telling, key=lambda one: one.id, default=None)

    def _add(self, members: Iterable[TestId], test: TestId | None, cause: int | None) -> Issue:
        self._begun += 1
        issue = self._all[self._begun] = Issue(id=self._begun, test_id=test, cause=cause, members=set())
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
        del self._all[issue.id]
        for test in issue.members:
            del self._of_test[test]
