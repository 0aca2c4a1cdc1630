"""Playwright's JSON: suites within suites of a file, specs, a test for each project, a result for each attempt.

Whether a test is as expected is Playwright's own judgement, and names are those of its JUnit reporter with
`includeProjectInTestName`: the same test in two browsers is two tests.
"""

import re
from collections.abc import Iterable

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import DEEPEST, line_of, ms, named_file, plain, report_of, text

FORMAT = "playwright"
_JOINT = " › "
_SHOULD_HAVE_FAILED = "Expected to fail, but passed."
_OUTSIDE = "error outside of any test"
# Playwright's JUnit reporter tells a failure from an error by this pattern; bounded, since a line may be long.
_ASSERTION = re.compile(r"\bexpect(?:\.\w{1,20})?\([^()\n]{0,100}\)\.|AssertionError|^Error: expect\b")
_LOOKED_AT = 2_000


class _Location(msgspec.Struct):
    file: object = None
    line: object = None


class _Error(msgspec.Struct):
    message: object = None
    stack: object = None
    value: object = None
    location: _Location | None = None


class _Result(msgspec.Struct):
    status: object = None
    duration: object = None
    error: _Error | None = None
    errors: list[_Error] | None = None


class _Test(msgspec.Struct, rename="camel"):
    expected_status: object = "passed"
    project_name: object = None
    status: object = None
    results: list[_Result] | None = None


class _Spec(msgspec.Struct):
    title: object = None
    file: object = None
    line: object = None
    tests: list[_Test] | None = None


class _Suite(msgspec.Struct):
    title: object = None
    file: object = None
    specs: list[_Spec] | None = None
    suites: list["_Suite"] | None = None


class _Document(msgspec.Struct):
    suites: list[_Suite] | None = None
    errors: list[_Error] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is Playwright's: suites at the outermost level beside the configuration that it always writes first."""
    if b'"suites"' not in data or b'"config"' not in data:
        return False
    outer = members(data)
    return is_list(outer.get("suites")) and "config" in outer and not outer.keys() & {"results", "tests", "testResults"}


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)

    def fill(executions: Executions) -> None:
        for suite in document.suites or ():
            _add_suite(executions, suite, name=text(suite.title) or text(suite.file), path=())
        for error in document.errors or ():
            _add_outside(executions, error)

    return report_of(FORMAT, fill)


def _add_suite(executions: Executions, suite: _Suite, name: str, path: tuple[str, ...]) -> None:
    """Add what a suite holds; `name` is the file's and `path` the describes on the way, without the file."""
    for spec in suite.specs or ():
        _add_spec(executions, spec, name, (*path, text(spec.title)))
    if len(path) < DEEPEST:
        for inner in suite.suites or ():
            _add_suite(executions, inner, name, (*path, text(inner.title)))


def _add_spec(executions: Executions, spec: _Spec, suite: str, path: Iterable[str]) -> None:
    title = _JOINT.join(part for part in path if part)
    for test in spec.tests or ():
        project = text(test.project_name)
        # A test that never began has no result, and its status says so.
        for result in test.results or ([_Result(status="skipped")] if test.status == "skipped" else ()):
            outcome = _outcome(test, result)
            if outcome is None:
                continue
            executions.add(
                suite=suite,
                class_name=suite,
                name=f"[{project}] {title}" if project else title,
                outcome=outcome,
                file=text(spec.file),
                line=line_of(spec.line),
                duration_ms=ms(result.duration),
                message=_message(result) if outcome.is_bad else None,
                stack_trace=_stack(result) if outcome.is_bad else None,
            )


def _outcome(test: _Test, result: _Result) -> Outcome | None:
    """Return how one attempt ended; None where it does not say, as in the middle of a file that was cut."""
    status = text(result.status)
    if not status:
        return None
    # Playwright counts what it interrupted, because it was to stop, as not run.
    if status in ("skipped", "interrupted"):
        return Outcome.SKIPPED
    if status == text(test.expected_status):
        return Outcome.PASSED
    if status == "passed":
        return Outcome.FAILED
    is_assertion = status == "failed" and _ASSERTION.search(plain(_first(result)[:_LOOKED_AT]))
    return Outcome.FAILED if is_assertion else Outcome.ERROR


def _message(result: _Result) -> str:
    said = _first(result)
    if said or result.status != "passed":
        return said
    return _SHOULD_HAVE_FAILED


def _errors(result: _Result) -> list[_Error]:
    return result.errors or ([result.error] if result.error else [])


def _first(result: _Result) -> str:
    """Return what the first error says, as it was thrown; the list of all of them holds it with an excerpt of the code."""
    return next((said for error in (result.error, *_errors(result)) if error and (said := _said(error))), "")


def _said(error: _Error) -> str:
    return text(error.message) or text(error.value) or text(error.stack)


def _stack(result: _Result) -> str:
    return "\n\n".join(text(error.stack) or _said(error) for error in _errors(result))


def _add_outside(executions: Executions, error: _Error) -> None:
    """Add an error that belongs to no test: a file that could not be loaded, a global setup that failed."""
    location = error.location or _Location()
    file = text(location.file)
    executions.add(
        suite=named_file(file),
        class_name=named_file(file),
        name=_OUTSIDE,
        outcome=Outcome.ERROR,
        file=file,
        line=line_of(location.line),
        message=_said(error),
        stack_trace=text(error.stack),
    )
