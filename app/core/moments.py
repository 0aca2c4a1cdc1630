"""Of when a figure is: the same number means another thing an hour later, so whatever is written and stays says it."""

from collections.abc import Iterable
from datetime import datetime


def as_of(at: datetime) -> str:
    """Return the words; to the minute, since runs come faster than days."""
    return f"as of {at:%Y-%m-%d %H:%M} UTC"


def latest_of(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the latest moment; None where there is none."""
    return max((one for one in moments if one is not None), default=None)
