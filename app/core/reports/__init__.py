"""Report files: recognised by their content, one file of this package a format."""

from app.core.model import Report
from app.core.reports import junit
from app.core.reports.errors import MalformedReport

__all__ = ["MalformedReport", "read_report"]

_READERS = (junit.read,)


def read_report(data: bytes) -> Report | None:
    """Read a report file of any known format; None where it is no report.

    Raises MalformedReport for a file that is a report and cannot be read at all. Anything less is mended, and the
    report says so in `repaired` and `warnings`.
    """
    return next((report for reader in _READERS if (report := reader(data)) is not None), None)
