"""What a policy would have done: the days that are past, lived through again by its rules.

Each attempt is judged when it ended, by what was known then. Several policies live through the same days side by side,
since what the executions say is the same to all of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.infra import AttemptKey
from app.core.model import Execution, TestId
from app.core.replay.causes import Causes
from app.core.replay.known import Known
from app.core.replay.life import Life
from app.core.replay.values import Event, Hit, IssueWishes, Past, PastCause, PastIssue, Replay, What, Wishes

__all__ = ["Event", "Hit", "IssueWishes", "Past", "PastCause", "PastIssue", "Replay", "What", "Wishes", "replay"]

_OfAttempt = Mapping[TestId, Sequence[Execution]]


def replay(past: Past, policies: Sequence[Wishes]) -> list[list[Event]]:
    """Return what each policy would have done, in order of time; the first is the one that is in force.

    All others are put in force at the beginning, where all tests are looked at once, by all alike. Costs half a
    millisecond for each attempt of each test that may be flaky, and a tenth more for each further policy with the same
    window. Nothing depends on the order in which the past is given.
    """
    known = {test: _known(past, own) for test, own in sorted(past.executions.items())}
    causes = Causes(past, known)
    lives = [Life(past, wishes, known, causes) for wishes in policies]
    flaky = causes.list_flaky_at_beginning(policies[0].of_causes) if any(one.issues.enabled for one in policies) else ()
    for life in lives:
        life.remember()
        life.take_over(lives[0].stands, flaky)
        life.look(known, past.since, None)
    for at, key, executions in _moments(past):
        for life in lives:
            life.let_pass(at)
        for test, own in executions.items():
            known[test].add(own)
            causes.add(test, own)
        for life in lives:
            life.look(executions, at, key)
    for life in lives:
        life.let_pass(past.until)
    return [life.events for life in lives]


def _known(past: Past, executions: Sequence[Execution]) -> Known:
    """Return what was known of a test at the beginning."""
    own = (one for one in executions if past.ended[_key(one)] <= past.since)
    return Known(own, past.dropped, past.repository)


def _moments(past: Past) -> list[tuple[datetime, AttemptKey, _OfAttempt]]:
    """Return the attempts that ended in the time that is replayed, in this order, with the tests that they ran."""
    tests: defaultdict[AttemptKey, defaultdict[TestId, list[Execution]]] = defaultdict(lambda: defaultdict(list))
    for test, executions in sorted(past.executions.items()):
        for one in executions:
            if past.since < past.ended[_key(one)] <= past.until:
                tests[_key(one)][test].append(one)
    return sorted(((past.ended[key], key, own) for key, own in tests.items()), key=lambda moment: moment[:2])


def _key(one: Execution) -> AttemptKey:
    return one.attempt.run_id, one.attempt.run_attempt
