"""What a line of the Test Anything Protocol says, in versions 12 to 14 and before them (testanything.org).

Descriptions, directives and times are those of Test::More, node-tap, node's own runner, tape, Vitest, Bats and pgTAP.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from app.core.model import Outcome

MOST_TOLD = 400
"""Lines of what is told below a point that are kept."""

_POINT = re.compile(
    r"([ \t]{0,120})(not )?ok(?=[\s#{-]|$)(?: {1,40}(\d{1,15})(?![\w.]))?\s{0,400}(- ?)?(?P<said>.*)", re.DOTALL
)
_PLAN = re.compile(r"(\s{0,400})(\d{1,15})\.\.(\d{1,15})(?: {0,40}#.*| {1,40}todo [\d ]{0,2000}+)?\s*")
_VERSION = re.compile(r"(\s{0,400})TAP version \d{1,3}\s*", re.IGNORECASE)
_BAIL = re.compile(r"\s{0,400}Bail out!(.*)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"(?:^|(?<=\s))#\s{0,40}(?:(skip\w*)|todo)\b", re.IGNORECASE)
_TIME = re.compile(r"(?:^| {1,40})# ?time=(\d{1,12}(?:\.\d{1,30})?)(ms|s)$")
_IN = re.compile(r" in (\d{1,12})(ms|sec)$")
_MILLISECONDS = {"ms": 1, "s": 1_000, "sec": 1_000}
_LONGEST_END = 120


@dataclass(slots=True)
class Point:
    """One line `ok` or `not ok`, and what belongs to it.

    `depth` is its indentation in characters, `told` what stands below it, `inner` the points of its subtest.
    """

    depth: int
    number: int | None
    name: str
    outcome: Outcome
    duration_ms: float | None
    is_dashed: bool
    opens: bool
    told: list[str] = field(default_factory=list)
    inner: list["Point"] = field(default_factory=list)
    title: str = ""

    @property
    def line(self) -> str:
        """The point as it is written, without its indentation and its directive."""
        number = "" if self.number is None else f" {self.number}"
        return f"{'not ' if self.outcome.is_bad else ''}ok{number}{f' - {self.name}' if self.name else ''}"

    def is_said_below(self, text: str) -> bool:
        """Say whether a line that is no other one is about the failure: mocha writes it as it is, indented."""
        return self.outcome.is_bad and not self.is_dashed and text.startswith(" " * (self.depth + 2))


def read_point(text: str) -> Point | None:
    """Read a test point; one that is still to do is skipped however it ended. None for any other line."""
    match = _POINT.fullmatch(text)
    if match is None:
        return None
    said = match["said"].strip()
    opens = said.endswith("{")
    said = said.removesuffix("{").rstrip() if opens else said
    directive = _DIRECTIVE.search(said) if "#" in said else None
    ended = Outcome.FAILED if match[2] else Outcome.PASSED
    said, took = _without_time((said[: directive.start()] if directive else said).rstrip(), is_dashed=bool(match[4]))
    return Point(
        depth=len(match[1]),
        number=int(match[3]) if match[3] else None,
        name=_unescaped(said.strip()),
        outcome=Outcome.SKIPPED if directive else ended,
        duration_ms=took,
        is_dashed=bool(match[4]),
        opens=opens,
    )


def _without_time(said: str, *, is_dashed: bool) -> tuple[str, float | None]:
    """Split a description from its time; Bats, whose descriptions follow no dash, writes it in words."""
    start = max(0, len(said) - _LONGEST_END)
    found = _TIME.search(said, start) or (None if is_dashed else _IN.search(said, start))
    return (said[: found.start()], float(found[1]) * _MILLISECONDS[found[2]]) if found else (said, None)


def read_plan(text: str) -> tuple[int, int] | None:
    """Return the depth of a plan and how many points it announces; one that ends before it begins is none."""
    match = _PLAN.fullmatch(text)
    if match is None or (int(match[3]) < int(match[2]) and int(match[3]) > 0):
        return None
    return len(match[1]), int(match[3]) - int(match[2]) + 1 if int(match[3]) else 0


def read_version(text: str) -> int | None:
    """Return the depth of a line that names the protocol's version, None for any other."""
    match = _VERSION.fullmatch(text)
    return len(match[1]) if match else None


def read_bail(text: str) -> str | None:
    """Return why a run was given up, which may be nothing; None for any other line."""
    match = _BAIL.fullmatch(text)
    return _unescaped(match[1].strip()) if match else None


def _unescaped(said: str) -> str:
    return said.replace("\\#", "#").replace("\\\\", "\\")


_LOOKED_AT = 2_000
_PRAGMA = re.compile(r"pragma [+-]")
_HALF = 2


def is_tap(head: str) -> bool:
    """Say whether a document that begins so is TAP: by its version, by a plan with points, or by points throughout."""
    lines = [line.rstrip() for line in head.split("\n")[:_LOOKED_AT] if line.strip()]
    own = [line for line in lines if not line[0].isspace() and line[0] not in "#{}" and not _PRAGMA.match(line)]
    if any(read_version(line) == 0 for line in own):
        return True
    points = [point for line in own if "ok" in line[:8] and (point := read_point(line))]
    numbered = [point for point in points if point.number is not None]
    if any(read_plan(line) for line in own) and points:
        return bool(numbered) or len(points) * _HALF >= len(own) - 1
    return bool(numbered) and len(numbered) * _HALF >= len(own) and _counts_up(numbered)


def _counts_up(points: list[Point]) -> bool:
    return len(points) == 1 or any((one.number or 0) + 1 == other.number for one, other in pairwise(points))
