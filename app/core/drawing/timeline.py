"""A test's executions in the order of time: a row for each variant, a column for each attempt."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.drawing.shapes import label, number, picture, text_of
from app.core.model import Outcome
from app.core.text import cut

_LABEL, _ROW, _TOP, _WIDTH = 170, 18, 6, 1100
_WIDEST, _NARROWEST = 14.0, 3.0
_LONGEST_LABEL = 26
MOST_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One execution: in which attempt (by its place in time), of which variant, how it ended, and where more is told."""

    column: int
    variant: str
    outcome: Outcome
    words: str
    href: str


def draw_timeline(marks: Sequence[Mark], words: str) -> str:
    """Draw each execution as a bar that leads to its run: what failed is taller, so that colour is not all that tells."""
    rows = list(dict.fromkeys(one.variant for one in marks))[:MOST_ROWS]
    columns = max((one.column for one in marks), default=0) + 1
    step = min(_WIDEST, max(_NARROWEST, (_WIDTH - _LABEL) / columns))
    shapes = [
        label(0, _TOP + place * _ROW + 12, cut(variant or "tests", _LONGEST_LABEL))
        for place, variant in enumerate(rows)
    ]
    place_of = {variant: place for place, variant in enumerate(rows)}
    shapes += [_draw(one, place_of[one.variant], step) for one in marks if one.variant in place_of]
    width = max(320, round(_LABEL + columns * step) + 2)
    return picture(width, _TOP + max(len(rows), 1) * _ROW + 4, words, shapes, kind="timeline", role="group")


def _draw(one: Mark, row: int, step: float) -> str:
    height = {Outcome.PASSED: 8, Outcome.SKIPPED: 3}.get(one.outcome, 14)
    x, y = _LABEL + one.column * step, _TOP + row * _ROW + (14 - height)
    bar = f'<rect class="{one.outcome.value}" x="{number(x)}" y="{number(y)}" width="{number(step - 1)}" height="{height}"/>'
    # By the keyboard one gets there from the list below, which has the same: these would be hundreds of stops on the way.
    return f'<a href="{text_of(one.href)}" tabindex="-1"><title>{text_of(one.words)}</title>{bar}</a>'
