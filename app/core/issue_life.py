"""What becomes of an issue that was closed, when its test flakes again or does not."""

from datetime import datetime, timedelta
from enum import StrEnum

SILENT_FOR = timedelta(days=90)
"""How long "not planned" is heard, whatever the test does."""

CLOSES_AFTER = timedelta(days=1)
"""No issue closes sooner after a failure, or after it was opened, however often its test is run."""

_UNWANTED = frozenset({"not_planned", "duplicate"})


class Next(StrEnum):
    """What is to be done about a closed issue."""

    LEAVE = "leave"
    REOPEN = "reopen"
    FOLLOW = "follow"
    """Open a new one that names the old: it was over for so long that nobody would look for this there."""


def after_closing(
    *,
    closed_at: datetime | None,
    reason: str | None,
    by_us: bool,
    last_flake_at: datetime | None,
    reopen_days: int,
    now: datetime,
) -> Next:
    """Decide about a closed issue by the latest flake of its tests.

    A person who closed it as completed claims a fix, which any later flake refutes. What we closed by evidence reopens
    within `reopen_days` of that.
    """
    if closed_at is None or last_flake_at is None or last_flake_at <= closed_at:
        return Next.LEAVE
    if reason in _UNWANTED and now < closed_at + SILENT_FOR:
        return Next.LEAVE
    if by_us and last_flake_at > closed_at + timedelta(days=reopen_days):
        return Next.FOLLOW
    return Next.REOPEN


def is_claimed_fix(*, state: str, reason: str | None, by_us: bool) -> bool:
    """Tell whether a person says that it is fixed: that is put to the test by passes from then on."""
    return state == "closed" and not by_us and reason not in _UNWANTED
