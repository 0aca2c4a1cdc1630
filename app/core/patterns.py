"""Expressions that others write and we run over logs: a subset of Python's in which no line can hold us up.

Time is lost where an expression can match the same text in many ways, all of which are tried before it fails. Here no
group may be repeated, so the ways are at most the product of the choices that its parts have; that product is limited,
and so are the lines.
"""

import re
from dataclasses import dataclass

LONGEST_PATTERN = 200
LONGEST_LINE = 300
"""Of each line so many characters are looked at."""
MOST_WAYS = 4 * LONGEST_LINE**2
"""Room for two endless repetitions and a choice of four; the worst such line takes some 20 ms."""

_TOKEN = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<open>\((?:\?.?)?)"
    r"|(?P<close>\))"
    r"|(?P<repeat>(?:[*+?]|\{\d{0,4},?\d{0,4}\})[?+]?)"
    r"|(?P<or>\|)"
    r"|(?P<literal>.)",
    re.DOTALL,
)
_TIMES = re.compile(r"\{(\d*+)(,?)(\d*)\}")
_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = "dDwWsSbBt"


class UnsafePattern(ValueError):
    """The expression is none, or it is one of those that can take for ever."""


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile an expression of the subset, or raise UnsafePattern with the reason in words for its author."""
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise UnsafePattern(f"an expression has 1 to {LONGEST_PATTERN} characters")
    if not pattern.isprintable():
        raise UnsafePattern("an expression is one line of characters that can be seen")
    _Check().run(pattern)
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        raise UnsafePattern(f"this is no expression: {error}") from error
    if compiled.search("") is not None:
        raise UnsafePattern("it matches an empty line, and so every line")
    return compiled


def found_in(pattern: re.Pattern[str], line: str) -> bool:
    """Say whether the pattern occurs in the line, of which the first 300 characters are looked at."""
    return pattern.search(line[:LONGEST_LINE]) is not None


@dataclass(slots=True)
class _Check:
    """Walks over an expression; `ways` is the product so far, `last` the kind of the token before."""

    ways: int = 1
    last: str = ""

    def run(self, pattern: str) -> None:
        choices = [1]
        for match in _TOKEN.finditer(pattern):
            token, kind = match[0], match.lastgroup or ""
            if kind == "open":
                _check_opening(token)
                choices.append(1)
            elif kind == "close" and len(choices) > 1:
                self.ways *= choices.pop()
            elif kind == "or":
                choices[-1] += 1
            elif kind == "repeat":
                self._repeat(token)
            else:
                _check_atom(token, kind)
            self.last = kind
        if self.ways * choices[0] > MOST_WAYS:
            raise UnsafePattern("it can match one line in too many ways: use fewer *, +, ? and |")

    def _repeat(self, token: str) -> None:
        if self.last not in ("escape", "set", "literal", "close"):
            raise UnsafePattern(f"there is nothing before {token} that could be repeated")
        if self.last == "close" and token[0] != "?":
            raise UnsafePattern(f"a group cannot be repeated by {token}, only made optional by ?")
        self.ways *= _lengths(token)


def _lengths(repeat: str) -> int:
    """Say how many lengths a repetition can have, in a line of the greatest length."""
    if repeat[0] == "?":
        return 2
    times = _TIMES.match(repeat)
    if times is None:
        return LONGEST_LINE
    least, comma, most = times.groups()
    if not comma:
        return 1
    return max(1, min(int(most or LONGEST_LINE), LONGEST_LINE) - int(least or 0) + 1)


def _check_opening(token: str) -> None:
    if token not in ("(", "(?:"):
        raise UnsafePattern(f"{token} is not supported, only ( ) and (?: ) are")


def _check_atom(token: str, kind: str) -> None:
    """Refuse escapes that mean a group, a place or a character by its number, in a set as outside of it."""
    letters = _ESCAPED.findall(token) if kind in ("escape", "set") else []
    for letter in letters:
        if letter.isalnum() and letter not in _ESCAPES:
            raise UnsafePattern(f"\\{letter} is not supported")
