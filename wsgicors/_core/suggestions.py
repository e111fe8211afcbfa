"""What to use instead of a string that is not an origin or a pattern.

:meth:`.Pattern.parse` decides; this module is imported only to explain what it rejects.
"""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import quote

from .headers import unquote
from .origins import (
    ANY_PORT,
    DEFAULT_PORTS,
    DOMAIN_SCHEMES,
    MAX_LABEL_LENGTH,
    MAX_NAME_LENGTH,
    MAX_ORIGIN_LENGTH,
    OPAQUE_ORIGINS,
    OPAQUE_SCHEMES,
    PAGE_SCHEMES,
    Pattern,
    canonical_ip,
    ends_in_a_number,
    is_idna_label,
)
from .problems import show
from .public_suffixes import is_shared

# Matches every string with a colon; each part may hold anything.
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
"""A question mark before a domain: a wildcard for one character, not the start of a query."""
_HOST = re.compile(r"localhost$|[^.:]+[.:]")
_IGNORED = re.compile("[\u00ad\u200b\u2060\ufe00-\ufe0f\ufeff]")
_SEPARATORS = {",": "a comma", ";": "a semicolon"}

_ASCII = "".join(map(chr, range(0x80)))

_ALLOW_ALL = "use '*' to allow every origin"
_USE_OWN_DOMAIN = "use a domain of your own in the form 'https://*.app.example'"


class Suggestion(NamedTuple):
    """Why a string is rejected, and what to use instead."""

    code: str
    """The code of the problem."""
    fault: str
    advice: str
    corrected: str = ""
    """What to use, if that is one origin or pattern."""
    trusted: str = ""
    """The advice for ``allow_credentials``, if that is another: it takes no ``*`` or callable."""

    @property
    def message(self) -> str:
        """The fault and the advice in one line."""
        return f"{self.fault}; {self.advice}"


def suggest(text: str, setting: str = "allow_origins") -> Suggestion:
    """Explain why :meth:`.Pattern.parse` rejects a string, and what to use instead."""
    suggestion = _suggest(text)
    if setting == "allow_credentials" and suggestion.trusted:
        return suggestion._replace(advice=suggestion.trusted)
    return suggestion


def _suggest(text: str) -> Suggestion:
    stripped = text.strip()
    if not stripped:
        return Suggestion("origin-syntax", f"{show(text)} is empty", "remove it")
    if len(text) > MAX_ORIGIN_LENGTH:
        fault = f"{stripped[:40]!r}… is longer than any origin"
        return Suggestion("origin-syntax", fault, "use the form 'https://app.example'")
    unquoted = unquote(stripped)
    is_before = not unquoted or not stripped.startswith(unquoted)
    # If a quote is only after the rest, and that is not valid, then it may be another mistake.
    if unquoted != stripped and (is_before or _is_valid(unquoted)):
        return _surrounded(text, "quotes around it", unquoted)
    if stripped.lower() == "null" or stripped.partition(":")[0].lower() in OPAQUE_SCHEMES:
        return _remove(f"{text!r} is not an origin that browsers send")
    origins = [unquote(word) for word in re.split(r"[\s,;]+", stripped.strip(",; "))]
    if len(origins) > 1 and ("," in text or _are_several(origins)):
        return _several(text, origins)
    for place, mark in (("end", stripped[-1]), ("start", stripped[0])):
        if mark in _SEPARATORS:
            return _surrounded(text, f"{_SEPARATORS[mark]} at its {place}", stripped.strip(",; "))
    if _REGEX.search(stripped):
        why = "looks like a regular expression, which wsgicors does not accept"
        use = "use 'https://*.app.example' for subdomains"
        advice = f"{use}, or a callable for anything else"
        return Suggestion("invalid-pattern", f"{text!r} {why}", advice, trusted=use)
    if _ONE_CHARACTER.search(stripped):
        stripped = stripped.replace("?", "*")
    if not stripped.strip("*.:/"):
        return _too_wide(text)
    if re.match(r"(?:https?:)|[^:/?#]*:[/\\]", stripped, re.IGNORECASE) is None:
        return _without_scheme(text, stripped)
    parts = _PARTS.fullmatch(stripped)
    assert parts is not None, "it has a colon"
    return _by_parts(text, parts)


