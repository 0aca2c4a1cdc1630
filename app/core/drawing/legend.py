"""What the shapes of a picture mean: a small one of each, drawn as it is in the picture, beside its words.

Shapes tell them apart, so that colours are not needed; words wrap as text does, on a screen of any width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.drawing.shapes import area, bars, dot, line, rect, text_of
from app.core.drawing.timeline import HEIGHTS, TALL
from app.core.model import Outcome

_WIDTH, _HEIGHT = 16, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One shape with what it means; `drawn` is within a box of 16 by 14, nothing where an empty place means something."""

    drawn: str
    words: str


def legend(entries: Sequence[Entry]) -> str:
    """Write a legend, as HTML that stands below its picture."""
    return f'<p class="legend">{" ".join(_entry(one) for one in entries)}</p>'


def _entry(one: Entry) -> str:
    if not one.drawn:
        return f"<span>{text_of(one.words)}</span>"
    # The words beside it say all, so there is nothing for who does not see it.
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    return f'<span><svg class="key" {size} aria-hidden="true">{one.drawn}</svg>{text_of(one.words)}</span>'


def _bar(height: float, kind: str) -> str:
    return rect(4, _HEIGHT - height, 8, height, f"bar {kind}")


def _line(kind: str) -> str:
    middle = _HEIGHT / 2
    return line([(0, middle), (_WIDTH, middle)], f"line {kind}") + dot(_WIDTH / 2, middle, f"point {kind}")


def _band(kind: str) -> str:
    return area([(0, 2), (_WIDTH, 2), (_WIDTH, _HEIGHT - 2), (0, _HEIGHT - 2)], f"area {kind}")


def _execution(outcome: Outcome) -> str:
    height = HEIGHTS.get(outcome, TALL)
    return bars([(5, TALL - height, 6, height)], outcome.value)


_NO_RUN = Entry(drawn="", words="no bar: no run on that day")

FLAKED = legend(
    [
        Entry(drawn=_bar(12, "flaky"), words="share of the day's runs that a flake hit"),
        Entry(drawn=_bar(1, "flaky"), words="there were runs, and a flake hit none"),
        _NO_RUN,
    ]
)
LOST = legend(
    [
        Entry(drawn=_bar(12, "suspect"), words="minutes of CI that flakes cost on that day"),
        Entry(drawn=_bar(1, "suspect"), words="there were runs, and nothing was lost"),
        _NO_RUN,
    ]
)
RATES = legend(
    [
        Entry(drawn=_line("failed"), words="share of a week's executions that failed"),
        Entry(drawn=_band("failed"), words="its 90 % interval"),
    ]
)
DURATIONS = legend(
    [
        Entry(drawn=_line(""), words="median of a week"),
        Entry(drawn=_band(""), words="from there to its 95th percentile"),
    ]
)
INTERVALS = legend(
    [
        Entry(drawn=rect(7, 1, 2, 12, "point flaky"), words="share of its runs in which it flaked, from 0 to 100 %"),
        Entry(drawn=rect(0, 4, 16, 6, "area flaky"), words="its 90 % interval"),
    ]
)
DAYS = legend(
    [
        Entry(
            drawn=_bar(12, "flaky"),
            words="share of a day's runs that flaked, all repositories on one scale, today on the right",
        ),
        Entry(drawn=_bar(1, "flaky"), words="none of them"),
        _NO_RUN,
    ]
)
EXECUTIONS = legend(
    [
        Entry(drawn=_execution(Outcome.PASSED), words="passed"),
        Entry(drawn=_execution(Outcome.FAILED), words="failed"),
        Entry(drawn=_execution(Outcome.SKIPPED), words="skipped; the latest on the right, a row for each variant"),
        Entry(drawn=rect(0, 0, 16, 14, "ground"), words="on one ground: executions of one commit"),
        Entry(
            drawn=rect(0, 0, 16, 14, "ground flaky"), words="on a stronger one: a commit on which it failed and passed"
        ),
    ]
)
