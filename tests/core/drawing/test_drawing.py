"""Pictures are well-formed, harmless and of the size that they say, whatever is put into them."""

import re
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.drawing import legend
from app.core.drawing.over_time import Bar, Scale, Spot, draw_band, draw_bars, nice_top
from app.core.drawing.small import draw_days, draw_history, draw_interval
from app.core.drawing.timeline import MOST_ROWS, Mark, draw_timeline
from app.core.model import Outcome, Verdict

BOX = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z")
START = datetime(2026, 1, 1, tzinfo=UTC)

texts = st.text(max_size=40)
numbers = st.floats()
days = st.dates() | st.integers(0, 400).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
bars = st.builds(Bar, day=days, value=st.none() | numbers, words=texts)
spots = st.builds(Spot, day=days, value=numbers, low=numbers, high=numbers, words=texts)
marks = st.builds(
    Mark,
    at=st.datetimes(timezones=st.just(UTC)),
    commit=texts,
    run_id=st.integers(1, 20),
    run_attempt=st.integers(1, 3),
    ordinal=st.integers(1, 3),
    variant=texts,
    outcome=st.sampled_from(Outcome),
    href=texts,
)


def read(text, *, role="img"):
    """Parse a picture, and look at what holds for all of them."""
    root = ET.fromstring(text)
    assert root.attrib["role"] == role
    assert root[0].tag == "title"
    width, height = (float(one) for one in root.attrib["viewBox"].split()[2:])
    assert (root.attrib["width"], root.attrib["height"]) == (f"{width:.0f}", f"{height:.0f}")
    for one in root.iter():
        assert one.tag in {"svg", "title", "rect", "path", "polyline", "polygon", "circle", "text", "a"}
        assert not {"style", "fill", "id"} & one.attrib.keys()
        assert not any(name.startswith("on") for name in one.attrib)
        for x, y in corners(one):
            assert -0.1 <= x <= width + 0.1, (one.tag, one.attrib)
            assert -0.1 <= y <= height + 0.1, (one.tag, one.attrib)
    assert not re.search(r'(?:x|y|width|height|points|d)="[^"]*\.\d\d', text)
    return root


def corners(one):
    """Return where a shape is, and where it ends."""
    at = {name: float(one.attrib[name]) for name in ("x", "y", "cx", "cy", "width", "height") if name in one.attrib}
    match one.tag:
        case "rect":
            return [(at["x"], at["y"]), (at["x"] + at["width"], at["y"] + at["height"])]
        case "circle":
            return [(at["cx"] - 2.5, at["cy"] - 2.5), (at["cx"] + 2.5, at["cy"] + 2.5)]
        case "text":
            return [(at["x"], at["y"])]
        case "polyline" | "polygon":
            return [tuple(map(float, pair.split(","))) for pair in one.attrib["points"].split()]
        case "path":
            return [edge for x, y, w, h in boxes_of(one) for edge in ((x, y), (x + w, y + h))]
        case _:
            return []


def boxes_of(path):
    """Return the rectangles of a path, and see that there is nothing else in it."""
    assert re.fullmatch(rf"({BOX.pattern})+", path.attrib["d"]), path.attrib["d"]
    return [tuple(map(float, one)) for one in BOX.findall(path.attrib["d"])]


def boxes_by_outcome(root):
    return [(one.attrib["class"], box) for one in root.iter("path") for box in boxes_of(one)]


def day(number):
    return date(2026, 1, 5) + timedelta(days=number)


def bar(number, value=1.0):
    return Bar(day=day(number), value=value, words="w")


def spot(week):
    return Spot(day=day(7 * week), value=0.2, low=0.1, high=0.3, words="w")


def mark(sha, run, attempt, outcome, *, ordinal=1, variant="linux"):
    return Mark(
        at=START + timedelta(hours=run),
        commit=sha,
        run_id=run,
        run_attempt=attempt,
        ordinal=ordinal,
        variant=variant,
        outcome=outcome,
        href=f"/runs/{run}",
    )


PASSED, FAILED, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED


