"""Pictures that stand in a row of a table."""

from collections.abc import Sequence
from datetime import date

from app.core.drawing.over_time import Days
from app.core.drawing.shapes import picture, rect, share_of
from app.core.model import Verdict

_WIDTH, _HEIGHT = 100, 24
_CELL, _TALL = 4, 16
_HEIGHTS = {Verdict.FAILED: 16, Verdict.FLAKY: 12, Verdict.PASSED: 5, Verdict.SKIPPED: 2}
"""What failed stands out by its height, too: colours alone are not for everybody."""


def draw_interval(rate: float, low: float, high: float, words: str, *, kind: str = "flaky") -> str:
    """Draw a rate as a point on its interval, on a line from 0 to 100 %."""
    left, right, at = (100 * share_of(one, 1.0) for one in (low, high, rate))
    span = max(1.0, right - left)
    shapes = [
        rect(0, 4, 100, 2, "rail"),
        rect(min(left, 100 - span), 2, span, 6, f"area {kind}"),
        rect(min(max(at - 1, 0), 98), 0, 2, 10, f"point {kind}"),
    ]
    return picture(_WIDTH, 10, words, shapes, kind="interval")


def draw_history(verdicts: Sequence[Verdict], words: str) -> str:
    """Draw what each of the latest runs said as a bar, the latest on the right."""
    shapes = [
        rect(place * _CELL, _TALL - _HEIGHTS[one], _CELL - 1, _HEIGHTS[one], one.value)
        for place, one in enumerate(verdicts)
    ]
    return picture(max(1, len(verdicts)) * _CELL, _TALL, words, shapes, kind="history")


def draw_days(values: Sequence[tuple[date, float]], days: Days, top: float, words: str, *, kind: str = "flaky") -> str:
    """Draw a bar a day on a common floor, `top` being the whole height; a day without a value is a gap."""
    first, last = days
    number = max((last - first).days, 0) + 1
    shapes = [rect(0, _TALL - 1, number * _CELL, 1, "rail")]
    for day, value in values:
        if first <= day <= last:
            height = max(share_of(value, top) * _TALL, 1)
            shapes.append(rect((day - first).days * _CELL, _TALL - height, _CELL - 1, height, f"bar {kind}"))
    return picture(number * _CELL, _TALL, words, shapes, kind="history")
