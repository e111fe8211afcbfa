"""``wsgicors why``: say what a code means, and what to do."""

import difflib
import textwrap

import click

from .codes import ALL_CODES, find_entry
from .streams import visible_lines, write

WIDTH = 80


@click.command()
@click.argument("code", required=False)
def why(code: str | None) -> None:
    """Say what CODE means and what to do; without CODE, list all codes.

    Codes end the messages of errors, findings and the log, for example [origin-not-allowed].
    """
    if code is None:
        write("".join(f"{known}\n" for known in ALL_CODES))
        return
    code = code.strip("[]() ").lower()
    entry = find_entry(code)
    if entry is None:
        near = difflib.get_close_matches(code, ALL_CODES, n=1)
        advice = repr(near[0]) if near else "'wsgicors why' for a list"
        raise click.BadParameter(f"{code!r:.80} is not a code; use {advice}")
    write(visible_lines(f"{code} ({entry.kind})\n\n{_wrap(entry.why)}\n\n{_wrap(entry.advice)}\n"))


def _wrap(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
