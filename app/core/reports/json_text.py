"""JSON as it comes out of CI: whole documents and lines of them, with a console's words before, after and between."""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec

from app.core.reports.document import Document, TooLargeError, encoding_by_mark
from app.core.reports.errors import MalformedReport

MOST_BYTES = 128 << 20
"""A document is read whole; its pictures and films, encoded as text, are what makes it large."""

MOST_VALUES = 2_700_000
"""Lists, members and, counted twice, objects, as their brackets and commas show: each may cost 150 bytes, whatever its size."""

_BYTES_OF_A_VALUE = 150
_BYTES_OF_A_WIDE_CHARACTER = 5
"""One makes all characters of its string as wide as itself; while it is widened, the narrow one is there, too."""


_MOST_STARTS = 40
_MOST_BEHIND = 3
_START = re.compile(rb"^\s{0,100}[{\[]", re.MULTILINE)
_BEGINS = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])")
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_CONTROL = bytes(32 if byte < 32 and byte not in b"\t\n\r" else byte for byte in range(256))
_BREAK = re.compile(rb"[\n\r\t]")
LARGEST_BROKEN = 16 << 20
"""Bytes of a document in whose strings broken lines are mended: each string is looked at by itself."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
# What is beyond the 65,536 characters of two bytes: in UTF-8, or as the first half of a pair.
_WIDE = re.compile(rb"[\xf0-\xf4]|\\u[dD][89abAB]")
# A half of a UTF-16 pair that the other half does not follow or precede.
_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_NO_NUMBER = re.compile(rb"(?<=[:\[,])\s{0,10}(?:NaN|-?Infinity)(?=\s{0,10}[,}\]])")

Kind = TypeVar("Kind")


def json_text(document: Document) -> bytes | None:
    """Return the first of the document's `json_texts`; None where it holds none."""
    return next(json_texts(document), None)


def json_texts(document: Document) -> Iterator[bytes]:
    """Yield the JSON of a document, as UTF-8 and without what a console wrote around it, then some that stands behind it.

    What ends too early is yielded from its beginning: the format whose marks it bears says that it is broken.
    Raises TooLargeError for a document over the limits.
    """
    if _START.search(_as_utf8([document.head], document.head)) is None:
        return
    text = _as_utf8(document.pieces(), document.head)
    found, rest = _found(text)
    if found is not None and _most_values(found) > MOST_VALUES and _values(found) > MOST_VALUES:
        raise TooLargeError(f"it has more than {MOST_VALUES:,} values")
    if found is not None:
        yield found
        for _ in range(_MOST_BEHIND):
            found, rest = _document(rest) or (None, b"")
            if found is None:
                return
            yield found


def _found(text: bytes) -> tuple[bytes | None, bytes]:
    """Return the first JSON value of a text, and what stands behind it."""
    if _BEGINS.match(text):
        # What is cut short is told by its beginning; an object from its middle could be taken for another format's.
        begun = text.lstrip()
        for mend in (bytes, _mended, _with_breaks_escaped):
            whole = mend(begun)
            if (found := _one(whole)) is not None:
                return found, whole[len(found) :]
        return begun, b""
    return _document(text) or _document(_mended(text)) or _first_start(text)


def _most_values(text: bytes) -> int:
    """Return how many values a document has at most: its strings hold brackets and commas, too."""
    wide = len(text) if _WIDE.search(text) else 0
    return _weight(text, 0, len(text)) + wide * _BYTES_OF_A_WIDE_CHARACTER // _BYTES_OF_A_VALUE


def _values(text: bytes) -> int:
    """Return how many values a document has; a string counts as many as its memory takes where one character widens all."""
    values = wide = end = 0
    for string in _STRING.finditer(text):
        values += _weight(text, end, string.start())
        end = string.end()
        if end - string.start() > _BYTES_OF_A_VALUE and _WIDE.search(text, string.start(), end):
            wide += end - string.start()
    return values + _weight(text, end, len(text)) + wide * _BYTES_OF_A_WIDE_CHARACTER // _BYTES_OF_A_VALUE


def _weight(text: bytes, start: int, end: int) -> int:
    return 2 * text.count(b"{", start, end) + text.count(b"[", start, end) + text.count(b",", start, end)


def decode(text: bytes | str, kind: type[Kind], *, known_as: str) -> Kind:
    """Decode a document into the fields that a format's reader declares; all others are skipped unread.

    Raises MalformedReport where it ends too early or a field holds what the format does not allow.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedReport(f"JSON that cannot be read: {error}", known_as=known_as) from error


def decode_line(text: str, kind: type[Kind]) -> Kind | None:
    """Decode one line of a stream of events; None for a line that is no such event, as a console writes between them."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _decode_mended(text, kind) if "{" in text else None


def _decode_mended(text: str, kind: type[Kind]) -> Kind | None:
    try:
        return msgspec.json.decode(_mended(text.encode("utf-8", "replace")), type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _document(text: bytes) -> tuple[bytes, bytes] | None:
    """Return the first JSON value that begins a line of the text, and what stands behind it."""
    for start in islice(_START.finditer(text), _MOST_STARTS):
        begun = text[start.end() - 1 :]
        if (found := _one(begun)) is not None:
            return found, begun[len(found) :]
    return None


def _first_start(text: bytes) -> tuple[bytes | None, bytes]:
    start = _START.search(text)
    return (text[start.end() - 1 :] if start else None), b""


def _one(text: bytes) -> bytes | None:
    """Return the first JSON value of a text that begins with it; None where it is none."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        more = _TRAILING.search(str(error))
        return text[: int(more[1]) - 1] if more and int(more[1]) > len("[{}]") else None
    except RecursionError:
        return None
    return text


def _mended(text: bytes) -> bytes:
    """Make JSON of what some writers take for it: raw control characters, halves of UTF-16 pairs, no numbers, no text.

    An expression's own `sub` keeps an object for each piece that it leaves, which is fifty times a file of such places.
    """
    return _replaced(_NO_NUMBER, b"null", _replaced(_HALF, rb"\ufffd", text.translate(_CONTROL)))


def _with_breaks_escaped(text: bytes) -> bytes:
    """Mend a document that begins at once, in whose strings lines are broken as in a message; nothing where they are not."""
    if len(text) > LARGEST_BROKEN:
        return b""
    made = bytearray()
    end = 0
    for string in _STRING.finditer(text):
        if _BREAK.search(text, string.start(), string.end()):
            made += text[end : string.start()]
            made += string[0].replace(b"\n", b"\\n").replace(b"\r", b"\\r").replace(b"\t", b"\\t")
            end = string.end()
    return _mended(bytes(made) + text[end:]) if end else b""


def _replaced(what: re.Pattern[bytes], by: bytes, text: bytes) -> bytes:
    made = bytearray()
    end = 0
    with memoryview(text) as view:
        for place in what.finditer(text):
            made += view[end : place.start()]
            made += by
            end = place.end()
        if not end:
            return text
        made += view[end:]
    return bytes(made)


def _as_utf8(pieces: Iterable[bytes], head: bytes) -> bytes:
    """Return the whole text as UTF-8, piece by piece: decoded at once, one rare character would make it four times as large."""
    decoder = codecs.getincrementaldecoder(encoding_by_mark(head) or "utf-8")(errors="replace")
    text = bytearray()
    for piece in pieces:
        text += decoder.decode(piece).encode()
        if len(text) > MOST_BYTES:
            raise TooLargeError(f"it has more than {MOST_BYTES >> 20} MiB")
    text += decoder.decode(b"", final=True).encode()
    return bytes(text)
