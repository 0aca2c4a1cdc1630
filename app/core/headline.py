"""Call a failure by the words that say most to people."""

import re
from collections.abc import Iterator, Sequence

_LONGEST = 120
_FEWEST_LETTERS = 4
_SPEAKING_LETTERS = 8
_MARKS_OF_FAILURE = (
    *("error", "exception", "fail", "expect", "timeout", "timed out", "panic", "assert", "refused", "fatal", "abort"),
    *("warning: data race", "deadlock", "overflow", "denied", "not found", "cannot", "unable", "no such"),
)
_NOISE = re.compile(r"=== \w|--- (?:FAIL|SKIP)|Traceback \(|test method .{1,300} threw exception:$", re.IGNORECASE)
_HALF_OF_A_COMPARISON = re.compile(r"expected\b", re.IGNORECASE)
_OTHER_HALF = re.compile(r"(?:but was|but got|got|actual|received|to (?:be|equal))\b", re.IGNORECASE)
_FRAME = re.compile(r"at |File \"|#<n> ")

_IN_FRONT = re.compile(
    r"(?:[\[(](?:[a-z]{1,12} )?<[a-z]{1,5}>[\])][ :]{0,3}|<(?:time|tmp)>[ :]{0,3}|[\w./\\-]{1,200}\.[a-z]{1,5}:<n>: )+"
)
_RUST_PANIC = re.compile(r"thread '[^']{0,200}'(?: \([^)]{0,40}\))? panicked at \S{1,300}:<n>:")
_COMMENT = re.compile(r" // [\w. ]{1,40}$")
_PACKAGES = re.compile(r"(?<![\w.$/])(?:[a-z_]\w{0,60}\.){2,12}(?=[A-Z])")
_WRAPPERS = re.compile(
    r"(?:(?:ExecutionException|CompletionException|InvocationTargetException|UndeclaredThrowableException|RuntimeException"
    r"|InvokeMethodRunnable\$TestNGRuntimeException): )+(?=[\w$]{1,100}(?:Exception|Error)\b)"
)
_PLACEHOLDER = re.compile(r"<(?:n|q|v|time|ip|tmp|token|email|host)>")


def headline(lines: Sequence[str]) -> str:
    """Return a short name of a failure, of the normalised lines of its message: at most 120 characters.

    A line that says what went wrong goes before one that does not, a statement before the two halves of a comparison,
    one without placeholders before one with, the shorter before the longer. What changes is shown as an ellipsis.
    """
    said = [line for line in _joined([line for line in lines if line]) if not _NOISE.match(line)]
    speaking = [
        line for line in said if _letters(line) >= (_FEWEST_LETTERS if _says_what_failed(line) else _SPEAKING_LETTERS)
    ]
    best = min(speaking, key=_rank, default=None) or " ".join(said or lines[-1:])
    told = _for_people(best)
    return told if len(told) <= _LONGEST else told[: _LONGEST - 1].rstrip() + "…"


def _rank(line: str) -> tuple[bool, bool, bool, int, str]:
    return (
        not _says_what_failed(line),
        _HALF_OF_A_COMPARISON.match(line) is not None,
        "<" in line,
        len(line),
        line,
    )


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Join a line that announces the next one with it, and the two halves of a comparison."""
    is_used = False
    for line, after in zip(lines, [*lines[1:], ""], strict=False):
        if is_used:
            is_used = False
        elif _HALF_OF_A_COMPARISON.match(line) and _OTHER_HALF.match(after):
            is_used = True
            yield f"{line}, {after}"
        elif line.endswith(":") and _is_announced(after) and not _NOISE.match(line):
            is_used = True
            yield f"{line} {after}"
        else:
            yield line


def _is_announced(line: str) -> bool:
    """Tell whether a line needs the one before it: what names the failure itself speaks for itself."""
    return line != "" and not _FRAME.match(line) and not _says_what_failed(line)


def _for_people(line: str) -> str:
    """Leave out where it was, packages and wrapping exceptions: the name of the error and its words are what people look for."""
    told = _RUST_PANIC.sub("panic:", _IN_FRONT.sub("", line, count=1) if _IN_FRONT.match(line) else line)
    told = _PACKAGES.sub("", _COMMENT.sub("", told))
    if (wrapped := _WRAPPERS.match(told)) is not None:
        told = told[wrapped.end() :]
    return _PLACEHOLDER.sub("…", told).strip(" :") or line[:_LONGEST]


def _letters(line: str) -> int:
    return sum(c.isalpha() for c in line)


def _says_what_failed(line: str) -> bool:
    lowered = line.lower()
    return any(mark in lowered for mark in _MARKS_OF_FAILURE)
