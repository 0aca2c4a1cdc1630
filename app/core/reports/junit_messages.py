"""What a failure of a JUnit file says: its message, unless that is the same for whatever fails there.

By the words of a message a failure is known again, and excused. So one that only names the test or its runner's verdict
(`Failed`, `a.spec.ts:3:5 title`, `not ok 1 - title`) gives way to the words below it.
"""

import re
from collections.abc import Mapping
from textwrap import dedent

from app.core.logs import tap_points
from app.core.reports.go_test import words_of as go_words
from app.core.reports.libtest_json import words_of as rust_words

_VERDICTS = frozenset(
    {
        "failed",
        "failure",
        "error",
        "exception",
        "none",
        "null",
        "test failed",
        "test failure",
        "assertion failure",
        "fatal error",
        "runtime error",
        "uncaught exception",
        "unexpected exception",
        "collection failure",
        "test setup failure",
        "test teardown failure",
        "test suite failed to run",
        "due to unexpected exception with message",
        "due to a fatal error condition",
    }
)
"""Of go-junit-report and gotestsum, Boost, Catch2, pytest, Jest, Swift and others."""

_AROUND_A_VERDICT = "●:.! "
_VERDICT = re.compile(
    r"\d{1,6} failures?, see stacktrace for details\.?|Failed \d{1,9} times\.|thread '.{1,1000}' (?:\(\d{1,20}\) )?panicked at \S{1,1000}:\d{1,9}:"
)
_BEFORE_A_NAME = re.compile(
    r"(?:\[[^\]]{1,200}\] › )?\S{1,500}:\d{1,9}:\d{1,9} (?:› .{0,1000})?|(?:not )?ok |failed |Scenario(?: Outline)?: |\S{1,1000}::"
)
_VALUES = re.compile(r"(?: \(.*)?")
_NO_WORDS = re.compile(r"=== |--- |at \S+$|- (?:file|line) {0,9}:|EXCEPTION STACK TRACE:|[\W_]*$")
_LABELLED = re.compile(r"(?:- message|Error message): (.*)")
_GO_PLACE = re.compile(r"^\s{0,40}[^\s:]{1,300}\.go:\d{1,7}:|^(?:panic|fatal error): ", re.MULTILINE)
_EXPECT = re.compile(r"(?:\w{0,40}Error: )?expect\([^\n]{0,300}")
_STACK_OR_CODE = re.compile(r"\n(?:\t| {2,12})at |\n\s{0,40}>?\s{0,9}\d{1,7} \|")
_TRACEBACK = "Traceback (most recent call last)"
_PYTEST = "E  "
_CUCUMBER = "Message:"
_TAP = ("not ok ", "ok ")
_LONGEST_VERDICT = 2_000
_MOST_LINES = 200


def telling(message: str, text: str, case: Mapping[str, str]) -> str:
    """Return what failed in a case: the message, or the words below it where it says nothing of that."""
    message = message or text.split("\n", 1)[0]
    if _EXPECT.match(message) and "expect(" in text:
        return _comparison(text)
    if len(message) > _LONGEST_VERDICT or not _is_verdict(message, case):
        return message
    return _words(text, message, case) or message


def _comparison(text: str) -> str:
    """Return what Jest's `expect` and Playwright's say: behind the name of the matcher stands what was compared."""
    start = text.rfind("\n", 0, text.index("expect(")) + 1
    return dedent(_STACK_OR_CODE.split(text[start:], maxsplit=1)[0]).strip()


def _is_verdict(said: str, case: Mapping[str, str]) -> bool:
    word = said.strip(_AROUND_A_VERDICT).lower()
    return word in _VERDICTS or _VERDICT.fullmatch(said.strip()) is not None or _is_name(said, case)


def _is_name(said: str, case: Mapping[str, str]) -> bool:
    """Say whether a line is the name of the test, with what runners write around it."""
    # Codeception's title of a test.
    feature, class_name = case.get("feature", ""), case.get("class", "").rpartition("\\")[2]
    if feature and said.lower() == f"{class_name}: {feature}".lower():
        return True
    title = case.get("name", "").rpartition(" › ")[2].strip()
    before, is_named, behind = said.strip("─ ").partition(title) if title else ("", "", "")
    return bool(is_named) and _BEFORE_A_NAME.fullmatch(before) is not None and _VALUES.fullmatch(behind) is not None


def _words(text: str, message: str, case: Mapping[str, str]) -> str | None:
    lines = text.splitlines()[:_MOST_LINES]
    if _TRACEBACK in text:
        return next((line for line in reversed(text.splitlines()) if line.strip() and not line[0].isspace()), None)
    if _GO_PLACE.search(text):
        return go_words(text)
    if panic := rust_words(text):
        return panic
    if message.startswith(_TAP):
        return tap_points.message([line for line in lines[1:] if not line.startswith("# Subtest")])
    if pytest := next((line for line in lines if line.startswith(_PYTEST)), None):
        return pytest[1:].strip()
    stripped = [line.strip() for line in lines]
    if _CUCUMBER in stripped:
        stripped = stripped[stripped.index(_CUCUMBER) + 1 :]
    labelled = next((found for line in stripped if (found := _LABELLED.fullmatch(line))), None)
    if labelled:
        return labelled[1]
    told = (line for line in stripped if not (line == message or _NO_WORDS.match(line) or _is_verdict(line, case)))
    return next(told, None)
