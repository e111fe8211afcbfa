"""Any text is read as requests of a browser's console, or is unreadable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgicors.explaining.pasted import Pasted, Unreadable
from wsgicors.explaining.pasted.console import EXPECTED, MAX_CHARACTERS, read_console
from wsgicors.testing import messages

LINES = sorted(
    {
        re.sub(r"\{\w+\}", "https://api.example/items", text.replace("{blocked}", begin))
        for words in messages.MESSAGES.values()
        for text, begin in zip(words, messages.BLOCKED, strict=True)
    }
    | {"PUT https://api.example/items net::ERR_FAILED", messages.AGAIN, messages.DENIED}
)

PARTS = [
    "\n",
    "https://",
    "'",
    "\x1b[31m",
    ".",
    ": ",
    " (Grund: CORS 'Access-Control-Allow-Headers",
]

pieces = st.one_of(
    st.text(max_size=20),
    st.sampled_from(PARTS),
    st.sampled_from(LINES),
    st.sampled_from(LINES).map(lambda line: line[: len(line) // 2]),
)


def read(text: str) -> list[Pasted] | str:
    """Return what is read in a text, or why it is unreadable."""
    try:
        return read_console(text)
    except Unreadable as error:
        return str(error)


def check(text: str) -> None:
    """Check that a text is read, or unreadable for a reason that is one line."""
    found = read(text)
    if isinstance(found, str):
        assert found.startswith(("expected at most", EXPECTED))
        assert len(found.splitlines()) == 1
    else:
        assert found
        assert all(one.url and one.profile for one in found)


@given(st.lists(pieces, max_size=8).map("".join))
def test_any_text_of_a_console_is_read_or_unreadable(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "repeated",
    [
        "Access to x at ",
        "Access to fetch at '",
        "Header x has an ",
        "Origin ",
        ": http://",
        ": x https://a.example/ (x: CORS '",
        "GET https://a ",
        "ERR_",
        "> ",
        "« ",
        "\x1b]",
        *PARTS,
    ],
)
def test_the_time_for_a_long_text_does_not_explode(repeated: str) -> None:
    check((repeated * MAX_CHARACTERS)[:MAX_CHARACTERS])
    check(f"Access to fetch at '{repeated * MAX_CHARACTERS}"[:MAX_CHARACTERS])
