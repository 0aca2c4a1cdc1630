"""Cucumber's JSON, in the dialects of cucumber-js, -jvm, -ruby, godog and behave: features with their scenarios.

A scenario is one execution, with the background before it and the hooks around it and its steps.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from app.core.identity import NAMELESS
from app.core.model import Outcome, Report
from app.core.reports.cucumber_names import Scenario, row_endings
from app.core.reports.executions import Executions
from app.core.reports.json_shape import Members, first_element, is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import (
    before_stack,
    failure_kind,
    line_of,
    ms,
    named_file,
    number,
    report_of,
    text,
    texts,
)

FORMAT = "cucumber"
_HOOK_KEYWORDS = frozenset({"Before", "After"})
_FAILED = frozenset({"failed", "fail"})
_ERRORS = frozenset({"ambiguous", "undefined", "unknown", "error", "hook_error", "hook-error", "cleanup_error"})
_SCHEME = re.compile(r"(?:file|classpath):(?://)?")
_PLACE = re.compile(r":\d{1,9}$")
_NANOSECOND = 1e-6
_SECOND = 1_000


class _Result(msgspec.Struct):
    status: object = None
    duration: object = None
    error_message: object = None


class _Step(msgspec.Struct):
    name: object = None
    keyword: object = None
    hidden: object = None
    result: _Result | None = None
    before: list["_Step"] | None = None
    after: list["_Step"] | None = None


class _Element(msgspec.Struct):
    type: object = None
    keyword: object = None
    name: object = None
    id: object = None
    line: object = None
    location: object = None
    status: object = None
    before: list[_Step] | None = None
    steps: list[_Step] | None = None
    after: list[_Step] | None = None


class _Feature(msgspec.Struct):
    uri: object = None
    name: object = None
    location: object = None
    elements: list[_Element] | None = None


class _Document(msgspec.Struct):
    features: list[_Feature] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is Cucumber's: a list of features, which older versions of behave put into an object."""
    if b'"keyword"' not in data or (b'"elements"' not in data and b'"uri"' not in data):
        return False
    if data[:1] == b"[":
        return _is_feature(first_element(data))
    features = members(data).get("features")
    return features is not None and is_list(features) and _is_feature(first_element(features))


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    features = (
        decode(data, list[_Feature], known_as=FORMAT)
        if data[:1] == b"["
        else decode(data, _Document, known_as=FORMAT).features or []
    )

    def fill(executions: Executions) -> None:
        for feature in features:
            _add_feature(executions, feature)

    return report_of(FORMAT, fill)


def _is_feature(keys: Members) -> bool:
    if {"keyword", "name"} <= keys.keys():
        return bool({"uri", "location"} & keys.keys())
    # cucumber-js writes a feature's name behind its scenarios, where a file that was cut no longer has it; others leave it out.
    return "elements" in keys and {"keyword", "steps"} <= first_element(keys["elements"]).keys()


def _add_feature(executions: Executions, feature: _Feature) -> None:
    if not text(feature.uri) and not text(feature.location):
        # A file that was cut: cucumber-js writes the name behind the scenarios.
        return
    pairs = list(_scenarios(feature))
    endings = row_endings([_identity(scenario) for _, scenario in pairs])
    for (background, scenario), ending in zip(pairs, endings, strict=True):
        _add(executions, feature, scenario, background, ending)


def _scenarios(feature: _Feature) -> Iterator[tuple[list[_Step], _Element]]:
    """Yield each scenario with the steps of the background that ran before it; templates of outlines never ran."""
    background: list[_Step] = []
    for element in feature.elements or ():
        if element.type == "background" or element.keyword == "Background":
            # behave writes the background once, without results, and its steps again in each scenario.
            steps = (*(element.before or ()), *(element.steps or ()), *(element.after or ()))
            background = [step for step in steps if step.result]
        elif element.type != "scenario_outline" or any(step.result for step in element.steps or ()):
            yield background, element
            background = []


def _identity(element: _Element) -> Scenario:
    line = text(element.line) or text(element.location)
    return Scenario(text(element.name).strip(), line, text(element.id), is_outline="utline" in text(element.keyword))


def _add(executions: Executions, feature: _Feature, scenario: _Element, background: list[_Step], ending: str) -> None:
    steps = [*_judged(background), *_around(scenario)]
    outcome, said = _outcome(steps, text(scenario.status).lower())
    uri = text(feature.uri)
    file = _SCHEME.sub("", uri, count=1) if uri else _PLACE.sub("", text(feature.location))
    place = _PLACE.search(text(scenario.location))
    # behave, alone, has places for addresses and seconds for nanoseconds.
    unit = _NANOSECOND if uri else _SECOND
    spent = [found for result, _ in steps if (found := number(result.duration)) is not None]
    executions.add(
        suite=named_file(file),
        class_name=text(feature.name),
        name=text(scenario.name).strip() + ending,
        outcome=outcome,
        file=file,
        line=line_of(scenario.line) or (int(place[0][1:]) if place else None),
        duration_ms=ms(sum(spent), unit=unit) if spent else None,
        message=before_stack(said),
        stack_trace=said,
    )


def _around(scenario: _Element) -> Iterator[tuple[_Result, str]]:
    yield from _judged(scenario.before or [], is_hook=True)
    yield from _judged(scenario.steps or [])
    yield from _judged(scenario.after or [], is_hook=True)


def _judged(steps: list[_Step], *, is_hook: bool = False) -> Iterator[tuple[_Result, str]]:
    """Yield the results of steps and of the hooks around each, with the step's name; hooks have none."""
    for step in steps:
        is_own_hook = is_hook or step.hidden is True or text(step.keyword).strip() in _HOOK_KEYWORDS
        yield from ((hook.result or _Result(), "") for hook in step.before or ())
        yield step.result or _Result(), "" if is_own_hook else text(step.name) or NAMELESS
        yield from ((hook.result or _Result(), "") for hook in step.after or ())


def _outcome(steps: list[tuple[_Result, str]], told: str) -> tuple[Outcome, str]:
    """Return how the scenario ended and what its first bad step said; `told` is what the writer thinks, if it says."""
    seen: defaultdict[str, int] = defaultdict(int)
    for result, name in steps:
        status, said = text(result.status).lower(), "\n".join(texts(result.error_message))
        if status in _FAILED:
            return failure_kind(said) if name else Outcome.ERROR, said
        if status in _ERRORS:
            return Outcome.ERROR, said or f"{status}: {name}"
        seen[status] += 1
    if told in _FAILED or told in _ERRORS:
        return Outcome.ERROR, told
    has_run = bool(seen) or told == "passed"
    return Outcome.PASSED if has_run and not seen.keys() - {"passed"} else Outcome.SKIPPED, ""
