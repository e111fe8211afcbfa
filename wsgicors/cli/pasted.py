"""Reads what users paste on the command line or on standard input."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from .._core.headers import Header
from ..explaining.pasted import ONE_HEADER, Pasted, Unreadable, note_value
from ..explaining.pasted.console import read_console
from ..explaining.pasted.curl import read_curl
from ..explaining.pasted.fetch import read_fetch

READERS: Mapping[str, Callable[[str], list[Pasted]]] = {
    "--console": read_console,
    "--curl": lambda text: [read_curl(text)],
    "--fetch": lambda text: [read_fetch(text)],
}
"""What reads the text of each option."""

PASTE = "Paste the text, then press Enter and Ctrl+D (Ctrl+Z and Enter on Windows)."

MAX_BYTES = 400_000
"""The most that is read of standard input."""


def read_requests(target: tuple[str, ...], texts: Mapping[str, str | None]) -> list[Pasted]:
    """Return the requests to explain: one that is named, or those of a text.

    :param target: METHOD and URL, or perhaps METHOD for a text.
    :param texts: the text of each option.
    """
    given = {option: text for option, text in texts.items() if text is not None}
    if not given:
        if len(target) not in (1, 2):
            raise click.UsageError(
                f"expected [METHOD] URL, got {len(target)} arguments; use the form "
                "PUT https://api.example/items"
            )
        method, url = ("GET", *target)[-2:]
        return [Pasted(url, method, credentials="same-origin", is_typed=True)]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} cannot be combined; use one")
    ((option, text),) = given.items()
    if target[1:] or any(":" in one or "/" in one for one in target):
        raise click.UsageError(
            f"expected METHOD or nothing beside {option}, got {' '.join(target)!r}; "
            f"use either URL or {option}"
        )
    try:
        read = READERS[option](_read_input() if text == "-" else text)
    except Unreadable as error:
        raise click.UsageError(f"{option}: {error}") from error
    return [replace(one, method=target[0], is_typed=True) for one in read] if target else read


def _read_input() -> str:
    """Return what standard input has."""
    say_how_to_paste()
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise click.UsageError(
            f"standard input has more than {MAX_BYTES:,} bytes; use a part of the text"
        )
    return content.decode("utf-8", "replace")


def say_how_to_paste() -> None:
    """Say on the standard error how a text is pasted and ended, if a person is to type it."""
    if sys.stdin.isatty():
        click.echo(PASTE, err=True)


def override(
    read: Pasted,
    *,
    headers: Sequence[Header],
    cookies: Mapping[str, str],
    xhr: bool,
    **given: str | None,
) -> Pasted:
    """Return a request with what users give by options instead of what its text has.

    :param given: fields of the request; ``None`` for those that the text has.
    """
    names = {name.lower() for name, _ in headers}
    kept = [line for line in read.headers if line[0].lower() not in names]
    replaced = [name for name, _ in read.headers if name.lower() in names]
    answered = {ONE_HEADER, *map(note_value, replaced)} if headers else set[str]()
    fields: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if read.received is not None and fields.get("origin", read.origin) != read.origin:
        fields["received"] = replace(read.received, allows_origin=False)  # for another origin
    return replace(
        read,
        about_origin=() if given.get("origin") else read.about_origin,
        headers=(*kept, *headers),
        notes=tuple(note for note in read.notes if note not in answered),
        cookies=(*({**dict(read.cookies), **cookies}).items(),),
        xhr=xhr or read.xhr,
        **fields,
    )
