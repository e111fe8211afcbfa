"""Origins and header values as regular expressions that web servers understand.

They use only what PCRE and RE2 have in common: no look-around and no back-references. Unless they
say otherwise, each covers a whole value, so anchor it. All characters that a configuration file
could take for its own syntax are written as hexadecimal escapes.
"""

import re

from .._core.origins import ANY_PORT, DEFAULT_PORTS, Pattern
from .._core.protocol import MAX_REQUESTED_NAMES

LABELS = r"[a-z0-9_-]+(\.[a-z0-9_-]+)*"
"""One label of a host or more, as a wildcard covers them."""

TOKEN = r"[A-Za-z0-9\x21\x23-\x27*+.^_`|~-]"
"""A character of a method or a header name (RFC 9110, section 5.6.2)."""

TOO_MANY_NAMES = rf"[, \t]*([^, \t][^,]*(,[, \t]*|$)){{{MAX_REQUESTED_NAMES + 1}}}"
"""The start of a list of header names that is too long. Empty names do not count."""

AUTHORIZATION = r"(^|,)[ \t]*authorization[ \t]*(,|$)"
"""A part of a list of header names that has Authorization. Case does not count."""

_FIVE_DIGITS = "[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_FOUR_DIGITS = "[1-9][0-9]{3}"
_PORTS = {
    None: f"[1-9][0-9]{{0,3}}|{_FIVE_DIGITS}",
    80: f"[1-9]|[1-79][0-9]|8[1-9]|[1-9][0-9]{{2}}|{_FOUR_DIGITS}|{_FIVE_DIGITS}",
    443: f"[1-9][0-9]?|[1-35-9][0-9]{{2}}|4[0-35-9][0-9]|44[0-24-9]|{_FOUR_DIGITS}|{_FIVE_DIGITS}",
}
"""All ports but one, which is the default port of a scheme: browsers leave that out."""


def escape(text: str) -> str:
    r"""Return an expression for a text.

    >>> print(escape("https://app.example"), escape("app://{x}"))
    https://app\.example app://\x7Bx\x7D
    """
    return re.sub(r"[^A-Za-z0-9:/_-]", _escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return r"\." if character == "." else f"\\x{ord(character):02X}"


def of_pattern(pattern: Pattern) -> str:
    """Return an expression for the origins that a pattern matches.

    It does not limit their length: see :data:`.origins.MAX_ORIGIN_LENGTH`.
    """
    labels = rf"{LABELS}\." if pattern.subdomains else ""
    start = f"{escape(pattern.scheme)}://{labels}{escape(pattern.host)}"
    if pattern.port == ANY_PORT:
        return f"{start}(:({_PORTS[DEFAULT_PORTS.get(pattern.scheme)]}))?"
    return start if pattern.port is None else f"{start}:{pattern.port}"
