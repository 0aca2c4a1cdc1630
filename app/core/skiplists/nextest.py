"""A filterset for `cargo nextest run -E`: every test but those of the list."""

import re
from collections.abc import Sequence

from app.core.skiplists.names import named, that_fit
from app.core.skiplists.placeholders import expression, is_one_text
from app.core.skiplists.values import Format, QuarantinedTest, SkipList, Unsayable

EVERY_TEST = "all()"
_BINARY = re.compile(r"[\w-]+(?:::[\w/-]+)?")
_PLAIN = re.compile(r"[\w:]", re.ASCII)


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return one line with the filterset; `all()` where nothing is to be skipped."""
    entries, refused = named(Format.NEXTEST, tests, _predicate)
    kept, too_many = that_fit(entries)
    text = f"not ({'|'.join(kept)})" if kept else EVERY_TEST
    return SkipList(text=f"{text}\n", media_type="text/plain", refused=refused + too_many)


def quoted(text: str) -> str:
    r"""Return the text for a matcher of the filterset: letters, digits, `_`, `:` and `\u{...}` alone."""
    return "".join(letter if _PLAIN.match(letter) else f"\\u{{{ord(letter):x}}}" for letter in text)


def _predicate(test: QuarantinedTest) -> str:
    if test.suite != test.classname or not _BINARY.fullmatch(test.suite):
        raise Unsayable("its binary is not known")
    matcher = f"={quoted(test.name)}" if is_one_text(test.name) else f"/^{_slashed(expression(test.name))}$/"
    return f"(binary_id(={quoted(test.suite)})&test({matcher}))"


def _slashed(pattern: str) -> str:
    return pattern.replace("/", r"\/")
