"""What a failure of a Rust test says: the message of its panic and where it panicked, in old words and new."""

import re

from app.core.logs.session import LONGEST_MESSAGE, cut

# Since Rust 1.73 the place stands first and the message on its own lines; the thread's number came later.
_PANIC = re.compile(r"thread '(.{1,500}?)' (?:\(\d{1,12}\) )?panicked at (.{1,3900})")
_OLD_PANIC = re.compile(r"thread '.{1,500}?' panicked at ('|Box<)")
_OLD_END = re.compile(r"', ([^\s:]{1,500}\.rs):\d{1,7}:\d{1,7}$")
_PLACE = re.compile(r"([^\s:]{1,500}\.rs):\d{1,7}:\d{1,7}:?$")
_DEAD = re.compile(r"thread '(.{1,500}?)' (?:\(\d{1,12}\) )?has overflowed its stack")
_AFTER = ("note: ", "stack backtrace:", "thread '")
_MOST_LINES = 60


def message(lines: list[str]) -> str | None:
    """Return what the first panic says; without one what a test returned, or else the first lines that it printed."""
    start = next((index for index, line in enumerate(lines) if _starts(line)), None)
    if start is None:
        returned = next((line for line in lines if line.startswith("Error: ")), None)
        return returned[:LONGEST_MESSAGE] if returned else cut(_until_note(lines), LONGEST_MESSAGE)
    if _OLD_PANIC.match(lines[start]):
        return _old_message(lines[start:])
    return cut(_until_note(lines[start + 1 :]), LONGEST_MESSAGE) or lines[start][:LONGEST_MESSAGE]


def file(lines: list[str]) -> str | None:
    """Return the source file of the first panic where it stands by a relative path: others are not the project's."""
    for line in lines:
        if "panicked at" in line or line.endswith(tuple("0123456789")):
            place = _PLACE.search(line[-600:]) if "panicked at" in line else _OLD_END.search(line[-600:])
            if place is not None:
                return place[1] if place[1][0] not in "/\\<" and place[1][1:2] != ":" else None
    return None


def dead_thread(lines: list[str]) -> str | None:
    """Return the test under which the process died: what overflowed its stack or must not unwind names its thread."""
    for line in reversed(lines):
        match = _DEAD.match(line) or _PANIC.match(line)
        if match is not None:
            return match[1] if match[1] not in ("main", "<unnamed>", "<unknown>") else None
    return None


def _starts(line: str) -> bool:
    return line.startswith("thread '") and _PANIC.match(line) is not None


def _until_note(lines: list[str]) -> list[str]:
    kept = lines[:_MOST_LINES]
    end = next((index for index, line in enumerate(kept) if line.startswith(_AFTER)), len(kept))
    return kept[:end]


def _old_message(lines: list[str]) -> str | None:
    """Return the quoted message that ends before its place, on the first line or on a later one."""
    said = [lines[0].partition("panicked at ")[2].removeprefix("'"), *lines[1:_MOST_LINES]]
    for index, line in enumerate(said):
        end = _OLD_END.search(line[-600:])
        if end is not None:
            return cut([*said[:index], line[: len(line) - len(end[0])]], LONGEST_MESSAGE)
        if index and line.startswith(_AFTER):
            return cut(said[:index], LONGEST_MESSAGE)
    return cut(said[:1], LONGEST_MESSAGE)
