"""Makes broken XML readable: encodings that lie, characters that XML forbids, junk around the document."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.-]{1,40})["']""")
# A declaration may stand anywhere once several documents were written into one file.
_DECLARATION = re.compile(r"<\?xml[^>]{0,500}\?>")
# Without its DOCTYPE a document can define no entity: neither a bomb nor a file of ours can come in.
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[[^\]]*\]\s*)?>")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")


_PLAIN = re.compile(r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d", re.IGNORECASE)


def is_plain(data: bytes) -> bool:
    """Whether a parser may take the bytes as they are: no DOCTYPE, in an encoding in which we could see one.

    In UTF-16 or UTF-7 the bytes of `<!DOCTYPE` look different; such documents are decoded by us first.
    """
    declared = _DECLARED.search(data[:1000])
    if declared and not _PLAIN.fullmatch(declared[1].decode()):
        return False
    # Two bytes of a UTF-16 or UTF-32 document cannot both be ASCII characters of the first tag.
    return b"\x00" not in data[:4] and not data.startswith(_BOMS[3][0]) and b"<!DOCTYPE" not in data


def repair(data: bytes) -> bytes:
    """Return the document as UTF-8 that a recovering parser can read, inside one `<testsuites>` element of ours.

    The element around it takes several roots, text before and text after in its stride.
    """
    text = _DECLARATION.sub("", decode(data))
    text = _DOCTYPE.sub("", text)
    text = _FORBIDDEN.sub("", text)
    text = _REFERENCE.sub(_legal_reference, text)
    text = _BARE_AMPERSAND.sub("&amp;", text)
    start = max(text.find("<"), 0)
    return b"<testsuites>" + _without_cut_tag(text[start:]).encode() + b"</testsuites>"


def _without_cut_tag(text: str) -> str:
    """Drop a tag in whose middle the document ends: mended, it would be an element with half of its attributes."""
    last = text.rfind("<")
    is_cut = text[last + 1 : last + 2].isalpha() and ">" not in text[last:]
    return text[:last] if last > 0 and is_cut else text


def decode(data: bytes) -> str:
    """Decode by BOM, else as UTF-8, else as the declaration says, else as Windows-1252 (which reads any byte)."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    declared = _DECLARED.search(data[:1000])
    for encoding in ("utf-8", declared[1].decode() if declared else "cp1252"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", errors="replace")


def _legal_reference(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    legal = code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return match[0] if legal else ""
