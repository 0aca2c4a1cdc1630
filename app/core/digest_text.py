"""The issue that gathers the flaky tests for which a day has no room for issues of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.counts import count
from app.core.text import LONGEST_BODY, code, fit

MARKER = "<!-- flakeguard:issue 000000digest -->"
TITLE = "Flaky tests that wait for an issue of their own"
LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for an issue: how it is called, how many tests it stands for, and the worst one's score and rate (0..1)."""

    name: str
    tests: int
    score: float
    flake_rate: float


def render(waiting: Sequence[Waiting], max_per_day: int) -> str:
    """Write the issue's body, the worst first."""
    if not waiting:
        return f"{MARKER}\n\nNothing waits any more: each of them has an issue of its own, or flakes no more."
    ordered = sorted(waiting, key=lambda one: (-one.score, one.name))
    rows = ["| Test | Score | Flaked in |", "| --- | ---: | ---: |"]
    rows += [f"| {_name(one)} | {one.score:.2f} | {one.flake_rate:.0%} of its runs |" for one in ordered[:LISTED]]
    more = [f"and {len(ordered) - LISTED} more"] if len(ordered) > LISTED else []
    first = (
        f"{count(len(ordered), 'flaky test')} more than the {max_per_day} a day that `issues.max_per_day` allows. Each gets an"
        " issue of its own when a day has room for it; until then this one is brought up to date in place."
    )
    return fit([MARKER, first, "\n".join(rows), *more], LONGEST_BODY)


def _name(one: Waiting) -> str:
    others = f" and {one.tests - 1} more with the same cause" if one.tests > 1 else ""
    return code(one.name, limit=160) + others
