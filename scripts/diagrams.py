"""Draw the sequence diagrams of the documentation from exchanges that really took place.

Each brings its own background, so that it is legible on light and on dark pages.
"""

from http import HTTPStatus
from pathlib import Path
from xml.etree import ElementTree as ET

from wsgicors._core.headers import Header
from wsgicors.testing import Exchange

from .exchanges import SCENES, Scene, record

PICTURES = Path(__file__).parent.parent / "docs" / "figures" / "diagrams"

WIDTH = 760
"""Units of a picture, which scales; so are the other lengths."""
LEFT, RIGHT = 32, 728
"""Where the browser's and the server's lifeline stand."""
LINE = 19
INDENT = 16
"""Between a lifeline and what is written beside it."""

SHOWN = {"authorization", "content-type", "cookie", "etag", "location", "origin", "set-cookie"}
"""Headers that matter beside those of CORS, in requests. What every request has is left out."""

STYLE = """
svg { --ground: #ffffff; --frame: #d0d7de; --ink: #1f2328; --soft: #59636e; --line: #8c959f;
      --cors: #0969da; --yes: #1a7f37; --no: #cf222e; --mark: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #161b22; --frame: #3d444d; --ink: #f0f6fc; --soft: #9198a1; --line: #7d8590;
        --cors: #58a6ff; --yes: #3fb950; --no: #f85149; --mark: #161b22; }
}
text { fill: var(--ink); font: 13px system-ui, sans-serif; }
.ground { fill: var(--ground); stroke: var(--frame); }
.end { font-weight: 600; font-size: 14px; }
.soft { fill: var(--soft); }
.message { font: 600 13px ui-monospace, "DejaVu Sans Mono", monospace; }
.header { font: 12.5px ui-monospace, "DejaVu Sans Mono", monospace; }
.cors { fill: var(--cors); }
.lifeline { stroke: var(--line); stroke-width: 2; }
.shaft { stroke: var(--ink); stroke-width: 1.5; fill: none; }
.preflight { stroke-dasharray: 6 4; }
.barb { fill: var(--ink); }
.yes { fill: var(--yes); } .no { fill: var(--no); }
.mark { stroke: var(--mark); stroke-width: 2; fill: none; }
"""


