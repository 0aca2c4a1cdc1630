"""docs/scoring.md says what the code does, and its pictures are drawn from what the code makes of a history."""

import importlib.util
import re
from math import exp
from pathlib import Path

import pytest

from app.core.evidence import BELIEVED_EACH, HINT, WEIGHTS
from app.core.score import CERTAINTY, HALF_LIFE, MOST_OF_HINTS, Thresholds, passes_needed

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "scoring.md").read_text(encoding="utf-8")


def script():
    spec = importlib.util.spec_from_file_location("draw", DOCS / "scoring" / "draw.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRAW = script()


@pytest.mark.parametrize("name", DRAW.HISTORIES)
def test_a_picture_is_what_the_scorer_makes_of_its_history_now(name):
    drawn = (DOCS / "scoring" / f"{name}.svg").read_text(encoding="utf-8")
    assert drawn == DRAW.draw(DRAW.HISTORIES[name]), "run: PYTHONPATH=. python docs/scoring/draw.py"
    assert f"(scoring/{name}.svg)" in PAGE


def test_the_weights_of_the_grades_are_those_of_the_code():
    rows = re.findall(r"^\| (E\d)(, a hint)? \|.+\| ([\d.]+) \|$", PAGE, re.MULTILINE)
    assert {grade: float(weight) for grade, hint, weight in rows if not hint} == {
        grade.value: weight for grade, weight in WEIGHTS.items()
    }
    assert [float(weight) for _, hint, weight in rows if hint] == [HINT]


def test_the_figures_in_the_text_are_those_of_the_code():
    usual = Thresholds()
    assert f"1 − exp(−{CERTAINTY} E)" in PAGE
    assert f"in {HALF_LIFE} runs" in PAGE
    assert f"alone for {MOST_OF_HINTS:g} at most" in PAGE
    assert BELIEVED_EACH == 2
    assert f"({usual.warn_threshold})" in PAGE
    assert f"({usual.quarantine_threshold})" in PAGE
    assert f"asks for {passes_needed(0.05)})" in PAGE
    for pieces, said in ((1.0, "0.55"), (2.0, "0.80"), (3 * WEIGHTS["E4"], "0.65")):
        assert f"{1 - exp(-CERTAINTY * pieces):.2f}" == said
        assert said in PAGE
