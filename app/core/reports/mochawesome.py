"""Mochawesome's JSON, which Cypress projects write, too: suites within suites, each with its tests and hooks."""

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions
from app.core.reports.json_shape import first_element, is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import DEEPEST, before_stack, failure_kind, is_hook, ms, named_file, report_of, text

FORMAT = "mochawesome"


class _Error(msgspec.Struct):
    message: object = None
    estack: object = None


class _Test(msgspec.Struct, rename="camel"):
    title: object = None
    state: object = None
    duration: object = None
    fail: object = None
    pending: object = None
    skipped: object = None
    passed: object = msgspec.field(default=None, name="pass")
    err: _Error | None = None


class _Suite(msgspec.Struct, rename="camel"):
    title: object = None
    file: object = None
    full_file: object = None
    before_hooks: list[_Test] | None = None
    tests: list[_Test] | None = None
    after_hooks: list[_Test] | None = None
    suites: list["_Suite"] | None = None


class _Document(msgspec.Struct):
    results: list[_Suite | bool | None] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is mochawesome's: mocha's figures, and root suites with their hooks."""
    if b'"stats"' not in data or b'"results"' not in data:
        return False
    outer = members(data)
    results = outer.get("results")
    if "suites" not in members(outer.get("stats") or b"") or results is None or not is_list(results):
        return False
    first = first_element(results)
    return "testsRegistered" in members(outer["stats"]) or {"suites", "beforeHooks"} <= first.keys()


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)

    def fill(executions: Executions) -> None:
        for suite in document.results or ():
            # A file without any test is written as `false`.
            if isinstance(suite, _Suite):
                _add_suite(executions, suite, path=(), file="")

    return report_of(FORMAT, fill)


def _add_suite(executions: Executions, suite: _Suite, path: tuple[str, ...], file: str) -> None:
    """Add what a suite holds; `path` names the suites around it, and `file` theirs: inner suites often name none."""
    title = text(suite.title)
    inside = (*path, title) if title else path
    file = text(suite.full_file) or text(suite.file) or file
    for hook in suite.before_hooks or ():
        _add_hook(executions, hook, inside, file)
    for test in suite.tests or ():
        _add(executions, test, inside, file, _outcome(test))
    if len(path) < DEEPEST:
        for inner in suite.suites or ():
            _add_suite(executions, inner, inside, file)
    for hook in suite.after_hooks or ():
        _add_hook(executions, hook, inside, file)


def _add_hook(executions: Executions, hook: _Test, path: tuple[str, ...], file: str) -> None:
    if hook.state == "failed" or hook.fail is True:
        _add(executions, hook, path, file, Outcome.ERROR)


def _outcome(test: _Test) -> Outcome | None:
    """Return how a test ended; None where it does not say, as in the middle of a file that was cut."""
    if test.state == "failed" or test.fail is True:
        return Outcome.ERROR if is_hook(text(test.title)) else failure_kind(_said(test))
    if test.state == "passed" or test.passed is True:
        return Outcome.PASSED
    if test.state == "pending" or test.pending is True or test.skipped is True:
        return Outcome.SKIPPED
    return None


def _add(executions: Executions, test: _Test, path: tuple[str, ...], file: str, outcome: Outcome | None) -> None:
    if outcome is None:
        return
    error = test.err or _Error()
    executions.add(
        suite=named_file(file),
        class_name=" ".join(path),
        name=text(test.title),
        outcome=outcome,
        file=file,
        duration_ms=ms(test.duration),
        message=text(error.message) or before_stack(text(error.estack)) if outcome.is_bad else None,
        stack_trace=text(error.estack) if outcome.is_bad else None,
    )


def _said(test: _Test) -> str:
    error = test.err or _Error()
    return text(error.message) or text(error.estack)
