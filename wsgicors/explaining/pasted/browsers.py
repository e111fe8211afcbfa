"""Which headers of a copied request the page has set, and what the others show.

The developer tools copy all headers of a request. Those that the browser adds by itself must not
count as headers that the page sets, because they need no preflight.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from ..._core.headers import Header, is_forbidden_request_header, split_list
from ...testing.safelist import CLIENT_HINTS
from ...testing.urls import URL
from ..cookies import check
from . import MODES, assumed_value

OWN = {
    # Of a document, an image, a stylesheet or a font; "*/*" of all other requests.
    "accept": r"\*/\*|text/(?:html,application/xhtml|css,\*).*|image/(?:avif|webp|png|svg).*,.*"
    r"|application/font-woff.*",
    "accept-language": r"[0-9A-Za-z *,\-.;=]*",
    **dict.fromkeys(("alt-used", "authority", "available-dictionary", "x-client-data"), r".*"),
    "priority": r"u=[0-7](?:, ?i)?|i",
    "upgrade-insecure-requests": "1",
    "user-agent": r"Mozilla/5\.0 .*",
    **{name: pattern.pattern for name, pattern in CLIENT_HINTS.items()},
}
"""The values that browsers give headers by themselves, by name; pages could set others."""

REVALIDATING = ("if-none-match", "if-modified-since")
"""Headers that a page may set, and that a browser adds if it has a response in its cache."""

ONLY_BROWSERS = ("digest ", "negotiate ", "ntlm ")
"""Schemes of Authorization that no page can calculate."""


class Found(NamedTuple):
    """What the header lines of a request show."""

    headers: tuple[Header, ...]
    """Those that the page has set."""
    origin: str | None
    mode: str | None
    with_credentials: bool
    """Whether cookies or a login of the browser's were sent."""
    cookies: tuple[Header, ...]
    notes: tuple[str, ...]
    about_origin: tuple[str, ...]
    """A note if only the referrer shows the origin."""


def is_copied(lines: Iterable[Header]) -> bool:
    """Return whether header lines are those of a browser, rather than written by hand."""
    names = {name.lower(): value for name, value in lines}
    return (
        names.keys() >= {"accept", "accept-language"}
        or names.get("user-agent", "").startswith("Mozilla/")
        or any(name.startswith("sec-") for name in names)
    )


def read_headers(lines: Sequence[Header]) -> Found:
    """Sort out which header lines of a request are the page's."""
    values = {name.lower(): value.strip() for name, value in lines}
    origin, about_origin = find_origin(values.get("origin"), values.get("referer"))
    notes: list[str] = []
    kept = [line for line in lines if not is_forbidden_request_header(line[0])]
    login = values.get("authorization", "").lower() if is_copied(lines) else ""
    is_login = login.startswith(ONLY_BROWSERS)
    if is_copied(lines):
        doubtful = _doubtful(values)
        dropped = {*doubtful, *(["authorization"] if is_login else [])}
        kept = [line for line in kept if not _is_own(*line) and line[0].lower() not in dropped]
        if doubtful:
            notes.append(
                f"Left out, because browsers add it for their caches: {', '.join(doubtful)}. "
                "If the page sets it, add it with -H."
            )
    if login.startswith("basic "):
        notes.append(
            "Authorization counts as set by the page; if the browser has added it after a "
            "login, remove it and add --credentials."
        )
    if values.get("sec-fetch-dest", "empty") != "empty":  # no JavaScript has sent it
        kept = [line for line in kept if line[0].lower() == "content-type"]
    mode = values.get("sec-fetch-mode")
    if mode == "navigate":
        notes.append(
            "The request is a navigation, to which CORS does not apply; "
            "it is judged as if fetch() made it."
        )
    has_cookie = bool(values.get("cookie"))
    cookies, all_read = _read_cookies(values.get("cookie", ""))
    if not all_read:
        notes.append("Not all cookies of the text are sent; add those that matter with --cookie.")
    known_mode = mode if mode in MODES else None
    with_credentials = has_cookie or is_login
    return Found(
        tuple(kept), origin, known_mode, with_credentials, cookies, tuple(notes), about_origin
    )


def _read_cookies(value: str) -> tuple[tuple[Header, ...], bool]:
    """Return the cookies that browsers can send, and whether these are all."""
    cookies: list[Header] = []
    parts = [part.strip() for part in value.split(";") if part.strip()]
    for part in parts:
        name, equals, content = part.partition("=")
        with suppress(ValueError):
            cookies += check({name: content}) if equals else ()
    return tuple(cookies), len(cookies) == len(parts)


def _is_own(name: str, value: str) -> bool:
    """Return whether a browser adds this header by itself."""
    pattern = OWN.get(name.lower())
    return name.startswith(":") or (
        pattern is not None and re.fullmatch(pattern, value.strip(), re.IGNORECASE) is not None
    )


def _doubtful(values: dict[str, str]) -> list[str]:
    """List names of headers that may be the page's but more often are the browser's."""
    doubtful = [name for name in REVALIDATING if name in values]
    cache = values.get("cache-control", "").lower()
    is_reload = cache == values.get("pragma", "").lower() == "no-cache"
    if cache == "max-age=0" or is_reload or (cache == "no-cache" and doubtful):
        doubtful.append("cache-control")
    return [*doubtful, "pragma"] if is_reload else doubtful


def find_origin(origin: str | None, referrer: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Return the origin of the page, and a note if only the referrer shows it."""
    if origin is not None:
        return origin, ()
    try:
        page = URL.parse(referrer or "")
    except ValueError:
        return None, ()
    if not page.is_http:
        return None, ()
    return page.origin, (
        f"The origin {page.origin} is that of the referrer; --origin sets another.",
    )


def asked_for(lines: Iterable[Header]) -> tuple[str, list[Header], list[str]] | None:
    """Return the method and the headers that a preflight asks for, and notes.

    ``None`` if the header lines are not those of a preflight.
    """
    values = {name.lower(): value.strip() for name, value in lines}
    method = values.get("access-control-request-method")
    if method is None:
        return None
    names = split_list(values.get("access-control-request-headers", ""))
    headers = [(name, assumed_value(name)) for name in names]
    notes = [f"The text is a preflight; it stands for the {method} request that it asks for."]
    if headers:
        sent = ", ".join(f"{name}: {value}" for name, value in headers)
        notes.append(f"A preflight has no values of headers; these are assumed: {sent}.")
    return method, headers, notes
