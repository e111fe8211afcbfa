"""What is right, spelt out slowly and plainly, with nothing of wsgicors in it.

No regular expression, no parser, no table of keys: a string is split, and its parts are compared.
"""

import string
from collections.abc import Iterable, Mapping
from typing import Any

Lines = Iterable[tuple[str, str]]

LONGEST = 512
"""Characters of an origin; longer ones match no pattern."""

PORTS = {f":{number}" for number in range(1, 65_536)}
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
LABEL = set(string.ascii_lowercase + string.digits + "-_")
TOKEN = set(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")

ALLOW_ORIGIN = "access-control-allow-origin"
ALLOW_CREDENTIALS = "access-control-allow-credentials"
EXPOSE = "access-control-expose-headers"
DECIDED = {ALLOW_ORIGIN, ALLOW_CREDENTIALS, EXPOSE, "vary"}
"""Lines of an ordinary response in which a policy has a say."""


def admits(entry: str, origin: str) -> bool:
    """Tell whether an entry of ``allow_origins`` admits an ``Origin`` header."""
    if entry == "*":
        return True
    if "*" not in entry:
        return origin == entry
    scheme, host, port = _split(entry)
    asking_scheme, asking_host, asking_port = _split(origin)
    return (
        len(origin) <= LONGEST
        and asking_scheme == scheme
        and _host_fits(host, asking_host)
        and _port_fits(port, asking_port, scheme)
    )


def admits_any(entries: Iterable[str], origin: str) -> bool:
    return any(admits(entry, origin) for entry in entries)


def _split(text: str) -> tuple[str, str, str]:
    """Split into a scheme with its ``://``, a host, and a port with its colon."""
    scheme, slashes, rest = text.partition("://")
    end = rest.index("]") + 1 if rest.startswith("[") and "]" in rest else 0
    host = rest[:end] or rest.partition(":")[0]
    return scheme + slashes, host, rest[len(host) :]


def _host_fits(host: str, asking: str) -> bool:
    if not host.startswith("*."):
        return asking == host
    domain = host.removeprefix("*")
    labels = asking.removesuffix(domain).split(".")
    return asking.endswith(domain) and all(label and set(label) <= LABEL for label in labels)


def _port_fits(port: str, asking: str, scheme: str) -> bool:
    if port != ":*":
        return asking == port
    default = DEFAULT_PORTS.get(scheme.removesuffix("://"))
    return asking == "" or (asking in PORTS and asking != default)


def elements(values: Iterable[str]) -> set[str]:
    """Return the elements of comma-separated values."""
    return {element.strip(" \t") for value in values for element in value.split(",")} - {""}


def is_token(text: str) -> bool:
    return text != "" and set(text) <= TOKEN


def values(lines: Lines, name: str) -> list[str]:
    return [value for line, value in lines if line.lower() == name]


def undecided(lines: Lines) -> list[tuple[str, str]]:
    """Return the lines that are none of a policy's business."""
    return [line for line in lines if line[0].lower() not in DECIDED]


def decided(lines: Lines) -> dict[str, Any]:
    """Return the others: lists of names as sets, in lower case, and the rest as it is."""
    lines = list(lines)
    names = {name: elements(values(lines, name)) for name in ("vary", EXPOSE)}
    return {
        **{name: {element.lower() for element in listed} for name, listed in names.items()},
        **{name: values(lines, name) for name in (ALLOW_ORIGIN, ALLOW_CREDENTIALS)},
    }


def expected(settings: Mapping[str, Any] | None, origin: str | None, own: Lines) -> dict[str, Any]:
    """Return what has to come of an app's own lines under a policy with these settings."""
    lines = list(own)
    if settings is None:
        return decided(lines)
    everybody = "*" in settings["allow_origins"]
    admitted = origin is not None and admits_any(settings["allow_origins"], origin)
    credentials = settings["allow_credentials"]
    vary = {name.lower() for name in elements(values(lines, "vary"))}
    if not everybody:
        vary |= {"origin"}
    exposed = {name for name in elements(values(lines, EXPOSE)) if is_token(name)}
    exposed -= {"*"} if credentials else set()
    exposed |= {"*"} if "*" in settings["expose_headers"] else {*settings["expose_headers"]}
    granted = everybody or admitted
    return {
        "vary": {"*"} if "*" in vary else vary,
        EXPOSE: {name.lower() for name in exposed} if granted else set(),
        ALLOW_ORIGIN: ["*"] if everybody else [origin] if admitted else [],
        ALLOW_CREDENTIALS: ["true"] if granted and credentials else [],
    }
