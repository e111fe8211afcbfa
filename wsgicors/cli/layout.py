"""Widths of columns, and lines that break only between words."""

import re
from collections.abc import Iterable, Sequence
from math import ceil
from textwrap import TextWrapper

from rich.cells import cell_len

GAP = 2
"""The spaces between two columns."""

USUAL = 0.9
"""The share of the texts in a column that are no longer than usual."""

STYLED = re.compile(r"(\x1b\[[\d;]+m)( *)(.*?)( *)(\x1b\[0m)")
"""A text in a style, as rich writes it: blanks, words, and blanks again."""


def trim(printed: str) -> str:
    """Take the style from blanks around words, and leave out blanks at the ends of lines.

    :param printed: what rich has printed, which fills the lines of a table with blanks.
    """
    plain = STYLED.sub(lambda found: _trim(*found.groups()), printed)
    return re.sub(r" +$", "", plain, flags=re.MULTILINE)


def _trim(style: str, before: str, words: str, after: str, end: str) -> str:
    return f"{before}{style}{words}{end}{after}" if words else before + after


def widths(columns: Sequence[Sequence[str]], available: int) -> list[int] | None:
    """Return the width of each column of a table; ``None`` if usual texts do not fit in one line.

    Each column is as wide as its longest word. What room is left is for texts of unusual length.

    :param columns: the texts in each column, which can break between words.
    """
    lengths = [[*map(cell_len, column)] for column in columns]
    words = [max(cell_len(word) for text in column for word in text.split()) for column in columns]
    found = [*map(max, words, map(usual, lengths))]
    room = available - GAP * (len(columns) - 1) - sum(found)
    if room < 0:
        return None
    for index, its in enumerate(lengths):
        more = min(room, max(0, max(its) - found[index]))
        found[index] += more
        room -= more
    return found


def usual(lengths: Iterable[int]) -> int:
    """Return the length that most texts do not exceed."""
    ordered = sorted(lengths)
    return ordered[ceil(USUAL * len(ordered)) - 1]


def wrap(text: str, width: int, indent: str = "", first: str | None = None) -> list[str]:
    """Return the lines of a text; a word that is too long keeps a line of its own.

    :param indent: begins each line.
    :param first: begins the first line instead.
    """
    wrapper = TextWrapper(
        width,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapper.wrap(text)
