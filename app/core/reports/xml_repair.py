"""Makes broken XML readable: encodings that lie, characters that XML forbids, junk around the document."""

import codecs
import re
from collections.abc import Iterator

from app.core.reports.document import Document, encoding_by_mark
from app.core.reports.executions import TooManyError
from app.core.reports.xml_balance import Balance, is_begun

WRAPPER = "testsuites"
"""The element put around a mended document: it takes several roots, text before and text after in its stride."""

MOST_AMPERSANDS = 10_000_000
"""Each is looked at by itself when a document is mended."""

MOST_BRACKETS = 10_000_000
"""So is each of these where tags are made to fit, also one that is dropped and never seen by the parser."""

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.-]{1,40})["']""")
# A declaration may stand anywhere once several documents were written into one file.
_DECLARATION = re.compile(r"<\?xml[^>]{0,500}\?>")
_DOCTYPE = "<!DOCTYPE"
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_FORBIDDEN = re.compile("[\ud800-\udfff\ufffe\uffff]+")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")
_BEGUN_REFERENCE = re.compile(r"&#?\w{0,32}")
# Python knows encodings that are none of text (zlib, idna), or that raise whatever they are told to do about errors.
_OF_TEXT = re.compile(r"(?:iso8859|cp|koi8|mac)[-_]?\w{1,12}|gb\w{2,8}|big5\w{0,8}|(?:shift_jis|euc_\w\w)\w{0,6}")
_LITERAL = re.compile(r"<!(?:\[CDATA\[|--)")
_LITERAL_ENDS = {"<![CDATA[": "]]>", "<!--": "-->"}
_LONGEST_REFERENCE = 40
_LONGEST_TAG = 1 << 20
"""Characters of an unfinished tag that are held back until its end is seen."""

