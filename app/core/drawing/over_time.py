"""What changed over days and weeks: bars and lines above a common axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.core.drawing.shapes import Point, area, dot, label, line, picture, rect

WIDTH, HEIGHT = 600, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 6, 8, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day: `value` is None where there is nothing to tell of it."""

    day: date
    value: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One week: a value between two bounds; all of them between 0 and `Scale.top`."""

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
        share = min(max(value / self.top, 0.0), 1.0) if self.top > 0 else 0.0
        return HEIGHT - _BOTTOM - share * (HEIGHT - _BOTTOM - _TOP)


def draw_bars(bars: Sequence[Bar], scale: Scale, words: str, *, kind: str = "") -> str:
    """Draw a bar a day; a day without a value leaves a gap, and one with nothing a line on the axis."""
    step = (WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    shapes = [*_axis(scale, [one.day for one in bars])]
    for place, one in enumerate(bars):
        if one.value is None:
            continue
        top = min(scale.y(one.value), HEIGHT - _BOTTOM - 1)
        shapes.append(
            rect(_LEFT + place * step + step * 0.1, top, step * 0.8, HEIGHT - _BOTTOM - top, f"bar {kind}", one.words)
        )
    return picture(WIDTH, HEIGHT, words, shapes, kind="chart")


def draw_band(spots: Sequence[Spot], scale: Scale, words: str, *, kind: str = "") -> str:
    """Draw a value a week within its interval."""
    step = (WIDTH - _LEFT - _RIGHT) / max(len(spots), 1)
    x = [_LEFT + (place + 0.5) * step for place in range(len(spots))]
    low: list[Point] = [(at, scale.y(one.low)) for at, one in zip(x, spots, strict=True)]
    high: list[Point] = [(at, scale.y(one.high)) for at, one in zip(x, spots, strict=True)]
    middle: list[Point] = [(at, scale.y(one.value)) for at, one in zip(x, spots, strict=True)]
    shapes = [
        *_axis(scale, [one.day for one in spots]),
        area([*low, *reversed(high)], f"area {kind}"),
        *(line([bottom, top], f"span {kind}") for bottom, top in zip(low, high, strict=True) if len(spots) == 1),
        line(middle, f"line {kind}"),
        *(dot(at, y, f"point {kind}", one.words) for (at, y), one in zip(middle, spots, strict=True)),
    ]
    return picture(WIDTH, HEIGHT, words, shapes, kind="chart")


def nice_top(largest: float) -> float:
    """Return a round number above the largest value, so that the axis can be read."""
    if not largest > 0 or math.isinf(largest):
        return 1.0
    size = 10.0 ** math.floor(math.log10(largest))
    return next(size * step for step in (1, 2, 5, 10) if size * step >= largest)


def _axis(scale: Scale, days: Sequence[date]) -> list[str]:
    bottom = HEIGHT - _BOTTOM
    shapes = [
        line([(_LEFT, _TOP), (WIDTH - _RIGHT, _TOP)], "axis"),
        line([(_LEFT, bottom), (WIDTH - _RIGHT, bottom)], "axis"),
        label(_LEFT - 6, _TOP + 4, scale.words, anchor="end"),
        label(_LEFT - 6, bottom + 4, "0", anchor="end"),
    ]
    if days:
        shapes.append(label(_LEFT, HEIGHT - 5, f"{days[0]:%b %-d}"))
    if len(days) > 1:
        shapes.append(label(WIDTH - _RIGHT, HEIGHT - 5, f"{days[-1]:%b %-d}", anchor="end"))
    return shapes
