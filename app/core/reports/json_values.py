"""What writers of JSON leave in a field, made into what a result holds: they disagree about types."""

import re
from collections.abc import Callable

from app.core.identity import repository_path
from app.core.model import Outcome, Report
from app.core.reports.executions import Executions, TooManyError, bounded_ms

DEEPEST = 50
"""Levels of suites within suites that are read; those below are left out."""

MOST_UNTOLD = 20
"""Failures before a retry that are believed where a writer gives their number only."""

_LARGEST = 10**15
_LOOKED_AT = 2_000
_LONGEST_PATH = 4_096
_STACK = re.compile(r"\n(?:\t| {2,8})at ")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
_THROWN = re.compile(r"\s{0,20}(?:\w{1,20} ){0,2}([\w.$:]{1,200}(?:Error|Exception))\b")
# Ruby puts the class behind what was said.
_RAISED = re.compile(r"\(([\w:]{1,200}(?:Error|Exception))\)(?:\n|$)")
_ASSERTING = re.compile(r"Assert|Expect|Comparison|MultipleFailures|(?:^|[.:])(?:Error|Exception)$")
# The last is all that vitest's JSON says of a time-out.
_TIMED_OUT = re.compile(
    r"\btime(?:d[ -]?)?out (?:of|after|exceeded)\b|\btimed[ -]out\b|\btimeout of \d|\bSTACK_TRACE_ERROR\b",
    re.IGNORECASE,
)
_HOOK = re.compile(r'"(?:before|after) (?:each|all)" hook\b')


def text(value: object) -> str:
    """Return a text or a number of usual size as text; nothing else is a name."""
    if isinstance(value, str):
        return value
    return str(value) if number(value) is not None else ""


def texts(value: object) -> list[str]:
    """Return the texts of a list, or one text as a list of itself."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str) and one]


def number(value: object) -> float | None:
    """Return a number of usual size; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -_LARGEST < value < _LARGEST else None


def count(value: object) -> int:
    """Return how many times something happened; 0 for what is no number."""
    return max(0, int(number(value) or 0))


def line_of(value: object) -> int | None:
    """Return the number of a line, which are counted from 1 and kept as an integer of 32 bits."""
    found = number(value)
    return int(found) if found is not None and 1 <= found < 1 << 31 else None


def ms(value: object, unit: float = 1) -> int | None:
    """Return a duration in whole milliseconds; `unit` is how many of them the writer's unit has."""
    found = number(value)
    return None if found is None else bounded_ms(found * unit)


def named_file(path: str) -> str:
    """Return a file as names hold it: as it stands in the repository where that is known, else as written."""
    path = path[:_LONGEST_PATH]
    return repository_path(path) or path.replace("\\", "/")


def before_stack(failure: str) -> str:
    """Return what engines of JavaScript and Java print of an error before the lines of its stack."""
    return _STACK.split(failure, maxsplit=1)[0].strip()


def plain(failure: str) -> str:
    """Return a text without the colours of a terminal."""
    return _COLOUR.sub("", failure)


def failure_kind(failure: str) -> Outcome:
    """Tell a failed assertion from what else may go wrong, by the first words of what was thrown.

    Assertion libraries throw a plain Error as often as an AssertionError, so that only an error with a name of its own
    that says nothing of asserting is one, and a test that took too long.
    """
    start = plain(failure[:_LOOKED_AT])
    if _TIMED_OUT.search(start.split("\n", 1)[0]):
        return Outcome.ERROR
    thrown = _THROWN.match(start) or _RAISED.search(start)
    if thrown is None or _ASSERTING.search(thrown[1]) or thrown[1] == "UnexpectedError":
        return Outcome.FAILED
    return Outcome.ERROR


def is_hook(title: str) -> bool:
    """Say whether mocha made up the title for a hook that failed."""
    return _HOOK.search(title) is not None


def report_of(known_as: str, fill: Callable[[Executions], None]) -> Report:
    """Return what a reader adds as a report; of a file that tells of too many executions the first ones."""
    executions = Executions()
    try:
        fill(executions)
    except TooManyError as error:
        executions.miss(str(error))
    return executions.report(known_as)