def _by_parts(text: str, parts: re.Match[str]) -> Suggestion:
    scheme, wild, host, port = parts["scheme"], parts["wild"], parts["host"], parts["port"]
    is_domain = _has_domain(scheme)
    if not is_domain and parts["slashes"] == "///":
        host, port = "", None  # a URL without a host, such as app:///index.html
    corrected = _correct(scheme, "*." if wild else "", host, port)
    if "*" in scheme:
        return _open_scheme(text, parts)
    if not host.strip("*.") and (is_domain or "*" in wild + host):
        if wild or "*" in host:
            return _too_wide(text)
        fault = f"{text!r} has no host"
        return Suggestion("origin-syntax", fault, "use the form 'https://app.example'")
    address = canonical_ip(host.lower()) if is_domain or host.startswith("[") else None
    if wild and address is not None:
        fault = f"{text!r} asks for subdomains of an IP address"
        return _with_correction("origin-ip-spelling", fault, corrected.replace("*.", "", 1))
    if "*" in host or wild not in ("", "*.") or (port and "*" in port and port != "*"):
        return _misplaced_wildcard(text, parts)
    if not host.isascii():
        fault = f"{text!r} is not in the ASCII form that browsers send"
        return _with_correction("origin-not-ascii", fault, corrected)
    if address not in (None, host) or "%" in host.partition("[")[2]:
        fault = f"{text!r} is not the form of this IP address that browsers send"
        return _with_correction("origin-ip-spelling", fault, corrected)
    return _with_correction("origin-syntax", f"{text!r} {_why(text, parts)}", corrected)


def _why(text: str, parts: re.Match[str]) -> str:
    """Return the first thing in which a string differs from what browsers send."""
    scheme, host, port = parts["scheme"].lower(), parts["host"], parts["port"]
    is_domain = _has_domain(scheme)
    name = host.lower().removesuffix(".")
    labels = name.split(".") if is_domain else []
    words = re.split(r"[\s;]+", text.strip())
    undecodable = next((label for label in labels if not is_idna_label(label)), None)
    faults = {
        "has whitespace around it": text != text.strip(),
        "has no scheme before '://'": not scheme,
        "does not have '://' after the scheme": parts["slashes"] != "//",
        "has the scheme of a WebSocket, not of the page that opens it": scheme in PAGE_SCHEMES,
        "has a user name, which is not part of an origin": parts["userinfo"] is not None,
        "has a bracket that is not closed": host.startswith("[") and not host.endswith("]"),
        "ends with a slash, which is not part of an origin": parts["rest"] == "/",
        "looks like several origins; list each origin as its own string": len(words) > 1
        and all(_HOST.match(word.rpartition("://")[2]) for word in words),
        "contains a space": " " in text.strip(),
        "has a path, which is not part of an origin": parts["rest"].startswith("/"),
        "continues after the host and port, where an origin ends": parts["rest"],
        "is not in lower case": parts["scheme"] != scheme or (is_domain and host != host.lower()),
        "has a colon but no port": port == "",
        "has a port but no host": not host,
        f"has the port {port!r}, and ports are 1 to 65535": port and not _is_port(port),
        "has a port with leading zeros": port and port.startswith("0"),
        "has the default port, which browsers leave out": port
        and scheme in DEFAULT_PORTS
        and port == str(DEFAULT_PORTS[scheme]),
        "has a host that looks like an IP address but is not valid": host.startswith("[")
        or (is_domain and ends_in_a_number(host)),
        "has an empty label in its host": is_domain and "" in labels,
        f"has a label of more than {MAX_LABEL_LENGTH} characters, which DNS does not allow": any(
            len(label) > MAX_LABEL_LENGTH for label in labels
        ),
        f"has a host of more than {MAX_NAME_LENGTH} characters, which DNS does not allow": is_domain
        and len(name) > MAX_NAME_LENGTH,
        f"has the label {undecodable!r}, which browsers cannot decode": undecodable is not None,
        "has a wildcard before a host that is not a domain": not is_domain and parts["wild"],
    }
    found = (why for why, is_so in faults.items() if is_so)
    return next(found, "has a character in its host that browsers never send")


