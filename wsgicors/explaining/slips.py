"""Slips in what is asked: what was given, and what to use instead."""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from .._core.headers import (
    FORBIDDEN_METHODS,
    NORMALISED_METHODS,
    SAFELISTED_METHODS,
    is_token,
    normalise_method,
    quote,
    unquote,
)
from .._core.origins import OPAQUE_SCHEMES, PAGE_SCHEMES, Origin
from .._core.suggestions import suggest
from ..testing.urls import URL

METHODS = NORMALISED_METHODS | FORBIDDEN_METHODS | {"PATCH"}
"""Words that are a method rather than a URL."""

FORM = "the form 'https://api.example/items'"
ORIGIN_FORM = "the form 'https://app.example:8443'"

MAX_PORT = 65535


class CannotAsk(ValueError):
    """A request that no browser would send; nothing was sent."""


def check_types(method: object, url: object, origin: object) -> None:
    """Reject what is not a string.

    :raises CannotAsk: if one of them is not.
    """
    for what, given, use in (
        ("method", method, "'GET'"),
        ("URL", url, FORM),
        ("origin", origin, ORIGIN_FORM),
    ):
        if not isinstance(given, str):
            raise CannotAsk(f"the {what} is {given!r}, which is not a string; use {use}")


def check_order(method: str, url: str) -> None:
    """Reject a URL in the place of the method.

    :raises CannotAsk: with the right order.
    """
    if not _passes(parse_url, method):
        if url.upper() in METHODS and method.upper() not in METHODS:
            form = f"the form {url} https://api.example/items"
            raise CannotAsk(f"the method comes before the URL; use {form}")
        return
    target = parse_url(method)
    if _passes(parse_url, url):
        raise CannotAsk(f"there are two URLs, and no method; use GET {target}")
    if _passes(check_method, url):
        raise CannotAsk(f"the method comes before the URL; use {url} {target}")
    raise CannotAsk(f"{quote(url)} is not a URL; use GET {target}")


def _passes(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except CannotAsk:
        return False
    return True


def check_method(method: str) -> None:
    """Reject what is not a method that pages can use.

    :raises CannotAsk: if it is not; lower case is not a slip, because browsers have a rule for it.
    """
    bare = unquote(method).strip(" \t\r\n,;:")
    if bare.upper() in FORBIDDEN_METHODS:
        raise CannotAsk(
            f"browsers do not allow the method {bare!r}; use another method, such as 'GET'"
        )
    if bare != method or not is_token(method):
        use = repr(bare) if is_token(bare) else "the form 'GET'"
        raise CannotAsk(f"{quote(method)} is not an HTTP method; use {use}")


def check_body(method: str, has_body: bool, mode: str) -> None:
    """Reject a method that cannot have the body, or is not for the mode.

    :raises CannotAsk: if so.
    """
    method = normalise_method(method)
    if has_body and method in {"GET", "HEAD"}:
        raise CannotAsk(f"a {method} request cannot have a body; use POST, or leave out the body")
    if mode == "no-cors" and method not in SAFELISTED_METHODS:
        message = f"mode 'no-cors' allows only GET, HEAD and POST, not {method!r}; use mode 'cors'"
        raise CannotAsk(message)


def check_headers(headers: Iterable[tuple[object, object]]) -> None:
    """Reject headers that JavaScript cannot give to ``fetch()``; the message has no value.

    :raises CannotAsk: if there is one.
    """
    for name, value in headers:
        if not isinstance(name, str) or not isinstance(value, str):
            what = "name" if isinstance(value, str) else "value"
            raise CannotAsk(f"the {what} of the header {name!r} is not a string; use a string")
        if not is_token(name):
            bare = unquote(name).strip()
            use = repr(bare) if is_token(bare) else "the form 'X-Request-Id'"
            raise CannotAsk(f"{quote(name)} is not a header name; use {use}")
        wrong = next((c for c in value.strip("\t\n\r ") if c in "\0\r\n" or ord(c) > 0xFF), None)
        if wrong is not None:
            raise CannotAsk(
                f"the value of the header {name!r} contains {wrong!r}, which headers cannot "
                "contain; use encodeURIComponent(), or remove it"
            )


def parse_url(text: str) -> URL:
    """Parse the URL of a request, and correct one that is almost a URL.

    :raises CannotAsk: if it is not an absolute HTTP URL that ``fetch()`` accepts.
    """
    fixed, fault = re.sub(r"[\t\n\r]", "", text.strip()), ""
    for why, fix in (
        ("contains several URLs", _first),
        ("has quotes, brackets or a comma around it", _unwrapped),
        ("does not begin with http:// or https://", _with_scheme),
    ):
        better = fix(fixed)
        if better != fixed:
            fixed, fault = better, fault or why
    target = _parse(fixed)
    if target is None:
        raise CannotAsk(f"{quote(text)} {_why_not(fixed)}")
    if target.userinfo:
        fault = fault or "contains a user name or a password, which fetch() does not allow"
        target = replace(target, userinfo="")
    if fault:
        raise CannotAsk(f"{quote(text)} {fault}; use '{target}'")
    return target


def _parse(text: str) -> URL | None:
    """Parse an HTTP URL of a host that a server can have."""
    try:
        target = URL.parse(text)
    except ValueError:
        return None
    return target if target.is_http and Origin.parse(target.origin) is not None else None


def _why_not(text: str) -> str:
    """Return why a text is not a URL that can be asked, and what to use."""
    port = re.match(r"https?://[^/?#\\]*:([0-9]+)(?:[/?#\\]|$)", text, re.IGNORECASE)
    if text.upper() in METHODS:
        return f"is a method, and the URL is missing; use the form {text} https://api.example/items"
    if port is not None and len(port[1]) >= len(str(MAX_PORT)) and int(port[1][:6]) > MAX_PORT:
        return f"has a port above {MAX_PORT}; use {FORM}"
    try:
        target = URL.parse(text)
    except ValueError:
        return f"is not {'a valid' if ':' in text else 'an absolute'} URL; use {FORM}"
    if target.is_http:
        return f"has the host {quote(target.host)}, which no server has; use {FORM}"
    return f"does not begin with http:// or https://; use {FORM}"


_SEVERAL = re.compile(r"[^?#]*?[\s,;]+['\"]?[a-z]+://", re.IGNORECASE)
_SHORT = re.compile(r"(https?):[/\\]?(?![/\\])(.*)", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z]*)[:;.]?//+(.*)", re.IGNORECASE)
_HOST = re.compile(
    r"(localhost|[\w\-]+(?:\.[\w\-]+)+|\[[0-9a-f:.]+\])(?::[0-9]+)?(?:[/?#]|$)|([\w\-]+):[0-9]+/",
    re.IGNORECASE,
)
"""The start of a URL without its scheme; a single label, as in ``tel:123``, needs a path too."""