@given(st.lists(bars, max_size=60), texts, st.none() | st.tuples(days, days).map(sorted).map(tuple))
def test_bars_stay_in_their_picture(bars, words, days):
    largest = max((one.value or 0 for one in bars), default=0)
    root = read(draw_bars(bars, Scale(top=nice_top(largest), words="x"), words, days=days))
    inside = [one for one in bars if days is None or days[0] <= one.day <= days[1]]
    assert len(root.findall("rect")) == sum(one.value is not None for one in inside)


@given(st.lists(spots, max_size=60), texts)
def test_every_week_has_a_point(spots, words):
    spots.sort(key=lambda one: one.day)
    root = read(draw_band(spots, Scale(top=1.0, words="100%"), words))
    assert len(root.findall("circle")) == len(spots)


@given(numbers, numbers, numbers, texts)
def test_an_interval_is_drawn_on_its_line(rate, low, high, words):
    read(draw_interval(rate, low, high, words))


@given(st.lists(st.sampled_from(Verdict), max_size=60), texts)
def test_each_run_of_a_history_has_its_bar(verdicts, words):
    assert len(read(draw_history(verdicts, words)).findall("rect")) == len(verdicts)


@given(st.lists(st.tuples(days, numbers), max_size=60), st.tuples(days, days).map(sorted).map(tuple), numbers, texts)
def test_each_day_of_a_small_trend_has_its_bar(values, asked, top, words):
    root = read(draw_days(values, asked, top, words))
    inside = [day for day, _ in values if asked[0] <= day <= asked[1]]
    assert len([one for one in root.findall("rect") if one.get("class").startswith("bar")]) == len(inside)


@given(st.lists(marks, max_size=60), texts)
def test_a_timeline_draws_what_strangers_call_things(marks, words):
    root = read(draw_timeline(marks, words), role="group")
    rows = list(dict.fromkeys(one.variant for one in marks))[:MOST_ROWS]
    told = [one for one in marks if one.variant in rows]
    assert len(boxes_by_outcome(root)) == len(told)
    assert len(root.findall("a")) == len({(one.commit, one.run_id) for one in told})


@given(numbers)
def test_the_top_of_an_axis_is_above_what_stands_under_it(largest):
    top = nice_top(largest)
    assert top > 0
    assert not largest < float("inf") or top >= largest


def test_the_top_of_an_axis_is_round():
    assert [nice_top(one) for one in (0, 0.013, 0.2, 3, 12, 700)] == [1, 0.02, 0.2, 5, 20, 1000]


def test_a_day_on_which_nothing_ran_leaves_its_place_empty():
    two = read(draw_bars([bar(0), bar(3)], Scale(top=1, words="1"), "w")).findall("rect")
    four = read(draw_bars([bar(0), bar(1), bar(2), bar(3)], Scale(top=1, words="1"), "w")).findall("rect")
    assert [one.attrib["x"] for one in two] == [four[0].attrib["x"], four[3].attrib["x"]]


def test_a_picture_of_given_days_is_as_long_whatever_it_shows():
    one = read(draw_bars([bar(29)], Scale(top=1, words="1"), "w", days=(day(0), day(29))))
    assert float(one.find("rect").attrib["x"]) > 575
    assert [label.text for label in one.findall("text")] == ["1", "Jan 5", "Feb 3"]


def test_a_day_with_nothing_is_not_a_day_without_runs():
    none, nothing = (
        read(draw_bars([bar(0, value)], Scale(top=1, words="1"), "w")).findall("rect") for value in (None, 0.0)
    )
    assert none == []
    assert nothing[0].attrib["height"] == "1"


def test_a_week_that_is_missing_interrupts_the_line():
    root = read(draw_band([spot(0), spot(1), spot(3), spot(4), spot(6)], Scale(top=1, words="1"), "w"))
    lines = [one for one in root.findall("polyline") if "line" in one.attrib["class"]]
    spans = [one for one in root.findall("polyline") if "span" in one.attrib["class"]]
    assert [len(one.attrib["points"].split()) for one in lines] == [2, 2]
    assert len(spans) == 1


def test_what_failed_is_taller_than_what_passed_and_that_than_what_was_skipped():
    three = [mark("a", 1, 1, FAILED), mark("b", 2, 1, PASSED), mark("c", 3, 1, SKIPPED)]
    heights = [box[3] for _, box in boxes_by_outcome(read(draw_timeline(three, "w"), role="group"))]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == 3


