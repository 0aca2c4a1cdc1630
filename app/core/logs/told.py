"""What the readers of JVM and .NET runners share: a test while it is being read, its message, and how they write times."""

import re
from dataclasses import dataclass

from app.core.logs.session import LONGEST_MESSAGE, LONGEST_STACK, Block, cut
from app.core.model import Outcome, TestResult

_FRAME = re.compile(
    r"\s*(?:at [\w.$<>/@`]|Stack [Tt]race:|\.\.\. \d+ (?:more|common)|--- End of |\[\.\.\.\]$"
    r"|[\w.$<>/]{3,400}\((?:[\w$-]{1,200}\.\w{1,10}:\d{1,7}|Native Method|Unknown Source)\)$)"
)
_PART = re.compile(r"(\d[\d,]{0,20}(?:\.\d{1,12})?) {0,2}(ms|milli|min|m|h|s)")
_MILLISECONDS = {"ms": 1, "milli": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000}
_LONGEST_TIME = 80


@dataclass(slots=True)
class ToldTest:
    """One execution while its session is being read; `number` is the line of the log that names it."""

    class_name: str
    name: str
    outcome: Outcome
    number: int
    suite: str = ""
    duration_ms: int | None = None
    block: Block | None = None
    file: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells the test from others of its session."""
        return self.class_name, self.name


def without_namesakes(tests: list[ToldTest]) -> list[ToldTest]:
    """Drop the passes that have no class and the name of a failure that has none either.

    They may well be those of another class's test: a pass beside a failure must not prove what was never run twice.
    """
    bad = {test.key for test in tests if test.outcome.is_bad and not test.class_name}
    return [test for test in tests if test.outcome is not Outcome.PASSED or test.key not in bad]


def result(test: ToldTest) -> TestResult:
    """Return the execution with the words of its failure: the message is what stands before the first frame."""
    lines = test.block.lines if test.block and test.outcome is not Outcome.PASSED else []
    return TestResult(
        suite=test.suite,
        class_name=test.class_name,
        name=test.name,
        outcome=test.outcome,
        file=test.file,
        line=test.number,
        duration_ms=test.duration_ms,
        message=message(lines),
        stack_trace=cut(lines, LONGEST_STACK) if test.outcome.is_bad else None,
    )


def is_frame(text: str) -> bool:
    """Tell whether a line belongs to the stack of a JVM or of .NET."""
    return _FRAME.match(text) is not None


def message(lines: list[str]) -> str | None:
    """Return what stands before the first frame of a stack; None where nothing does."""
    end = next((index for index, line in enumerate(lines) if is_frame(line)), len(lines))
    said = [line.strip() for line in lines[:end] if line.strip() != "Error Message:"]
    return cut(said, LONGEST_MESSAGE)


def milliseconds(text: str) -> int | None:
    """Add up a time like `1.5 s`, `1 m 2 s`, `< 1 ms` or `1 second, 12 milliseconds`; None where there is none."""
    parts = _PART.findall(text[:_LONGEST_TIME])
    if not parts:
        return None
    return round(sum(float(number.replace(",", "")) * _MILLISECONDS[unit] for number, unit in parts))
