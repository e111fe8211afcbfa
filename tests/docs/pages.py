"""Links and anchors of pages in HTML and Markdown, and the rows of tables."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

ADDRESSES = frozenset({"action", "data", "href", "poster", "src"})
"""HTML attributes that contain an address."""


class Page(NamedTuple):
    """The links and the anchors of a page."""

    links: frozenset[str] = frozenset()
    anchors: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    """The anchors of Python objects that the page describes."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.objects: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value is not None}
        self.links.update(value for name, value in found.items() if name in ADDRESSES)
        if "id" in found:
            self.anchors.add(found["id"])
            if "sig-object" in found.get("class", "").split():
                self.objects.add(found["id"])


def read_page(path: Path) -> Page:
    """Read an HTML page."""
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    reader.close()
    return Page(frozenset(reader.links), frozenset(reader.anchors), frozenset(reader.objects))


def read_markdown(path: Path) -> Page:
    """Read a Markdown page as GitHub shows it: its headings are anchors."""
    parser = MarkdownIt().enable("table").use(anchors_plugin, max_level=6)
    links: set[str] = set()
    anchors: set[str] = set()
    for block in parser.parse(path.read_text("utf-8")):
        if block.type == "heading_open":
            anchors.add(str(block.attrs["id"]))
        for token in block.children or ():
            links.update(str(token.attrs[name]) for name in ADDRESSES if name in token.attrs)
    return Page(frozenset(links), frozenset(anchors))


def rows(path: Path, heading: str = "") -> list[list[str]]:
    """Return the cells of every table row that starts with code; the first without backticks.

    :param heading: the section to look in, in place of the whole page.
    """
    text = path.read_text("utf-8")
    if heading:
        text = re.split(r"^## ", text.partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]
    found = re.findall(r"^\| \[?`(.+?)`(?:\]\(.*?\))? \| (.+) \|$", text, re.MULTILINE)
    return [[first, *rest.split(" | ")] for first, rest in found]
