"""Which request headers need a preflight, and which ones JavaScript cannot set.

Fetch, "CORS-safelisted request-header" and "forbidden request-header".
"""

import re
from collections.abc import Iterable

from .._core.headers import FORBIDDEN_METHODS, Header, is_forbidden_request_header, split_list
from .profiles import Profile

MAX_VALUE_SIZE = 128
"""Limit for the value of one safelisted header, in bytes."""

MAX_TOTAL_SIZE = 1_024
"""Limit for the values of all safelisted headers together, in bytes."""

_INTEGER = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
CLIENT_HINTS = {
    "device-memory": _DECIMAL,
    "downlink": _DECIMAL,
    "dpr": _DECIMAL,
    "ect": re.compile("slow-2g|2g|3g|4g"),
    "rtt": _INTEGER,
    "save-data": re.compile("on", re.IGNORECASE),
    "viewport-width": _INTEGER,
    "width": _INTEGER,
}
"""The values of client hints that Chromium safelists, by name."""

SIMPLE_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
METHOD_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})

_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_MIME_TYPE = re.compile(rf"[\t\n\r ]*({_TOKEN})/({_TOKEN})[\t\n\r ]*(?:;.*)?", re.DOTALL)


def is_forbidden(name: str, value: str, profile: Profile) -> bool:
    """Return whether the browser silently drops this header when JavaScript sets it."""
    name = name.lower()
    if name == "user-agent":
        return "user-agent-dropped" in profile
    if name in METHOD_OVERRIDES:
        return any(method.upper() in FORBIDDEN_METHODS for method in split_list(value))
    return is_forbidden_request_header(name)


def unsafe_names(headers: Iterable[Header], profile: Profile) -> list[str]:
    """List the names that a preflight asks for: in lower case, sorted, without duplicates.

    Fetch, "CORS-unsafe request-header names".
    """
    unsafe: set[str] = set()
    potentially: set[str] = set()
    size = 0
    for name, value in headers:
        if is_safelisted(name, value, profile):
            potentially.add(name.lower())
            size += len(value)
        else:
            unsafe.add(name.lower())
    if size > MAX_TOTAL_SIZE:
        unsafe |= potentially
    return sorted(unsafe)


def is_safelisted(name: str, value: str, profile: Profile) -> bool:
    """Return whether a header needs no preflight; each character of the value is one byte."""
    if len(value) > MAX_VALUE_SIZE:
        return False
    match name.lower():
        case "accept":
            return _UNSAFE_BYTE.search(value) is None
        case "accept-language" | "content-language":
            return _LANGUAGE.fullmatch(value) is not None
        case "content-type":
            return _UNSAFE_BYTE.search(value) is None and mime_essence(value) in SIMPLE_TYPES
        case "range":
            return _is_simple_range(value, profile)
        case hint if hint in CLIENT_HINTS and "client-hints-safelisted" in profile:
            return CLIENT_HINTS[hint].fullmatch(value) is not None
        case _:
            return False


def mime_essence(value: str) -> str | None:
    """Return ``type/subtype`` in lower case, or ``None`` (MIME Sniffing, "parse a MIME type")."""
    match = _MIME_TYPE.fullmatch(value)
    return f"{match[1]}/{match[2]}".lower() if match else None


def _is_simple_range(value: str, profile: Profile) -> bool:
    match = _RANGE.fullmatch(value)
    if match is None:
        return False
    start, end = match.groups()
    if "long-range-unsafe" in profile and max(int(start), int(end or 0)) >= 2**63 - 1:
        return False
    return not end or int(start) <= int(end)
