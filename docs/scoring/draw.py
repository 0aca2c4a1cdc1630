"""Draws the pictures of docs/scoring.md from what the bot itself makes of three histories: `python docs/scoring/draw.py`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.core.model import Attempt, Execution, FlakeScore, Outcome, Standing
from app.core.score import Thresholds, judge

HERE = Path(__file__).parent
START = datetime(2026, 3, 2, tzinfo=UTC)
HOME = "acme/shop"

HISTORIES = {
    "flaky": "PP.p.PPr.PpPPPP.p.RPPPp.PPRPPp.PPPP.p.PPPPPP.PPPPPPPPPPPPPPPPPP",
    "regression": "PP.p.PPp.PPPPPp.PPPPPFFFFFFFPPPP.p.PPPPPPPPPPPPPPPPPPPPPPPP",
    "pull": "PPPPp.PPPaap.PPPPpp.PPPPPfp.PPPPPPp.PPPafp.PPPPPPPPPPPPPPPPPP",
}
"""A letter a run: P passed, F failed, R failed and passed when it was run again, A failed twice; small ones on a pull
request, which a full stop ends."""

STEP, ROW, CHART = 14, 20, 120
LEFT, TOP = 92, 16
COLOURS = {"p": "#2da44e", "f": "#cf222e", "a": "#cf222e", "r": "#bf8700"}
BANDS = {
    Standing.HEALTHY: "#dafbe1",
    Standing.SUSPECT: "#fff8c5",
    Standing.FLAKY: "#ffdfb6",
    Standing.BROKEN: "#ffcecb",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """A run as a letter says it, and what was thought of the test after it."""

    letter: str
    score: FlakeScore


def tell(marks: str) -> Iterator[Step]:
    """Judge the test after each of its runs."""
    executions: list[Execution] = []
    run, pull = 0, 1
    for letter in marks:
        if letter == ".":
            pull += 1
            continue
        run += 1
        executions += _run(run, letter, pull if letter.islower() else None)
        yield Step(letter=letter, score=judge(executions, thresholds=Thresholds(), repository=HOME))


def _run(run: int, letter: str, pull: int | None) -> list[Execution]:
    ends = {"p": "p", "f": "f", "r": "fp", "a": "ff"}[letter.lower()]
    return [_execution(run, number, end, pull) for number, end in enumerate(ends, start=1)]


def _execution(run: int, number: int, end: str, pull: int | None) -> Execution:
    attempt = Attempt(
        run_id=run,
        run_attempt=number,
        event="push" if pull is None else "pull_request",
        head_sha=f"{run}",
        base_sha=None if pull is None else "base",
        tree_sha=None,
        head_repository=HOME,
        branch="main" if pull is None else f"feature-{pull}",
        is_default_branch=pull is None,
        pull=pull,
        at=START + timedelta(hours=run, minutes=10 * number),
    )
    failed = end == "f"
    return Execution(
        attempt=attempt,
        job="test",
        ordinal=1,
        outcome=Outcome.FAILED if failed else Outcome.PASSED,
        loose_signature="TimeoutError" if failed else None,
    )


def draw(marks: str) -> str:
    """Return the picture of a history as SVG: its runs, the score after each, and the standing behind it."""
    steps = list(tell(marks))
    width, height = LEFT + STEP * len(steps) + 12, TOP + 2 * ROW + 16 + CHART + 30
    parts = [*_bands(steps), *_runs(steps), *_chart(steps), *_legend(steps)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' font-family="sans-serif" font-size="11">'
    )
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#ffffff"/>', *parts, "</svg>", ""])


def _x(place: int) -> int:
    return LEFT + STEP * place


def _y(score: float) -> float:
    return round(TOP + 2 * ROW + 16 + CHART * (1 - score), 1)


def _bands(steps: Sequence[Step]) -> Iterator[str]:
    top = TOP + 2 * ROW + 16
    for place, one in enumerate(steps):
        yield f'<rect x="{_x(place)}" y="{top}" width="{STEP}" height="{CHART}" fill="{BANDS[one.score.standing]}"/>'


def _runs(steps: Sequence[Step]) -> Iterator[str]:
    for row, label in enumerate(("main", "pull requests")):
        yield f'<text x="4" y="{TOP + row * ROW + 11}" fill="#57606a">{label}</text>'
    for place, one in enumerate(steps):
        y = TOP + (ROW if one.letter.islower() else 0)
        colour = COLOURS[one.letter.lower()]
        yield f'<rect x="{_x(place) + 1}" y="{y}" width="{STEP - 3}" height="{STEP - 1}" rx="2" fill="{colour}"/>'


def _chart(steps: Sequence[Step]) -> Iterator[str]:
    end = _x(len(steps))
    for level, label in ((0.0, "0"), (0.3, "0.3 warn"), (0.6, "0.6 quarantine"), (1.0, "score 1")):
        yield f'<line x1="{LEFT}" y1="{_y(level)}" x2="{end}" y2="{_y(level)}" stroke="#8c959f" stroke-dasharray="3 3"/>'
        yield f'<text x="4" y="{_y(level) + 4}" fill="#57606a">{label}</text>'
    points = " ".join(f"{_x(place) + STEP // 2},{_y(one.score.score)}" for place, one in enumerate(steps))
    yield f'<polyline points="{points}" fill="none" stroke="#0969da" stroke-width="2"/>'


def _legend(steps: Sequence[Step]) -> Iterator[str]:
    y = TOP + 2 * ROW + 16 + CHART + 20
    x = LEFT
    seen = [standing for standing in Standing if any(one.score.standing is standing for one in steps)]
    for standing in seen:
        yield f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{BANDS[standing]}" stroke="#d0d7de"/>'
        yield f'<text x="{x + 17}" y="{y}" fill="#57606a">{standing}</text>'
        x += 80
    for name, letter in (("passed", "p"), ("failed", "f"), ("failed, then passed on the same code", "r")):
        yield f'<rect x="{x}" y="{y - 10}" width="12" height="12" rx="2" fill="{COLOURS[letter]}"/>'
        yield f'<text x="{x + 17}" y="{y}" fill="#57606a">{name}</text>'
        x += 70


if __name__ == "__main__":
    for name, marks in HISTORIES.items():
        (HERE / f"{name}.svg").write_text(draw(marks), encoding="utf-8")
