"""The sections in which pytest tells of failures at length: headers, tracebacks, and what ended the test."""

import re

from app.core.logs.pytest_names import without_subtest
from app.core.logs.session import LONGEST_MESSAGE, Block, cut

_HEADER = re.compile(r"_+ ([^\s_].*|_+[^\s_].*) _+")
# Where the title is too long for the terminal, older versions of pytest leave out the rule before it.
_LONG_HEADER = re.compile(r" (\S.{70,}) _")
# One that fills 80 columns has no rule after it, either: then its own shape has to tell it from what a test printed.
_BARE_HEADER = re.compile(
    r" (?=.{78})((?:ERROR at (?:setup|teardown) of )?(?=[^\[]*[Tt]est)[^\W\d]\w*(?:\.\w+)*(?:\[.*\])?)"
)
_AT = re.compile(r"ERROR at (setup|teardown) of ")
_COLLECTING = "ERROR collecting "
_CRASHED = re.compile(r"worker '\w{1,20}' crashed while running '(.+)'")
_CAPTURED = re.compile(r"-+ ?Captured ")
_PLACE = re.compile(r"([^\s:]+\.\w+):\d+: ?")
_NATIVE_PLACE = re.compile(r'  File "([^"]+)", line \d+, in ')
_CONTAINS = re.compile(r"contains \d+ failed subtests?")
_CRASH_LINES = 3


def read_header(text: str) -> str | None:
    """Return the title that stands over a failure, None for any other line."""
    if not text.startswith(("_", " ")):
        return None
    match = _HEADER.fullmatch(text) or _LONG_HEADER.fullmatch(text) or _BARE_HEADER.fullmatch(text)
    return match[1] if match else None


def key_of(title: str) -> str:
    """Return the title as `pytest_names.title_of` makes it from the test's id."""
    return _AT.sub("", title.removeprefix(_COLLECTING)).removeprefix("[doctest] ")


def is_sum_of_subtests(block: Block) -> bool:
    """Say whether the block says only that a subtest failed, whose own block says why."""
    return _CONTAINS.match(block.lines[0]) is not None if block.lines else False


def crashed_test(block: Block) -> str | None:
    """Return the id of the test under which a worker of pytest-xdist died: the header names its file only."""
    found = (_CRASHED.search(line) for line in block.lines[:_CRASH_LINES])
    return next((match[1] for match in found if match), None)


def made_up_id(block: Block, root: str) -> str:
    """Make up the id of a test from its header and the first place that its traceback names, within the folder `root`."""
    if block.title.startswith(_COLLECTING):
        return key_of(block.title)
    base, bracket, parameters = without_subtest(key_of(block.title)).partition("[")
    return f"{_place(block, root)}::{base.replace('.', '::')}{bracket}{parameters}"


def _place(block: Block, root: str) -> str:
    for line in block.lines:
        match = _PLACE.match(line) or _NATIVE_PLACE.match(line)
        file = match[1].removeprefix(f"{root}/") if match else ""
        if file and not file.startswith(("/", "..")) and "site-packages" not in file:
            return file
    return ""


def traceback(block: Block) -> list[str]:
    """Leave out what the test printed: it is no part of the failure."""
    end = next((index for index, line in enumerate(block.lines) if _CAPTURED.match(line)), len(block.lines))
    return block.lines[:end]


def message(block: Block) -> str | None:
    """Return what ended the test; of errors around a test in the words of pytest's JUnit reports."""
    said = _said(traceback(block))
    around = _AT.match(block.title)
    if said is None or around is None:
        return said
    return f'failed on {around[1]} with "{said}"'[:LONGEST_MESSAGE]


def _said(lines: list[str]) -> str | None:
    """Return the last run of lines that pytest marks with E: of a chain of exceptions the one that ended the test.

    Native tracebacks mark nothing: there it is what follows the last frame. Else it is the last line.
    """
    last = next((index for index in reversed(range(len(lines))) if _is_error(lines[index])), None)
    if last is None:
        frame = next((index for index in reversed(range(len(lines))) if lines[index].startswith('  File "')), None)
        native = [] if frame is None else lines[frame + 1 :]
        first = next((index for index, line in enumerate(native) if line and not line.startswith(" ")), None)
        end = native[first:] if first is not None else [line.strip() for line in lines if line.strip()][-1:]
        return cut(end, LONGEST_MESSAGE)
    first = last
    while first and _is_error(lines[first - 1]):
        first -= 1
    said = [line[1:] for line in lines[first : last + 1]]
    indent = len(said[0]) - len(said[0].lstrip())
    return cut([line.strip() if line[:indent].strip() else line[indent:] for line in said], LONGEST_MESSAGE)


def _is_error(line: str) -> bool:
    return line == "E" or line.startswith("E  ")
