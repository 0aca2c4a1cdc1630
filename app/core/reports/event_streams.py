"""What the formats of one event a line have in common: how they are recognised, and what a test says while it runs."""

from itertools import islice
from typing import Protocol, TypeVar

from app.core.model import Report
from app.core.reports.document import Document, encoding_by_mark
from app.core.reports.executions import MOST_EXECUTIONS, Executions, TooManyError
from app.core.reports.json_text import decode_line

_MOST_LINES = 400
_KEPT = 8_000
Kind = TypeVar("Kind")


class Reader(Protocol):
    """Takes the lines of one stream. `warnings` say what was left out; `is_cut` that the stream lacks its end."""

    executions: Executions
    warnings: list[str]
    is_cut: bool

    def read(self, line: str) -> None: ...

    def end(self) -> None: ...


def read_stream(document: Document, reader: Reader, known_as: str) -> Report:
    """Read the whole document, line by line; of one with too many executions the first are kept."""
    is_cut = False
    try:
        for line in document.lines():
            reader.read(line)
        reader.end()
    except TooManyError as error:
        reader.warnings.append(str(error))
        is_cut = True
    return reader.executions.report(known_as, reader.warnings, is_lossy=is_cut or reader.is_cut)


def head_text(document: Document) -> str:
    """Return the beginning of the document as text, in the encoding that its mark names."""
    return document.head.decode(encoding_by_mark(document.head) or "utf-8", "replace")


def first_event(head: str, kind: type[Kind]) -> Kind | None:
    """Return the first line of the head that is such an event; a console's words may stand before it."""
    lines = (line for line in islice(head.split("\n"), _MOST_LINES) if line.lstrip(" [,").startswith("{"))
    return next((event for line in lines if (event := decode_line(line.strip("\r"), kind)) is not None), None)


class Output:
    """What a test printed: its beginning and its end, since the middle of a flood says the least."""

    __slots__ = ("_first", "_last", "_size")

    def __init__(self) -> None:
        self._first: list[str] = []
        self._last: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        """Take the next piece, which need not be a line."""
        if self._size < _KEPT:
            self._first.append(text[:_KEPT])
        else:
            self._last.append(text[-_KEPT:])
            if len(self._last) > _MOST_LINES:
                self._last = ["".join(self._last)[-_KEPT:]]
        self._size += len(text)

    @property
    def text(self) -> str:
        first, last = "".join(self._first), "".join(self._last)[-_KEPT:]
        return f"{first}\n…\n{last}" if self._size > len(first) + len(last) else first + last


def check_open(running: int) -> None:
    """Refuse to hold more unfinished tests than are read of one file; raises TooManyError."""
    if running > MOST_EXECUTIONS:
        raise TooManyError(f"more than {MOST_EXECUTIONS:,} tests that were started and not ended")
