"""How long the signature of a hostile megabyte takes, beside masking digits and hex in the same text."""

import re
import time
from collections.abc import Callable, Iterator

from app.core.signature import fingerprint, title

MEGABYTE = 1_000_000
SHAPES = (
    *("a", "1", "/a", "1.", ":", "a.", "a@", "-", " ", "{a=", "0x", "<n> ", "12:34 ", "A1_", "\x1b[", "at a.", "::1"),
    *("Jan ", "\\a", "a://", "expected [", "12-", "1.2.3.", "error: ", "errno ", "lambda$", "f", "aB1", "a1/", "at /"),
)
_MASK = re.compile(r"[/+0-9a-zA-Z]{10,}=+|[\-0-9a-fA-F \t]{16,}|[0-9a-fA-Fx]{8,}|[0-9]+")


def run() -> None:
    """Print the worst shape in milliseconds, for one line and for many, and what it is to the mask."""
    for name, texts in (("one line", _lines), ("many lines", _many), ("a title", _many)):
        work = _title if name == "a title" else _sign
        took, shape, text = max((_milliseconds(work, text), shape, text) for shape, text in texts())
        mask = _milliseconds(_mask, text)
        print(
            f"signature of 1 MB, {name}: worst {took:.1f} ms (of {shape!r}), {took / mask:.2f} times the mask's {mask:.1f} ms"
        )


def _lines() -> Iterator[tuple[str, str]]:
    for shape in SHAPES:
        yield shape, shape * (MEGABYTE // len(shape))


def _many() -> Iterator[tuple[str, str]]:
    """Make every line another one, or what is remembered of a frame would be measured."""
    for shape in SHAPES:
        for width in (3, 990):
            line = shape * max(1, width // len(shape))
            yield shape, "\n".join(f"{line}{number}" for number in range(MEGABYTE // (len(line) + 5)))


def _sign(text: str) -> None:
    fingerprint(text, text)


def _title(text: str) -> None:
    title(text)


def _mask(text: str) -> None:
    _MASK.sub("%", text)


def _milliseconds(work: Callable[[str], None], text: str) -> float:
    fingerprint.cache_clear()
    started = time.perf_counter()
    work(text)
    return (time.perf_counter() - started) * 1_000


if __name__ == "__main__":
    run()
