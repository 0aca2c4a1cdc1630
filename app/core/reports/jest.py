"""Jest's JSON (`jest --json`), which vitest writes as well (`--reporter=json`).

Jest names no JUnit reporter its own, so a test is named by its file, its describes and its title; a test of vitest as
vitest's JUnit reporter names it.
"""

from collections.abc import Iterator

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions, first_line
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import (
    MOST_UNTOLD,
    before_stack,
    count,
    failure_kind,
    line_of,
    ms,
    named_file,
    report_of,
    text,
    texts,
)

FORMAT = "jest"
_SUITE_FAILED = "Test suite failed to run"
# What jest counts and vitest does not.
_ONLY_JEST = ("numRuntimeErrorTestSuites", "openHandles", "wasInterrupted")
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "pending": Outcome.SKIPPED,
    "skipped": Outcome.SKIPPED,
    "todo": Outcome.SKIPPED,
    "disabled": Outcome.SKIPPED,
    "focused": Outcome.PASSED,
}


class _Location(msgspec.Struct):
    line: object = None


class _Test(msgspec.Struct, rename="camel"):
    title: object = None
    ancestor_titles: object = None
    status: object = None
    duration: object = None
    failure_messages: object = None
    invocations: object = None
    retry_reasons: object = None
    location: _Location | None = None


class _File(msgspec.Struct, rename="camel"):
    """One test file; a reporter of one's own that dumps jest's results as they are writes the second of each pair."""

    name: object = None
    test_file_path: object = None
    status: object = None
    test_exec_error: object = None
    message: object = None
    failure_message: object = None
    assertion_results: list[_Test] | None = None
    test_results: list[_Test] | None = None


class _Document(msgspec.Struct, rename="camel"):
    test_results: list[_File] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is jest's or vitest's: the tests by their files beside how many there are."""
    if b'"testResults"' not in data or b'"numTotalTests"' not in data:
        return False
    outer = members(data)
    return is_list(outer.get("testResults")) and "numTotalTests" in outer


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)
    is_vitest = not any(f'"{key}"'.encode() in data for key in _ONLY_JEST)

    def fill(executions: Executions) -> None:
        for file in document.test_results or ():
            _add_file(executions, file, is_vitest=is_vitest)

    return report_of(FORMAT, fill)


def _add_file(executions: Executions, file: _File, *, is_vitest: bool) -> None:
    path = text(file.name) or text(file.test_file_path)
    if not path:
        # A file that was cut: jest writes the name behind the tests.
        return
    suite = named_file(path)
    tests = file.assertion_results or file.test_results or []
    for test in tests:
        describes, title = texts(test.ancestor_titles), text(test.title)
        names = (suite, " > ".join([*describes, title])) if is_vitest else (" ".join(describes), title)
        _add_test(executions, test, (suite, *names), path)
    if _could_not_run(file) and not any(test.status == "failed" for test in tests):
        said = text(file.message) or text(file.failure_message) or _SUITE_FAILED
        executions.add(suite, suite, _SUITE_FAILED, Outcome.ERROR, path, None, None, _reason(said), said)


def _could_not_run(file: _File) -> bool:
    """Say whether a file as a whole went wrong: it did not compile, or a hook around all of its tests failed."""
    return file.status == "failed" or bool(file.test_exec_error) or bool(text(file.failure_message))


def _reason(said: str) -> str | None:
    """Return the message without the bullet and the heading that jest puts before it."""
    lines = (line for line in said[:4_000].splitlines() if _SUITE_FAILED not in line)
    return first_line("\n".join(lines)) or _SUITE_FAILED


def _add_test(executions: Executions, test: _Test, names: tuple[str, str, str], path: str) -> None:
    line = line_of(test.location.line) if test.location else None
    outcome = _OUTCOMES.get(text(test.status))
    if outcome is None:
        return
    for said in _retried(test):
        executions.add(*names, failure_kind(said), path, line, None, before_stack(said), said)
    failures = texts(test.failure_messages)
    if outcome.is_bad and failures:
        outcome = failure_kind(failures[0])
    executions.add(
        *names,
        outcome,
        file=path,
        line=line,
        duration_ms=ms(test.duration),
        message=before_stack(failures[0]) if outcome.is_bad and failures else None,
        stack_trace="\n\n".join(failures) if outcome.is_bad else None,
    )


def _retried(test: _Test) -> Iterator[str]:
    """Yield what the executions before the last one said; where jest logged no errors it tells their number only."""
    reasons = test.retry_reasons if isinstance(test.retry_reasons, list) else []
    if not reasons and test.status == "passed":
        # vitest leaves the errors of a test that passed at last where those of a failed one stand.
        reasons = texts(test.failure_messages)[:MOST_UNTOLD]
    untold = min(count(test.invocations) - 1 - len(reasons), MOST_UNTOLD)
    yield from [""] * untold
    yield from (text(reason) for reason in reasons)
