"""JSON reports of any format that writes one whole document, told apart by their shape."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from app.core.model import Report
from app.core.reports import (
    allure,
    ctrf,
    cucumber,
    ginkgo,
    jest,
    mocha,
    mochawesome,
    newman,
    playwright,
    pytest_json,
    rspec,
    testcafe,
    xcresult,
)
from app.core.reports.document import Document
from app.core.reports.errors import MalformedReport
from app.core.reports.json_shape import DEEPEST, before_fault, closed, ended
from app.core.reports.json_text import json_text


class Format(Protocol):
    """What the module of a format offers.

    `recognises` wants a document that is whole, or was ended to be, and is cheap for one of another kind.
    """

    FORMAT: str

    def recognises(self, data: bytes, /) -> bool: ...

    def read(self, data: bytes, /) -> Report: ...


FORMATS: tuple[Format, ...] = (
    ctrf,
    playwright,
    mochawesome,
    mocha,
    jest,
    rspec,
    cucumber,
    allure,
    newman,
    pytest_json,
    testcafe,
    ginkgo,
    xcresult,
)
"""Each recognises only what no other one does; the most frequent come first."""

_CUT = "the file is no whole JSON document: what comes after its last whole record is left out"
_SPACE = b" \t\r\n"
# A scenario that was cut between two steps looks like one that passed: it stands in a list of an object of a list.
_RECORD_DEPTHS = {cucumber.FORMAT: 3}


def read(document: Document) -> Report | None:
    """Read a JSON report; None where it is none that we know.

    Raises MalformedReport for a report of which nothing could be read, TooLargeError for one over the limits.
    """
    for text in _texts(document):
        shape = ended(text)
        for kind in FORMATS:
            if kind.recognises(shape):
                return _read(kind, text)
    return None


def _texts(document: Document) -> Iterator[bytes]:
    """Yield the JSON of a document, and then all of it where it begins like JSON and that was a part of its middle."""
    text = json_text(document)
    if text is None:
        return
    yield text
    begin = document.head.lstrip(_SPACE)[:1000]
    if begin[:1] in (b"{", b"[") and not text.startswith(begin[: len(text)]):
        yield b"".join(document.pieces()).decode("utf-8", "replace").encode().lstrip(_SPACE)


def _read(kind: Format, text: bytes) -> Report:
    try:
        return kind.read(text)
    except MalformedReport as malformed:
        report = _read_cut(kind, text, str(malformed))
        if report is None:
            raise
        return report


def _read_cut(kind: Format, text: bytes, why: str) -> Report | None:
    """Read what stands before the place at which the text stops being JSON; None where that is nothing."""
    whole = closed(before_fault(text, why), _RECORD_DEPTHS.get(kind.FORMAT, DEEPEST))
    if whole is None:
        return None
    try:
        report = kind.read(whole)
    except MalformedReport:
        return None
    return replace(report, repaired=True, warnings=(*report.warnings, _CUT)) if report.results else None
