"""Occurrences as JSON Lines: what `flakeguard score` reads, a line an execution."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from app.core.history import is_pull
from app.core.model import Attempt, Execution, Outcome
from app.core.signature import loose

TestKey = tuple[str, str, str]
"""suite, class name, name"""

_T = TypeVar("_T")
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_BAD = frozenset(outcome.value for outcome in Outcome if outcome.is_bad)
_MOST_MESSAGES_KEPT = 1_024
_ATTEMPT = (
    "run_id",
    "run_attempt",
    "event",
    "head_sha",
    "base_sha",
    "tree_sha",
    "head_repository",
    "branch",
    "pull",
    "at",
)
_what_counts = itemgetter(*_ATTEMPT, "is_default_branch", "job", "ordinal")
_read_json = json.JSONDecoder().raw_decode


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
            text = line.decode().strip()
            raw, end = _read_json(text)
            if end < len(text):
                raise UnreadableLine("more than one JSON value")
            test = raw["test"]
            key = (test["suite"], test["class_name"], test["name"])
            if key not in self.tests:
                _check_name(key)
            self.tests[key].append(self._execution(raw))
        except KeyError as error:
            raise UnreadableLine(f"{error.args[0]} is missing or none of the known values") from error
        except (ValueError, TypeError) as error:
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

    def _execution(self, raw: dict[str, Any]) -> Execution:
        outcome = raw["outcome"]
        signature = self._loose(raw["message"], raw["stack_trace"]) if outcome in _BAD else None
        key = (outcome, signature, _what_counts(raw))
        found = self._executions.get(key)
        if found is None:
            found = self._executions[key] = Execution(
                attempt=self._attempt(raw),
                job=_typed(str, raw["job"]),
                ordinal=_typed(int, raw["ordinal"]),
                outcome=_OUTCOMES[outcome],
                loose_signature=signature,
            )
        return found

    def _attempt(self, raw: dict[str, Any]) -> Attempt:
        new = Attempt(
            run_id=_typed(int, raw["run_id"]),
            run_attempt=_typed(int, raw["run_attempt"]),
            event=_typed(str, raw["event"]),
            head_sha=_typed(str, raw["head_sha"]),
            base_sha=_maybe(str, raw["base_sha"]),
            tree_sha=_maybe(str, raw["tree_sha"]),
            head_repository=_maybe(str, raw["head_repository"]),
            branch=_maybe(str, raw["branch"]),
            is_default_branch=bool(raw["is_default_branch"]),
            pull=_maybe(int, raw["pull"]),
            at=_time(raw["at"]),
        )
        return self._attempts.setdefault(new, new)


def _check_name(key: tuple[object, object, object]) -> None:
    for part in key:
        _typed(str, part)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _typed(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.80} is no {kind.__name__}")
    return value


def _maybe(kind: type[_T], value: object) -> _T | None:
    return None if value is None else _typed(kind, value)
