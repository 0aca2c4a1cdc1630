from xml.etree import ElementTree as ET

import pytest

from app.core.drawing.badge import draw_badge


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
