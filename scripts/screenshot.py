"""Draw what ``wsgicors audit`` prints for the shop of the examples, as a picture for the docs.

The picture brings its own dark background, so it is legible on a light page and on a dark one.
"""

import io
import re
import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.text import Text

from wsgicors.auditing import Row, Survey, audit, diff, document, survey
from wsgicors.cli.terminal import print_tables

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "figures" / "audit.svg"
COMPARISON = ROOT / "docs" / "figures" / "audit-diff.txt"
WIDTH = 140
"""Columns of the terminal."""


WIDENED = ("/feeds/orders", "GET")
"""The route that lets more pages in, in the example of a comparison."""


def draw() -> str:
    """Return the picture as SVG."""
    console = _console()
    console.print(Text("$ wsgicors audit --app shop:app", "bold"))
    found = _survey()
    print_tables(found.rows, audit(found), None, console)
    svg = console.export_svg(title="Who may read what", unique_id="audit")
    # It would load a font from another host; any monospaced one does.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def compare() -> str:
    """Return what a comparison prints after one route was opened up, as text."""
    rows = _survey().rows
    wider = [_widen(row) if row[:2] == WIDENED else row for row in rows]
    console = _console()
    print_tables(wider, [], diff(document(rows), document(wider)), console)
    lines = console.export_text().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _widen(row: Row) -> Row:
    risk = "subdomains-with-credentials"
    assert row.policy is not None
    origins = "https://*.partners.example"
    return row._replace(policy=row.policy.derive(allow_origins=origins, accept_risks=risk))


def _survey() -> Survey:
    sys.path.insert(0, str(ROOT / "examples"))
    return survey(import_module("shop").app)


def _console() -> Console:
    return Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
    COMPARISON.write_text(compare(), "utf-8")
    print(f"wrote {PICTURE} and {COMPARISON}")
