"""When an issue is over, and what becomes of it when its test flakes again or does not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.model import Standing, TestId
from app.core.score import passes_needed

SILENT_FOR = timedelta(days=90)
"""How long "not planned" is heard, whatever the test does."""

CLOSES_AFTER = timedelta(days=1)
"""No issue closes sooner after a failure, or after it was opened, however often its test is run."""

_UNWANTED = frozenset({"not_planned", "duplicate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """How many passes in a row end a test's issue, as its flake at that moment has set it."""

    test_id: TestId
    flaked_at: datetime
    passes_needed: int


def next_goal(before: Goal | None, test: TestId, *, flaked_at: datetime | None, flake_rate: float) -> Goal | None:
    """Return how many passes end a test's issue: the latest flake has said so, and nothing moves that but a later one."""
    if flaked_at is None or flake_rate <= 0 or (before is not None and before.flaked_at >= flaked_at):
        return before
    return Goal(test_id=test, flaked_at=flaked_at, passes_needed=passes_needed(flake_rate))


def passes_to_end(*, decided: float | None, goal: int | None, current: float, window: int) -> int:
    """Return how many passes in a row end an issue, by what is known of its test.

    `decided` is the flake rate (0..1) as it was at the latest decision, None without one; `goal` what the latest flake has
    set. They are taken first, since every pass lowers the `current` rate and would move the goal. `current` is 0 once the
    last flake has left the window of `window` runs; until then it was one flake a window.
    """
    if decided is not None:
        return passes_needed(decided)
    return goal or passes_needed(current or 1 / window)


def is_mended(standing: Standing, *, is_active: bool, passes: int, needed: int) -> bool:
    """Tell whether a test has passed often enough; one in quarantine leaves that first, and its issue after it."""
    return standing is not Standing.BROKEN and not is_active and passes >= needed


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
    failed_as_before_at: datetime | None = None,
    reopen_days: int,
    now: datetime,
) -> Next:
    """Decide about a closed issue by the latest flake of its tests, and by when the first of them failed as before since.

    A person who closed it as completed claims a fix, which any later flake refutes. What we closed by evidence reopens
    within `reopen_days` of that, for which it is enough that a test fails on the default branch in a way that was proven
    to be a flake: who was told that this is over need not wait for another proof.
    """
    if closed_at is None:
        return Next.LEAVE
    if by_us and failed_as_before_at is not None and failed_as_before_at <= closed_at + timedelta(days=reopen_days):
        return Next.REOPEN
    if last_flake_at is None or last_flake_at <= closed_at:
        return Next.LEAVE
    if reason in _UNWANTED and now < closed_at + SILENT_FOR:
        return Next.LEAVE
    if by_us and last_flake_at > closed_at + timedelta(days=reopen_days):
        return Next.FOLLOW
    return Next.REOPEN


def is_claimed_fix(*, state: str, reason: str | None, by_us: bool) -> bool:
    """Tell whether a person says that it is fixed: that is put to the test by passes from then on."""
    return state == "closed" and not by_us and reason not in _UNWANTED
