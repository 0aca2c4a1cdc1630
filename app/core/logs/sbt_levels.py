"""What sbt and mill write before each line of a test framework."""

import re

_LEVELS = re.compile(r"(?:\[\d{1,6}\] )?\[(info|error|warn)\](?: |$)")
_TOTALS = re.compile(r"(?:Passed|Failed|Error): Total \d{1,9}, Failed \d{1,9}, Errors \d{1,9}")


def unlevelled(text: str) -> tuple[str, str]:
    """Return the level that stands before a line, empty where none does, and the line without it.

    A build within a build (sbt's scripted tests) writes a second one, which stays: what it says is quoted.
    """
    if not text.startswith("["):
        return "", text
    levels = _LEVELS.match(text)
    return (levels[1], text[levels.end() :]) if levels else ("", text)


def is_total(said: str) -> bool:
    """Tell whether sbt counts here what all frameworks of a project ran."""
    return ": Total " in said and _TOTALS.match(said) is not None