def _first(text: str) -> str:
    """Return the first of several URLs."""
    return re.split(r"[\s,;]", text, maxsplit=1)[0] if _SEVERAL.match(text) else text


def _unwrapped(text: str) -> str:
    """Return a text without what copying it may have added around it."""
    inner = unquote(text).strip(" ,;\ufeff\u200b\u2060")
    if inner[:1] + inner[-1:] in {"<>", "()"}:
        inner = inner[1:-1]
    return inner if inner == text else _unwrapped(inner)


def _with_scheme(text: str) -> str:
    """Return a text with ``http://`` or ``https://`` where that is what it lacks."""
    if short := _SHORT.match(text):
        return f"{short[1].lower()}://{short[2]}"
    if given := _SCHEME.match(text):
        scheme = _closest(given[1].lower()) if given[1] else _assumed(given[2])
        if scheme == "" or text.lower().startswith(f"{scheme}://"):
            return text
        return f"{scheme}://{given[2]}"
    return f"{_assumed(text)}://{text}" if _HOST.match(text) else text


def _closest(scheme: str) -> str:
    """Return the scheme that was meant; an empty string if it is another one."""
    close = difflib.get_close_matches(scheme, ("http", "https"), n=1, cutoff=0.7)
    return PAGE_SCHEMES.get(scheme, *close) if close or scheme in PAGE_SCHEMES else ""


def _assumed(text: str) -> str:
    """Return the scheme that a host without one most likely has."""
    found = _HOST.match(text)
    if found is None:
        return "https"
    has_port = re.search(r":[0-9]+(?:[/?#]|$)", found[0]) is not None
    is_local = Origin("http", found[1] or found[2], None).is_loopback
    return "http" if has_port or is_local else "https"


def check_origin(text: str) -> None:
    """Reject what is almost the origin of a page, and correct it.

    :raises CannotAsk: if it is not an origin.
    """
    inner = _unwrapped(_first(text.strip()))
    is_origin = text == "null" or Origin.parse(text) is not None
    if is_origin and _with_scheme(text) == text:
        return
    fault = "contains several origins" if _SEVERAL.match(text.strip()) else "is not an origin"
    scheme, _, rest = inner.partition(":")
    if scheme.lower() == "blob":
        inner, scheme = rest, rest.partition(":")[0]
    if re.match(r"null(?:/|$)", inner, re.IGNORECASE) or scheme.lower() in OPAQUE_SCHEMES:
        raise CannotAsk(f"{quote(text)} {fault}; browsers send 'null' for it; use 'null'")
    target = _parse(_with_scheme(inner))
    use = suggest(text).corrected if target is None else target.origin
    shown = repr(use) if Origin.parse(use) is not None else ORIGIN_FORM
    raise CannotAsk(f"{quote(text)} {fault}; use {shown}")
