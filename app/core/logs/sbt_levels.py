"""What sbt and mill write before each line of a test framework."""

import re

_LEVELS = re.compile(r"(?:\[\d{1,6}\] )?\[(info|error|warn)\](?: |$)")
# GitHub's page shows that level as a word.
_SHOWN = "Error:  "
_TOTALS = re.compile(r"(?:Passed|Failed|Error): Total \d{1,9}, Failed \d{1,9}, Errors \d{1,9}(?:, Passed (\d{1,9}))?")


def unlevelled(text: str) -> tuple[str, str]:
    """Return the level that stands before a line, empty where none does, and the line without it.

    A build within a build (sbt's scripted tests) writes a second one, which stays: what it says is quoted.
    """
    if text.startswith(_SHOWN):
        return "error", text.removeprefix(_SHOWN)
    if not text.startswith("["):
        return "", text
    levels = _LEVELS.match(text)
    return (levels[1], text[levels.end() :]) if levels else ("", text)


def total_passes(said: str) -> int | None:
    """Return how many passes sbt counts where it counts what all frameworks of a project ran; None where it does not."""
    totals = _TOTALS.match(said) if ": Total " in said else None
    return int(totals[1] or 0) if totals else None