def _is_port(port: str) -> bool:
    return port == "*" or (_PORT.fullmatch(port) is not None and 0 < int(port) <= 65535)


def _has_domain(scheme: str) -> bool:
    return scheme.lower() in DOMAIN_SCHEMES or "*" in scheme


def _correct(scheme: str, wild: str, host: str, port: str | None) -> str:
    """Join the parts in the form that browsers send, as far as it can be guessed."""
    scheme = PAGE_SCHEMES.get(scheme.lower(), scheme.lower())
    if _has_domain(scheme) or host.startswith("["):
        host = _to_ascii(host)
        host = canonical_ip(host) or host
    else:
        host = quote(host, safe=_ASCII)
    if port and _PORT.fullmatch(port):
        port = str(int(port))
    if not port or port == str(DEFAULT_PORTS.get(scheme)):
        return f"{scheme}://{wild}{host}"
    return f"{scheme}://{wild}{host}:{port}"


def _to_ascii(host: str) -> str:
    """Encode a host as browsers do, closely enough for advice (UTS 46, non-transitional)."""
    mapped = unicodedata.normalize("NFKC", "".join(map(_fold, _IGNORED.sub("", host))))
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in mapped.replace("\u3002", ".").split(".")
    )


def _fold(character: str) -> str:
    """Fold the case of a character; the sharp s and the final sigma stay (UTS 46, "deviation")."""
    if character in "\u00df\u1e9e\u03c2":
        return character.lower()
    # Some letters, such as mathematical ones, have a case only when they are decomposed.
    folded = unicodedata.normalize("NFKC", character.casefold())
    return unicodedata.normalize("NFKC", folded.casefold())


def _surrounded(text: str, what: str, inner: str) -> Suggestion:
    """Explain a string that would be an origin, or another mistake, without what is around it."""
    if Pattern.parse(inner) is not None:
        return _with_correction("origin-syntax", f"{text!r} has {what}", inner)
    if inner == "*":
        fault = f"{text!r} has {what}"
        return Suggestion("origin-syntax", fault, "use '*'", trusted="list origins")
    if inner in OPAQUE_ORIGINS:
        why = "is the origin of every sandboxed frame and local file"
        return _remove(f"{text!r} has {what}, and {inner!r} {why}")
    other = _suggest(inner)
    rest = other.fault.removeprefix(repr(inner)).strip()
    return other._replace(fault=f"{text!r} has {what}, and without that it {rest}")


def _remove(fault: str) -> Suggestion:
    return Suggestion("origin-syntax", fault, f"{_ALLOW_ALL}, or remove it", trusted="remove it")


def _are_several(words: list[str]) -> bool:
    """Return whether the words of a string look like origins, and not like parts of one."""
    schemes = sum("://" in word for word in words)
    return schemes > 1 or (schemes == 0 and all(map(_HOST.match, words)))


def _several(text: str, origins: list[str]) -> Suggestion:
    advice = trusted = "list each as its own string"
    others = [origin for origin in origins if origin != "*"]
    if all(map(_is_advisable, others)):
        trusted += f": {', '.join(map(repr, others))}"
        advice += f": {', '.join(map(repr, origins))}"
    trusted = trusted if others else "list origins"
    fault = f"{text!r} contains several origins"
    return Suggestion("origin-syntax", fault, advice, trusted=trusted)


def _without_scheme(text: str, stripped: str) -> Suggestion:
    rest = stripped.lstrip("/")
    if canonical_ip(f"[{rest}]") is not None:
        rest = f"[{rest}]"
    parts = _PARTS.fullmatch(f"x://{rest}")
    assert parts is not None, "it has a colon"
    assumed = "http" if _LOCAL.fullmatch(parts["host"].lower()) else "https"
    if assumed == "https" and "." not in rest and ":" not in rest:
        fault, use = f"{text!r} is not an origin", "list origins such as 'https://app.example'"
        advice = f"{_ALLOW_ALL}, or {use}"
        return Suggestion("origin-without-scheme", fault, advice, trusted=use)
    corrected = _correct(assumed, "*." if parts["wild"] else "", parts["host"], parts["port"])
    fault = f"{text!r} has no scheme, so browsers never send it"
    return _with_correction("origin-without-scheme", fault, corrected)


