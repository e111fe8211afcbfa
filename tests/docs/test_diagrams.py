"""The diagrams of the documentation are current, complete and legible."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from scripts.diagrams import PICTURES, STYLE, WIDTH, draw
from scripts.exchanges import SCENES, record

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "how-a-browser-decides.md"
SVG = "{http://www.w3.org/2000/svg}"
LETTER = 8
"""The width of the widest letter of the largest type, in units."""
TYPE = 13
"""The height of a line of that type, in units."""

each_scene = pytest.mark.parametrize("scene", [pytest.param(s, id=s.name) for s in SCENES])


def committed(scene):
    return (PICTURES / f"{scene.name}.svg").read_text("utf-8")


def texts(scene):
    return list(ET.fromstring(committed(scene)).iter(f"{SVG}text"))


@each_scene
def test_a_diagram_is_current(scene):
    assert committed(scene) == draw(scene), "run python -m scripts.diagrams"


def test_there_are_no_other_diagrams():
    assert {path.stem for path in PICTURES.iterdir()} == {scene.name for scene in SCENES}


@each_scene
def test_every_message_is_shown_with_its_headers(scene):
    shown = [text.text for text in texts(scene)]
    for recorded in record(scene):
        for exchange in recorded.exchanges:
            assert f"{exchange.method} {exchange.url.target}" in shown
            for name, value in [*exchange.request_headers, *exchange.response.headers]:
                if name.startswith("Access-Control-") or name in {"Origin", "Cookie", "Location"}:
                    assert f"{name}: {value}" in shown
        assert recorded.outcome in shown


@each_scene
def test_every_header_that_is_shown_was_sent(scene):
    exchanges = [exchange for recorded in record(scene) for exchange in recorded.exchanges]
    sent = {
        f"{name}: {value}"
        for exchange in exchanges
        for name, value in [*exchange.request_headers, *exchange.response.headers]
    }
    shown = {text.text for text in texts(scene) if "header" in text.get("class")}
    assert shown <= sent


@each_scene
def test_text_is_neither_clipped_nor_overlapping(scene):
    boxes = []
    for text in texts(scene):
        words = "".join(text.itertext())
        width = LETTER * len(words)
        x = float(text.get("x"))
        left = x - width if text.get("text-anchor") == "end" else x
        assert left >= 0, words
        assert left + width <= WIDTH, words
        boxes.append((left, left + width, float(text.get("y")), words))
    for number, (left, right, y, words) in enumerate(boxes):
        for other_left, other_right, other_y, other in boxes[number + 1 :]:
            apart = right < other_left or other_right < left or abs(y - other_y) >= TYPE
            assert apart, (words, other)


@each_scene
def test_a_diagram_is_on_the_page_with_a_description_in_words(scene):
    (alternative,) = re.findall(
        rf"^```\{{figure\}} \.\./figures/diagrams/{scene.name}\.svg\n:alt: (.+)$",
        PAGE.read_text("utf-8"),
        re.MULTILINE,
    )
    assert len(alternative.split()) > 10
    svg = ET.fromstring(committed(scene))
    assert svg.findtext(f"{SVG}title") == scene.title
    described = svg.findtext(f"{SVG}desc")
    for text in texts(scene):
        if "header" in text.get("class"):
            assert text.text in described


def test_every_colour_has_a_variant_for_dark_pages():
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    named, again = (set(re.findall(r"(--[a-z]+):", part)) for part in (light, dark))
    assert named == again == set(re.findall(r"var\((--[a-z]+)\)", STYLE))
