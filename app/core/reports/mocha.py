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
    number,
    report_of,
    text,
)

FORMAT = "mocha"


class Error(msgspec.Struct):
    """What was thrown."""

    name: object = None
    message: object = None
    stack: object = None


class Test(msgspec.Struct, rename="camel"):
    """A test, or a hook that failed, as all of mocha's reporters of JSON describe it."""

    title: object = None
    full_title: object = None
    file: object = None
    duration: object = None
    current_retry: object = None
    err: Error | None = None


class _Stats(msgspec.Struct):
    failures: object = None


class _Document(msgspec.Struct):
    stats: _Stats | None = None
    tests: list[Test] | None = None
    passes: list[Test] | None = None
    failures: list[Test] | None = None
    pending: list[Test] | None = None


class _Waiting:
    """The tests of one list by their names: the same name may be listed more than once."""

    def __init__(self, tests: Iterable[Test] | None) -> None:
        self._tests: defaultdict[tuple[str, str], deque[Test]] = defaultdict(deque)
        for test in tests or ():
            self._tests[_key(test)].append(test)

    def take(self, test: Test) -> Test | None:
        found = self._tests.get(_key(test))
        return found.popleft() if found else None

    def rest(self) -> Iterable[Test]:
        return (test for tests in self._tests.values() for test in tests)


def recognises(data: bytes) -> bool:
    """Say whether it is mocha's: its figures and all tests, by their titles or in lists of those that ended in one way."""
    if b'"stats"' not in data or b'"tests"' not in data:
        return False
    outer = members(data)
    if "suites" not in members(outer.get("stats") or b""):
        return False
    has_lists = any(is_list(outer.get(key)) for key in ("passes", "failures", "pending"))
    return is_list(outer.get("tests")) and (has_lists or (b'"fullTitle"' in data and b'"err"' in data))


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)
    return report_of(FORMAT, lambda executions: _fill(executions, document))


def _fill(executions: Executions, document: _Document) -> None:
    if document.passes is None and document.failures is None and document.pending is None:
        _fill_plainly(executions, document.tests or (), count(document.stats.failures if document.stats else 0))
        return
    failures, passes, pending = (_Waiting(tests) for tests in (document.failures, document.passes, document.pending))
    for test in document.tests or ():
        # The lists hold no identity: where a name is in several, a test with an error is the failed one.
        has_failed = test.err is not None and _said(test)
        if has_failed and (failed := failures.take(test)):
            add_failure(executions, failed)
        elif pending.take(test):
            _add(executions, test, Outcome.SKIPPED)
        elif passes.take(test):
            add_pass(executions, test)
        elif failed := failures.take(test):
            add_failure(executions, failed)
        elif document.pending is None and document.passes is not None:
            # Before mocha had this list, a pending test was in none.
            _add(executions, test, Outcome.SKIPPED)
    for failed in failures.rest():
        add_failure(executions, failed)


def _fill_plainly(executions: Executions, tests: Iterable[Test], failures: int) -> None:
    """Add tests that are in no list, as reporters made after mocha's write them: one that did not run took no time."""
    for test in tests:
        if _said(test):
            failures -= 1
            add_failure(executions, test)
        elif number(test.duration) is None:
            _add(executions, test, Outcome.SKIPPED)
        else:
            add_pass(executions, test)
    if failures > 0:
        executions.miss(f"{failures} failures that the figures count are those of no test in the file.")


def add_pass(executions: Executions, test: Test) -> None:
    """Add a test that passed, and what failed before it did."""
    _add_earlier(executions, test)
    _add(executions, test, Outcome.PASSED)


def add_failure(executions: Executions, test: Test) -> None:
    """Add a test or a hook that failed in the end, and what failed before."""
    said = _said(test)
    _add_earlier(executions, test)
    _add(executions, test, Outcome.ERROR if is_hook(text(test.title)) else failure_kind(said), said)


def _add_earlier(executions: Executions, test: Test) -> None:
    """Add the failures before a retry, of which mocha tells the number."""
    for _ in range(min(count(test.current_retry), MOST_UNTOLD)):
        executions.add(*_names(test), Outcome.FAILED, text(test.file))


def _add(executions: Executions, test: Test, outcome: Outcome, said: str = "") -> None:
    executions.add(
        *_names(test),
        outcome,
        file=text(test.file),
        duration_ms=ms(test.duration),
        message=text(test.err.message) or before_stack(said) if test.err and outcome.is_bad else None,
        stack_trace=said if outcome.is_bad else None,
    )


def _said(test: Test) -> str:
    error = test.err or Error()
    return text(error.stack) or ": ".join(part for part in (text(error.name), text(error.message)) if part)


def _names(test: Test) -> tuple[str, str, str]:
    """Return the file, the titles around the test as mocha's `xunit` reporter writes them, and its own title."""
    title = text(test.title) or text(test.full_title)
    return named_file(text(test.file)), text(test.full_title).removesuffix(title).strip(), title


def _key(test: Test) -> tuple[str, str]:
    return text(test.full_title), text(test.file)
