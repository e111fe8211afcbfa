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

LONGEST_METHOD = 100
"""Characters of a method; longer ones are not repeated."""

IMPLIED = {"GET", "HEAD", "POST"}
"""Methods that browsers let pass whatever a preflight's answer lists, if its status is ok."""


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


def as_seen(settings: Mapping[str, Any], origin: str | None) -> Mapping[str, Any]:
    """Return the settings of the plain policy that decides about an ``Origin`` header."""
    listed = settings["allow_credentials"]
    if isinstance(listed, bool):
        return settings
    if origin is None or not admits_any(listed, origin):
        return {**settings, "allow_credentials": False}
    return {**settings, "allow_origins": listed, "allow_credentials": True}


def answers_differ(settings: Mapping[str, Any]) -> bool:
    """Tell whether answers depend on the origin, so that ``Vary`` has to name it."""
    lists_some = not isinstance(settings["allow_credentials"], bool)
    return lists_some or "*" not in settings["allow_origins"]


def expected(settings: Mapping[str, Any] | None, origin: str | None, own: Lines) -> dict[str, Any]:
    """Return what has to come of an app's own lines under a policy with these settings."""
    lines = list(own)
    if settings is None:
        return decided(lines)
    vary = {name.lower() for name in elements(values(lines, "vary"))}
    if answers_differ(settings):
        vary |= {"origin"}
    settings = as_seen(settings, origin)
    everybody = "*" in settings["allow_origins"]
    admitted = origin is not None and admits_any(settings["allow_origins"], origin)
    credentials = settings["allow_credentials"]
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


def preflight_status(settings: Mapping[str, Any], origin: str, asked: str) -> str:
    """Return the status of the answer to a preflight that asks for no headers."""
    written = settings["allow_methods"]
    if not admits_any(settings["allow_origins"], origin):
        return "403 Forbidden"
    if asked in IMPLIED and written is not None and "*" not in written and asked not in written:
        return "403 Forbidden"
    return "204 No Content"


def preflight_methods(
    settings: Mapping[str, Any], origin: str, asked: str, served: Iterable[str] | None
) -> set[str]:
    """Return the methods that an answer with status 204 lists.

    :param served: the methods of the endpoint; ``None`` without a router.
    """
    written = settings["allow_methods"]
    if served is None and written is None:
        return IMPLIED
    if served is None and "*" in written and as_seen(settings, origin)["allow_credentials"]:
        return {asked} if _may_be_repeated(asked) else set()
    if served is None:
        return {"*"} if "*" in written else set(written)
    known = {method for method in served if _may_be_repeated(method)}
    return known if written is None or "*" in written else known & set(written)


def _may_be_repeated(method: str) -> bool:
    return is_token(method) and method != "*" and len(method) <= LONGEST_METHOD
