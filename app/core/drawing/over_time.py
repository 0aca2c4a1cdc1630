"""What changed over days and weeks: bars and lines above a common axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.drawing.shapes import Point, area, dot, label, line, picture, rect, share_of

WIDTH, HEIGHT = 600, 160
_TOP, _BOTTOM = 22, 24
_FLOOR = HEIGHT - _BOTTOM
_WEEK = 7
_LEAST = 1e-6

Days = tuple[date, date]
"""The first and the last day of a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day: `value` is None where there is nothing to tell of it."""

    day: date
    value: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The week that begins on `day`: a value between two bounds; all of them between 0 and `Scale.top`."""

    day: date
    value: float
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The axis: what stands at its top, and how the top is written."""

    top: float
    words: str

    def y(self, value: float) -> float:
        return _FLOOR - share_of(value, self.top) * (_FLOOR - _TOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Time:
    """Where days are on the axis of a picture."""

    first: date
    last: date

    @classmethod
    def of(cls, seen: Sequence[date], days: Days | None, *, each: int) -> "_Time":
        """Return the time that is asked for, else that of what was seen, of which each lasts so many days."""
        if days is not None or not seen:
            first, last = days or (date.min, date.min)
            return cls(first=first, last=max(first, last))
        more = timedelta(each - 1)
        return cls(first=min(seen), last=min(max(seen), date.max - more) + more)

    @property
    def step(self) -> float:
        return WIDTH / ((self.last - self.first).days + 1)

    def x(self, day: date) -> float:
        return (day - self.first).days * self.step


def draw_bars(bars: Sequence[Bar], scale: Scale, words: str, *, kind: str = "", days: Days | None = None) -> str:
    """Draw a bar a day; a day without a value leaves a gap, and one with nothing a line on the axis.

    The picture goes from the first bar to the last, or over all of `days`: what is outside is not drawn.
    """
    time = _Time.of([one.day for one in bars], days, each=1)
    shapes = [*_axis(scale, time if bars or days else None)]
    width = min(time.step * 0.8, 24)
    for one in bars:
        if one.value is None or not time.first <= one.day <= time.last:
            continue
        top = min(scale.y(one.value), _FLOOR - 1)
        x = time.x(one.day) + (time.step - width) / 2
        shapes.append(rect(x, top, width, _FLOOR - top, f"bar {kind}", one.words))
    return picture(WIDTH, HEIGHT, words, shapes, kind="chart")


def draw_band(spots: Sequence[Spot], scale: Scale, words: str, *, kind: str = "", days: Days | None = None) -> str:
    """Draw a value a week within its interval, in the order of the weeks; a week that is missing interrupts the line.

    The picture goes from the first week to the last, or over all of `days`: what is outside is not drawn.
    """
    time = _Time.of([one.day for one in spots], days, each=_WEEK)
    inside = [one for one in spots if time.first <= one.day <= time.last]
    shapes = [*_axis(scale, time if spots or days else None)]
    for piece in _pieces(inside):
        x = [min(max(time.x(one.day) + time.step * _WEEK / 2, 4), WIDTH - 4) for one in piece]
        low: list[Point] = [(at, scale.y(one.low)) for at, one in zip(x, piece, strict=True)]
        high: list[Point] = [(at, scale.y(one.high)) for at, one in zip(x, piece, strict=True)]
        middle: list[Point] = [(at, scale.y(one.value)) for at, one in zip(x, piece, strict=True)]
        bounds = [line([low[0], high[0]], f"span {kind}")] if len(piece) == 1 else []
        shapes += [area([*low, *reversed(high)], f"area {kind}"), *bounds, line(middle, f"line {kind}")]
        shapes += [dot(at, y, f"point {kind}", one.words) for (at, y), one in zip(middle, piece, strict=True)]
    return picture(WIDTH, HEIGHT, words, shapes, kind="chart")


def _pieces(spots: Sequence[Spot]) -> list[list[Spot]]:
    pieces: list[list[Spot]] = []
    for one in spots:
        if pieces and (one.day - pieces[-1][-1].day).days <= _WEEK:
            pieces[-1].append(one)
        else:
            pieces.append([one])
    return pieces


def nice_top(largest: float) -> float:
    """Return a round number above the largest value, so that the axis can be read."""
    if not largest > _LEAST or math.isinf(largest):
        return 1.0
    size = 10.0 ** math.floor(math.log10(largest))
    return next((size * step for step in (1, 2, 5) if size * step >= largest), size * 10)


def _axis(scale: Scale, time: _Time | None) -> list[str]:
    """Draw the lines and write on them: above, where there is room for any words and letters of any size."""
    middle = (_TOP + _FLOOR) / 2
    shapes = [line([(0, at), (WIDTH, at)], "axis") for at in (_TOP, middle, _FLOOR)]
    shapes.append(label(0, _TOP - 6, scale.words))
    if time is None:
        return shapes
    shapes.append(label(0, HEIGHT - 6, _written(time.first)))
    if (time.last - time.first).days >= _WEEK:
        shapes.append(label(WIDTH, HEIGHT - 6, _written(time.last), anchor="end"))
    return shapes


def _written(day: date) -> str:
    return f"{day:%b} {day.day}"
