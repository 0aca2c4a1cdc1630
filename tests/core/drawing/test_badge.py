from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.drawing.badge import draw_badge
from app.core.drawing.lettering import fit, width_of


@pytest.mark.parametrize(
    ("flaky", "broken", "said"),
    [
        (0, 0, "flaky tests: none"),
        (3, 0, "flaky tests: 3"),
        (0, 1, "flaky tests: 1 broken"),
        (12, 2, "flaky tests: 2 broken, 12 flaky"),
        (None, None, "flaky tests: unknown"),
    ],
)
def test_a_badge_says_in_words_what_it_shows(flaky, broken, said):
    root = ET.fromstring(draw_badge(flaky, broken))
    assert root.attrib["aria-label"] == said
    assert root[0].text == said
    widths = [float(one.attrib["width"]) for one in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert sum(widths) == pytest.approx(float(root.attrib["width"]), abs=0.2)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_words_have_room_in_a_badge_and_stand_in_the_middle_of_their_half(flaky, broken):
    root = ET.fromstring(draw_badge(flaky, broken))
    left, right = root.iter("{http://www.w3.org/2000/svg}rect")
    for half, one in zip((left, right), root.iter("{http://www.w3.org/2000/svg}text"), strict=True):
        start, width = float(half.attrib.get("x", 0)), float(half.attrib["width"])
        assert width_of(one.text) <= width - 10
        assert float(one.attrib["x"]) == pytest.approx(start + width / 2, abs=0.1)


@given(st.text(max_size=60), st.floats(0, 300))
def test_words_are_cut_to_their_room(words, width):
    kept = fit(words, width)
    assert kept in (words, "…") or width_of(kept) <= width
    assert kept == words or kept.endswith("…")
