"""What to write instead of an origin that no browser sends.

Only asked once an origin has been found wrong: :meth:`.Pattern.parse` decides, this room explains.
"""

import re
import unicodedata
from typing import NamedTuple

from .addresses import canonical_ip, ends_in_a_number
from .origins import (
    DEFAULT_PORTS,
    MAX_ORIGIN_LENGTH,
    OPAQUE_SCHEMES,
    PAGE_SCHEMES,
    Pattern,
)

# Anything at all splits into these; what they hold may be wrong in every way.
_PARTS = re.compile(
    r"(?P<scheme>[^:/?#]*):(?P<slashes>[/\\]*)"
    r"(?:(?P<userinfo>[^/?#\\]*)@)?"
    r"(?P<wild>(?:\*\.)*)"
    r"(?P<host>\[[^\]]*\]|[^/?#:\\]*)"
    r"(?::(?P<port>[^/?#\\]*))?"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_PORT = re.compile(r"[0-9]{1,6}")
_LOCAL = re.compile(r"(?:localhost|127(?:\.[0-9]+){3}|0\.0\.0\.0|\[.*\])(?::.*)?")
_REGEX = re.compile(r"\^|\\[.dw]|(?<![*a-z0-9-])\.\*|\.\+|\(|\$$|s\?:")
_ONE_CHARACTER = re.compile(r"\?[a-z0-9.*?-]*\.[a-z]{2,}(?::[0-9*]*)?$", re.IGNORECASE)
"""A question mark that a domain follows: a wildcard in some patterns, and no query."""
_LEFT_OUT = re.compile("[\u00ad\u200b\u2060\ufeff]")


class Correction(NamedTuple):
    """Why an origin cannot work, and what to write instead."""

    code: str
    message: str


def correct(text: str) -> Correction:
    """Explain what is wrong with a string that :meth:`.Pattern.parse` refuses."""
    stripped = text.strip()
    if not stripped:
        return Correction("origin-syntax", f"{text!r} is empty; leave it out")
    if len(stripped) > MAX_ORIGIN_LENGTH:
        return _example(f"{text[:40]!r}… is longer than any origin", "https://app.example")
    if stripped.lower() == "null":
        advice = "write '*' if you mean everybody, or leave it out"
        return Correction("origin-syntax", f"{text!r} is no origin; {advice}")
    if stripped.partition(":")[0].lower() in OPAQUE_SCHEMES:
        advice = "write '*' if you mean everybody, or leave it out"
        return Correction("origin-syntax", f"{text!r} has no origin to send; {advice}")
    if "," in text:
        each = "write each as a string of its own"
        return Correction("origin-syntax", f"{text!r} holds several origins; {each}")
    if _REGEX.search(stripped):
        why = "looks like a regular expression, and those are not taken"
        advice = "write 'https://*.app.example' for subdomains, or a callable for the rest"
        return Correction("invalid-pattern", f"{text!r} {why}; {advice}")
    if _ONE_CHARACTER.search(stripped):
        stripped = stripped.replace("?", "*")
    if not stripped.strip("*.:/"):
        return _too_wide(text)
    if re.match(r"(?:https?:)|[^:/?#]*:[/\\]", stripped, re.IGNORECASE) is None:
        return _without_scheme(text, stripped)
    parts = _PARTS.fullmatch(stripped)
    assert parts is not None, "a colon is all that it needs"
    return _by_parts(text, parts)


def _by_parts(text: str, parts: re.Match[str]) -> Correction:
    scheme, wild, host, port = parts["scheme"], parts["wild"], parts["host"], parts["port"]
    written = _rewrite(scheme, "*." if wild else "", host, port)
    if "*" in scheme:
        return _open_scheme(text, parts)
    if not host.strip("*."):
        return _too_wide(text) if wild or "*" in host else _example(f"{text!r} names no host")
    address = canonical_ip(host.lower())
    if wild and address is not None:
        why = "asks for subdomains of an IP address"
        return _written("origin-ip-spelling", f"{text!r} {why}", written.replace("*.", "", 1))
    if "*" in host or wild not in ("", "*.") or (port and "*" in port and port != "*"):
        return _misplaced_wildcard(text, parts)
    if not host.isascii():
        why = "is not in its ASCII form, which is what browsers send"
        return _written("origin-not-ascii", f"{text!r} {why}", written)
    if address not in (None, host) or "%" in host.partition("[")[2]:
        why = "spells an IP address as no browser does"
        return _written("origin-ip-spelling", f"{text!r} {why}", written)
    return _written("origin-syntax", f"{text!r} {_why(text, parts)}", written)


def _why(text: str, parts: re.Match[str]) -> str:
    """Name the first part that a browser would have left out or written otherwise."""
    scheme, host, port = parts["scheme"].lower(), parts["host"], parts["port"]
    faults = {
        "has white space around it": text != text.strip(),
        "has nothing before '://'": not scheme,
        "does not have '://' after its scheme": parts["slashes"] != "//",
        "names the scheme of a socket, not of the page that opens it": scheme in PAGE_SCHEMES,
        "names a user, which no origin does": parts["userinfo"] is not None,
        "has a bracket that is not closed": host.startswith("[") and not host.endswith("]"),
        "ends in a slash, and origins do not": parts["rest"] == "/",
        "has a space in it": " " in text.strip(),
        "has a path, and origins have none": parts["rest"].startswith("/"),
        "goes on after the host and port, where an origin ends": parts["rest"],
        "is not in lower case": (parts["scheme"], host) != (scheme, host.lower()),
        "has a colon and no port": port == "",
        f"has {port!r} for a port, and ports are 1 to 65535": port and not _is_port(port),
        "has a port with leading zeros": port and port.startswith("0"),
        "names the default port, which browsers leave out": port
        and scheme in DEFAULT_PORTS
        and port == str(DEFAULT_PORTS[scheme]),
        "has a host that browsers take for an IP address, and it is none": host.startswith("[")
        or ends_in_a_number(host),
        "has an empty label": ".." in host or host.startswith("."),
    }
    found = (why for why, is_so in faults.items() if is_so)
    return next(found, "has a character that stands in no host that a browser sends")


def _is_port(port: str) -> bool:
    return port == "*" or (_PORT.fullmatch(port) is not None and 0 < int(port) <= 65535)


def _rewrite(scheme: str, wild: str, host: str, port: str | None) -> str:
    """Put the parts together as a browser would have, as far as can be guessed."""
    scheme = PAGE_SCHEMES.get(scheme.lower(), scheme.lower())
    host = _ascii(host)
    host = canonical_ip(host) or host
    if port and _PORT.fullmatch(port):
        port = str(int(port))
    if not port or port == str(DEFAULT_PORTS.get(scheme)):
        return f"{scheme}://{wild}{host}"
    return f"{scheme}://{wild}{host}:{port}"


def _ascii(host: str) -> str:
    """Encode a host as browsers do, near enough for advice (UTS 46, non-transitional)."""
    mapped = unicodedata.normalize("NFKC", _LEFT_OUT.sub("", host.lower()))
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in mapped.replace("\u3002", ".").split(".")
    )


