"""Occurrences as JSON Lines: what `flakeguard score` reads, a line an execution."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from app.core.history import is_pull
from app.core.model import Attempt, Execution, Outcome
from app.core.signature import loose

TestKey = tuple[str, str, str]
"""suite, class name, name"""

_T = TypeVar("_T")
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_MOST_MESSAGES_KEPT = 1_024


class UnreadableLine(ValueError):
    """A line is no occurrence; the message says why."""


class Occurrences:
    """A history as it is read, each attempt and each kind of execution kept once.

    Most tests pass in most runs, and all executions that passed in one job of one attempt are equal as far as judging
    goes: hundreds of thousands of lines become a few thousand objects.
    """

    def __init__(self) -> None:
        self.tests: defaultdict[TestKey, list[Execution]] = defaultdict(list)
        self._attempts: dict[tuple[object, ...], Attempt] = {}
        self._executions: dict[tuple[object, ...], Execution] = {}
        self._loose = lru_cache(maxsize=_MOST_MESSAGES_KEPT)(loose)

    def add(self, line: str | bytes) -> None:
        """Take one line in; raises UnreadableLine where it is no occurrence."""
        try:
            raw = json.loads(line)
            test = raw["test"]
            key = (test.get("suite") or "", test.get("class_name") or "", test["name"])
            self.tests[key].append(self._execution(raw))
        except KeyError as error:
            raise UnreadableLine(f"{error.args[0]} is missing or none of the known values") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise UnreadableLine(str(error)) from error

    def repository(self) -> str | None:
        """Name the repository itself: where its branches are, or, with nothing but pull requests, where most are from."""
        names = Counter(
            (not is_pull(one), one.head_repository)
            for one in self._attempts.values()
            if one.head_repository is not None
        )
        own = {name: count for (is_own, name), count in names.items() if is_own} or {
            name: count for (_, name), count in names.items()
        }
        return min(own, key=lambda name: (-own[name], name), default=None)

    def _execution(self, raw: dict[str, Any]) -> Execution:
        outcome = _OUTCOMES[raw["outcome"]]
        signature = self._loose(raw.get("message"), raw.get("stack_trace")) if outcome.is_bad else None
        attempt = self._attempt(raw)
        key = (id(attempt), raw["job"], raw["ordinal"], outcome, signature)
        found = self._executions.get(key)
        if found is None:
            found = self._executions[key] = Execution(
                attempt=attempt,
                job=_typed(str, raw["job"] or ""),
                ordinal=_typed(int, raw["ordinal"]),
                outcome=outcome,
                loose_signature=signature,
            )
        return found

    def _attempt(self, raw: dict[str, Any]) -> Attempt:
        key = (
            raw["run_id"],
            raw["run_attempt"],
            raw["at"],
            raw["event"],
            raw["head_sha"],
            raw.get("base_sha"),
            raw.get("tree_sha"),
            raw.get("head_repository"),
            raw.get("branch"),
            raw.get("is_default_branch"),
            raw.get("pull"),
            raw.get("workflow_id"),
        )
        found = self._attempts.get(key)
        if found is None:
            found = self._attempts[key] = _new_attempt(raw)
        return found


def read(lines: Iterable[str | bytes]) -> Iterator[tuple[int, str | bytes]]:
    """Return the lines with their numbers, from 1, without those that are empty."""
    return ((number, line) for number, line in enumerate(lines, start=1) if not line.isspace())


def _new_attempt(raw: dict[str, Any]) -> Attempt:
    return Attempt(
        run_id=_typed(int, raw["run_id"]),
        run_attempt=_typed(int, raw["run_attempt"]),
        event=_typed(str, raw["event"]),
        head_sha=_typed(str, raw["head_sha"]),
        base_sha=_maybe(str, raw.get("base_sha")),
        tree_sha=_maybe(str, raw.get("tree_sha")),
        head_repository=_maybe(str, raw.get("head_repository")),
        branch=_maybe(str, raw.get("branch")),
        is_default_branch=bool(raw.get("is_default_branch")),
        pull=_maybe(int, raw.get("pull")),
        at=_time(raw["at"]),
        workflow_id=_maybe(int, raw.get("workflow_id")),
    )


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _typed(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.80} is no {kind.__name__}")
    return value


def _maybe(kind: type[_T], value: object) -> _T | None:
    return None if value is None else _typed(kind, value)
