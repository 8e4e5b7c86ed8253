from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.figures import Scatter
from benchmarks.scatter import NAME_PITCH, scatter_svg

SVG = "{http://www.w3.org/2000/svg}"
PLOT = Scatter(
    title="A & B",
    across="misses, %",
    up="worst, %",
    points=(("other", 20.0, 80.0), ("Rookery", 10.0, 40.0), ("near", 11.0, 40.5)),
)


@pytest.fixture
def drawing() -> ElementTree.Element:
    return ElementTree.fromstring(scatter_svg(PLOT))


def test_every_point_has_a_dot_further_right_and_up_the_larger_it_is(drawing: ElementTree.Element) -> None:
    other, ours, _ = list(drawing.iter(f"{SVG}circle"))
    assert float(other.attrib["cx"]) > float(ours.attrib["cx"])
    assert float(other.attrib["cy"]) < float(ours.attrib["cy"])  # downwards in SVG


def test_ours_stands_out(drawing: ElementTree.Element) -> None:
    assert [dot.attrib["class"] for dot in drawing.iter(f"{SVG}circle")] == ["other", "ours", "other"]


def test_names_do_not_stand_on_each_other(drawing: ElementTree.Element) -> None:
    named = {text.text: float(text.attrib["y"]) for text in drawing.iter(f"{SVG}text") if "y" in text.attrib}
    assert abs(named["near"] - named["Rookery"]) >= NAME_PITCH - 0.1


def test_axes_and_title_say_what_is_shown(drawing: ElementTree.Element) -> None:
    said = {text.text for text in drawing.iter(f"{SVG}text")}
    assert {"A & B", "misses, %", "worst, %"} <= said


def test_who_cannot_see_it_is_told_the_numbers() -> None:
    assert 'aria-label="A &amp; B: other 20, 80, Rookery 10, 40, near 11, 40.5"' in scatter_svg(PLOT)
