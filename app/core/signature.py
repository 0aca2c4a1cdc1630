"""Tell whether two failures are the same one: a fingerprint of what stays when numbers, times and places change."""

from functools import lru_cache
from hashlib import md5

from app.core.frames import project_frames
from app.core.headline import headline
from app.core.model import Fingerprint
from app.core.signature_rules import RULES, RULES_VERSION, without_compared_values

__all__ = ["RULES_VERSION", "fingerprint", "loose", "normalise", "title"]

_LONGEST_INPUT = 4_096
_LONGEST_LINE = 1_000
_LONGEST_MESSAGE = 1_500
_MOST_LINES_OF_A_TITLE = 40


# The same cause fails many tests of a run in the same words.
@lru_cache(maxsize=256)
def fingerprint(message: str | None, stack_trace: str | None) -> Fingerprint | None:
    """Return the signatures of one failure, or None where there is neither a message nor a stack trace.

    A failure without a message takes the line of its stack trace that names the error. Where the place is known, the
    values that an assertion compared say no more about the cause than numbers do; they stay in the loose signature, by
    which failures are excused. Linear in the input, of which no more than a few kilobytes are looked at.
    """
    text = _message(message, stack_trace)
    frames = project_frames(stack_trace)
    if not text and not frames:
        return None
    if not frames:
        return Fingerprint(strict=_digest(text), loose=_digest(text), stack=None)
    strict = _digest(without_compared_values(text), *frames)
    return Fingerprint(strict=strict, loose=_digest(text), stack=_digest(*frames))


def loose(message: str | None, stack_trace: str | None) -> str | None:
    """Return the signature of the message alone, as `fingerprint(...).loose` has it."""
    text = _message(message, stack_trace)
    if not text and not project_frames(stack_trace):
        return None
    return _digest(text)


def normalise(text: str) -> str:
    """Replace what differs between two failures of one cause by placeholders, after capping the input."""
    capped = "\n".join(line[:_LONGEST_LINE] for line in text[:_LONGEST_INPUT].splitlines())
    for rule in RULES:
        capped = rule.apply(capped)
    return capped.strip()


def title(message: str) -> str:
    """Return a short name for a failure, for people, as `headline` chooses it of the first 40 lines."""
    lines = message[:_LONGEST_INPUT].splitlines()
    return headline([normalise(line) for line in lines[:_MOST_LINES_OF_A_TITLE]])


def _message(message: str | None, stack_trace: str | None) -> str:
    said = message if message and message.strip() else _headline(stack_trace or "")
    return normalise(said)[:_LONGEST_MESSAGE]


def _headline(stack_trace: str) -> str:
    """Return the line that names the error: a Python traceback ends with it, all others begin with it."""
    if "Traceback (most recent call last)" in stack_trace[:_LONGEST_INPUT]:
        lines = [line for line in stack_trace[-_LONGEST_INPUT:].splitlines() if line.strip()]
        return next((line for line in reversed(lines) if not line[0].isspace()), "")
    return next((line for line in stack_trace[:_LONGEST_INPUT].splitlines() if line.strip()), "")


def _digest(*parts: str) -> str:
    return md5("\n".join(parts).encode(errors="replace"), usedforsecurity=False).hexdigest()
