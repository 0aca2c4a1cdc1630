"""What the runners of the JVM and of .NET have in common: their stacks and what stands above them, and how they write times."""

import re

from app.core.logs.session import LONGEST_MESSAGE, Block, cut
from app.core.logs.telling import Told
from app.core.model import Outcome

_FRAME = re.compile(
    r"\s*(?:at [\w.$<>/@`]|Stack [Tt]race:|\.\.\. \d+ (?:more|common)|--- End of |\[\.\.\.\]$"
    r"|[\w.$<>/]{3,400}\((?:[\w$-]{1,200}\.\w{1,10}:\d{1,7}|Native Method|Unknown Source)\)$)"
)
_PART = re.compile(r"(\d[\d,]{0,20}(?:\.\d{1,12})?) {0,2}(ms|milli|min|m|h|s)")
_MILLISECONDS = {"ms": 1, "milli": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000}
_LONGEST_TIME = 80


def of_class(class_name: str, name: str, outcome: Outcome, number: int, took: int | None = None) -> Told:
    """Return an execution, with a block for its words where it failed; its class is its suite, too, as in reports."""
    return Told(
        suite=class_name,
        class_name=class_name,
        name=name,
        outcome=outcome,
        number=number,
        duration_ms=took,
        block=Block(name, number) if outcome.is_bad else None,
    )


def without_namesakes(tests: list[Told]) -> list[Told]:
    """Drop the passes that have no class and the name of a failure that has none either.

    They may well be those of another class's test: a pass beside a failure must not prove what was never run twice.
    """
    bad = {test.key for test in tests if test.outcome.is_bad and not test.class_name}
    return [test for test in tests if test.outcome is not Outcome.PASSED or test.key not in bad]


def is_frame(text: str) -> bool:
    """Tell whether a line belongs to the stack of a JVM or of .NET."""
    return _FRAME.match(text) is not None


def above_stack(test: Told) -> str | None:
    """Return what a test said before the first frame of its stack; None where it said nothing."""
    lines = test.block.lines if test.block else []
    end = next((index for index, line in enumerate(lines) if is_frame(line)), len(lines))
    said = [line.strip() for line in lines[:end] if line.strip() != "Error Message:"]
    return cut(said, LONGEST_MESSAGE)


def milliseconds(text: str) -> int | None:
    """Add up a time like `1.5 s`, `1 m 2 s`, `< 1 ms` or `1 second, 12 milliseconds`; None where there is none."""
    parts = _PART.findall(text[:_LONGEST_TIME])
    if not parts:
        return None
    return round(sum(float(number.replace(",", "")) * _MILLISECONDS[unit] for number, unit in parts))
