"""Report files: recognised by their content, one file of this package a format."""

from app.core.model import Report
from app.core.reports import (
    bep,
    dart_json,
    go_test,
    json_documents,
    junit,
    libtest_json,
    mocha_stream,
    reportlog,
    subunit,
    swift_testing,
    tap,
    teamcity,
    xml_documents,
)
from app.core.reports.document import Document
from app.core.reports.errors import MalformedReport

__all__ = ["MAY_BE_MALFORMED", "Document", "MalformedReport", "read_report"]

_READERS = (
    xml_documents.read,
    go_test.read,
    libtest_json.read,
    dart_json.read,
    mocha_stream.read,
    reportlog.read,
    bep.read,
    swift_testing.read,
    teamcity.read,
    tap.read,
    subunit.read,
    json_documents.read,
)
"""Each knows its own by the first 64 KiB; the last reads whole what looks like JSON."""

MAY_BE_MALFORMED = (
    *dict.fromkeys(kind.known_as for kind in xml_documents.FORMATS),
    junit.FORMAT,
    *(kind.FORMAT for kind in json_documents.FORMATS),
)
"""The formats that a MalformedReport may name: of a stream, only lines cannot be read."""


def read_report(document: Document) -> Report | None:
    """Read a report file of any known format; None where it is no report.

    Raises MalformedReport for a file that is a report and cannot be read at all. Anything less is mended, and the
    report says so in `repaired` and `warnings`.
    """
    return next((report for reader in _READERS if (report := reader(document)) is not None), None)