def test_attempts_of_a_commit_stand_side_by_side_where_it_ran_first():
    told = [
        mark("aaa", 1, 1, FAILED),
        mark("bbb", 2, 1, PASSED),
        mark("aaa", 1, 2, FAILED),
        mark("aaa", 1, 2, PASSED, ordinal=2),
        mark("ccc", 3, 1, PASSED),
    ]
    root = read(draw_timeline(told, "w"), role="group")
    drawn = sorted((box[0], outcome) for outcome, box in boxes_by_outcome(root))
    assert [outcome for _, outcome in drawn] == ["failed", "failed", "passed", "passed", "passed"]
    assert [one.find("title").text.partition("UTC, ")[2] for one in root.findall("a")] == [
        "attempt 1: 1 failed; attempt 2: 1 failed, 1 passed",
        "attempt 1: 1 passed",
        "attempt 1: 1 passed",
    ]
    [ground] = root.findall("rect")
    assert ground.attrib["class"] == "ground flaky"
    assert ground.find("title").text == "aaa: 3 executions, failed and passed"


def test_variants_that_differ_are_no_flake():
    told = [
        mark("aaa", 1, 1, FAILED),
        mark("aaa", 1, 1, PASSED, variant="mac"),
        mark("aaa", 1, 2, FAILED),
        mark("aaa", 1, 2, SKIPPED),
    ]
    root = read(draw_timeline(told, "w"), role="group")
    assert [one.attrib["class"] for one in root.findall("rect")] == ["ground"]
    assert [one.text for one in root.findall("text")] == ["linux", "mac", "Jan 1"]


@pytest.mark.attack("payloads")
@pytest.mark.parametrize(
    "text", ["</title><script>alert(1)</script>", '" onload="alert(1)', "\x00\ud800\ufffe", "]]>&lt;"]
)
def test_what_strangers_wrote_stays_text(text):
    evil = mark(text, 1, 1, FAILED, variant=text)
    told = [
        evil,
        Mark(**{name: getattr(evil, name) for name in Mark.__slots__} | {"href": text, "run_attempt": 2}),
    ]
    root = read(draw_timeline(told, text), role="group")
    assert {one.tag for one in root.iter()} == {"svg", "title", "rect", "path", "text", "a"}
    assert all(set(one.attrib) == {"href", "tabindex"} for one in root.findall("a"))
    for drawn in (
        draw_bars([Bar(day=day(0), value=1, words=text)], Scale(top=1, words=text), text),
        draw_band([Spot(day=day(0), value=1, low=0, high=1, words=text)], Scale(top=1, words=text), text),
    ):
        read(drawn)


def test_five_hundred_executions_are_a_picture_that_can_be_sent():
    told = [
        mark(f"{run:040x}", run, 1, FAILED if run * row % 9 == 0 else PASSED, variant=f"{row}")
        for run in range(1, 126)
        for row in range(4)
    ]
    drawn = draw_timeline(told, "w")
    assert float(read(drawn, role="group").attrib["width"]) <= 1_105
    assert len(drawn) < 30_000


@pytest.mark.parametrize("name", ["FLAKED", "LOST", "RATES", "DURATIONS", "INTERVALS", "DAYS", "EXECUTIONS"])
def test_a_legend_says_in_words_what_each_shape_means_and_shapes_alone_tell_them_apart(name):
    entries = ET.fromstring(getattr(legend, name)).findall("span")
    assert all("".join(one.itertext()).strip() for one in entries)
    shapes = [[shape_of(drawn) for drawn in one.findall("svg/*")] for one in entries]
    if name != "EXECUTIONS":
        assert len({repr(one) for one in shapes}) == len(shapes)
    for one in entries:
        assert all(svg.attrib["aria-hidden"] == "true" for svg in one.findall("svg"))


def shape_of(drawn):
    """Return a shape without its colour."""
    return drawn.tag, {name: value for name, value in drawn.attrib.items() if name != "class"}


def test_what_an_execution_s_bar_means_is_told_by_its_height():
    entries = ET.fromstring(legend.EXECUTIONS).findall("span")[:3]
    heights = [float(BOX.fullmatch(one.find("svg/path").attrib["d"])[4]) for one in entries]
    assert heights[1] > heights[0] > heights[2]
