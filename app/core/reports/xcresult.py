"""The JSON of `xcrun xcresulttool get test-results tests`: a tree of plans, bundles, suites, cases and their runs."""

import re
from collections.abc import Iterator

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import NO_END, Executions
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import DEEPEST, ms, number, report_of, text

FORMAT = "xcresulttool"
_BUNDLES = frozenset({"Unit test bundle", "UI test bundle"})
_SUITE, _CASE, _REPETITION, _ARGUMENTS, _FAILURE = (
    *("Test Suite", "Test Case", "Repetition", "Arguments"),
    "Failure Message",
)
_PLACES = frozenset({"Device", "Test Plan Configuration"})
_RUNS = _PLACES | {_REPETITION, _ARGUMENTS, "Test Case Run"}
_OUTCOMES = {
    "Passed": Outcome.PASSED,
    "Failed": Outcome.FAILED,
    "Skipped": Outcome.SKIPPED,
    "Expected Failure": Outcome.SKIPPED,
    "unknown": Outcome.ERROR,
}
_THROWN = re.compile(r"caught error|^Crash|exceeded execution time|encountered an error", re.IGNORECASE)
_PLACE = re.compile(r"([^:\n]{1,300}\.\w{1,10}):(\d{1,9}): ")
_TIME = re.compile(r"(\d{1,9}(?:[.,]\d{1,9})?) ?(h|ms|m|s)")
_MS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


class _Node(msgspec.Struct, rename="camel"):
    name: object = None
    node_type: object = None
    result: object = None
    duration: object = None
    duration_in_seconds: object = None
    children: list["_Node"] | None = None


class _Document(msgspec.Struct, rename="camel"):
    test_nodes: list[_Node] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is xcresulttool's: the tree of tests beside the devices or the plan's configurations."""
    if b'"testNodes"' not in data or b'"nodeType"' not in data:
        return False
    outer = members(data)
    return is_list(outer.get("testNodes")) and bool({"devices", "testPlanConfigurations"} & outer.keys())


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)

    def fill(executions: Executions) -> None:
        for node in document.test_nodes or ():
            _walk(executions, node, bundle="", suites=(), depth=0)

    return report_of(FORMAT, fill)


def _walk(executions: Executions, node: _Node, bundle: str, suites: tuple[str, ...], depth: int) -> None:
    kind, name = text(node.node_type), text(node.name)
    if kind == _CASE:
        for run, ending in _runs(node, "", 0):
            _add(executions, run, (bundle, ".".join(suites), name + ending))
        return
    if kind in _BUNDLES:
        bundle = name
    elif kind == _SUITE:
        suites = (*suites, name)
    if depth < DEEPEST:
        for child in node.children or ():
            _walk(executions, child, bundle, suites, depth + 1)


def _runs(node: _Node, ending: str, depth: int) -> Iterator[tuple[_Node, str]]:
    """Yield the executions of a case with what tells them apart: its arguments, and the device where there are several.

    A repetition is the same test again.
    """
    inner = [child for child in node.children or () if text(child.node_type) in _RUNS and text(child.result)]
    if not inner or depth >= DEEPEST:
        yield node, ending
        return
    for child in inner:
        kind = text(child.node_type)
        has_name = kind == _ARGUMENTS or (kind in _PLACES and len(inner) > 1)
        yield from _runs(child, f"{ending} [{text(child.name)}]" if has_name else ending, depth + 1)


def _add(executions: Executions, run: _Node, names: tuple[str, str, str]) -> None:
    outcome = _OUTCOMES.get(text(run.result))
    if outcome is None:
        return
    failures = list(_failures(run, 0)) if outcome.is_bad else []
    place = _PLACE.match(failures[0]) if failures else None
    said = failures[0][place.end() :] if place else (failures or [""])[0]
    if outcome is Outcome.FAILED and _THROWN.search(said[:1_000]):
        outcome = Outcome.ERROR
    executions.add(
        *names,
        outcome,
        file=place[1] if place else None,
        line=int(place[2]) if place else None,
        duration_ms=_duration(run),
        message=(said or (NO_END if run.result == "unknown" else None)) if outcome.is_bad else None,
        stack_trace="\n".join(failures),
    )


def _failures(node: _Node, depth: int) -> Iterator[str]:
    for child in node.children or ():
        if child.node_type == _FAILURE:
            yield text(child.name)
        elif depth < DEEPEST:
            yield from _failures(child, depth + 1)


def _duration(run: _Node) -> int | None:
    """Return milliseconds; before Xcode 16.3 the only time was a text such as `1m 2s`."""
    if number(run.duration_in_seconds) is not None:
        return ms(run.duration_in_seconds, unit=1000)
    parts = _TIME.findall(text(run.duration)[:100])
    return ms(sum(float(amount.replace(",", ".")) * _MS[unit] for amount, unit in parts)) if parts else None