def _too_wide(text: str) -> Suggestion:
    fault, use = f"{text!r} would allow every host", "list the hosts"
    return Suggestion("any-origin-pattern", fault, f"{use}, or {_ALLOW_ALL}", trusted=use)


def _open_scheme(text: str, parts: re.Match[str]) -> Suggestion:
    wild = "*." if parts["wild"] else ""
    https, http = (_correct(s, wild, parts["host"], parts["port"]) for s in ("https", "http"))
    if Pattern.parse(https) is None or Pattern.parse(http) is None:
        return _too_wide(text)
    if not _is_advisable(https):
        fault = f"{text!r} leaves the scheme open, and allows sites of strangers"
        return Suggestion("any-origin-pattern", fault, _USE_OWN_DOMAIN)
    advice = f"use {https!r} and, for pages without encryption, {http!r}"
    return Suggestion("any-origin-pattern", f"{text!r} leaves the scheme open", advice)


def _misplaced_wildcard(text: str, parts: re.Match[str]) -> Suggestion:
    port = "*" if parts["port"] and "*" in parts["port"] else parts["port"]
    wild, host, in_label = "*." if parts["wild"] else "", parts["host"], False
    if "*" in host:
        # The domain follows the last wildcard; the rest of a label with a wildcard is dropped.
        domain = host.rpartition("*")[2]
        in_label = not domain[:1].isalnum()
        wild, host = "*.", domain.partition(".")[2] if in_label else domain
    corrected = _correct(parts["scheme"], wild, host, port)
    pattern = Pattern.parse(corrected)
    use, otherwise = f"use {corrected!r}", ", or a callable"
    if pattern is None or (wild and "." not in host):
        use = "use the form 'https://*.app.example'"
    elif wild and is_shared(pattern):  # strangers can get names that a callable would allow
        use, otherwise = f"list each origin, or {_USE_OWN_DOMAIN}", ""
    elif in_label and (code := _callable_for(parts)):
        otherwise += f": {code}"
    why = (
        "has a wildcard in the wrong place: only '*.' before the host and ':*' after it are "
        "supported"
    )
    return Suggestion("invalid-pattern", f"{text!r} {why}", f"{use}{otherwise}", trusted=use)


def _callable_for(parts: re.Match[str]) -> str | None:
    """Return a setting that matches a wildcard in a label, or ``None`` if it is a whole label.

    The wildcard matches neither a dot nor a hyphen.
    """
    host, port = parts["host"].lower(), parts["port"]
    label = next(label for label in reversed(host.split(".")) if "*" in label)
    if not label.strip("*") or parts["wild"] or re.fullmatch(r"[a-z0-9_.*\-]+", host) is None:
        return None
    any_port = ANY_PORT if port and "*" in port else port
    example = Pattern.parse(_correct(parts["scheme"], "", host.replace("*", "x"), any_port))
    if example is None:
        return None
    host = re.sub(r"\*+", "[a-z0-9]+", host.replace(".", r"\."))
    suffix = "(:[0-9]+)?" if example.port == ANY_PORT else f":{example.port or ''}".rstrip(":")
    scheme = example.scheme
    expression = f'r"{scheme}://{host}{suffix}"'
    return f"allow_origins=[lambda origin: re.fullmatch({expression}, str(origin)) is not None]"


def _with_correction(code: str, fault: str, corrected: str) -> Suggestion:
    if Pattern.parse(corrected) is None:
        return Suggestion(code, fault, "use the form 'https://app.example:8443'")
    if not _is_advisable(corrected):
        return Suggestion(code, f"{fault}, and allows sites of strangers", _USE_OWN_DOMAIN)
    return Suggestion(code, fault, f"use {corrected!r}", corrected)


def _is_valid(text: str) -> bool:
    """Return whether a string is a valid entry of ``allow_origins``."""
    return text == "*" or text in OPAQUE_ORIGINS or Pattern.parse(text) is not None


def _is_advisable(text: str) -> bool:
    """Return whether a string is a valid entry that does not allow sites of strangers."""
    pattern = Pattern.parse(text)
    return pattern is not None and not (pattern.subdomains and is_shared(pattern))
