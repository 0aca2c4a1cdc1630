"""Allure 2: one `*-result.json` an execution, so that only the time at which it ended says which attempt was the last.

What failed in a fixture stands in a `*-container.json` of its own; adapters mark the tests that it kept from running.
"""

from dataclasses import replace

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import NO_END, Executions
from app.core.reports.json_shape import members
from app.core.reports.json_text import decode
from app.core.reports.json_values import ms, number, report_of, text

FORMAT = "allure"
_IDENTITIES = frozenset({"uuid", "historyId", "testCaseId"})
_SIGNS = frozenset({"fullName", "labels", "links", "parameters", "stage", "start", "statusDetails", "steps", "stop"})
_ENOUGH_SIGNS = 4
# A container holds children; what Allure generates of results for its pages has other identities and times.
_NO_RESULT = frozenset({"children", "uid", "time"})
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "broken": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    # The adapter could not tell. Allure's own reader takes a status that is missing for this one.
    "unknown": Outcome.SKIPPED,
}
# A path or a title, and no name of a class.
_NO_CLASS = frozenset(" /:\\")


class _Details(msgspec.Struct):
    message: object = None
    trace: object = None


class _Named(msgspec.Struct):
    """A label or a parameter; parameters that change from run to run are marked `excluded` by who wrote the test."""

    name: object = None
    value: object = None
    mode: object = None
    excluded: object = None


class _Result(msgspec.Struct, rename="camel"):
    name: object = None
    full_name: object = None
    status: object = None
    stage: object = None
    start: object = None
    stop: object = None
    status_details: _Details | None = None
    labels: list[_Named] | None = None
    parameters: list[_Named] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is a result of Allure 2: an identity, a name, and what only a test that ran has; no container."""
    if b'"name"' not in data or not any(f'"{key}"'.encode() in data for key in _IDENTITIES):
        return False
    keys = members(data).keys()
    return bool(_IDENTITIES & keys) and not _NO_RESULT & keys and "name" in keys and len(_SIGNS & keys) >= _ENOUGH_SIGNS


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    result = decode(data, _Result, known_as=FORMAT)
    report = report_of(FORMAT, lambda executions: _add(executions, result))
    stop = number(result.stop)
    return replace(report, ended_ms=int(stop) if stop is not None and stop > 0 else None)


def _add(executions: Executions, result: _Result) -> None:
    outcome, details = _outcome(result), result.status_details or _Details()
    start, stop = number(result.start), number(result.stop)
    labels = {text(label.name): text(label.value) for label in result.labels or ()}
    executions.add(
        suite=labels.get("parentSuite") or labels.get("suite") or "",
        class_name=_class_of(text(result.full_name), labels),
        name=_name(result),
        outcome=outcome,
        duration_ms=ms(stop - start) if start is not None and stop is not None else None,
        message=(text(details.message) or (NO_END if _is_unfinished(result) else "")) if outcome.is_bad else None,
        stack_trace=text(details.trace) if outcome.is_bad else None,
    )


def _outcome(result: _Result) -> Outcome:
    if _is_unfinished(result):
        return Outcome.ERROR
    return _OUTCOMES.get(text(result.status).lower(), Outcome.SKIPPED)


def _is_unfinished(result: _Result) -> bool:
    """Say whether the test has no end: an adapter writes the result once when it starts and again when it stops."""
    return not text(result.status) and (text(result.stage) not in ("", "finished") or number(result.stop) is None)


def _class_of(full_name: str, labels: dict[str, str]) -> str:
    """Name the class as the ecosystem does: pytest's stands before a `#`, that of others in a label or before a dot."""
    before, hash_, _ = full_name.partition("#")
    if hash_:
        return before
    if labels.get("testClass"):
        return labels["testClass"]
    owner = full_name.rpartition(".")[0]
    if owner and not set(owner) & _NO_CLASS:
        return owner
    suites = (labels.get(level, "") for level in ("parentSuite", "suite", "subSuite"))
    return " ".join(suite for suite in suites if suite)


def _name(result: _Result) -> str:
    """Name the test with its parameters, unless it holds them already, as pytest's and JUnit's names do."""
    name = text(result.name) or text(result.full_name)
    values = [text(one.value) for one in result.parameters or () if one.excluded is not True and one.mode != "hidden"]
    return f"{name}[{', '.join(values)}]" if values and not name.endswith(("]", ")")) else name
