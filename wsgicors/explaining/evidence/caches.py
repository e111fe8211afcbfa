"""Responses that a cache has stored for another page, or for none."""

import re
from collections.abc import Iterator

from ..._advice import Fix
from ..._core.headers import split_list
from ...testing import checks
from ...testing.requests import Request
from ...testing.responses import RawResponse
from ..words import cut, in_brackets, shown_lines

CACHE_HEADERS = (
    "Age",
    "X-Cache",
    "CF-Cache-Status",
    "X-Cache-Status",
    "X-Proxy-Cache",
    "Cache-Status",
)
"""Headers in which caches say whether a response was stored."""


def find_cache(request: Request, response: RawResponse) -> Fix | None:
    """Return what to change if a cache has sent what it stored for another page, or for none."""
    stored = [*_shown_if_stored(response)]
    value = response.get(checks.ORIGIN)
    if not stored or value in ("*", request.sent_origin):
        return None
    varies = [name.lower() for name in split_list(response.get("Vary") or "")]
    who = f"A cache{in_brackets([*stored, *shown_lines(response, ('Via',))])}"
    was = "without" if value is None else "for another origin with"
    do = "Have the server send 'Vary: Origin' with every response"
    if "origin" in varies or "*" in varies:
        do = "Have the cache heed 'Vary: Origin'"
    return Fix(
        f"{who} answered with what it had stored {was} {checks.ORIGIN}. {do}, also if the "
        "request has no Origin, or add Origin to the key of the cache; then purge it.",
        "layer",
    )


def describe_cache(response: RawResponse) -> str:
    """Return the header lines that show that a response was stored; empty if none does."""
    return "; ".join(_shown_if_stored(response))


def _shown_if_stored(response: RawResponse) -> Iterator[str]:
    for name in CACHE_HEADERS:
        value = response.get(name)
        if value is not None and _is_stored(name, value):
            yield f"{name}: {cut(value)}"


def _is_stored(name: str, value: str) -> bool:
    """Return whether a header says that a response comes from a store."""
    if name == "Age":
        return value.isascii() and value.isdigit() and value.strip("0") != ""
    return re.search(r"\bhit\b", value, re.IGNORECASE) is not None
