"""A test's executions in the order of time: a row for each variant, a column for each attempt, side by side by commit."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.drawing.lettering import fit
from app.core.drawing.shapes import bars, label, link, picture, rect
from app.core.model import Outcome

MOST_ROWS = 20

_LABEL, _ROW, _TOP, _FOOT, _WIDTH = 170, 20, 4, 20, 1100
_WIDEST, _NARROWEST = 14, 3
TALL = 14
HEIGHTS = {Outcome.PASSED: 8, Outcome.SKIPPED: 3}
"""What failed is taller, so that colour is not all that tells."""

_Column = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One execution: where it belongs, how it ended, and where more is told of its run."""

    at: datetime
    commit: str
    run_id: int
    run_attempt: int
    ordinal: int
    variant: str
    outcome: Outcome
    href: str

    @property
    def column(self) -> _Column:
        return self.run_id, self.run_attempt, self.ordinal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Commit:
    """The executions of one commit, which stand side by side from the column `start` on."""

    sha: str
    start: int
    columns: tuple[_Column, ...]
    marks: tuple[Mark, ...]

    @property
    def is_flaky(self) -> bool:
        """Whether a variant has failed and passed on it."""
        seen = defaultdict[str, set[bool]](set)
        for one in self.marks:
            if one.outcome is not Outcome.SKIPPED:
                seen[one.variant].add(one.outcome.is_bad)
        return any(len(one) > 1 for one in seen.values())


def draw_timeline(marks: Sequence[Mark], words: str) -> str:
    """Draw each execution as a bar; those of a run lead to it, and say how its attempts ended.

    `marks` are in the order of time, oldest first; a commit stands where it ran first, with its later attempts beside it
    on a common ground. Of more variants than MOST_ROWS the others are left out.
    """
    rows = {
        variant: place for place, variant in enumerate(list(dict.fromkeys(one.variant for one in marks))[:MOST_ROWS])
    }
    commits = _by_commit([one for one in marks if one.variant in rows])
    columns = sum(len(one.columns) for one in commits)
    # Whole pixels are sharp, and short to write.
    step = min(_WIDEST, max(_NARROWEST, (_WIDTH - _LABEL) // max(columns, 1)))
    width = max(320, _LABEL + columns * step + 2)
    floor = _TOP + max(len(rows), 1) * _ROW
    shapes = [
        label(0, _TOP + place * _ROW + 14, fit(variant or "tests", _LABEL - 12)) for variant, place in rows.items()
    ]
    shapes += [_ground(one, step, floor) for one in commits if len(one.columns) > 1]
    shapes += [_run(own, one, rows, step) for one in commits for own in _by_run(one.marks)]
    return picture(
        width, floor + _FOOT, words, [*shapes, *_dates(marks, width, floor)], kind="timeline", has_links=True
    )


def _by_commit(marks: Sequence[Mark]) -> list[_Commit]:
    found: dict[str, list[Mark]] = {}
    for one in marks:
        found.setdefault(one.commit, []).append(one)
    commits, start = [], 0
    for sha, own in found.items():
        runs = {run: place for place, run in enumerate(dict.fromkeys(one.run_id for one in own))}
        columns = tuple(sorted({one.column for one in own}, key=lambda one: (runs[one[0]], one)))
        commits.append(_Commit(sha=sha, start=start, columns=columns, marks=tuple(own)))
        start += len(columns)
    return commits


def _ground(commit: _Commit, step: int, floor: int) -> str:
    said = f"{commit.sha[:7]}: {len(commit.columns)} executions" + (", failed and passed" if commit.is_flaky else "")
    kind = "ground flaky" if commit.is_flaky else "ground"
    return rect(_LABEL + commit.start * step, _TOP, len(commit.columns) * step, floor - _TOP, kind, said)


def _by_run(marks: Sequence[Mark]) -> list[list[Mark]]:
    found: dict[int, list[Mark]] = {}
    for one in marks:
        found.setdefault(one.run_id, []).append(one)
    return list(found.values())


def _run(marks: Sequence[Mark], commit: _Commit, rows: dict[str, int], step: int) -> str:
    place = {column: commit.start + beside for beside, column in enumerate(commit.columns)}
    boxes = defaultdict[Outcome, list[tuple[float, float, float, float]]](list)
    for one in marks:
        height = HEIGHTS.get(one.outcome, TALL)
        y = _TOP + rows[one.variant] * _ROW + 3 + TALL - height
        boxes[one.outcome].append((_LABEL + place[one.column] * step, y, step - 1, height))
    drawn = "".join(bars(own, outcome.value) for outcome, own in boxes.items())
    first = marks[0]
    return link(first.href, f"{commit.sha[:7]}, {first.at:%Y-%m-%d %H:%M} UTC, {_ended(marks)}", drawn)


def _ended(marks: Sequence[Mark]) -> str:
    attempts: dict[int, Counter[str]] = {}
    for one in sorted(marks, key=lambda one: one.run_attempt):
        attempts.setdefault(one.run_attempt, Counter())[one.outcome.value] += 1
    return "; ".join(
        f"attempt {attempt}: {', '.join(f'{number} {name}' for name, number in own.items())}"
        for attempt, own in attempts.items()
    )


def _dates(marks: Sequence[Mark], width: int, floor: int) -> list[str]:
    if not marks:
        return []
    first, last = marks[0].at, marks[-1].at
    shapes = [label(_LABEL, floor + 14, f"{first:%b} {first.day}")]
    return (
        shapes
        if first.date() == last.date()
        else [*shapes, label(width, floor + 14, f"{last:%b} {last.day}", anchor="end")]
    )
