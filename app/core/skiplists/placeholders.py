"""Expressions for names in which our rules put a placeholder for what changes from run to run (`identity_rules`).

Each is written in what the expressions of Python, JavaScript, RE2, Ruby and Rust have in common: no lookarounds, no word
boundaries. What a rule asks of the characters around a placeholder is therefore looked up in the name; where they are not
as the rule asks, somebody wrote the placeholder as it stands.
"""

import re
from dataclasses import dataclass
from unicodedata import normalize

_PLACEHOLDER = re.compile(r"<(?:uuid|time|id|port|seed|tmp)>")
_ENDS_IN_ONE = re.compile(rf"{_PLACEHOLDER.pattern}\Z")
_BEGINS_WITH_PATH = re.compile(r"\A<tmp>")
_BEGINS_WITH_ONE = re.compile(rf"\A{_PLACEHOLDER.pattern}")
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
# Of the characters of a path none may be white space to `\s`: two neighbours that share one take for ever to tell apart.
_TMP = r"""[^\s"'\[\](),;…]"""
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"

_WORD_BEFORE, _WORD_AFTER = r"\w\Z", r"\w"
_LETTER_BEFORE, _LETTER_AFTER = r"[0-9A-Za-z]\Z", r"[0-9A-Za-z]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way in which a placeholder comes about: what it stood for, what must and what must not be around it."""

    rule: int
    placeholder: str
    was: str
    after: str = ""
    not_after: str = r"(?!)"
    not_before: str = r"(?!)"


_WAYS = (
    _Way(
        rule=2,
        placeholder="<uuid>",
        was=r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
        not_after=_LETTER_BEFORE,
        not_before=_LETTER_AFTER,
    ),
    _Way(rule=3, placeholder="<time>", was=_DATE, not_after=_WORD_BEFORE, not_before=r"[\d:.Z+-]"),
    _Way(
        rule=4,
        placeholder="<time>",
        was=r"20[0-9]{6}T[0-9]{6}(?:Z|[+-][0-9]{4})?",
        not_after=_WORD_BEFORE,
        not_before=r"[0-9A-Za-z+-]",
    ),
    _Way(
        rule=5,
        placeholder="<time>",
        was=r"1[0-9]{9}(?:[0-9]{3})?",
        after=r"(?i:\b(?:time|timestamp|ts|epoch|now)[=:_ -])\Z",
        not_before=r"\d",
    ),
    _Way(rule=6, placeholder="<id>", was=r"0x[0-9a-fA-F]{6,16}", not_after=_WORD_BEFORE, not_before=_WORD_AFTER),
    _Way(rule=7, placeholder="<id>", was=r"[0-9a-f]{5,16}", after=r"[\w\]>]@\Z", not_before=_WORD_AFTER),
    _Way(
        rule=8,
        placeholder="<port>",
        was=r"[0-9]{4,5}",
        after=r"\b(?:localhost|(?:\d{1,3}\.){3}\d{1,3}):\Z",
        not_before=_WORD_AFTER,
    ),
    _Way(
        rule=9,
        placeholder="<port>",
        was=r"(?:3[2-9][0-9]{3}|[45][0-9]{4}|6[0-5][0-9]{3})",
        after=r"(?i:\bport[=: ])\Z",
        not_before=_WORD_AFTER,
    ),
    _Way(
        rule=10,
        placeholder="<seed>",
        was=r"[0-9]{6,20}",
        after=r"(?i:\bseed(?:[=: ]|: ))\Z",
        not_before=_WORD_AFTER,
    ),
    _Way(
        rule=11,
        placeholder="<tmp>",
        was=rf"(?:/private)?/(?:tmp|var/tmp|var/folders)/{_TMP}{{1,200}}",
        not_before=r"[^\s\"'\[\](),;…]",
    ),
    _Way(
        rule=12,
        placeholder="<tmp>",
        was=rf"[A-Za-z]:\\[Uu]sers\\[^\s\\]{{1,60}}\\[Aa]pp[Dd]ata\\[Ll]ocal\\[Tt]emp\\{_TMP}{{1,200}}",
        not_after=_WORD_BEFORE,
        not_before=r"[^\s\"'\[\](),;…]",
    ),
)


def has_placeholder(name: str) -> bool:
    return _PLACEHOLDER.search(name) is not None


def is_one_text(name: str) -> bool:
    """Say whether only one name becomes this one by our rules, so that it can be compared letter by letter."""
    return " " not in name and not has_placeholder(name) and normalize("NFD", name) == name


def expression(name: str) -> str:
    """Return an expression, to be anchored on both sides, for the names that our rules make this one."""
    parts, end = [], 0
    for found in _PLACEHOLDER.finditer(name):
        parts += [_literal(name[end : found.start()]), _choice(name, found)]
        end = found.end()
    return "".join((*parts, _literal(name[end:])))


def _literal(text: str) -> str:
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    """Return the expression for a letter, which may stand for a letter and its marks (names are kept composed)."""
    if letter == " ":
        return r"\s+"
    if letter.isascii():
        return _SPECIAL.sub(r"\\\g<0>", letter)
    apart = normalize("NFD", letter)
    return letter if apart == letter else f"(?:{letter}|{apart})"


def _choice(name: str, found: re.Match[str]) -> str:
    ways = [way.was for way in _WAYS if way.placeholder == found[0] and _fits(way, name, found)]
    return f"(?:{'|'.join((*ways, found[0]))})"


def _fits(way: _Way, name: str, found: re.Match[str]) -> bool:
    # What stood for a placeholder next to this one began and ended with a digit or letter, but for a path's slash.
    before = _ENDS_IN_ONE.sub("0", name[: found.start()])
    after = _BEGINS_WITH_ONE.sub("0", _BEGINS_WITH_PATH.sub("/", name[found.end() :]))
    return (
        re.search(way.after, before) is not None
        and re.search(way.not_after, before) is None
        and re.match(way.not_before, after) is None
    )
