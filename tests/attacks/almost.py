"""Texts that an expression almost matches: each of its repetitions is fed as much as it takes, and then comes the wrong end.

That is where expressions lose time: they try each way to share the text among their parts before they fail.
"""

import re
from re import _constants as kinds
from re import _parser as parser

WRONG_END = "\x01"
_SAMPLES = {
    kinds.CATEGORY_DIGIT: "1",
    kinds.CATEGORY_WORD: "a",
    kinds.CATEGORY_SPACE: " ",
    kinds.CATEGORY_NOT_SPACE: "a",
    kinds.CATEGORY_NOT_DIGIT: "a",
    kinds.CATEGORY_NOT_WORD: " ",
}
_REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)


def almost(pattern, length):
    """Return texts of at most that length, and one wrong character, each of another of the pattern's ways."""
    is_bytes = isinstance(pattern.pattern, bytes)
    tree = parser.parse(pattern.pattern, pattern.flags)
    texts = set()
    for way in range(2):
        for times in (2, length):
            text = _fed(tree, times, way)[:length]
            if text:
                # The text itself, and so often that it could begin anywhere, with the last part missing.
                texts |= {text, text[:-1], (text[:-1] * (length // max(1, len(text) - 1) + 1))[: length - 1]}
    found = sorted(text + WRONG_END for text in texts)
    return [text.encode("utf-8", "replace") for text in found] if is_bytes else found


def _fed(tree, times, way):
    return "".join(_part(kind, value, times, way) for kind, value in tree)


def _part(kind, value, times, way):
    if kind is kinds.LITERAL:
        return chr(value)
    if kind in _REPEATS:
        least, most, body = value
        unit = _fed(body, 1, way)
        return unit * min(int(most), max(least, times // max(1, len(unit))))
    if kind is kinds.SUBPATTERN:
        return _fed(value[-1], times, way)
    if kind is kinds.ATOMIC_GROUP:
        return _fed(value, times, way)
    if kind is kinds.BRANCH:
        return _fed(value[1][way % len(value[1])], times, way)
    if kind is kinds.IN:
        return _member(value)
    return {kinds.ANY: "a", kinds.NOT_LITERAL: "b" if value == ord("a") else "a"}.get(kind, "")


def _member(items):
    """Return a character of a set."""
    kind, value = items[0]
    if kind is kinds.NEGATE:
        return next((one for one in "a1 -:~./!\t☃" if not _is_in(one, items[1:])), "☃")
    if kind is kinds.CATEGORY:
        return _SAMPLES[value]
    return chr(value if kind is kinds.LITERAL else value[0])


def _is_in(char, items):
    return any(_fits(char, kind, value) for kind, value in items)


def _fits(char, kind, value):
    if kind is kinds.LITERAL:
        return ord(char) == value
    if kind is kinds.RANGE:
        return value[0] <= ord(char) <= value[1]
    tests = {kinds.CATEGORY_SPACE: r"\s", kinds.CATEGORY_DIGIT: r"\d", kinds.CATEGORY_WORD: r"\w"}
    return re.match(tests.get(value, r"(?!)"), char) is not None