class Picture:
    """One diagram, drawn from top to bottom."""

    def __init__(self, title: str) -> None:
        self.svg = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
        self.title = ET.SubElement(self.svg, "title")
        self.title.text = title
        self.described = ET.SubElement(self.svg, "desc")
        self.words: list[str] = []
        ET.SubElement(self.svg, "style").text = STYLE
        frame = {"x": "0.5", "y": "0.5", "rx": "8", "class": "ground"}
        self.ground = ET.SubElement(self.svg, "rect", frame, width=f"{WIDTH - 1}")
        self.y = 28.0
        self._begun = 0.0
        self._ends: tuple[str, str] | None = None

    def add(self, exchange: Exchange) -> None:
        """Draw a request and its answer."""
        ends = exchange.page, exchange.url.origin
        if ends != self._ends:
            self.close()
            self._open(*ends)
        kind = exchange.kind
        title = f"{exchange.method} {exchange.url.target}"
        self._arrow(True, kind, title, [line for line in exchange.request_headers if _asks(line)])
        status = HTTPStatus(exchange.response.status)
        title = f"{status.value} {status.phrase}"
        self._arrow(
            False, kind, title, [line for line in exchange.response.headers if _tells(line)]
        )

    def verdict(self, words: str, is_allowed: bool) -> None:
        """Say at the browser's lifeline what it makes of the answer."""
        self.y += 6
        at = self.y
        circle = {"cx": f"{LEFT}", "cy": f"{at}", "r": "10", "class": "yes" if is_allowed else "no"}
        ET.SubElement(self.svg, "circle", circle)
        tick, cross = f"M{LEFT - 5} {at}l4 4l6 -8", f"M{LEFT - 4} {at - 4}l8 8m0 -8l-8 8"
        ET.SubElement(self.svg, "path", {"class": "mark", "d": tick if is_allowed else cross})
        self._write(LEFT + INDENT, at + 4.5, words, "yes" if is_allowed else "no")
        self.words.append(words)
        self.y += 2 * LINE

    def close(self) -> None:
        """End the lifelines that have begun."""
        if self._ends:
            for x in (LEFT, RIGHT):
                line = {"class": "lifeline", "x1": f"{x}", "x2": f"{x}"}
                drawn = ET.Element("line", line, y1=f"{self._begun:g}", y2=f"{self.y - LINE:g}")
                self.svg.insert(list(self.svg).index(self.ground) + 1, drawn)
            self.y += 6

    def finish(self) -> str:
        """Return the whole picture."""
        self.close()
        height = self.y - LINE + 6
        self.ground.set("height", f"{height - 1:g}")
        self.svg.set("viewBox", f"0 0 {WIDTH} {height:g}")
        self.described.text = ". ".join(self.words)
        ET.indent(self.svg)
        return ET.tostring(self.svg, encoding="unicode") + "\n"

    def _open(self, page: str, server: str) -> None:
        self._write(LEFT - 12, self.y, "Browser", "end")
        self._write(LEFT - 12, self.y + LINE, f"with a page of {page}", "soft")
        self._write(RIGHT + 12, self.y, "Server", "end", "end")
        self._write(RIGHT + 12, self.y + LINE, server, "soft", "end")
        self.words.append(f"A browser with a page of {page}, and the server {server}")
        self._begun = self.y + LINE + 10
        self.y = self._begun + LINE + 4
        self._ends = page, server

    def _arrow(self, goes_out: bool, kind: str, title: str, headers: list[Header]) -> None:
        start, tip, towards = (LEFT, RIGHT, 1) if goes_out else (RIGHT, LEFT, -1)
        x, anchor = start + INDENT * towards, "start" if goes_out else "end"
        label = self._write(x, self.y, title, "message", anchor)
        if goes_out and kind == "preflight":
            ET.SubElement(label, "tspan", {"class": "soft", "dx": "10"}).text = "preflight"
        y = self.y + 9
        shaft = {"class": f"shaft {kind}", "d": f"M{start + towards} {y:g}H{tip - 8 * towards}"}
        ET.SubElement(self.svg, "path", shaft)
        barb = f"M{tip - towards} {y:g}l{-10 * towards} -5v10z"
        ET.SubElement(self.svg, "path", {"class": "barb", "d": barb})
        self.y = y + LINE
        for name, value in headers:
            style = "header cors" if _is_cors(name) else "header"
            self._write(x, self.y, f"{name}: {value}", style, anchor)
            self.y += LINE
        lines = "; ".join(": ".join(line) for line in headers)
        kind = "preflight " if goes_out and kind == "preflight" else ""
        self.words.append(f"{'Request' if goes_out else 'Answer'}: {kind}{title}, {lines}")
        self.y += 8

    def _write(self, x: float, y: float, text: str, kind: str, anchor: str = "start") -> ET.Element:
        place = {"x": f"{x:g}", "y": f"{y:g}", "class": kind, "text-anchor": anchor}
        element = ET.SubElement(self.svg, "text", place)
        element.text = text
        return element


def _is_cors(name: str) -> bool:
    return name.lower().startswith("access-control-") or name.lower() == "origin"


def _asks(header: Header) -> bool:
    name = header[0].lower()
    return _is_cors(name) or name in SHOWN or name.startswith("x-")


def _tells(header: Header) -> bool:
    name = header[0].lower()
    return name != "content-type" and (_asks(header) or name == "vary")


def draw(scene: Scene) -> str:
    """Play a scene, and return the picture of it as SVG."""
    picture = Picture(scene.title)
    for recorded in record(scene):
        for exchange, following in zip(recorded.exchanges, recorded.exchanges[1:], strict=False):
            picture.add(exchange)
            picture.verdict(_goes_on(exchange, following), True)
        picture.add(recorded.exchanges[-1])
        picture.verdict(recorded.outcome, recorded.is_allowed)
    return picture.finish()


def _goes_on(exchange: Exchange, following: Exchange) -> str:
    """Say what the browser found, given that it went on."""
    if exchange.kind == "preflight":
        names = exchange.request_header("Access-Control-Request-Headers")
        headers = f" with {names.replace(',', ', ')}" if names else ""
        return f"The origin is admitted, and {following.method}{headers} is allowed: send it"
    return f"The redirect passes the CORS check too: follow it to {following.url}"


def main() -> None:
    """Write all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        path = PICTURES / f"{scene.name}.svg"
        path.write_text(draw(scene), "utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
