"""A file that may be a report: read by pieces, as often as needed, and never whole where a format can do without."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

HEAD = 1 << 16
"""Bytes by which a format is recognised."""

PIECE = 1 << 18
LONGEST_LINE = 1 << 22
"""Characters of a line that are kept: a line of output that is longer ends in the middle of nowhere."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class TooLargeError(ValueError):
    """The document is larger than what a format may read whole."""


class Document:
    """The bytes of one file, behind a function that begins to read them anew.

    `path` is what people are told where the file stands. Reading raises whatever `begin` raises.
    """

    __slots__ = ("_begin", "_whole", "head", "path")

    def __init__(self, path: str, begin: Callable[[], Iterable[bytes]]) -> None:
        self.path = path
        self._begin = begin
        first, self._whole = _first(begin(), HEAD)
        self.head = first[:HEAD]

    @classmethod
    def of(cls, data: bytes, path: str = "") -> "Document":
        """Return a document that is in memory already."""
        return cls(path, lambda: (data[start : start + PIECE] for start in range(0, len(data), PIECE)))

    def pieces(self) -> Iterator[bytes]:
        """Read the document from its beginning, by pieces of any size."""
        return iter(self._begin() if self._whole is None else (self._whole,))

    def lines(self) -> Iterator[str]:
        """Yield the lines as text without their ends, in the encoding that a byte order mark names, else as UTF-8.

        PowerShell writes UTF-16 where a shell's user wrote `>`. What is no text becomes U+FFFD.
        """
        decoder = codecs.getincrementaldecoder(encoding_by_mark(self.head) or "utf-8")(errors="replace")
        rest = ""
        for piece in self.pieces():
            *lines, rest = (rest + decoder.decode(piece)).split("\n")
            yield from (line.removesuffix("\r")[:LONGEST_LINE] for line in lines)
            rest = rest[: LONGEST_LINE + 1]
        rest += decoder.decode(b"", final=True)
        if rest:
            yield rest.removesuffix("\r")[:LONGEST_LINE]


def pieces_of(path: Path) -> Iterator[bytes]:
    """Read a file on disk from its beginning, by pieces."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def encoding_by_mark(head: bytes) -> str | None:
    """Return the encoding that a byte order mark at the beginning names; None where there is no mark."""
    return next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)


def _first(pieces: Iterable[bytes], size: int) -> tuple[bytes, bytes | None]:
    """Return at least `size` bytes of the beginning, and once more where that is the whole: most files are short."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) > size:
            return head, None
    return head, head
