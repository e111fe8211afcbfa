"""Writes the output of the commands, as text that every terminal can show.

Flask imports this module for each of its own commands, so it needs only click when imported.
"""

import json
import sys

import click

from .._core.headers import visible


def write(text: str) -> None:
    """Write text to standard output, with escapes for what its encoding does not have."""
    encoding = sys.stdout.encoding or "utf-8"
    encodable = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(encodable, nl=False, color=True)  # rich has left out colours that are not wanted


def visible_lines(text: str) -> str:
    """Escape what a terminal would obey or not show, except the ends of lines."""
    return "\n".join(map(visible, text.split("\n")))


def json_text(document: object) -> str:
    """Return JSON in printable ASCII; what JSON does not know is shown as Python shows it."""
    return json.dumps(document, indent=2, default=repr).replace("\x7f", "\\u007f")
