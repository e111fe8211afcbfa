"""An audit as tables on a terminal."""

import os
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .._core.headers import visible
from ..auditing import Change, Finding, Line, Row, describe
from .markdown import CHANGE_HEADS, ROUTE_HEADS, difference_words, summary
from .streams import write

WIDTH = 140
"""Columns of a table that is not written to a terminal, as in a CI log."""

DITTO = '"'
"""Shown for origins, permissions and a source that equal those of the line above."""

STYLES = {"error": "bold red", "warning": "yellow", "info": "blue"}
"""The style of each severity."""


def print_tables(
    rows: Sequence[Row],
    findings: Sequence[Finding],
    changes: Sequence[Change] | None,
    console: Console | None = None,
) -> None:
    """Print all routes, or the changes, and the findings.

    :param console: takes the output instead of standard output.
    """
    if console is not None:
        return _print_tables(console, rows, findings, changes)
    console = make_console()
    with console.capture() as captured:
        _print_tables(console, rows, findings, changes)
    write(captured.get())
    return None


def _print_tables(
    console: Console,
    rows: Sequence[Row],
    findings: Sequence[Finding],
    changes: Sequence[Change] | None,
) -> None:
    if changes is None:
        console.print(_routes(rows, console.width) if rows else summary(None))
    else:
        console.print(summary(changes))
        if changes:
            console.print(_changes(changes))
    found = Table.grid(padding=(0, 1))
    for finding in findings:
        severity = Text(finding.severity, STYLES[finding.severity])
        where = Text.assemble((visible(finding.code), "bold"), f"  {visible(finding.where)}")
        found.add_row(severity, where)
        found.add_row("", _text(finding.message))
    console.print(found)
    console.print(_count(findings))


def make_console() -> Console:
    """Return a console as wide as the terminal, or :data:`WIDTH` columns without a terminal."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH
    return console


def _routes(rows: Iterable[Row], width: int) -> Table:
    lines = describe(rows)
    table = _table(ROUTE_HEADS)
    # Fixed widths keep URLs and origins in one piece where they fit; other texts can wrap.
    origins = [reader for line in lines if line.has_policy for reader in line.readers]
    table.columns[0].width = _width_for([line.url for line in lines], width)
    table.columns[2].width = _width_for([*origins, ROUTE_HEADS[2]], width)
    table.columns[4].width = width // 6
    last: Line | None = None
    for line in lines:
        url = "" if last is not None and line.url == last.url else line.url
        same = last is not None and _policy(line) == _policy(last)
        cells = (
            (Text(DITTO, "dim"), "", "")
            if same
            else (_readers(line), _rights(line), _text(line.source))
        )
        table.add_row(_text(url, "cyan"), _text(line.methods), *cells, _text(line.place, "dim"))
        last = line
    return table


def _policy(line: Line) -> tuple[object, ...]:
    return line.readers, line.rights, line.source


def _readers(line: Line) -> Text:
    readers = Text("\n".join(map(visible, line.readers)))
    if not line.has_policy:
        readers.stylize("dim")
    elif line.readers == ["every origin"]:
        readers.stylize("yellow")
    return readers


def _rights(line: Line) -> Text:
    rights = Text("\n".join(map(visible, line.rights)))
    rights.highlight_words(["cookies"], "bold")
    return rights


def _width_for(texts: Iterable[str], width: int) -> int:
    """Return the width of the longest text, but at most a quarter of the table's."""
    return min(width // 4, max(map(len, texts), default=1))


def _changes(changes: Iterable[Change]) -> Table:
    table = _table(CHANGE_HEADS)
    for change in changes:
        words = difference_words(change.differences)
        table.add_row(
            Text("WIDER", "bold red") if change.wider else "",
            _text(change.url, "cyan"),
            _text(change.methods),
            Text("\n").join(_text(word, "green" if word[0] == "+" else "red") for word in words),
            _text(change.place, "dim"),
        )
    return table


def _text(text: str, style: str = "") -> Text:
    """Return a text in which nothing is an escape sequence or markup."""
    return Text(visible(text), style)


def _table(heads: Iterable[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _count(findings: Sequence[Finding]) -> str:
    counts = {name: sum(f.severity == name for f in findings) for name in STYLES}
    parts = [f"{count} {name}" for name, count in counts.items() if count]
    return "Findings: " + (", ".join(parts) or "none")
