"""Which tests are to have an issue, and which of them share one."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, TypeVar

from app.core.model import Standing, TestId


class Told(Protocol):
    """An issue that stands for a test, or for a cause where there is no such test. A later one has the larger id."""

    @property
    def id(self) -> int: ...

    @property
    def test_id(self) -> int | None: ...


class Opened(Told, Protocol):
    """An issue as it stands on GitHub: `number` is None where it was not opened yet."""

    @property
    def number(self) -> int | None: ...

    @property
    def state(self) -> str: ...


_Issue = TypeVar("_Issue", bound=Told)
_Opened = TypeVar("_Opened", bound=Opened)


def needs_issue(standing: Standing, of_cause: Standing | None, *, is_active: bool, is_excluded: bool) -> bool:
    """Say whether a test is to have an issue: it is flaky or in quarantine, or what it shares with others is flaky.

    `of_cause` is what is thought of that; None where the test's main cause is its own, or was not judged.
    """
    return not is_excluded and (is_active or Standing.FLAKY in (standing, of_cause))


def issue_to_join(of_cause: _Issue | None, of_peers: Iterable[_Issue]) -> _Issue | None:
    """Return the issue that is to tell of a test, too, whose cause other tests (its peers) share.

    It is that of the cause; else the oldest that stands for one of those tests, which then is to stand for the cause:
    two issues of one cause would be one too many. None where one is to be begun.
    """
    if of_cause is not None:
        return of_cause
    return min((one for one in of_peers if one.test_id is not None), key=lambda one: one.id, default=None)


def issue_to_keep(issues: Iterable[_Opened]) -> _Opened:
    """Return which of the issues of one cause is to tell of all of its tests: the oldest that is open, else the oldest."""
    return min(issues, key=lambda one: (one.number is None, one.state != "open", one.number or 0, one.id))


def first_members(test: TestId, peers: Sequence[TestId], needing: Collection[TestId]) -> list[TestId]:
    """Return the tests that the first issue of a cause tells of; one that tells of a single test stands for that test."""
    tests = [one for one in peers if one in needing]
    return tests if test in tests else [test, *tests]


def urgency(score: float, test: TestId) -> tuple[float, TestId]:
    """Return by what the tests of an issue are ordered, and by the first of them the issues for which a day has no room."""
    return -score, test
