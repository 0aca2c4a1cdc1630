"""Pictures are well-formed, harmless and of the size that they say, whatever is put into them."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from app.core.drawing.over_time import Bar, Scale, Spot, draw_band, draw_bars, nice_top
from app.core.drawing.small import draw_interval, draw_sparkline
from app.core.drawing.timeline import Mark, draw_timeline
from app.core.model import Outcome

texts = st.text(max_size=40)
numbers = st.floats(-10, 1e9, allow_nan=False)
shares = st.floats(0, 1)
days = st.integers(0, 400).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
bars = st.builds(Bar, day=days, value=st.none() | numbers, words=texts)
spots = st.builds(Spot, day=days, value=shares, low=shares, high=shares, words=texts)
marks = st.builds(
    Mark, column=st.integers(0, 300), variant=texts, outcome=st.sampled_from(Outcome), words=texts, href=texts
)


def read(text):
    """Parse a picture, and look at what holds for all of them."""
    root = ET.fromstring(text)
    assert root.attrib["role"] == (
        "group" if root.find("a") is not None or root.attrib["class"] == "timeline" else "img"
    )
    assert root[0].tag == "title"
    width, height = (float(one) for one in root.attrib["viewBox"].split()[2:])
    assert (root.attrib["width"], root.attrib["height"]) == (f"{width:.0f}", f"{height:.0f}")
    for one in root.iter():
        assert one.tag in {"svg", "title", "rect", "polyline", "polygon", "circle", "text", "a"}
        assert not {"style", "onclick", "onload"} & one.attrib.keys()
        if one.tag == "rect":
            x, y, w, h = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
            assert -0.1 <= x <= x + w <= width + 0.1, one.attrib
            assert -0.1 <= y <= y + h <= height + 0.1, one.attrib
    return root


@given(st.lists(bars, max_size=60), texts)
def test_bars_stay_in_their_picture(bars, words):
    largest = max((one.value or 0 for one in bars), default=0)
    root = read(draw_bars(bars, Scale(top=nice_top(largest), words="x"), words))
    assert len(root.findall("rect")) == sum(one.value is not None for one in bars)


@given(st.lists(spots, max_size=60), texts)
def test_every_week_has_a_point(spots, words):
    root = read(draw_band(spots, Scale(top=1.0, words="100%"), words))
    assert len(root.findall("circle")) == len(spots)


@given(shares, shares, shares, texts)
def test_an_interval_is_drawn_on_its_line(rate, low, high, words):
    read(draw_interval(rate, low, high, words))


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=60), texts)
def test_a_sparkline_is_drawn_with_its_gaps(values, words):
    read(draw_sparkline(values, words))


@given(st.lists(marks, max_size=60), texts)
def test_a_timeline_draws_what_strangers_call_things(marks, words):
    root = read(draw_timeline(marks, words))
    assert len(root.findall("a")) <= len(marks)


def test_what_failed_is_taller_than_what_passed():
    two = [
        Mark(column=0, variant="a", outcome=Outcome.PASSED, words="p", href="/1"),
        Mark(column=1, variant="a", outcome=Outcome.FAILED, words="f", href="/2"),
    ]
    passed, failed = (float(one.attrib["height"]) for one in read(draw_timeline(two, "w")).iter("rect"))
    assert failed > passed


def test_the_top_of_an_axis_is_round():
    assert [nice_top(one) for one in (0, 0.013, 0.2, 3, 12, 700)] == [1, 0.02, 0.2, 5, 20, 1000]
