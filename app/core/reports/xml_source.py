"""Reads XML into a target: strictly first and fast, then mended as far as it goes, and never beyond its limits."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Protocol

from lxml import etree

from app.core.model import Report
from app.core.reports.document import Document
from app.core.reports.errors import MalformedReport
from app.core.reports.executions import Executions, TooManyError
from app.core.reports.xml_balance import Balance
from app.core.reports.xml_repair import is_plain, mended

MOST_TAGS = 10_000_000
_LONGEST_TAG = 32 << 20
"""Bytes of one tag or comment that a parser is given: it holds them all until it sees their end."""

_LONGEST_CDATA = 96 << 20
"""Bytes of one CDATA section, which the parser holds as well, and thrice."""

_CDATA = b"<![CDATA["
_NO_ELEMENT = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<!DOCTYPE[^\[>]{0,2000}(?:\[[^\]]{0,8000}\]\s{0,100})?>|<(?![A-Za-z_])",
    re.DOTALL,
)
_ELEMENT = re.compile(r"<(?:[\w.-]{1,100}:)?([A-Za-z_][\w.+-]{0,100})")


class Target(Protocol):
    """Takes the parser's events. Tags hold namespaces as `{uri}name`."""

    executions: Executions

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""

    def data(self, text: str) -> None:
        """Take a piece of text in the innermost open element."""

    def end(self, tag: str) -> None:
        """Take the end of the innermost open element."""

    def close(self) -> None:
        """Take note that the document ends here, complete or not."""


def root_of(text: str, *, begins_with_tag: bool) -> str | None:
    """Return the local name of a document's first element; None where its beginning shows none.

    Behind other words, which may hold a bracket, it stands after the declaration. Of a document that begins with its
    first tag, a declaration is what some test printed.
    """
    place = text.find("<", 0 if begins_with_tag else max(text.find("<?xml"), 0))
    while place >= 0:
        other = _NO_ELEMENT.match(text, place)
        if other is None:
            element = _ELEMENT.match(text, place)
            return element[1] if element else None
        place = text.find("<", other.end())
    return None


def read_xml(document: Document, target: Callable[[], Target], *, known_as: str) -> Report:
    """Read a document of a known format, each time it is begun with a new target.

    What can be mended without losing a word is no reason to doubt a report; `repaired` is one of which something may be
    lost. Raises MalformedReport where no execution can be got out of a broken one: empty, it would look like success.
    """
    try:
        if is_plain(document.head) and b"<!DOCTYPE" not in _prolog(document.head):
            return _report(_read(document.pieces(), target(), recover=False), known_as)
        why = None
    except etree.XMLSyntaxError as error:
        why = error.msg
    try:
        read = _read(mended(document), target(), recover=False)
        return _report(read, known_as, f"not well-formed XML ({why}); mended without loss" if why else None)
    except etree.XMLSyntaxError as error:
        return _recovered(document, target, why or error.msg, known_as)


def _recovered(document: Document, target: Callable[[], Target], why: str | None, known_as: str) -> Report:
    try:
        read = _read(mended(document, balance=Balance()), target(), recover=True)
    except etree.XMLSyntaxError as error:
        raise MalformedReport(f"XML that cannot be read: {error.msg}", known_as=known_as) from error
    report = _report(read, known_as, f"not well-formed XML ({why}); read as far as it could be mended", is_lossy=True)
    if not report.results and not read[0].executions.missing:
        raise MalformedReport(f"XML that cannot be read: {why}", known_as=known_as)
    return report


def _report(
    read: tuple[Target, str | None], known_as: str, warning: str | None = None, *, is_lossy: bool = False
) -> Report:
    target, limit = read
    warnings = [one for one in (warning, limit) if one]
    return target.executions.report(known_as, warnings, is_lossy=is_lossy or limit is not None)


def _read(pieces: Iterable[bytes], target: Target, *, recover: bool) -> tuple[Target, str | None]:
    """Feed the target; returns it with what was left out because of a limit, None where nothing was."""
    parser = etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # the stubs ask for comment and pi, lxml does not
        recover=recover,
        # Neither a plain nor a mended document defines any: this is about &amp; and its like.
        resolve_entities="internal",  # type: ignore[arg-type]  # lxml 5 and later; the stubs are older
        no_network=True,
        load_dtd=False,
        # Output of 10 MB in one element is real; what its limits guard against, entities, cannot be defined here.
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for piece in _bounded(pieces):
            parser.feed(piece)
        parser.close()
    except TooManyError as error:
        # Some formats tell of an execution only once they have seen what stands after it.
        with suppress(TooManyError):
            target.close()
        return target, str(error)
    return target, None


def _bounded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pass the pieces on until they hold more tags, or a longer one, than is read of one file."""
    tags = open_bytes = cdata_bytes = 0
    is_open = False
    for piece in pieces:
        cdata_bytes = _still_open(piece, cdata_bytes)
        if cdata_bytes > _LONGEST_CDATA:
            raise TooManyError(f"a text of more than {_LONGEST_CDATA >> 20} MiB, what follows is left out")
        tags += piece.count(b"<")
        last, end = piece.rfind(b"<"), piece.rfind(b">")
        if max(last, end) >= 0:
            is_open = last > end and not piece.startswith(_CDATA, last)
            open_bytes = 0
        open_bytes += len(piece)
        if tags > MOST_TAGS:
            raise TooManyError(f"more than {MOST_TAGS:,} tags, the others are left out")
        if is_open and open_bytes > _LONGEST_TAG:
            raise TooManyError(f"a tag of more than {_LONGEST_TAG >> 20} MiB, what follows is left out")
        yield piece


def _still_open(piece: bytes, before: int) -> int:
    """Return how many bytes a CDATA section that the piece leaves open has so far, `before` of them in earlier pieces."""
    last = piece.rfind(_CDATA)
    if last >= 0:
        return len(piece) - last if piece.find(b"]]>", last) < 0 else 0
    return before + len(piece) if before and b"]]>" not in piece else 0


def _prolog(head: bytes) -> bytes:
    """Return what may stand before the first element, where alone a DOCTYPE is one; in a test's output it is a word."""
    element = re.search(rb"<[A-Za-z_]", head)
    return head[: element.start()] if element else head
