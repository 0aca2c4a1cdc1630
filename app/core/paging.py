"""A part of a long list, and where the next part begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

Mark = tuple[str | int | float | None, ...]
"""The sort key of the last row that was shown; times as ISO 8601 text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some rows of a list. `after` is the mark of the last one, None where nothing follows."""

    items: tuple[T, ...]
    after: Mark | None


def cut(rows: Sequence[T], limit: int, mark: Callable[[T], Mark]) -> Page[T]:
    """Make a page of at most `limit` rows, of which one more was fetched to see whether anything follows."""
    items = tuple(rows[:limit])
    return Page(items=items, after=mark(items[-1]) if len(rows) > limit else None)
