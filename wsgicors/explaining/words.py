"""Words and header lines as people read them."""

from collections.abc import Sequence

from .._core.headers import visible
from ..testing.responses import RawResponse

ASIDE = frozenset({"HEAD", "OPTIONS", "TRACE", "CONNECT"})
"""Methods that URLs serve, but pages seldom or never use."""

LONGEST_TEXT = 4000
"""Characters of a step that are shown; a server may have sent more."""

MAX_EXCERPT = 200
"""The most characters of a header or a body that are quoted."""


def shown(text: str) -> str:
    """Return a text as people see it: escaped where a terminal would obey, and not too long."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}... ({len(text) - LONGEST_TEXT:,} more characters)"
    return visible(text)


def join(words: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def how_to_repeat(method: str) -> str:
    """Return how to explain a console message with another method than the one that is a guess."""
    return f"If the page uses {method}, repeat: wsgicors explain {method} --console …"


def sentence_of(advice: str) -> str:
    """Return advice as a sentence."""
    return f"{advice[0].upper()}{advice[1:]}."


def shown_lines(response: RawResponse, names: Sequence[str]) -> list[str]:
    """Return the header lines with these names, for people."""
    found = ((name, response.get(name)) for name in names)
    return [f"{name}: {cut(value)}" for name, value in found if value]


def cut(value: str) -> str:
    """Return a value of bounded length."""
    return value if len(value) <= MAX_EXCERPT else f"{value[:MAX_EXCERPT]}…"


def in_brackets(lines: Sequence[str]) -> str:
    """Join what is shown in brackets; return nothing if there is nothing."""
    return f" ({'; '.join(lines)})" if lines else ""
