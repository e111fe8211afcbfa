"""Texts without their secrets, for the form and for links to it."""

from __future__ import annotations

from collections.abc import Iterator

from wsgicors.explaining.pasted import UNKNOWN
from wsgicors.explaining.redaction import HIDDEN, Redactor

SECRET = "hidden"
"""Stands for a secret in the form and in links: a header can have it as its value."""

NO_COLON = "a header without a colon"


def hide(text: str, redactor: Redactor) -> str:
    """Return a text in which secrets are replaced by what a field can have."""
    return replace(text, redactor.text(text))


def hide_headers(headers: list[tuple[str, str]], redactor: Redactor) -> list[tuple[str, str]]:
    """Return header lines in which secrets are replaced by what a header can have."""
    return [
        (name, value if value == UNKNOWN else replace(value, redactor.header(name, value)))
        for name, value in headers
    ]


def replace(text: str, redacted: str) -> str:
    """Return the redacted text with ``hidden``; a text without secrets keeps its ``…``."""
    return text if text == redacted else redacted.replace(HIDDEN, SECRET)


def for_link(texts: dict[str, str]) -> dict[str, object]:
    """Return the texts of the form by field without their secrets, and what had secrets."""
    redactor = Redactor()
    return redactor.make(lambda: hide_all(texts, redactor))


def hide_all(texts: dict[str, str], redactor: Redactor) -> dict[str, object]:
    """Hide the secrets of all fields; a line of the headers is redacted as a header."""
    shown: dict[str, str] = {}
    secrets: list[str] = []
    for field, text in texts.items():
        if field == "headers":
            lines = [*hide_lines(text, redactor)]
            shown[field] = "\n".join(line for line, _ in lines)
            secrets += filter(None, (secret for _, secret in lines))
        else:
            shown[field] = hide(text, redactor)
            secrets += [field] if shown[field] != text else []
    return {"texts": shown, "secrets": secrets}


def hide_lines(text: str, redactor: Redactor) -> Iterator[tuple[str, str]]:
    """Yield each line of the headers without its secret, and the name of what had a secret.

    A line without a colon may be anything, such as the second half of a header, so it is hidden.
    """
    for line in filter(None, map(str.strip, text.split("\n"))):
        name, colon, value = line.partition(":")
        header = (name.strip(), value.strip())
        if not colon:
            yield SECRET, NO_COLON if line != SECRET else ""
            continue
        [(_, shown)] = hide_headers([header], redactor)
        yield f"{header[0]}: {shown}".rstrip(), header[0] if shown != header[1] else ""
