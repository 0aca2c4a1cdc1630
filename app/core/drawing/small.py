"""Pictures that stand in a row of a table."""

from collections.abc import Sequence

from app.core.drawing.shapes import Point, line, picture, rect

_WIDTH, _HEIGHT = 100, 20


def draw_interval(rate: float, low: float, high: float, words: str, *, kind: str = "flaky") -> str:
    """Draw a rate as a point on its interval, on a line from 0 to 100 %."""
    left, right, at = (100 * min(max(one, 0.0), 1.0) for one in (low, high, rate))
    shapes = [
        rect(0, 4, 100, 2, "rail"),
        rect(left, 2, max(1.0, right - left), 6, f"area {kind}"),
        rect(min(at, 98.0), 0, 2, 10, f"point {kind}"),
    ]
    return picture(_WIDTH, 10, words, shapes, kind="interval")


def draw_sparkline(values: Sequence[float | None], words: str, *, kind: str = "") -> str:
    """Draw a small line; what is None interrupts it."""
    top = max((one for one in values if one is not None), default=0.0) or 1.0
    step = _WIDTH / max(len(values) - 1, 1)
    pieces: list[list[Point]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((place * step, _HEIGHT - 2 - (_HEIGHT - 4) * value / top))
    shapes = [line(piece, f"line {kind}") for piece in pieces]
    shapes += [rect(min(p[0][0], _WIDTH - 2), p[0][1] - 1, 2, 2, f"point {kind}") for p in pieces if len(p) == 1]
    return picture(_WIDTH, _HEIGHT, words, shapes, kind="sparkline")
