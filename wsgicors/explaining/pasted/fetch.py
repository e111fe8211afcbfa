"""The request of a ``fetch()`` call, as "Copy as fetch" writes it or people do."""

import re
from collections.abc import Mapping

from ..._core.headers import Header, is_token
from . import Pasted, Unreadable
from .browsers import find_origin, is_copied, read_headers
from .literals import Expression, Parser, Value, not_literal
from .quoting import clean

EXPECTED = "expected a call like fetch('https://api.example/items', {method: 'PUT'}); "

_CALL = re.compile(
    r"(?:[\s(;\ufeff]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+"
    r"(?:(?:const|let|var)\s[^=\n]++=|return\b|[\w$.\[\]]++\s*+=)?"
    r"[\s(]*+(?:await\b)?[\s(]*+(?:(?:window|globalThis|self)\.)?fetch\s*+\("
)
_ANOTHER = re.compile(r"[\s;]*+(?:await\s++)?fetch\s*+\(")
_WRITTEN = re.compile(r'"credentials"\s*+:')

WRITTEN = {"credentials", "method", "mode"}
"""Options that the developer tools of all browsers write, as JSON."""


def read_fetch(text: str) -> Pasted:
    """Read the request of a ``fetch()`` call; what follows the call is not read.

    :raises Unreadable: if the text is not one, or has variables or calls in it.
    """
    text = clean(text)
    call = _CALL.match(text)
    if call is None:
        raise Unreadable(f"{EXPECTED}use 'Copy as fetch'")
    parser = Parser(text, call.end())
    arguments = parser.read_items(")")
    if _ANOTHER.match(parser.rest) is not None:
        raise Unreadable("expected one fetch() call, got several; copy one request")
    url, options, *_ = *arguments, None, None
    if isinstance(url, Expression):
        raise not_literal("the URL is", url)
    if not isinstance(url, str):
        raise Unreadable(f"{EXPECTED}the URL has to be a string")
    if isinstance(options, Expression):
        raise not_literal("the second argument is", options)
    if isinstance(options, str | list):
        raise Unreadable(f"{EXPECTED}the second argument has to be an object")
    is_written = _WRITTEN.search(text) is not None
    return _read_request(url, options or {}, is_written)


def _read_request(url: str, options: Mapping[str, Value], is_written: bool) -> Pasted:
    """Return the request.

    :param is_written: whether developer tools have written the call.
    """
    lines = _read_headers(options.get("headers"))
    method = _text(options, "method") or "GET"
    body = _text(options, "body")
    referrer = _text(options, "referrer")
    credentials = _text(options, "credentials")
    mode = _text(options, "mode") or "cors"
    redirect = _text(options, "redirect") or "follow"
    if not (is_written or is_copied(lines) or options.keys() >= WRITTEN):
        origin, about_origin = find_origin(None, referrer)
        return Pasted(
            url,
            method,
            origin,
            tuple(lines),
            body,
            credentials or "same-origin",
            mode,
            redirect,
            about_origin=about_origin,
        )
    found = read_headers([*lines, *([("Referer", referrer)] if referrer else [])])
    notes = [*found.notes]
    if method == "OPTIONS":
        notes.append("If the text is a preflight, copy the request that follows it instead.")
    has_type = any(name.lower() == "content-type" for name, _ in found.headers)
    return Pasted(
        url,
        method,
        found.origin,
        found.headers,
        # A browser adds no Content-Type to bytes.
        body if body is None or has_type else body.encode(),
        _proven(credentials, found.with_credentials, found.headers),
        found.mode or mode,
        redirect,
        notes=tuple(notes),
        about_origin=found.about_origin,
        cookies=found.cookies,
    )


def _proven(credentials: str | None, has_cookie: bool, headers: tuple[Header, ...]) -> str | None:
    """Return the credentials mode, as far as a copied call proves it.

    The developer tools write "include" if there was a cookie or an Authorization, else "omit".
    """
    if has_cookie:
        return "include"
    has_authorization = any(name.lower() == "authorization" for name, _ in headers)
    is_guess = credentials == "omit" or (credentials == "include" and has_authorization)
    return None if is_guess else credentials


def _read_headers(value: Value) -> list[Header]:
    """Return the header lines of an object, of a list of pairs, or of ``new Headers()``."""
    if isinstance(value, Expression):
        raise not_literal("headers is", value)
    if value is None:
        return []
    if isinstance(value, dict):
        return [(name, _header(name, item)) for name, item in value.items()]
    if isinstance(value, str):
        raise Unreadable("headers is not an object; use {'X-Request-Id': '1'}")
    lines: list[Header] = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise Unreadable("headers has an item that is not a pair; use ['X-Request-Id', '1']")
        name = _string("the name of a header", pair[0])
        lines.append((name, _header(name, pair[1])))
    return lines


def _header(name: str, value: Value) -> str:
    what = f"headers.{name}" if is_token(name) else "a header"
    return "null" if value is None else _string(what, value)


def _text(options: Mapping[str, Value], name: str) -> str | None:
    """Return an option that is a string, or ``None``."""
    value = options.get(name)
    return None if value is None else _string(name, value)


def _string(what: str, value: Value) -> str:
    """Return a value that has to be a string; errors do not contain it, as it may be secret."""
    if isinstance(value, Expression):
        raise not_literal(f"{what} is", value)
    if not isinstance(value, str):
        raise Unreadable(f"{what} is not a string; use its text")
    return value
