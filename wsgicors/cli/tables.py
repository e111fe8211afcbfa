"""An audit as tables on a terminal."""

import os
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..auditing import Change, Finding, Line, Row, describe
from .reports import difference_words, summary

WIDTH = 140
"""Columns where there is no terminal to ask, as in the log of a CI."""

DITTO = '"'
"""For a policy and a source that are those of the line above."""

STYLES = {"error": "bold red", "warning": "yellow", "info": "blue"}
"""How findings are told apart, beside their names."""


def print_tables(
    rows: Sequence[Row],
    findings: Sequence[Finding],
    changes: Sequence[Change] | None,
    console: Console | None = None,
) -> None:
    """Print all routes, or what changed, and the findings."""
    console = console or make_console()
    if changes is None:
        console.print(_routes(rows, console.width) if rows else summary(None))
    else:
        console.print(summary(changes))
        if changes:
            console.print(_changes(changes))
    found = Table.grid(padding=(0, 1))
    for finding in findings:
        severity = Text(finding.severity, STYLES[finding.severity])
        found.add_row(severity, Text.assemble((finding.code, "bold"), f"  {finding.where}"))
        found.add_row("", Text(finding.message))
    console.print(found)
    console.print(_count(findings))


def make_console() -> Console:
    """Make a console as wide as the terminal, or as is good to read."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH
    return console


def _routes(rows: Iterable[Row], width: int) -> Table:
    lines = describe(rows)
    table = _table("URL", "Methods", "Pages that may read", "and may also", "Decided by", "Code")
    # Words can wrap; URLs and origins are broken only where there is no room for them.
    origins = [reader for line in lines for reader in line.readers]
    table.columns[0].width = _needed([line.url for line in lines], width)
    table.columns[2].width = _needed(origins, width)
    table.columns[4].width = width // 6
    last: Line | None = None
    for line in lines:
        url = "" if last is not None and line.url == last.url else line.url
        same = last is not None and _policy(line) == _policy(last)
        cells = (
            (Text(DITTO, "dim"), "", "")
            if same
            else (_readers(line), _rights(line), Text(line.source))
        )
        table.add_row(Text(url, "cyan"), Text(line.methods), *cells, Text(line.place, "dim"))
        last = line
    return table


def _policy(line: Line) -> tuple[object, ...]:
    return line.readers, line.rights, line.source


def _readers(line: Line) -> Text:
    readers = Text("\n".join(line.readers))
    if not line.has_policy:
        readers.stylize("dim")
    elif line.readers == ["every page"]:
        readers.stylize("yellow")
    return readers


def _rights(line: Line) -> Text:
    rights = Text("\n".join(line.rights))
    rights.highlight_words(["cookies"], "bold")
    return rights


def _needed(texts: Iterable[str], width: int) -> int:
    """Return how wide the longest is, but a quarter of what there is at most."""
    return min(width // 4, max(map(len, texts), default=1))


def _changes(changes: Iterable[Change]) -> Table:
    table = _table("", "URL", "Methods", "Change", "Code")
    for change in changes:
        words = difference_words(change.differences)
        table.add_row(
            Text("WIDER", "bold red") if change.wider else "",
            Text(change.url, "cyan"),
            Text(change.methods),
            Text("\n").join(Text(word, "green" if word[0] == "+" else "red") for word in words),
            Text(change.place, "dim"),
        )
    return table


def _table(*heads: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _count(findings: Sequence[Finding]) -> str:
    counts = {name: sum(f.severity == name for f in findings) for name in STYLES}
    told = [f"{count} {name}" for name, count in counts.items() if count]
    return "Findings: " + (", ".join(told) or "none")
