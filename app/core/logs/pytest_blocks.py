"""The sections in which pytest tells of failures at length: headers, tracebacks, and what ended the test."""

import re

from app.core.logs.session import LONGEST_MESSAGE, Block, cut

_HEADER = re.compile(r"_+ ([^\s_].*|_+[^\s_].*) _+")
# Where the title is too long for the terminal, older versions of pytest leave out the rule before it.
_LONG_HEADER = re.compile(r" (\S.{70,}) _")
_AT = re.compile(r"ERROR at (?:setup|teardown) of ")
_COLLECTING = "ERROR collecting "
_CRASHED = re.compile(r"worker '\w{1,20}' crashed while running '(.+)'")
_CAPTURED = re.compile(r"-+ ?Captured ")
_PLACE = re.compile(r"([^\s:]+\.\w+):\d+: ?")
_CRASH_LINES = 3


def read_header(text: str) -> str | None:
    """Return the title that stands over a failure, None for any other line."""
    if not text.startswith(("_", " ")):
        return None
    match = _HEADER.fullmatch(text) or _LONG_HEADER.fullmatch(text)
    return match[1] if match else None


def key_of(title: str) -> str:
    """Return the title as `pytest_names.title_of` makes it from the test's id."""
    return _AT.sub("", title.removeprefix(_COLLECTING)).removeprefix("[doctest] ")


def without_subtest(key: str) -> str:
    """Return the title of the test whose subtest has this one: `test [message] (i=1)`."""
    ends = [at for at in (key.find(" ["), key.find(" (")) if at > 0]
    return key[: min(ends)] if ends else key


def crashed_test(block: Block) -> str | None:
    """Return the id of the test under which a worker of pytest-xdist died: the header names its file only."""
    found = (_CRASHED.search(line) for line in block.lines[:_CRASH_LINES])
    return next((match[1] for match in found if match), None)


def made_up_id(block: Block) -> str:
    """Make up the id of a test from its header and the first place that its traceback names."""
    key = key_of(block.title)
    if block.title.startswith(_COLLECTING):
        return key
    place = next((match[1] for match in map(_PLACE.match, block.lines) if match), "")
    base, bracket, parameters = key.partition("[")
    return f"{place}::{base.replace('.', '::')}{bracket}{parameters}"


def traceback(block: Block) -> list[str]:
    """Leave out what the test printed: it is no part of the failure."""
    end = next((index for index, line in enumerate(block.lines) if _CAPTURED.match(line)), len(block.lines))
    return block.lines[:end]


def message(block: Block) -> str | None:
    """Return the last run of lines that pytest marks with E: of a chain of exceptions the one that ended the test.

    The other styles of traceback mark nothing; there the exception is the last line.
    """
    lines = traceback(block)
    last = next((index for index in reversed(range(len(lines))) if _is_error(lines[index])), None)
    if last is None:
        return next((line.strip()[:LONGEST_MESSAGE] for line in reversed(lines) if line.strip()), None)
    first = last
    while first and _is_error(lines[first - 1]):
        first -= 1
    said = [line[1:] for line in lines[first : last + 1]]
    indent = len(said[0]) - len(said[0].lstrip())
    return cut([line.strip() if line[:indent].strip() else line[indent:] for line in said], LONGEST_MESSAGE)


def _is_error(line: str) -> bool:
    return line == "E" or line.startswith("E  ")
