"""What a failure of a go test looks like: its lines, a panic, the test that was running when the process died."""

import re
from dataclasses import dataclass

from app.core.logs.session import LONGEST_MESSAGE, LONGEST_STACK, Block, cut
from app.core.model import Outcome, TestResult

PANICS = ("panic: ", "fatal error: ")

_PLACE = re.compile(r"\s*[^\s:]+\.go:\d+:(?:\d+:)?(?: |$)")
# Go's own package has functions that are named like tests: `testing.(*F).Fuzz`.
_FRAME = re.compile(r"(?!testing\.)[\w./*()-]+\.((?:Test|Example|Fuzz|Benchmark)\w*)(?:\.func[\d.]+)*\(")
# Since 1.23 go indents all lines of a panic's words but the first by one tab more.
_STILL_RUNNING = re.compile(r"\t{1,2}((?:Test|Example|Fuzz|Benchmark)\S*) \(\S+\)")
_MOST_GUILTY = 50


@dataclass(slots=True)
class GoTest:
    """One execution while its package is being read; `indent` is that of its line, four spaces a level of subtests."""

    name: str
    outcome: Outcome
    number: int
    block: Block
    duration_ms: int | None = None


def result(package: str, test: GoTest) -> TestResult:
    """Name the test as go-junit-report and gotestsum do: its package is suite and class."""
    is_bad = test.outcome.is_bad
    return TestResult(
        suite=package,
        class_name=package,
        name=test.name,
        outcome=test.outcome,
        line=test.number,
        duration_ms=test.duration_ms,
        message=_message(test.block) if is_bad else None,
        stack_trace=cut(test.block.lines, LONGEST_STACK) if is_bad else None,
    )


def guilty_tests(panic: Block) -> list[str]:
    """Return the tests that a panic's trace names: those that still ran at a time-out, else the one that panicked."""
    running = [match[1] for match in map(_STILL_RUNNING.fullmatch, panic.lines) if match]
    if running:
        return _innermost(running)[:_MOST_GUILTY]
    frame = next((match[1] for match in map(_FRAME.match, panic.lines) if match), None)
    return [frame] if frame else []


def _innermost(names: list[str]) -> list[str]:
    parents = {name.rpartition("/")[0] for name in names}
    return [name for name in names if name not in parents]


def _message(block: Block) -> str | None:
    """Return what the test said, without the places where it said it; of a panic its own words."""
    lines = [line for line in block.lines if line.strip()]
    panic = next((index for index, line in enumerate(lines) if line.startswith(PANICS)), None)
    if panic is not None:
        return lines[panic][:LONGEST_MESSAGE]
    said = [_PLACE.sub("", line, count=1) if _PLACE.match(line) else line for line in lines]
    return cut([line.strip() for line in said if "--- " not in line], LONGEST_MESSAGE)
