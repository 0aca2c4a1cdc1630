"""Aligned tables for a terminal of 120 columns, of text that strangers wrote."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.text import ELLIPSIS, shown

WIDTH = 120
_BETWEEN = "  "
_LEAST = 12
"""However much the other columns take, this much of the widest one is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Numbers stand to the right. `most` is how many characters it takes at most; the one without takes what the others leave.
    Of a name the end is kept, since its beginning is the same as that of its neighbours.
    """

    heading: str
    is_number: bool = False
    is_name: bool = False
    most: int | None = 20


def number(heading: str) -> Column:
    return Column(heading=heading, is_number=True)


def text(heading: str, most: int = 20) -> Column:
    return Column(heading=heading, most=most)


def rest(heading: str, *, is_name: bool = False) -> Column:
    return Column(heading=heading, is_name=is_name, most=None)


def table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Yield the headings and then a line a row; nothing for a table without rows. None is shown as a dash."""
    if not rows:
        return
    cells = [[_cell(value) for value in row] for row in rows]
    widths = _widths(columns, cells)
    yield _line(columns, widths, [column.heading for column in columns])
    for row in cells:
        yield _line(columns, widths, row)


def note(text: str) -> str:
    """Return a line that belongs to the row above it."""
    return "    " + _fit(shown(text), rest(""), WIDTH - 4).rstrip()


def _cell(value: object) -> str:
    return "-" if value is None else shown(str(value))


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    needed = [max(len(column.heading), *(len(row[index]) for row in cells)) for index, column in enumerate(columns)]
    fixed = [min(width, column.most or 0) for width, column in zip(needed, columns, strict=True)]
    left = max(WIDTH - sum(fixed) - len(_BETWEEN) * (len(columns) - 1), _LEAST)
    return [min(width, column.most or left) for width, column in zip(needed, columns, strict=True)]


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    fitted = (_fit(cell, column, width) for column, width, cell in zip(columns, widths, cells, strict=True))
    return _BETWEEN.join(fitted).rstrip()


def _fit(cell: str, column: Column, width: int) -> str:
    if len(cell) > width:
        return ELLIPSIS + cell[len(cell) - width + 1 :] if column.is_name else cell[: width - 1] + ELLIPSIS
    return cell.rjust(width) if column.is_number else cell.ljust(width)
