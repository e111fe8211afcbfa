"""``wsgicors why``: say what a code means, and what to do."""

import difflib
import textwrap

import click

from .codes import ALL_CODES, find_entry
from .streams import visible_lines, write

PAGE = "docs/reference/problems.md"
"""The page that explains all codes, each below a heading."""

WIDTH = 80


@click.command()
@click.argument("code", required=False)
def why(code: str | None) -> None:
    """Say what CODE means and what to do; without CODE, list all codes.

    Errors and warnings about a policy end in a code, and so do messages of the log about refused
    requests, for example [origin-not-allowed]. Findings of the audit and checks of Django have
    codes too.
    """
    if code is None:
        write("".join(f"{known}\n" for known in ALL_CODES))
        return
    code = code.strip("[]() ").lower().removeprefix("wsgicors.")  # as Django prints it
    entry = find_entry(code)
    if entry is None:
        near = difflib.get_close_matches(code, ALL_CODES, n=1)
        advice = repr(near[0]) if near else "'wsgicors why' for a list"
        raise click.BadParameter(f"{code!r:.80} is not a code; use {advice}")
    more = f"In the documentation: {PAGE}#{code}"
    parts = f"{code} ({entry.kind})", entry.why, entry.advice, more
    write(visible_lines("\n\n".join(map(_wrap, parts)) + "\n"))


def _wrap(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
