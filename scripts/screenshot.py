"""Draw what ``wsgicors audit`` prints for the shop of the examples, as a picture for the docs.

The picture brings its own dark background, so it is legible on a light page and on a dark one.
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from wsgicors.auditing.about import VARIABLES

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "figures" / "audit.svg"
COMPARISON = ROOT / "docs" / "figures" / "audit-diff.txt"
WIDTH = 100
"""Columns of the terminal, which a page of the documentation can show."""


NARROW = 'allow_origins=["https://depot.partners.example"]'
WIDE = 'allow_origins="https://*.partners.example", accept_risks="subdomains-with-credentials"'
"""What a view of the shop allows, and what it allows in the example of a comparison."""


def draw() -> str:
    """Return what the command prints for the shop, as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    console.print(Text("$ wsgicors audit --app shop:app", "bold"))
    console.print(Text.from_ansi(_audit(str(ROOT / "examples"), FORCE_COLOR="1", COLORTERM="")))
    svg = console.export_svg(title="Who may read what", unique_id="audit")
    # It would load a font from another host; any monospaced one does.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def compare() -> str:
    """Return what the command prints after one view of the shop was opened up."""
    shop = (ROOT / "examples" / "shop.py").read_text("utf-8")
    with TemporaryDirectory() as folder:
        old = Path(folder, "old.json")
        Path(folder, "shop.py").write_text(shop, "utf-8")
        old.write_text(_audit(folder, "--format", "json"), "utf-8")
        Path(folder, "shop.py").write_text(shop.replace(NARROW, WIDE), "utf-8")
        return _audit(folder, "--diff", str(old))


def _audit(folder: str, *options: str, **variables: str) -> str:
    command = [str(Path(sys.executable).with_name("wsgicors")), "audit", "--app", "shop:app"]
    environ = {**os.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color", **variables}
    environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    for name in (*VARIABLES, "NO_COLOR"):
        environ.pop(name, None)
    run = subprocess.run(
        [*command, *options], cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    return "".join(f"{line.rstrip()}\n" for line in run.stdout.splitlines())


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
    COMPARISON.write_text(compare(), "utf-8")
    print(f"wrote {PICTURE} and {COMPARISON}")
