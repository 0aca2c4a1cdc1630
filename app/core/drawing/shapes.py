"""What all pictures are made of. Colours are classes of the page's style sheet; numbers are rounded to a tenth."""

import math
from collections.abc import Iterable, Sequence
from html import escape

Point = tuple[float, float]


def picture(width: int, height: int, words: str, shapes: Iterable[str], *, kind: str, has_links: bool = False) -> str:
    """Put shapes into a picture of a fixed size, so that nothing on the page moves; `words` say what it shows.

    What is in an image is nothing to who does not see it: a picture with links is a group of them instead.
    """
    inside, role = "".join(shapes), "group" if has_links else "img"
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="{role}">'
        f"<title>{text_of(words)}</title>{inside}</svg>"
    )


def text_of(words: str) -> str:
    """Return words as they may stand in a picture: escaped, and without what XML does not take."""
    kept = words if words.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in words)
    return escape(kept.encode("utf-8", "replace").decode())


def number(value: float) -> str:
    """Write a coordinate; what is no number is 0, since nothing would be drawn else."""
    rounded = round(value, 1) if math.isfinite(value) else 0.0
    return f"{rounded:.0f}" if rounded == int(rounded) else f"{rounded:.1f}"


def share_of(value: float, top: float) -> float:
    """Return how far up to the top a value is: 0 to 1, 0 for what is no number."""
    share = value / top if top > 0 and math.isfinite(value) else 0.0
    return min(max(share, 0.0), 1.0)


def rect(x: float, y: float, width: float, height: float, kind: str, words: str = "") -> str:
    title = f"<title>{text_of(words)}</title>" if words else ""
    size = f'x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" height="{number(max(height, 0))}"'
    return f'<rect class="{kind}" {size}>{title}</rect>' if title else f'<rect class="{kind}" {size}/>'


def bars(boxes: Iterable[tuple[float, float, float, float]], kind: str) -> str:
    """Draw many rectangles (x, y, width, height) as one shape, which takes a third of the room."""
    pieces = (
        f"M{number(x)} {number(y)}h{number(width)}v{number(height)}h-{number(width)}z" for x, y, width, height in boxes
    )
    return f'<path class="{kind}" d="{"".join(pieces)}"/>'


def line(points: Sequence[Point], kind: str) -> str:
    """Draw a line through some points; nothing where there is only one."""
    return f'<polyline class="{kind}" points="{_joined(points)}"/>' if len(points) > 1 else ""


def area(points: Sequence[Point], kind: str) -> str:
    return f'<polygon class="{kind}" points="{_joined(points)}"/>' if len(points) > 2 else ""


def dot(x: float, y: float, kind: str, words: str = "") -> str:
    title = f"<title>{text_of(words)}</title>" if words else ""
    return f'<circle class="{kind}" cx="{number(x)}" cy="{number(y)}" r="2.5">{title}</circle>'


def link(href: str, words: str, inside: str) -> str:
    """Let shapes lead somewhere. Keys pass them by: whatever a picture leads to stands in a table, too."""
    return f'<a href="{text_of(href)}" tabindex="-1"><title>{text_of(words)}</title>{inside}</a>'


def label(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{text_of(words)}</text>'


def _joined(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)
