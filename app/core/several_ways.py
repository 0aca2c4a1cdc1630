"""Of a test that one job tells of several times: was it run again, or run in several ways? Only the first proves anything.

Tox runs a suite by two Pythons in one job, Gradle tests two flavours of an app, two packages of a monorepo have a test of the
same name. None of these is a retry: where it fails in one way and passes in the other, nothing is proven but that it failed.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Protocol, TypeVar

from app.core.model import Outcome

_SAYS_AGAIN = re.compile(r"(?i)attempt|re-?run|(?<![a-z])re-?tr(?:y|ies)(?![a-z])|(?<![a-z])try(?![a-z])")


class Executed(Protocol):
    """One execution of a test."""

    @property
    def outcome(self) -> Outcome: ...


_T = TypeVar("_T", bound=Executed)
Key = Callable[[_T], Hashable]
"""Tells which test an execution is of."""


def says_again(words: str) -> bool:
    """Tell whether a file's path or a step's command says of itself that it runs something again."""
    return _SAYS_AGAIN.search(words) is not None


def settle(ways: Sequence[Sequence[_T]], retries: Sequence[bool], key: Key[_T]) -> list[_T]:
    """Return all executions of a job that may have failed, one way after the other, so that each test's last has the final say.

    `ways` are the report files of the job, or the sessions of its log, and `retries` says of which it is known that they run
    tests again: what they tell of is left as it is. Another test that failed at last in one way has failed: the passes of ways
    in which it never failed are left out, and where another way still has the final say, those in which it failed come last.
    """
    lost = [_failed_at_last(way, key) for way in ways] if len(ways) > 1 else []
    failed = _told_elsewhere(set().union(*lost), ways, retries, key)
    if not failed:
        return [one for way in ways for one in way]
    flaked = [{key(one) for one in way if one.outcome.is_bad} for way in ways]
    rows = [
        (place, one)
        for place, way in enumerate(ways)
        for one in way
        if one.outcome is not Outcome.PASSED or key(one) not in failed or key(one) in flaked[place]
    ]
    final = {key(one): one.outcome for _, one in rows}
    late = {test for test in failed if not final[test].is_bad}
    if late:
        rows.sort(key=lambda row: (test := key(row[1])) in late and test in lost[row[0]])
    return [one for _, one in rows]


def _told_elsewhere(
    failed: set[Hashable], ways: Sequence[Sequence[_T]], retries: Sequence[bool], key: Key[_T]
) -> set[Hashable]:
    """Return those of the tests of which several ways tell, none of which is a retry."""
    if not failed:
        return failed
    told = Counter(test for way in ways for test in {key(one) for one in way} & failed)
    again = {key(one) for way, is_retry in zip(ways, retries, strict=True) if is_retry for one in way}
    return {test for test in failed if told[test] > 1 and test not in again}


def _failed_at_last(way: Iterable[_T], key: Key[_T]) -> set[Hashable]:
    failed = set[Hashable]()
    for one in way:
        if one.outcome is not Outcome.PASSED and one.outcome.is_bad:
            failed.add(key(one))
        elif failed:
            # Nearly all have passed, and mostly nothing has failed before.
            failed.discard(key(one))
    return failed
