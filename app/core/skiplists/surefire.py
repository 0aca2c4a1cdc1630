"""A file for Maven Surefire and Failsafe: `-Dsurefire.excludesFile=FILE`.

A name alone would match in every package that ends alike, so each line is an expression for the class file's path and the
method, which Surefire 3 takes from a file and not from the POM.
"""

import re
from collections.abc import Sequence

from app.core.skiplists.jvm import class_and_method
from app.core.skiplists.names import comments, named
from app.core.skiplists.values import Format, QuarantinedTest, SkipList

_PLAIN = re.compile(r"\w", re.ASCII)


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return the lines; comments alone where nothing is to be skipped."""
    entries, refused = named(Format.SUREFIRE, tests, _line)
    header = "# FlakeGuard: tests that are quarantined, for -Dsurefire.excludesFile"
    text = "\n".join((header, *comments("#", refused), *(line for line, _ in entries))) + "\n"
    return SkipList(text=text, media_type="text/plain", refused=refused)


def quoted(text: str) -> str:
    r"""Return a Java expression for the text of letters, digits, `_` and `\uXXXX` alone.

    Surefire splits lines at commas, takes `#` for the method's begin and `!` for a mistake before any expression is read.
    """
    return "".join(letter if _PLAIN.match(letter) else _numbered(letter) for letter in text)


def _numbered(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2]):04x}" for at in range(0, len(units), 2))


def _line(test: QuarantinedTest) -> str:
    class_name, method = class_and_method(test)
    # Windows has the other separator in the path.
    path = r"[/\\]".join(quoted(part) for part in class_name.split("."))
    return rf"%regex[{path}\.class#{quoted(method)}]"
