"""Mocha's own JSON reporter: every test once, and once more in the list that says how it ended.

A failed hook is in the list of failures alone. Of a test that was retried only the last execution is listed, with the
number of those before it.
"""

from collections import defaultdict, deque
from collections.abc import Iterable

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import (
    MOST_UNTOLD,
    before_stack,
    count,
    failure_kind,
    is_hook,
    ms,
    named_file,
    report_of,
    text,
)

FORMAT = "mocha"


class _Error(msgspec.Struct):
    name: object = None
    message: object = None
    stack: object = None


class _Test(msgspec.Struct, rename="camel"):
    title: object = None
    full_title: object = None
    file: object = None
    duration: object = None
    current_retry: object = None
    err: _Error | None = None


class _Document(msgspec.Struct):
    tests: list[_Test] | None = None
    passes: list[_Test] | None = None
    failures: list[_Test] | None = None
    pending: list[_Test] | None = None


class _Waiting:
    """The tests of one list by their names: the same name may be listed more than once."""

    def __init__(self, tests: Iterable[_Test] | None) -> None:
        self._tests: defaultdict[tuple[str, str], deque[_Test]] = defaultdict(deque)
        for test in tests or ():
            self._tests[_key(test)].append(test)

    def take(self, test: _Test) -> _Test | None:
        found = self._tests.get(_key(test))
        return found.popleft() if found else None

    def rest(self) -> Iterable[_Test]:
        return (test for tests in self._tests.values() for test in tests)


def recognises(data: bytes) -> bool:
    """Say whether it is mocha's: its figures, all tests, and at least one list of those that ended in one way."""
    if b'"stats"' not in data or b'"tests"' not in data:
        return False
    outer = members(data)
    if "suites" not in members(outer.get("stats") or b""):
        return False
    return is_list(outer.get("tests")) and any(is_list(outer.get(key)) for key in ("passes", "failures", "pending"))


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)
    return report_of(FORMAT, lambda executions: _fill(executions, document))


def _fill(executions: Executions, document: _Document) -> None:
    failures, passes, pending = (_Waiting(tests) for tests in (document.failures, document.passes, document.pending))
    for test in document.tests or ():
        # The lists hold no identity: where a name is in several, a test with an error is the failed one.
        has_failed = test.err is not None and _said(test)
        if has_failed and (failed := failures.take(test)):
            _add_failure(executions, failed)
        elif pending.take(test):
            _add(executions, test, Outcome.SKIPPED)
        elif passes.take(test):
            _add_earlier(executions, test)
            _add(executions, test, Outcome.PASSED)
        elif failed := failures.take(test):
            _add_failure(executions, failed)
        elif document.pending is None and document.passes is not None:
            # Before mocha had this list, a pending test was in none.
            _add(executions, test, Outcome.SKIPPED)
    for failed in failures.rest():
        _add_failure(executions, failed)


def _add_failure(executions: Executions, test: _Test) -> None:
    said = _said(test)
    _add_earlier(executions, test)
    _add(executions, test, Outcome.ERROR if is_hook(text(test.title)) else failure_kind(said), said)


def _add_earlier(executions: Executions, test: _Test) -> None:
    """Add the failures before a retry, of which mocha tells the number."""
    for _ in range(min(count(test.current_retry), MOST_UNTOLD)):
        executions.add(*_names(test), Outcome.FAILED, text(test.file))


def _add(executions: Executions, test: _Test, outcome: Outcome, said: str = "") -> None:
    executions.add(
        *_names(test),
        outcome,
        file=text(test.file),
        duration_ms=ms(test.duration),
        message=text(test.err.message) or before_stack(said) if test.err and outcome.is_bad else None,
        stack_trace=said if outcome.is_bad else None,
    )


def _said(test: _Test) -> str:
    error = test.err or _Error()
    return text(error.stack) or ": ".join(part for part in (text(error.name), text(error.message)) if part)


def _names(test: _Test) -> tuple[str, str, str]:
    """Return the file, the titles around the test as mocha's `xunit` reporter writes them, and its own title."""
    title = text(test.title)
    return named_file(text(test.file)), text(test.full_title).removesuffix(title).strip(), title


def _key(test: _Test) -> tuple[str, str]:
    return text(test.full_title), text(test.file)