_PLAIN = re.compile(r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d", re.IGNORECASE)


def is_plain(head: bytes) -> bool:
    """Whether a parser may take the bytes as they are: no DOCTYPE, in an encoding in which we could see one.

    In UTF-16 or UTF-7 the bytes of `<!DOCTYPE` look different; such documents are decoded by us first.
    """
    declared = _DECLARED.search(head[:1000])
    if declared and not _PLAIN.fullmatch(declared[1].decode()):
        return False
    # Two bytes of a UTF-16 or UTF-32 document cannot both be ASCII characters of the first tag.
    return b"\x00" not in head[:4] and encoding_by_mark(head) in (None, "utf-8-sig")


def mended(document: Document, *, balance: Balance | None = None) -> Iterator[bytes]:
    """Yield the document as UTF-8 that a recovering parser can read, inside one element of ours.

    Without a `balance`, which makes its tags fit, no word of it is lost.
    """
    decoder = codecs.getincrementaldecoder(_encoding(document))(errors="replace")
    mender = _Mender(balance)
    yield f"<{WRAPPER}>".encode()
    rest = ""
    ampersands = brackets = 0
    for piece in document.pieces():
        ampersands += piece.count(b"&")
        if ampersands > MOST_AMPERSANDS:
            raise TooManyError(f"more than {MOST_AMPERSANDS:,} ampersands, what follows is left out")
        brackets += piece.count(b"<") if balance else 0
        if brackets > MOST_BRACKETS:
            raise TooManyError(f"more than {MOST_BRACKETS:,} brackets, what follows is left out")
        text = rest + decoder.decode(piece)
        end = _safe_end(text)
        text, rest = text[:end], text[end:]
        yield mender.mend(text)
    rest += decoder.decode(b"", final=True)
    yield mender.mend(_without_cut_tag(rest))
    yield f"</{WRAPPER}>".encode()


def decode_head(head: bytes) -> str:
    """Decode a document's beginning, so that its first tags can be seen; what is no text becomes U+FFFD."""
    return head.decode(_encoding_seen(head) or "utf-8", errors="replace")


class _Mender:
    """Mends one piece after the other; in a CDATA section or a comment, where nothing is escaped, the words stay as they are."""

    def __init__(self, balance: Balance | None) -> None:
        self._balance = balance
        self._literal_end = ""

    def mend(self, text: str) -> bytes:
        text = "".join(self._parts(_without_doctypes(_DECLARATION.sub("", text))))
        # No byte of a longer character is below 0x80, so deleting control characters can wait until they are bytes.
        return (text if text.isascii() else _FORBIDDEN.sub("", text)).encode().translate(None, _CONTROLS)

    def _parts(self, text: str) -> Iterator[str]:
        start = 0
        while start < len(text):
            if self._literal_end:
                found = text.find(self._literal_end, start)
                end = len(text) if found < 0 else found + len(self._literal_end)
                yield text[start:end]
                self._literal_end = "" if found >= 0 else self._literal_end
            else:
                literal = _LITERAL.search(text, start)
                end = literal.start() if literal else len(text)
                yield self._legal(text[start:end])
                self._literal_end = _LITERAL_ENDS[literal[0]] if literal else ""
            start = end

    def _legal(self, text: str) -> str:
        text = _BARE_AMPERSAND.sub("&amp;", _REFERENCE.sub(_legal_reference, text))
        return self._balance.balanced(text) if self._balance else text


def _without_doctypes(text: str) -> str:
    """Drop each DOCTYPE: without one a document can define no entity, and neither a bomb nor a file of ours can come in."""
    kept = []
    start = 0
    while (found := text.find(_DOCTYPE, start)) >= 0:
        kept.append(text[start:found])
        end = _doctype_end(text, found)
        start = end if end >= 0 else len(text)
    return "".join(kept) + text[start:] if kept else text


def _doctype_end(text: str, start: int) -> int:
    """Return where the DOCTYPE that begins at `start` ends; -1 where it does not."""
    end = text.find(">", start)
    bracket = text.find("[", start, end) if end >= 0 else -1
    if bracket >= 0:
        closing = text.find("]", bracket)
        end = text.find(">", closing) if closing >= 0 else -1
    return end + 1 if end >= 0 else -1


def _safe_end(text: str) -> int:
    """Return up to where the text can be mended without what follows: a tag or a reference may have begun after it."""
    tag = text.rfind("<")
    # The end of a DOCTYPE is the first `>` that stands outside of its brackets.
    doctype = text.rfind(_DOCTYPE)
    if doctype >= 0 and _doctype_end(text, doctype) < 0:
        tag = doctype
    elif tag < 0 or (text.find(">", tag) >= 0 and not is_begun(text, tag)):
        tag = len(text)
    if len(text) - tag > _LONGEST_TAG:
        tag = len(text)
    reference = text.rfind("&", max(tag - _LONGEST_REFERENCE, 0), tag)
    if reference >= 0 and _BEGUN_REFERENCE.fullmatch(text, reference, tag):
        tag = reference
    return min(tag, len(text) - _literal_end_begun(text))


def _literal_end_begun(text: str) -> int:
    """Return how many characters at the end may begin the end of a CDATA section or a comment."""
    return next((len(begun) for begun in ("]]", "--", "]", "-") if text.endswith(begun)), 0)


def _without_cut_tag(text: str) -> str:
    """Drop a tag in whose middle the document ends: mended, it would be an element with half of its attributes."""
    last = text.rfind("<")
    is_cut = text[last + 1 : last + 2].isalpha() and ">" not in text[last:]
    return text[:last] if last >= 0 and is_cut else text


def _encoding(document: Document) -> str:
    """Choose by byte order mark, else UTF-8 where all bytes are, else the declared one, else Windows-1252 (any byte)."""
    seen = _encoding_seen(document.head)
    if seen or _is_utf8(document):
        return seen or "utf-8"
    declared = _DECLARED.search(document.head[:1000])
    try:
        name = codecs.lookup(declared[1].decode()).name if declared else ""
    except LookupError:
        name = ""
    return name if _OF_TEXT.fullmatch(name) else "cp1252"


def _encoding_seen(head: bytes) -> str | None:
    """Return the encoding that the first bytes show: by a mark, or since a tag in UTF-16 has a NUL beside its bracket."""
    return encoding_by_mark(head) or {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(head[:2])


def _is_utf8(document: Document) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in document.pieces():
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _legal_reference(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    legal = code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return match[0] if legal else ""
