"""What all pictures are made of. Colours are classes of the page's style sheet; numbers are rounded to a tenth."""

from collections.abc import Iterable, Sequence
from html import escape

Point = tuple[float, float]


def picture(width: int, height: int, words: str, shapes: Iterable[str], *, kind: str, role: str = "img") -> str:
    """Put shapes into a picture of a fixed size, so that nothing on the page moves; `words` say what it shows.

    Its `role` is that of a group where there is something in it to go to.
    """
    inside = "".join(shapes)
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="{role}">'
        f"<title>{text_of(words)}</title>{inside}</svg>"
    )


def text_of(words: str) -> str:
    """Return words as they may stand in a picture: escaped, and without what XML does not take."""
    kept = "".join(one if one.isprintable() else "\ufffd" for one in words)
    return escape(kept.encode("utf-8", "replace").decode())


def number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def rect(x: float, y: float, width: float, height: float, kind: str, words: str = "") -> str:
    title = f"<title>{text_of(words)}</title>" if words else ""
    size = f'x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" height="{number(max(height, 0))}"'
    return f'<rect class="{kind}" {size}>{title}</rect>' if title else f'<rect class="{kind}" {size}/>'


def line(points: Sequence[Point], kind: str) -> str:
    """Draw a line through some points; nothing where there is only one."""
    return f'<polyline class="{kind}" points="{_joined(points)}"/>' if len(points) > 1 else ""


def area(points: Sequence[Point], kind: str) -> str:
    return f'<polygon class="{kind}" points="{_joined(points)}"/>' if len(points) > 2 else ""


def dot(x: float, y: float, kind: str, words: str = "") -> str:
    title = f"<title>{text_of(words)}</title>" if words else ""
    return f'<circle class="{kind}" cx="{number(x)}" cy="{number(y)}" r="2.5">{title}</circle>'


def label(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{text_of(words)}</text>'


def _joined(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)
