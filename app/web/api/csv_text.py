"""Rows as CSV that a spreadsheet opens, and never runs."""

import csv
import io
from collections.abc import Iterable

import msgspec

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes spreadsheets take a cell for a formula. Source: OWASP, "CSV Injection"."""


def to_csv(kind: type, rows: Iterable[object]) -> str:
    """Write rows of one kind, a column a field; what is no single value is written as JSON."""
    names = [field.name for field in msgspec.inspect.type_info(kind).fields]  # type: ignore[attr-defined]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        plain = msgspec.to_builtins(row)
        writer.writerow([_cell(plain.get(name)) for name in names])
    return text.getvalue()


def _cell(value: object) -> object:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case str():
            # A name of a test is an attacker's: the sign in front makes it a text.
            return f"'{value}" if value.startswith(_FORMULA) else value
        case _:
            return msgspec.json.encode(value).decode()
