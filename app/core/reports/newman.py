"""Newman's JSON reporter: what a run of a Postman collection did, an item at a time. Names are those of its JUnit reporter."""

from collections.abc import Iterator

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import DEEPEST, count, failure_kind, ms, report_of, text

FORMAT = "newman"
_JOINT = " / "
_REQUEST = "request"


class _Error(msgspec.Struct):
    name: object = None
    message: object = None
    stack: object = None


class _Assertion(msgspec.Struct):
    assertion: object = None
    skipped: object = None
    error: _Error | None = None


class _Script(msgspec.Struct):
    error: _Error | None = None


class _Item(msgspec.Struct):
    id: object = None
    name: object = None
    item: list["_Item"] | None = None


class _Cursor(msgspec.Struct):
    iteration: object = None


class _Response(msgspec.Struct, rename="camel"):
    response_time: object = None


class _Execution(msgspec.Struct, rename="camel"):
    item: _Item | None = None
    cursor: _Cursor | None = None
    response: _Response | None = None
    request_error: _Error | None = None
    assertions: list[_Assertion] | None = None
    prerequest_script: list[_Script] | None = None
    test_script: list[_Script] | None = None


class _Run(msgspec.Struct):
    executions: list[_Execution] | None = None


class _Collection(msgspec.Struct):
    item: list[_Item] | None = None


class _Document(msgspec.Struct):
    collection: _Collection | None = None
    run: _Run | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is newman's: a run with its executions."""
    if b'"run"' not in data or b'"executions"' not in data:
        return False
    run = members(members(data).get("run") or b"")
    return is_list(run.get("executions")) and bool({"stats", "failures", "timings", "transfers"} & run.keys())


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)
    items = document.collection.item if document.collection else None
    names = dict(_full_names(items or [], ()))

    def fill(executions: Executions) -> None:
        for execution in (document.run or _Run()).executions or ():
            _add(executions, execution, names)

    return report_of(FORMAT, fill)


def _full_names(items: list[_Item], folders: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the names of the collection's requests with those of the folders around them, by their ids."""
    for item in items:
        path = (*folders, text(item.name))
        if item.item is None:
            yield text(item.id), _JOINT.join(path)
        elif len(path) < DEEPEST:
            yield from _full_names(item.item, path)


def _add(executions: Executions, execution: _Execution, names: dict[str, str]) -> None:
    item = execution.item or _Item()
    suite = names.get(text(item.id)) or text(item.name)
    # Another iteration has other data: it is no second try of the first one.
    iteration = count((execution.cursor or _Cursor()).iteration)
    ending = f" [iteration {iteration + 1}]" if iteration else ""
    for name, error in _errors(execution):
        executions.add(suite, suite, name + ending, Outcome.ERROR, message=_said(error), stack_trace=text(error.stack))
    duration = ms((execution.response or _Response()).response_time)
    for assertion in execution.assertions or ():
        outcome, error = _outcome(assertion), assertion.error or _Error()
        executions.add(
            suite,
            suite,
            text(assertion.assertion) + ending,
            outcome,
            duration_ms=duration,
            message=_said(error) if outcome.is_bad else None,
            stack_trace=text(error.stack) if outcome.is_bad else None,
        )


def _errors(execution: _Execution) -> Iterator[tuple[str, _Error]]:
    """Yield what went wrong outside of an assertion: the request itself, and the scripts before and after it."""
    if execution.request_error is not None:
        yield _REQUEST, execution.request_error
    for name, scripts in (
        ("prerequest-script", execution.prerequest_script),
        ("test-script", execution.test_script),
    ):
        yield from ((name, script.error) for script in scripts or () if script.error is not None)


def _outcome(assertion: _Assertion) -> Outcome:
    if assertion.skipped is True:
        return Outcome.SKIPPED
    if assertion.error is None:
        return Outcome.PASSED
    return failure_kind(f"{text(assertion.error.name)}: {text(assertion.error.message)}")


def _said(error: _Error) -> str:
    return text(error.message) or text(error.name)
