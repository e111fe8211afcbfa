"""The picture: horizontal bars in two panels, as an SVG that brings its own background.

A page may be dark while the browser is light, and a picture in an ``<img>`` only learns of the
browser. On a background of its own it is legible either way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from xml.etree import ElementTree as ET

from .run import FLASK, RAW, Run
from .subjects import BARE, DECORATOR, DEFAULT, EXTENSION, MARK, MERGED, NOTHING
from .subjects import RAW as WSGICORS

WIDTH = 760
"""Units of the picture, which scales; so are the other lengths."""
MARGIN = 20
LABELS = 250
"""Room for what stands left of the bars."""
FIGURES = 70
"""Room for what stands right of them."""
LINE = 26
BAR = 16

STYLE = """
svg { --ground: #ffffff; --frame: #d0d7de; --ink: #1f2328; --soft: #59636e;
      --limit: #8c959f; --ours: #0969da; --theirs: #bc4c00; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #161b22; --frame: #3d444d; --ink: #f0f6fc; --soft: #9198a1;
        --limit: #7d8590; --ours: #4493f8; --theirs: #f0883e; }
}
text { fill: var(--ink); font: 13px system-ui, sans-serif; }
.title { font-weight: 600; font-size: 15px; }
.soft { fill: var(--soft); font-size: 12px; }
.ground { fill: var(--ground); stroke: var(--frame); }
.limit { fill: var(--limit); } .ours { fill: var(--ours); } .theirs { fill: var(--theirs); }
"""


@dataclass(frozen=True)
class Bar:
    """A subject, and the colour of whoever wrote it."""

    label: str
    group: str
    subject: str
    colour: str


@dataclass(frozen=True)
class Panel:
    """Bars on one scale."""

    title: str
    subtitle: str
    scenario: str
    base: str
    bars: Sequence[Bar]


CONTENDERS = [
    Bar("raw WSGI: written by hand", RAW, MERGED, "limit"),
    Bar("raw WSGI: wsgicors", RAW, WSGICORS, "ours"),
    Bar("Flask: wsgicors, default policy", FLASK, DEFAULT, "ours"),
    Bar("Flask: wsgicors, mark per view", FLASK, MARK, "ours"),
    Bar("Flask: Flask-CORS, extension", FLASK, EXTENSION, "theirs"),
    Bar("Flask: Flask-CORS, decorator", FLASK, DECORATOR, "theirs"),
]
PANELS = [
    Panel(
        "GET from an allowed origin",
        "microseconds on top of the same app without CORS",
        "GET, origin allowed",
        BARE,
        CONTENDERS,
    ),
    Panel(
        "Preflight from an allowed origin",
        "microseconds for the whole answer",
        "preflight granted",
        NOTHING,
        [*CONTENDERS, Bar("Flask: its own OPTIONS, no CORS", FLASK, BARE, "limit")],
    ),
]


def draw(runs: Sequence[Run]) -> str:
    """Draw the panels one above the other."""
    height = MARGIN + sum(LINE * (len(panel.bars) + 3) for panel in PANELS)
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "role": "img",
            "aria-label": "Time that CORS takes, by library",
        },
    )
    ET.SubElement(svg, "style").text = STYLE
    frame = {"x": "0.5", "y": "0.5", "rx": "8", "class": "ground"}
    ET.SubElement(svg, "rect", frame, width=str(WIDTH - 1), height=str(height - 1))
    top = MARGIN
    for panel in PANELS:
        _draw_panel(svg, panel, runs, top)
        top += LINE * (len(panel.bars) + 3)
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def _draw_panel(svg: ET.Element, panel: Panel, runs: Sequence[Run], top: int) -> None:
    _write(svg, MARGIN, top + 14, panel.title, "title")
    _write(svg, MARGIN, top + 33, panel.subtitle, "soft")
    costs = [_microseconds(runs, panel, bar) for bar in panel.bars]
    scale = (WIDTH - 2 * MARGIN - LABELS - FIGURES) / max(1, *costs)
    for number, (bar, cost) in enumerate(zip(panel.bars, costs, strict=True)):
        y = top + 46 + number * LINE
        _write(svg, MARGIN, y + 13, bar.label)
        length = max(1, cost * scale)
        shape = {"x": f"{MARGIN + LABELS}", "y": f"{y}", "height": f"{BAR}", "rx": "2"}
        ET.SubElement(svg, "rect", shape, width=f"{length:.1f}", **{"class": bar.colour})
        _write(svg, MARGIN + LABELS + length + 6, y + 13, f"{cost:.2f}")


def _microseconds(runs: Sequence[Run], panel: Panel, bar: Bar) -> float:
    costs = (run.over(bar.group, panel.scenario, bar.subject, panel.base) for run in runs)
    return median(cost.floor for cost in costs) / 1e3


def _write(svg: ET.Element, x: float, y: float, text: str, kind: str = "figure") -> None:
    element = ET.SubElement(svg, "text", {"x": f"{x:.1f}", "y": f"{y}", "class": kind})
    element.text = text
