"""Header grammar, the standard's lists of names, and merging header lines into a response."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import cast

Header = tuple[str, str]
"""One header line: its name and its value."""

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
EXPOSE_HEADERS = "Access-Control-Expose-Headers"

# RFC 9110, section 5.6.2: token = 1*tchar
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

_QUOTE = "['\"`\u2018\u2019\u201c\u201d]"
_QUOTES = re.compile(rf"^[\[({{\s]*{_QUOTE}+\s*|\s*{_QUOTE}+[\])}}\s]*$")

SAFELISTED_METHODS = ("GET", "HEAD", "POST")
"""Methods that browsers allow even if they are not listed (Fetch, "CORS-safelisted method")."""

NORMALISED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""The methods that browsers convert to upper case (Fetch, "normalize a method")."""

FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
"""Methods that pages cannot use (Fetch, "forbidden method"), in any case."""

FORBIDDEN_REQUEST_HEADERS = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
"""Request headers that pages cannot set (Fetch, "forbidden request-header")."""

FORBIDDEN_REQUEST_PREFIXES = ("proxy-", "sec-")

FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})
"""Response headers that pages can never read (Fetch, "forbidden response-header name")."""

SAFELISTED_RESPONSE_HEADERS = frozenset(
    {
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    }
)
"""Response headers that every page can read (Fetch, "CORS-safelisted response-header name")."""

CORS_RESPONSE_HEADERS = frozenset(
    {
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
    }
)

PREFLIGHT_ONLY_HEADERS = frozenset(
    {
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-private-network",
        "access-control-max-age",
    }
)
"""Response headers that only preflight responses have, which pages never see."""

REQUEST_ONLY_HEADERS = frozenset(
    {
        "access-control-request-headers",
        "access-control-request-method",
        "cookie",
        "cookie2",
        "host",
        "origin",
        "referer",
    }
)
"""Headers that only requests have, so that exposing them is a mistake."""

POLICY_ONLY_HEADERS = frozenset({"access-control-allow-origin", "access-control-allow-credentials"})
"""Response headers that only a policy sets: a second value fails Fetch's "CORS check"."""

MERGED_HEADERS = POLICY_ONLY_HEADERS | {"access-control-expose-headers", "vary"}
"""Response headers that :func:`merge` replaces or merges, in lower case."""

UNRELATED_HEADERS = frozenset({"Content-Type", "Content-Length", "Date", "Location", "Set-Cookie"})
"""The most common other headers, as most apps spell them."""

MAX_QUOTED = 500
"""The most characters of a request's text that are quoted in one place."""


def quote(text: str) -> str:
    """Quote and cut text from a request, so that it can neither forge nor flood a line of a log."""
    return repr(text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "…")


def excerpt(text: str) -> str:
    """Cut a text and escape its control characters, as :func:`quote` does, but without quotes."""
    return visible(text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "…")


def visible(text: str) -> str:
    """Escape the characters that a terminal would obey or not show.

    These are control characters, line separators, and characters that change the direction.
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def name_of_code(code: object) -> str:
    """Return the name of a callable for a line of a log.

    Its representation is not read: that may be long, hold secrets such as the arguments of a
    partial function, and is code of the app, which may raise.
    """
    while isinstance(code, partial):
        code = cast("partial[object]", code).func
    try:
        name = getattr(code, "__qualname__", None)
    except Exception:  # raised by __getattr__() of the app
        name = None
    name = name if isinstance(name, str) else type(code).__qualname__
    return excerpt(name.rpartition("<locals>.")[2])


def is_token(text: str) -> bool:
    """Return whether a text can be a method or a header name (RFC 9110, section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def normalise_method(method: str) -> str:
    """Return a method as browsers send it: six are in upper case, all others keep their case."""
    upper = method.upper()
    return upper if upper in NORMALISED_METHODS else method


def is_forbidden_request_header(name: str) -> bool:
    """Return whether browsers prevent pages from setting this request header."""
    name = name.lower()
    return name in FORBIDDEN_REQUEST_HEADERS or name.startswith(FORBIDDEN_REQUEST_PREFIXES)


def split_list(value: str) -> list[str]:
    """Split a comma-separated header value into its elements, in linear time.

    Whitespace around elements and empty elements are dropped (RFC 9110, section 5.6.1.2). The
    elements may be anything: see :func:`is_token`.
    """
    return [element for part in value.split(",") if (element := part.strip(" \t"))]


def merge_names(values: Iterable[str], names: Sequence[str]) -> str:
    """Join header values that list names, and add the ``names`` that they do not list yet.

    Spelling and order are kept. A name that is listed twice, in any case, is kept once.
    """
    listed = [name for value in values for name in split_list(value)]
    present: dict[str, str] = {}
    for name in [*listed, *names]:
        present.setdefault(name.lower(), name)
    return ", ".join(present.values())


def unquote(text: str) -> str:
    """Return a text without the quotes around it, and without the brackets around these."""
    return _QUOTES.sub("", text)


def merge_vary(values: Sequence[str], names: Sequence[str]) -> str:
    """Join ``Vary`` values and add ``names``; ``*`` covers them all (RFC 9110, 12.5.5)."""
    if any("*" in split_list(value) for value in values):
        return "*"
    return merge_names(values, names)


def add_vary(lines: Iterable[Header], names: Sequence[str]) -> list[Header]:
    """Return header lines with these names in ``Vary``."""
    lines = [*lines]
    varied = [value for name, value in lines if name.lower() == "vary"]
    others = [line for line in lines if line[0].lower() != "vary"]
    return [*others, ("Vary", merge_vary(varied, names))]


def merge(
    own: Iterable[Header], added: Iterable[Header], replaced: list[Header] | None = None
) -> list[Header]:
    """Return the header lines of a response with those that a decision adds.

    Names in ``Vary`` are merged. So are the headers that the view exposes, if the policy allows
    the origin. The lists ``own`` and ``added`` do not change, because apps reuse theirs.

    :param replaced: takes the lines of ``own`` that the decision replaces.
    """
    merged: list[Header] = []
    varied: list[str] = []
    exposed: list[str] = []
    for line in own:
        name = line[0].lower()
        if name == "vary":
            varied.append(line[1])
        elif name == "access-control-expose-headers":
            exposed.append(line[1])
        elif name not in POLICY_ONLY_HEADERS:
            merged.append(line)
        elif replaced is not None:
            replaced.append(line)
    names: list[str] = []
    is_allowed = has_credentials = False
    for name, value in added:
        if name == "Vary":
            names.extend(split_list(value))
        elif name == EXPOSE_HEADERS:
            exposed.insert(0, value)
        else:
            is_allowed = True
            has_credentials |= name == "Access-Control-Allow-Credentials"
            merged.append((name, value))
    if vary := merge_vary(varied, names):
        merged.append(("Vary", vary))
    if is_allowed and exposed:
        listed = [name for value in exposed for name in split_list(value)]
        # With credentials, "*" is a literal name and exposes nothing else.
        usable = [n for n in listed if is_token(n) and not (has_credentials and n == "*")]
        if usable:
            merged.append((EXPOSE_HEADERS, merge_names((), usable)))
    return merged
