"""Header names, method names and comma-separated lists, as Fetch and RFC 9110 define them.

This room knows grammar and the standard's own lists of names. It must not know what a policy is.
Names compare in lower case and keep their spelling for the wire; methods compare as they are.
"""

import re
from collections.abc import Iterable, Sequence

Header = tuple[str, str]
"""One header line: its name and its value."""

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
EXPOSE_HEADERS = "Access-Control-Expose-Headers"

# RFC 9110, section 5.6.2: token = 1*tchar
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

SAFELISTED_METHODS = ("GET", "HEAD", "POST")
"""Methods that never need listing (Fetch, "CORS-safelisted method")."""

NORMALISED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""The only methods that a browser upper-cases by itself (Fetch, "normalize a method")."""

FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
"""Methods that script cannot use at all (Fetch, "forbidden method"); compare in upper case."""

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
"""Request headers that script cannot set (Fetch, "forbidden request-header")."""

FORBIDDEN_REQUEST_PREFIXES = ("proxy-", "sec-")

FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})
"""Response headers that script can never read (Fetch, "forbidden response-header name")."""

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
"""Response headers that script may read anyway ("CORS-safelisted response-header name")."""

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
"""Names that mean something in a request alone, so that exposing them is a mistake."""


MAX_QUOTED = 500
"""Characters of a request's text that are quoted in one place at most."""


def quote(text: str) -> str:
    """Quote what a request contains, so that it can neither forge nor flood a line of a log."""
    return repr(text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "…")


def is_token(text: str) -> bool:
    """Tell whether ``text`` can be a method or a header name (RFC 9110, section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def normalise_method(method: str) -> str:
    """Spell a method as a browser sends it: six are upper-cased, all others keep their case."""
    upper = method.upper()
    return upper if upper in NORMALISED_METHODS else method


def is_forbidden_request_header(name: str) -> bool:
    """Tell whether browsers keep script from setting this request header."""
    name = name.lower()
    return name in FORBIDDEN_REQUEST_HEADERS or name.startswith(FORBIDDEN_REQUEST_PREFIXES)


def split_list(value: str) -> list[str]:
    """Split a comma-separated header value into its elements, in linear time.

    White space around elements and empty elements go, as RFC 9110, section 5.6.1.2 asks of a
    recipient. Elements are not checked: see :func:`is_token`.
    """
    return [element for part in value.split(",") if (element := part.strip(" \t"))]


def merge_names(values: Iterable[str], names: Sequence[str]) -> str:
    """Join header values that list names, and add those of ``names`` that are not there yet.

    Spelling and order stay; a name that is listed twice, in whatever case, stays once.
    """
    listed = [name for value in values for name in split_list(value)]
    present: dict[str, str] = {}
    for name in [*listed, *names]:
        present.setdefault(name.lower(), name)
    return ", ".join(present.values())


def merge_vary(values: Sequence[str], names: Sequence[str]) -> str:
    """Return one ``Vary`` value that says what ``values`` say, and ``names`` too.

    ``Vary: *`` stays as it is: it says more than any name could (RFC 9110, section 12.5.5).
    """
    if any("*" in split_list(value) for value in values):
        return "*"
    return merge_names(values, names)
