"""CTRF, the Common Test Report Format: one JSON document in which many runners' plugins say the same.

Its specification (ctrf-io/ctrf) wants `suite` as a list; its first writers made one text of it, joined by ` > `.
"""

from collections.abc import Iterator

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import MOST_UNTOLD, count, line_of, ms, named_file, report_of, text, texts

FORMAT = "ctrf"
_MARKS = (b'"results"', b'"tests"', b'"status"')
_JOINT = " > "
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    "pending": Outcome.SKIPPED,
    # What the writer could not map: `rawStatus` may say more.
    "other": Outcome.SKIPPED,
}
_RAW_ERRORS = frozenset(
    {
        *("error", "errored", "broken", "timedout", "timed_out", "timeout", "crashed", "aborted", "panicked"),
    }
)


class _Attempt(msgspec.Struct, rename="camel"):
    attempt: object = None
    status: object = None
    duration: object = None
    message: object = None
    trace: object = None
    raw_status: object = None


class _Test(_Attempt, rename="camel"):
    name: object = None
    suite: object = None
    file_path: object = None
    line: object = None
    retries: object = None
    retry: object = None
    flaky: object = None
    flake: object = None
    retry_attempts: list[_Attempt] | None = None


class _Results(msgspec.Struct):
    tests: list[_Test] | None = None


class _Document(msgspec.Struct):
    results: _Results | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is CTRF: results that are an object with a list of tests, and who made them or how many there are."""
    if not all(mark in data for mark in _MARKS):
        return False
    results = members(data).get("results")
    inner = members(results) if results is not None else {}
    return is_list(inner.get("tests")) and bool({"tool", "summary"} & inner.keys())


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    results = decode(data, _Document, known_as=FORMAT).results or _Results()

    def fill(executions: Executions) -> None:
        for test in results.tests or ():
            _add(executions, test)

    return report_of(FORMAT, fill)


def _add(executions: Executions, test: _Test) -> None:
    suites = _suites(test.suite)
    file = text(test.file_path)
    for attempt in _attempts(test):
        outcome = _outcome(attempt, test)
        if outcome is None:
            continue
        executions.add(
            suite=suites[0] if suites else named_file(file),
            class_name=_JOINT.join(suites),
            name=text(test.name),
            outcome=outcome,
            file=file,
            line=line_of(test.line),
            duration_ms=ms(attempt.duration),
            message=text(attempt.message) if outcome.is_bad else None,
            stack_trace=text(attempt.trace) if outcome.is_bad else None,
        )


def _suites(suite: object) -> list[str]:
    parts = suite.split(_JOINT) if isinstance(suite, str) else texts(suite)
    return [part for part in parts if part.strip()]


def _attempts(test: _Test) -> Iterator[_Attempt]:
    """Yield the executions in their order; the test itself is the last one."""
    told = test.retry_attempts or []
    retries = count(test.retries) or count(test.retry)
    # The specification lists the attempts before the last one; a writer that lists it, too, lists one too many.
    yield from told[:retries] if retries and len(told) > retries else told
    if not told and _was_retried(test):
        yield from [_Attempt(status="failed")] * min(retries, MOST_UNTOLD)
    yield test


def _was_retried(test: _Test) -> bool:
    return test.flaky is True or test.flake is True or test.status == "failed"


def _outcome(attempt: _Attempt, test: _Test) -> Outcome | None:
    """Return how an attempt ended; None where it does not say, as in the middle of a file that was cut.

    Writers give the raw status of the last attempt alone; one that ended the same way, ended so for the same reason.
    """
    outcome = _OUTCOMES.get(text(attempt.status).lower())
    raw = text(attempt.raw_status) or (text(test.raw_status) if attempt.status == test.status else "")
    is_error = raw.lower() in _RAW_ERRORS
    return Outcome.ERROR if is_error and attempt.status in ("failed", "other") else outcome
