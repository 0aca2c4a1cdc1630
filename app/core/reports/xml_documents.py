"""XML reports of any format, told apart by their root."""

from app.core.model import Report
from app.core.reports import junit
from app.core.reports.aunit import AunitFormat
from app.core.reports.document import Document
from app.core.reports.errors import MalformedReport
from app.core.reports.fpcunit import FpcunitFormat
from app.core.reports.mbunit import MbunitFormat
from app.core.reports.nunit import NUnitFormat
from app.core.reports.testng import TestNgFormat
from app.core.reports.trx import TrxFormat
from app.core.reports.xml_native import NATIVE_FORMATS
from app.core.reports.xml_records import Format, RecordTarget
from app.core.reports.xml_repair import decode_head
from app.core.reports.xml_source import read_xml, root_of
from app.core.reports.xunit import XunitFormat

FORMATS: tuple[type[Format], ...] = (
    TrxFormat,
    NUnitFormat,
    XunitFormat,
    MbunitFormat,
    FpcunitFormat,
    AunitFormat,
    TestNgFormat,
    *NATIVE_FORMATS,
)
"""Of two that share a root, the one with marks of its own comes first."""


def read(document: Document) -> Report | None:
    """Read an XML report; None where its root is none that we know. Raises MalformedReport for a broken one.

    What begins with other text is a report only where it holds JUnit cases: npm and its like write their own words before
    those, while a log that shows a tag is a log.
    """
    if b"<" not in document.head:
        return None
    text = decode_head(document.head)
    begins_with_tag = text.lstrip("\ufeff\0 \t\r\n").startswith("<")
    root = root_of(text, begins_with_tag=begins_with_tag)
    if not begins_with_tag:
        return _junit_behind_words(document) if root in junit.ROOTS else None
    kind = _format(root, text)
    if kind is not None:
        return read_xml(document, lambda: RecordTarget(kind), known_as=kind.known_as)
    return junit.read(document) if root in junit.ROOTS else None


def _junit_behind_words(document: Document) -> Report | None:
    try:
        report = junit.read(document)
    except MalformedReport:
        return None
    return report if report.results else None


def _format(root: str | None, text: str) -> type[Format] | None:
    fitting = (kind for kind in FORMATS if root in kind.roots)
    return next((kind for kind in fitting if not kind.marks or any(mark in text for mark in kind.marks)), None)
