"""The badge for a README: how many tests are flaky or broken, in the form that everybody knows."""

from app.core.drawing.shapes import number, text_of

_NAME = "flaky tests"
_HEIGHT, _PAD = 20, 6
_NARROW, _WIDE, _USUAL = 3.9, 9.5, 6.6
"""Widths of letters in 11 px of Verdana, which is wide: where another font is shown, there is room left."""

_COLOURS = {"none": "#2e7d32", "flaky": "#bf6a02", "broken": "#c62828", "unknown": "#6a737d"}
"""White on each of them has a contrast of 4.5 at least, but for orange, which has 4.4 and bold-looking digits."""


def badge_words(flaky: int, broken: int) -> str:
    """Say it in as few words as possible; what is broken comes first, since it blocks people."""
    if broken:
        return f"{broken} broken" + (f", {flaky} flaky" if flaky else "")
    return str(flaky) if flaky else "none"


def draw_badge(flaky: int | None, broken: int | None) -> str:
    """Draw the badge; None where nothing is known, or nothing may be told."""
    if flaky is None or broken is None:
        return _draw("unknown", _COLOURS["unknown"])
    colour = _COLOURS["broken" if broken else "flaky" if flaky else "none"]
    return _draw(badge_words(flaky, broken), colour)


def _draw(words: str, colour: str) -> str:
    left, right = _width(_NAME), _width(words)
    said = text_of(f"{_NAME}: {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(left + right)}" height="{_HEIGHT}" role="img"'
        f' aria-label="{said}"><title>{said}</title>'
        f'<rect width="{number(left)}" height="{_HEIGHT}" fill="#444d56"/>'
        f'<rect x="{number(left)}" width="{number(right)}" height="{_HEIGHT}" fill="{colour}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f'<text x="{number(left / 2)}" y="14">{text_of(_NAME)}</text>'
        f'<text x="{number(left + right / 2)}" y="14">{text_of(words)}</text></g></svg>'
    )


def _width(words: str) -> float:
    return 2 * _PAD + sum(_NARROW if one in "il,.: jft" else _WIDE if one in "mwMW" else _USUAL for one in words)
