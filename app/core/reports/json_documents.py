"""JSON reports of any format that writes one whole document, told apart by their shape."""

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
from app.core.reports.document import Document, TooLargeError
from app.core.reports.errors import MalformedReport
from app.core.reports.json_shape import DEEPEST, before_fault, closed, ended
from app.core.reports.json_text import json_texts


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
_MORE = "the file holds another report behind the first one, which is left out"
# A scenario that was cut between two steps looks like one that passed: it stands in a list of an object of a list.
_RECORD_DEPTHS = {cucumber.FORMAT: 3}


def read(document: Document) -> Report | None:
    """Read a JSON report; None where it is none that we know.

    Raises MalformedReport for a report of which nothing could be read, or that is over the limits; one of these whose
    beginning does not show what it is, is none.
    """
    texts = json_texts(document)
    try:
        text = next(texts, None)
    except TooLargeError as error:
        kind = _kind(document.head)
        if kind is None:
            return None
        raise MalformedReport(f"JSON that is not read: {error}", known_as=kind.FORMAT) from error
    kind = _kind(text) if text is not None else None
    if text is None or kind is None:
        return None
    report = _read(kind, text)
    if any(_kind(behind) is kind for behind in texts):
        # Of two runs, or of two packages, we could not tell: a file into which a job appends may hold both.
        return replace(report, repaired=True, warnings=(*report.warnings, _MORE))
    return report


def _kind(text: bytes) -> Format | None:
    shape = ended(text)
    return next((kind for kind in FORMATS if kind.recognises(shape)), None)


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
