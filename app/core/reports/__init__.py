"""Report files: recognised by their content, one file of this package a format."""

from app.core.model import Report
from app.core.reports import json_documents, xml_documents
from app.core.reports.document import Document, TooLargeError
from app.core.reports.errors import MalformedReport

__all__ = ["Document", "MalformedReport", "read_report"]

_READERS = (xml_documents.read, json_documents.read)


def read_report(document: Document) -> Report | None:
    """Read a report file of any known format; None where it is no report.

    Raises MalformedReport for a file that is a report and cannot be read at all. Anything less is mended, and the
    report says so in `repaired` and `warnings`.
    """
    try:
        return next((report for reader in _READERS if (report := reader(document)) is not None), None)
    except TooLargeError as error:
        raise MalformedReport(str(error), known_as="unknown") from error
