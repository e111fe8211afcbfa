"""``wsgicors explain --har``: reads a HAR file, and prints what became of its requests."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..explaining.explanation import SERIOUS, Verdict
from ..explaining.pasted import Unreadable
from ..explaining.recorded import Recording
from ..explaining.recorded.judging import Row
from ..explaining.recorded.reading import read_har
from ..explaining.words import join, shown
from .explanations import COLOURS
from .layout import trim
from .pasted import say_how_to_paste
from .streams import json_text, write

LONGEST_URL = 120
"""Characters of a URL in a list."""

ASIDE = {
    "same-origin": "to the page's own origin",
    "no-cors": "without CORS (images, scripts, mode 'no-cors')",
    "navigation": "by navigation",
    "not-http": "not by HTTP",
    "service-worker": "answered by a service worker",
    "not-page": "sent by a test, not by a page",
}
"""How requests were made in which CORS has no part."""


def read_file(name: str) -> Recording:
    """Read a HAR file; ``-`` reads standard input."""
    if name == "-":
        say_how_to_paste()
    try:
        with click.open_file(name, "rb") as file:
            return read_har(file)
    except Unreadable as error:
        raise click.UsageError(f"--har: {error}") from error


def find_worst(rows: Sequence[Row]) -> Verdict:
    """Return the most serious verdict of the requests in which CORS has a part.

    Without any such request it is "allowed", but of a file without requests nothing is known.
    """
    found = {row.verdict for row in rows if not row.aside} | ({"allowed"} if rows else {"unknown"})
    return next(one for one in reversed(SERIOUS) if one in found)


def _indexes_of(aside: str, rows: Iterable[Row]) -> list[int]:
    return sorted(index for row in rows if row.aside == aside for index in row.indexes)


def show_list(rows: Sequence[Row], as_json: bool) -> None:
    """Print the requests in which CORS has a part: as JSON, or for people, the worst first."""
    listed = [row for row in rows if not row.aside]
    aside: list[str] = [row.aside for row in rows if row.aside]
    if as_json:
        entries = [{k: v for k, v in asdict(row).items() if k != "aside"} for row in listed]
        left_out = {name: _indexes_of(name, rows) for name in ASIDE}
        document = {"verdict": find_worst(rows), "entries": entries, "left_out": left_out}
        write(json_text(document) + "\n")
        return
    listed.sort(key=lambda row: (-SERIOUS.index(row.verdict), row.index))
    console = Console(highlight=False)
    if console.is_terminal:
        with console.capture() as captured:
            console.print(_table(listed))
        write(trim(captured.get()))
    else:  # lines are not wrapped, because other programs search in them
        write("".join(f"{line}\n" for line in _lines(listed)))
    write("".join(f"{line}\n" for line in _summarise(listed, aside)))


def _table(listed: Sequence[Row]) -> Table:
    """Return a row for each request: its index, the verdict, and the request with the reason."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in listed:
        verdict = Text(row.verdict, COLOURS[row.verdict])
        table.add_row(str(row.index), verdict, Text("\n".join(_texts(row))))
    return table


def _lines(listed: Sequence[Row]) -> Iterator[str]:
    """Yield the same as lines: one for each request, and one for its reason."""
    width = max((len(str(row.index)) for row in listed), default=0)
    for row in listed:
        first, *reason = _texts(row)
        yield f"{row.index:>{width}}  {row.verdict:<7}  {first}"
        yield from (f"{'':{width}}  {'':7}  {line}" for line in reason)


def _texts(row: Row) -> list[str]:
    """Return a request, and the reason if there is one."""
    url = row.url if len(row.url) <= LONGEST_URL else f"{row.url[:LONGEST_URL]}…"
    return [shown(text) for text in (f"{row.method} {url}", row.reason) if text]


def _summarise(listed: Sequence[Row], aside: Sequence[str]) -> Iterator[str]:
    """Say how many requests have which verdict, and how to see one."""
    verdicts = [row.verdict for row in listed]
    counts = [f"{verdicts.count(one)} {one}" for one in reversed(SERIOUS) if one in verdicts]
    if listed:
        yield ""
        requests = "request" if len(listed) == 1 else "requests"
        yield f"{len(listed):,} {requests} of pages to other origins: {join(counts)}."
    else:
        yield "The file has no request of a page to another origin for which CORS matters."
    if aside:
        parts = [f"{aside.count(name):,} {what}" for name, what in ASIDE.items() if name in aside]
        yield f"Left out, because CORS has no part in them: {', '.join(parts)}."
    if listed:
        yield f"To see what happened and what to change, add --entry {listed[0].index}."
