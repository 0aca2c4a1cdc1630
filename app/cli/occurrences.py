"""Occurrences as JSON Lines: what `flakeguard score` reads, a line an execution."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter

import msgspec

from app.core.history import is_pull
from app.core.model import Attempt, Execution, Outcome
from app.core.signature import loose

TestKey = tuple[str, str, str]
"""suite, class name, name"""

_MOST_MESSAGES_KEPT = 1_024


class _Test(msgspec.Struct, frozen=True, gc=False):
    suite: str
    class_name: str
    name: str


class _Line(msgspec.Struct, frozen=True, gc=False):
    """A line as it is written, with what judging needs of it."""

    test: _Test
    run_id: int
    run_attempt: int
    job: str
    ordinal: int
    event: str
    head_sha: str
    base_sha: str | None
    tree_sha: str | None
    head_repository: str | None
    branch: str | None
    is_default_branch: bool
    pull: int | None
    at: str
    outcome: Outcome
    message: str | None
    stack_trace: str | None


_decode = msgspec.json.Decoder(_Line).decode
_what_counts = attrgetter(
    "run_id",
    "run_attempt",
    "job",
    "ordinal",
    "event",
    "head_sha",
    "base_sha",
    "tree_sha",
    "head_repository",
    "branch",
    "is_default_branch",
    "pull",
    "at",
)


class UnreadableLine(ValueError):
    """A line is no occurrence; the message says why."""


class Occurrences:
    """A history as it is read, each attempt and each kind of execution kept once.

    Most tests pass in most runs, and all executions that passed in one job of one attempt are equal as far as judging
    goes: hundreds of thousands of lines become a few thousand objects.
    """

    def __init__(self) -> None:
        self.tests: defaultdict[TestKey, list[Execution]] = defaultdict(list)
        self._attempts: dict[Attempt, Attempt] = {}
        self._executions: dict[tuple[object, ...], Execution] = {}
        self._loose = lru_cache(maxsize=_MOST_MESSAGES_KEPT)(loose)

    def add(self, line: bytes) -> None:
        """Take one line in; raises UnreadableLine where it is no occurrence."""
        try:
            read = _decode(line)
            test = read.test
            self.tests[test.suite, test.class_name, test.name].append(self._execution(read))
        except ValueError as error:
            raise UnreadableLine(str(error)) from error

    def repository(self) -> str | None:
        """Name the repository itself: where its branches are, or, with nothing but pull requests, where most are from."""
        names = Counter(
            (not is_pull(one), one.head_repository) for one in self._attempts if one.head_repository is not None
        )
        own = {name: count for (is_own, name), count in names.items() if is_own} or {
            name: count for (_, name), count in names.items()
        }
        return min(own, key=lambda name: (-own[name], name), default=None)

    def _execution(self, read: _Line) -> Execution:
        outcome = read.outcome
        # Nearly all have passed, and that is told the quickest.
        is_bad = outcome is not Outcome.PASSED and outcome.is_bad
        signature = self._loose(read.message, read.stack_trace) if is_bad else None
        key = (outcome, signature, _what_counts(read))
        found = self._executions.get(key)
        if found is None:
            found = self._executions[key] = Execution(
                attempt=self._attempt(read),
                job=read.job,
                ordinal=read.ordinal,
                outcome=outcome,
                loose_signature=signature,
            )
        return found

    def _attempt(self, read: _Line) -> Attempt:
        new = Attempt(
            run_id=read.run_id,
            run_attempt=read.run_attempt,
            event=read.event,
            head_sha=read.head_sha,
            base_sha=read.base_sha,
            tree_sha=read.tree_sha,
            head_repository=read.head_repository,
            branch=read.branch,
            is_default_branch=read.is_default_branch,
            pull=read.pull,
            at=_time(read.at),
        )
        return self._attempts.setdefault(new, new)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
