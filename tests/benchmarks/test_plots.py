from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.figures import Chart
from benchmarks.plots import ROW, TOP, shown, svg, widths

SVG = "{http://www.w3.org/2000/svg}"
CHART = Chart(
    title="A & B", unit="ms", bars=(("raw list", 1.0), ("added by Rookery", 4.0), ("less than nothing", -2.0))
)


@pytest.fixture
def drawing() -> ElementTree.Element:
    return ElementTree.fromstring(svg(CHART))


def test_a_plot_has_a_bar_for_each_value_in_proportion(drawing: ElementTree.Element) -> None:
    raw, ours, none = [float(bar.attrib["width"]) for bar in drawing.iter(f"{SVG}rect")]
    assert ours == pytest.approx(4 * raw, abs=0.2)
    assert none == 0.0


def test_ours_stands_out_beside_others(drawing: ElementTree.Element) -> None:
    assert [bar.attrib["class"] for bar in drawing.iter(f"{SVG}rect")] == ["other", "ours", "other"]


def test_a_goal_is_a_tick_where_the_bar_should_end() -> None:
    chart = CHART.model_copy(update={"goals": {"added by Rookery": 8.0}})
    bars = list(ElementTree.fromstring(svg(chart)).iter(f"{SVG}rect"))
    ours, tick = bars[1], next(bar for bar in bars if bar.attrib["class"] == "goal")
    width = float(tick.attrib["x"]) - float(ours.attrib["x"])
    assert width == pytest.approx(2 * float(ours.attrib["width"]), abs=1.5)
    assert "goal" in svg(chart)


def test_nobody_stands_out_where_nobody_is_compared() -> None:
    alone = ElementTree.fromstring(svg(Chart(title="t", unit="s", bars=(("first word", 1.0), ("answer", 2.0)))))
    assert {bar.attrib["class"] for bar in alone.iter(f"{SVG}rect")} == {"ours"}


def test_a_plot_names_title_unit_labels_and_values(drawing: ElementTree.Element) -> None:
    texts = {text.text for text in drawing.iter(f"{SVG}text")}
    assert {"A & B (ms)", "raw list", "1", "added by Rookery", "4", "-2"} <= texts


def test_a_plot_can_be_read_in_the_dark_and_aloud(drawing: ElementTree.Element) -> None:
    style = drawing.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme: dark" in (style.text or "")
    assert "added by Rookery 4 ms" in drawing.attrib["aria-label"]


def test_nothing_is_drawn_outside_the_picture() -> None:
    long = Chart(title="t", unit="ms", bars=tuple((f"{'a very long name ' * 5}{n}", 10.0**n) for n in range(6)))
    picture = ElementTree.fromstring(svg(long))
    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])
    for bar in picture.iter(f"{SVG}rect"):
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) < width
        assert float(bar.attrib["y"]) + float(bar.attrib["height"]) <= height
    assert height > TOP + ROW * 5


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.02346, "0.0235"), (1.5, "1.5"), (99.96, "100"), (123.4, "123"), (12345.6, "12,346")],
)
def test_numbers_are_shown_with_the_digits_that_mean_something(value: float, text: str) -> None:
    assert shown(value) == text


def test_bars_of_nothing_have_no_width() -> None:
    assert widths([0.0, 0.0], 100) == [0.0, 0.0]


@pytest.mark.parametrize(("unit", "title"), [("ms", "A & B (ms)"), ("", "A & B")])
def test_what_has_no_unit_names_none(unit: str, title: str) -> None:
    drawn = ElementTree.fromstring(svg(CHART.model_copy(update={"unit": unit})))
    assert next(drawn.iter(f"{SVG}text")).text == title
