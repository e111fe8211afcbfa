"""An audit as tables on a terminal."""

import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Column, Table
from rich.text import Text

from .._core.headers import visible
from ..auditing import Change, Finding, Line, Row, describe
from .changes import describe as describe_changes
from .changes import differences, effect_of, group, summary
from .markdown import NO_ROUTES, ROUTE_HEADS
from .streams import write

WIDTH = 140
"""Columns of a table that is not written to a terminal, as in a CI log."""

DITTO = '"'
"""Shown for origins, permissions and a source that equal those of the line above."""

STYLES = {"error": "bold red", "warning": "yellow", "info": "blue"}
"""The style of each severity."""

GAIN, LOSS = "green", "red"


def print_tables(
    rows: Sequence[Row], findings: Sequence[Finding], console: Console | None = None
) -> None:
    """Print all routes, and the findings.

    :param console: takes the output instead of standard output.
    """
    with _writing(console) as console:
        console.print(_routes(rows, console.width) if rows else NO_ROUTES)
        _print_findings(console, findings)
        console.print(_count(findings))


def print_changes(
    changes: Sequence[Change], findings: Sequence[Finding], console: Console | None = None
) -> None:
    """Print the changes since an earlier audit, and the new findings.

    :param console: takes the output instead of standard output.
    """
    with _writing(console) as console:
        console.print(_text(summary(changes, findings)))
        for its in group(changes):
            console.print()
            console.print(_group(its))
        if findings:
            console.print()
            _print_findings(console, findings)


@contextmanager
def _writing(console: Console | None) -> Generator[Console]:
    """Return the console, or one that is written to standard output at the end."""
    if console is not None:
        yield console
        return
    console = make_console()
    with console.capture() as captured:
        yield console
    write(captured.get())


def _print_findings(console: Console, findings: Sequence[Finding]) -> None:
    found = Table.grid(padding=(0, 1))
    for finding in findings:
        severity = Text(finding.severity, STYLES[finding.severity])
        where = Text.assemble((visible(finding.code), "bold"), f"  {visible(finding.where)}")
        found.add_row(severity, where)
        found.add_row("", _text(finding.message))
    console.print(found)


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


def _group(changes: Sequence[Change]) -> Group:
    """Return routes with the same change, below each other, and the change below them."""
    effect, cookies = effect_of(changes[0])
    style = "bold red" if effect == "wider" else "bold"
    table = Table.grid(Column(width=1), Column(overflow="fold"), padding=(0, 1, 0, 0))
    lines = [_text(route, "cyan") for route in describe_changes(changes)]
    lines += [_text(line, GAIN if line[0] == "+" else LOSS) for line in differences(changes[0])]
    for line in lines:
        table.add_row("", line)
    head = _text(effect.upper() if effect == "wider" else effect, style)
    return Group(head.append(cookies and f", {cookies}"), table)


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
