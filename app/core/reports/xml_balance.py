"""Makes the tags of broken XML fit each other, since a recovering parser loses its place where they do not."""

import re
from collections import Counter

_NAME = r"[A-Za-z_][\w:.-]{0,200}+"
_ATTRIBUTE = rf"\s{{1,100}}+({_NAME})\s{{0,20}}+=\s{{0,20}}+(\"[^\"]{{0,10000}}+\"|'[^']{{0,10000}}+')"
_WHOLE = re.compile(
    rf"<\?[^<>]{{0,1000}}+>|</(?P<end>{_NAME})\s{{0,100}}+>"
    rf"|<(?P<start>{_NAME})(?P<attributes>(?:{_ATTRIBUTE}){{0,100}}+)\s{{0,100}}+(?P<empty>/?)>"
    rf"|<(?P<odd>{_NAME})(?P<rest>\s[^<>]{{0,10000}}+)>"
    r"|<"
)
_BEGUN = re.compile(
    rf"<{_NAME}(?:{_ATTRIBUTE}){{0,100}}+\s{{0,100}}+/?"
    rf"(?:(?<=\s){_NAME}\s{{0,20}}+(?:=\s{{0,20}}+(?:\"[^\"]{{0,10000}}+|'[^']{{0,10000}}+)?)?)?"
)
_KEPT = re.compile(rf"{_ATTRIBUTE}|\s{{1,100}}+({_NAME})=([^\s\"'<>/]{{1,200}}+)")


def is_begun(text: str, tag: int) -> bool:
    """Say whether the text ends within the tag that begins there, whatever brackets its values hold."""
    return _BEGUN.fullmatch(text, tag) is not None


class Balance:
    """Goes through what is no CDATA section and no comment, piece by piece.

    A bracket that begins no tag is escaped, as in `assert 1 < 2`; an end tag ends what was begun within its element, as in
    `List<String>`, and is dropped where its element was never begun. What is open at the end of the document stays so.
    """

    def __init__(self) -> None:
        self._open: list[str] = []
        self._count: Counter[str] = Counter()

    def balanced(self, text: str) -> str:
        """Return the text with tags of which each fits the one before it."""
        return _WHOLE.sub(self._fitting, text)

    def _fitting(self, match: re.Match[str]) -> str:
        if match["start"]:
            # Only in values may a bracket stand here.
            return self._begun(match["start"], match["attributes"].replace("<", "&lt;"), is_empty=bool(match["empty"]))
        if match["end"]:
            return self._ended(match["end"])
        if match["odd"] and "=" in match["rest"]:
            is_empty = match["rest"].endswith("/")
            return self._begun(match["odd"], _kept(match["rest"]), is_empty=is_empty)
        return match[0] if match[0].startswith("<?") else "&lt;" + match[0][1:]

    def _begun(self, name: str, attributes: str, *, is_empty: bool) -> str:
        if not is_empty:
            self._open.append(name)
            self._count[name] += 1
        return f"<{name}{attributes}{'/' * is_empty}>"

    def _ended(self, name: str) -> str:
        ends: list[str] = []
        while self._count[name] and ends[-1:] != [name]:
            ends.append(self._open.pop())
            self._count[ends[-1]] -= 1
        return "".join(f"</{one}>" for one in ends)


def _kept(rest: str) -> str:
    """Return those attributes of a broken tag that are whole; values without quotes get them."""
    found = (match.groups() for match in _KEPT.finditer(rest))
    return "".join(f" {name}={value}" if name else f' {bare}="{word}"' for name, value, bare, word in found)