def _without_scheme(text: str, stripped: str) -> Correction:
    rest = stripped.lstrip("/")
    if canonical_ip(f"[{rest}]") is not None:
        rest = f"[{rest}]"
    parts = _PARTS.fullmatch(f"x://{rest}")
    assert parts is not None, "a colon is all that it needs"
    assumed = "http" if _LOCAL.fullmatch(parts["host"].lower()) else "https"
    if assumed == "https" and "." not in rest and ":" not in rest:
        advice = "write '*' for everybody, or list origins such as 'https://app.example'"
        return Correction("origin-without-scheme", f"{text!r} names no host; {advice}")
    written = _rewrite(assumed, "*." if parts["wild"] else "", parts["host"], parts["port"])
    why = "has no scheme, so no browser will ever send it"
    return _written("origin-without-scheme", f"{text!r} {why}", written)


def _too_wide(text: str) -> Correction:
    advice = "list the hosts, or write '*' if every page in the world may read this"
    return Correction("any-origin-pattern", f"{text!r} would admit every host; {advice}")


def _open_scheme(text: str, parts: re.Match[str]) -> Correction:
    wild = "*." if parts["wild"] else ""
    https, http = (_rewrite(s, wild, parts["host"], parts["port"]) for s in ("https", "http"))
    if Pattern.parse(https) is None or Pattern.parse(http) is None:
        return _too_wide(text)
    both = f"{https!r} and, if you must, {http!r}"
    return Correction("any-origin-pattern", f"{text!r} leaves the scheme open; write {both}")


def _misplaced_wildcard(text: str, parts: re.Match[str]) -> Correction:
    port = "*" if parts["port"] and "*" in parts["port"] else parts["port"]
    wild, host = "*." if parts["wild"] else "", parts["host"]
    if "*" in host:
        # The domain is what follows the last wildcard; a piece of a label is none of it.
        domain = host.rpartition("*")[2]
        wild, host = "*.", domain if domain[:1].isalnum() else domain.partition(".")[2]
    written = _rewrite(parts["scheme"], wild, host, port)
    why = f"{text!r} has a wildcard where none can stand: '*.' comes first in a host, ':*' last"
    if Pattern.parse(written) is None or (wild and "." not in host):
        return Correction(
            "invalid-pattern", f"{why}; write it as in 'https://*.app.example', or a callable"
        )
    return Correction("invalid-pattern", f"{why}; write {written!r}, or a callable")


def _written(code: str, fault: str, written: str) -> Correction:
    if Pattern.parse(written) is None:
        return Correction(code, f"{fault}; write it as in 'https://app.example:8443'")
    return Correction(code, f"{fault}; write {written!r}")


def _example(fault: str, written: str = "https://app.example") -> Correction:
    return Correction("origin-syntax", f"{fault}; write it as in {written!r}")
