"""Where a page begins: marks that pages ended with come back from outside, and may be anything by then."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app.core.paging import Mark

MOST_ROWS = 200
"""No page is longer, whatever is asked for."""
LARGEST = 2**63 - 1
"""No id of ours is larger; a list that goes down by ids begins here."""
LATEST = datetime(9999, 12, 31, tzinfo=UTC)
"""A list that goes back in time begins here."""

_YEARS = range(1970, 9999)


class NotAMark(ValueError):
    """No page of this list has ended with such a mark."""


def read_mark(after: Mark | None, *readers: Callable[[object], object]) -> tuple[Any, ...] | None:
    """Return the parts of a mark, each as its reader makes it; None at the beginning. Raises NotAMark."""
    if after is None:
        return None
    if len(after) != len(readers):
        raise NotAMark(f"a mark of {len(readers)} parts has {len(after)}")
    return tuple(read(part) for read, part in zip(readers, after, strict=True))


def number(part: object) -> int:
    if not isinstance(part, int) or isinstance(part, bool) or abs(part) > LARGEST:
        raise NotAMark("a mark holds no such number")
    return part


def share(part: object) -> float:
    if not isinstance(part, int | float) or not 0 <= part <= 1:
        raise NotAMark("a mark holds no such share")
    return float(part)


def words(part: object) -> str:
    if not isinstance(part, str) or part != storable(part):
        raise NotAMark("a mark holds no such text")
    return part


def moment(part: object) -> datetime:
    try:
        at = datetime.fromisoformat(words(part))
    except ValueError:
        raise NotAMark("a mark holds no such time") from None
    if at.tzinfo is None or at.year not in _YEARS:
        raise NotAMark("a mark holds no such time")
    return at


def moment_if_any(part: object) -> datetime | None:
    return None if part is None else moment(part)


def storable(text: str) -> str:
    """Return a text as PostgreSQL could hold it: no NUL, and nothing that is not UTF-8."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
