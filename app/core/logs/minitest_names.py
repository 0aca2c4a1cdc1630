"""How minitest and its reporters name a test, and which failures minitest-retry tried again."""

import re
from dataclasses import dataclass, replace

from app.core.logs.session import LONGEST_MESSAGE, cut
from app.core.logs.telling import Told, seconds_ms
from app.core.model import Outcome

_PLACE = re.compile(r" \[([^\]]{1,600}?):(\d{1,7})\]:?$")
_OLD = re.compile(r"(test.{1,600})\(([A-Z][\w:]{0,300})\)")
_VERBOSE = re.compile(r"(\S.{0,300}?)#(test_.{0,600}) = (\d{1,9}\.\d{1,3}) s = ([.FES])")
_SPEC = re.compile(r" {1,4}(test_.{0,600}?) {1,80}(PASS|FAIL|ERROR|SKIP) \((\d{1,9}\.\d{1,3})s\)")
_OLD_SPEC = re.compile(r" {1,5}(PASS|FAIL|ERROR|SKIP) {1,3}(test_.{0,600}) \((\d{1,9}\.\d{1,3})s\)")
_PROGRESS = re.compile(
    r" {0,2}(FAIL|ERROR|SKIP)\[\"(test_.{0,600}?)\", (?:\"(.{1,300}?)\"|([A-Z][\w:]{0,300})), (\d{1,9}(?:\.\d{1,20})?)\S{0,6}\]"
)
_NEW_PROGRESS = re.compile(r" {0,2}(PASS|FAIL|ERROR|SKIP) (\S.{0,300}?)#(test_.{0,600}) \((\d{1,9}\.\d{1,3})s\)")
_CLASS = re.compile(r"[A-Z#]\S.{0,398}")
_OUTCOMES = {
    ".": Outcome.PASSED,
    "PASS": Outcome.PASSED,
    "F": Outcome.FAILED,
    "FAIL": Outcome.FAILED,
    "E": Outcome.ERROR,
    "ERROR": Outcome.ERROR,
    "S": Outcome.SKIPPED,
    "SKIP": Outcome.SKIPPED,
}
_REPEATED = re.compile(r" ?test_.{0,600}#.{1,300} \(\d{1,9}\.\d{1,3}s\)")
_FRAME = re.compile(r" {4,12}\S{1,500}\.\w{1,6}:\d{1,7}:in ")


@dataclass(frozen=True, slots=True)
class Named:
    """A test as a line names it; the outcome is None where another line tells it."""

    class_name: str
    name: str
    outcome: Outcome | None = None
    duration_ms: int | None = None
    file: str | None = None


def head_of(text: str) -> Named | None:
    """Read the line below `Failure:`: `Class#test_x [file:12]:`, or of minitest 4 `test_x(Class) [file:12]:`."""
    if "test" not in text or text[:1].isspace():
        return None
    place = _PLACE.search(text[-700:]) if "]" in text[-2:] else None
    whole = text[: len(text) - len(place[0])] if place else text.removesuffix(":")
    class_name, sharp, name = whole.partition("#test_")
    if sharp and class_name and len(class_name) <= 400:
        return Named(class_name, f"test_{name}", file=place[1] if place else None)
    old = _OLD.fullmatch(whole)
    return Named(old[2], old[1], file=place[1] if place else None) if old else None


def line_of(text: str, class_name: str) -> Named | None:
    """Read a line that says how one test ended; `class_name` is the line at the margin above it."""
    if text.endswith((" = .", " = F", " = E", " = S")):
        verbose = _VERBOSE.fullmatch(text)
        return _named(verbose[1], verbose[2], verbose[4], verbose[3]) if verbose else None
    if text.endswith("s)") and text[:1] == " ":
        new = _NEW_PROGRESS.fullmatch(text)
        spec = _SPEC.fullmatch(text) if new is None else None
        old = _OLD_SPEC.fullmatch(text) if new is None and spec is None else None
        if new is not None:
            return _named(new[2], new[3], new[1], new[4])
        if spec is not None:
            return _named(class_name, spec[1], spec[2], spec[3]) if class_name else None
        return _named(class_name, old[2], old[1], old[3]) if old and _CLASS.fullmatch(class_name) else None
    progress = _PROGRESS.fullmatch(text) if text.endswith("]") else None
    return _named(progress[3] or progress[4], progress[2], progress[1], progress[5]) if progress else None


def message(lines: list[str]) -> str | None:
    """Return what stands before the first frame, up to an empty line behind which other things may stand."""
    end = next((index for index, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    said = ["" if _REPEATED.fullmatch(line) else line.strip() for line in lines[:end]]
    start = next((index for index, line in enumerate(said) if line), len(said))
    blank = next((index for index in range(start, len(said)) if not said[index]), len(said))
    return cut(said[start:blank], LONGEST_MESSAGE)


def after_retries(retries: list[Told], tests: list[Told], *, is_complete: bool) -> list[Told]:
    """Put the failures that were retried before the tests' last executions.

    minitest-retry names no class: it is that of the test of this name that failed in the end, where there is one; a test
    that is named nowhere else has passed in the end, unless the session was cut off.
    """
    named = {test.name: test.class_name for test in tests}
    told: list[Told] = []
    passed: dict[str, Told] = {}
    for retry in retries:
        class_name = named.get(retry.name, "")
        told.append(replace(retry, suite=class_name, class_name=class_name))
        if retry.name not in named and is_complete:
            passed[retry.name] = Told(name=retry.name, outcome=Outcome.PASSED, number=retry.number)
    return [*told, *tests, *passed.values()]


def _named(class_name: str, name: str, word: str, seconds: str) -> Named:
    return Named(class_name, name.strip(), _OUTCOMES[word], seconds_ms(seconds))
