"""How a repository does day by day: what a flake hit, and what that has cost."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from app.core.counts import count
from app.core.drawing.over_time import Bar, Days, Scale, draw_bars, nice_top


class TrendPoint(Protocol):
    """A day that saw a run begin: its runs, those that a flake hit, their share (0 to 1), and the minutes lost by it."""

    @property
    def day(self) -> date: ...
    @property
    def runs(self) -> int: ...
    @property
    def runs_flaked(self) -> int: ...
    @property
    def flake_rate(self) -> float: ...
    @property
    def minutes_lost(self) -> float: ...


def draw_flaked(points: Sequence[TrendPoint], days: Days) -> str:
    """Draw the share of runs that a flake hit, a bar a day; a day without a run is a gap."""
    top = nice_top(max((one.flake_rate for one in points), default=0.0))
    bars = [
        Bar(day=one.day, value=one.flake_rate, words=f"{one.day}: {one.runs_flaked} of {count(one.runs, 'run')}")
        for one in points
    ]
    words = (
        f"runs that flaked, day by day: {sum(one.runs_flaked for one in points)} of {sum(one.runs for one in points)}"
    )
    return draw_bars(bars, Scale(top=top, words=f"{100 * top:.3g}%"), words, kind="flaky", days=days)


def draw_lost(points: Sequence[TrendPoint], days: Days) -> str:
    """Draw the minutes that were lost to flakes, a bar a day; a day without a run is a gap."""
    top = nice_top(max((one.minutes_lost for one in points), default=0.0))
    bars = [
        Bar(day=one.day, value=one.minutes_lost, words=f"{one.day}: {count(round(one.minutes_lost), 'minute')}")
        for one in points
    ]
    words = f"minutes of CI lost to flakes, day by day: {sum(one.minutes_lost for one in points):.0f}"
    return draw_bars(bars, Scale(top=top, words=f"{top:g} min"), words, kind="suspect", days=days)
