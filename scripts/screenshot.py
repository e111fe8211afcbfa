"""Draw what the commands print for the examples, as pictures for the docs.

The pictures bring their own dark background, so they are legible on a light page and on a dark one.
"""

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from wsgicors.auditing.about import VARIABLES

ROOT = Path(__file__).parent.parent
EXAMPLES = str(ROOT / "examples")
FIGURES = ROOT / "docs" / "figures"
WIDTH = 100
"""Columns of the terminal, which a page of the documentation can show."""

COLOURS = {"FORCE_COLOR": "1", "COLORTERM": ""}

NARROW = 'allow_origins=["https://depot.partners.example"]'
WIDE = 'allow_origins="https://*.partners.example", accept_risks="subdomains-with-credentials"'
"""What a view of the shop allows, and what it allows in the example of a comparison."""

MESSAGE = (
    "Access to fetch at 'https://api.example/items' from origin 'https://app.example' has been "
    "blocked by CORS policy: Request header field x-request-id is not allowed by "
    "Access-Control-Allow-Headers in preflight response."
)


def draw(app: str = "shop", name: str = "audit") -> str:
    """Return what the audit prints for an example, as SVG."""
    command = ["wsgicors", "audit", "--app", f"{app}:app"]
    typed = f"$ {shlex.join(command)}"
    return _picture(name, "Who may read what", typed, _run(command, **COLOURS))


def draw_explanation() -> str:
    """Return how a message of the console is explained, as SVG."""
    command = ["wsgicors", "explain", "PUT", "--app", "flask_app:app", "--console", MESSAGE]
    typed = f'$ {" ".join(command[:-1])} \\\n  "{MESSAGE}"'
    return _picture("explain", "Why is it blocked?", typed, _run(command, status=1, **COLOURS))


def _picture(name: str, title: str, typed: str, printed: str) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    console.print(Text(typed, "bold"))
    console.print(Text.from_ansi(printed))
    svg = console.export_svg(title=title, unique_id=name)
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


def _audit(folder: str, *options: str) -> str:
    return _run(["wsgicors", "audit", "--app", "shop:app", *options], folder)


def _run(command: list[str], folder: str = EXAMPLES, status: int = 0, **variables: str) -> str:
    """Return what a command of this environment prints."""
    environ = {**os.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color", **variables}
    environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    for name in (*VARIABLES, "NO_COLOR"):
        environ.pop(name, None)
    program = str(Path(sys.executable).with_name(command[0]))
    run = subprocess.run(
        [program, *command[1:]], cwd=folder, env=environ, capture_output=True, text=True
    )
    if run.returncode != status:
        raise RuntimeError(f"{command} exited with {run.returncode}: {run.stderr}")
    return "".join(f"{line.rstrip()}\n" for line in run.stdout.splitlines())


if __name__ == "__main__":
    for file, text in (
        ("audit.svg", draw()),
        ("audit-items.svg", draw("items", "audit-items")),
        ("audit-diff.txt", compare()),
        ("explain.svg", draw_explanation()),
    ):
        (FIGURES / file).write_text(text, "utf-8")
        print(f"wrote {FIGURES / file}")
