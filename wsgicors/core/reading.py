"""Reading the settings of a policy: from what people write to what a policy keeps.

Each reader takes one setting as given, returns it normalised and reports what is wrong with it.
Nothing here raises: faults are collected, so that they can be told all at once. Origins have a
room of their own, :mod:`.allowlist`; what only shows between settings is for :mod:`.risks`.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeGuard, cast

from . import headers
from .problems import RISKS, Findings

MAX_AGE_LIMIT = 86_400
"""Seconds; no browser keeps a preflight for longer than Firefox's day."""

MAX_AGE_CAPS = {"Chromium": 7_200, "WebKit": 600}
"""Seconds that these browsers keep a preflight at most (Fetch, "CORS-preflight cache")."""


def read_bool(setting: str, value: object, findings: Findings) -> bool:
    """Read a switch; no string is one, for ``"False"`` would be true."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    written = text in {"true", "1", "yes", "on"}
    advice = f"write {setting}={written}"
    if isinstance(value, str):
        advice += f" (in JSON, TOML and the environment: {str(written).lower()})"
    findings.wrong_type(setting, value, "a bool", advice)
    return written  # so that the faults that come with it are told too


def read_items(setting: str, value: object, findings: Findings, example: str) -> list[object]:
    """Read a list, or the comma-separated string that configuration often has in its place."""
    if isinstance(value, str):
        return [*headers.split_list(value)]
    if _is_list(value):
        return list(value)
    findings.wrong_type(setting, value, "a list", f"write {setting}={example}")
    return []


def _is_list(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | Mapping)


def read_strings(setting: str, value: object, findings: Findings, example: str) -> list[str]:
    """Read a list of strings, reporting whatever is none."""
    if isinstance(value, str) and not headers.split_list(value):
        return [value]  # nothing at all is not how to say "none": the reader says what is
    strings: list[str] = []
    for item in read_items(setting, value, findings, example):
        if isinstance(item, str):
            strings.append(item)
        else:
            findings.wrong_type(setting, item, "a string", f"write {setting}={example}")
    return strings


def read_risks(value: object, findings: Findings) -> tuple[str, ...]:
    """Read the codes of the risks that somebody has accepted."""
    codes = read_strings("accept_risks", value, findings, '["plain-http-origin"]')
    for code in codes:
        if code not in RISKS:
            known = ", ".join(sorted(RISKS))
            message = f"{code!r} is no risk that can be accepted; write one of: {known}"
            findings.report("unknown-risk", "accept_risks", code, message)
    findings.accepted = frozenset(codes)
    return tuple(dict.fromkeys(codes))


def read_methods(value: object, findings: Findings) -> tuple[str, ...] | None:
    """Read methods; ``None`` leaves them to the route, ``("*",)`` names every one."""
    if value is None:
        return None
    setting = "allow_methods"
    methods: dict[str, str] = {}
    for given in read_strings(setting, value, findings, '["GET", "PUT"]'):
        method = headers.normalise_method(given)
        if not headers.is_token(given):
            message = f"{given!r} is no method, for those are words without spaces"
            findings.report(
                "invalid-name", setting, given, f"{message}; write allow_methods=['PUT']"
            )
        elif given.upper() in headers.FORBIDDEN_METHODS:
            message = f"browsers never let script use {given!r}; leave it out"
            findings.report("forbidden-method", setting, given, message)
        elif method in methods:
            message = f"{given!r} is listed more than once, and once was left out"
            findings.report("redundant", setting, given, message)
        else:
            methods[method] = method
            if given.upper() == "PATCH" and given != "PATCH":
                message = f"{given!r} is not 'PATCH', and browsers send it as a page writes it"
                findings.report("method-case", setting, given, f"{message}; write 'PATCH'")
            if method == "OPTIONS":
                message = "preflights need no entry; 'OPTIONS' lets pages send such requests too"
                findings.report("options-listed", setting, given, message)
    return _keep_wildcard(setting, methods, (), findings)


def read_request_headers(value: object, findings: Findings) -> tuple[str, ...]:
    """Read the names that pages may send."""
    setting = "allow_headers"
    names = _read_names(setting, value, findings, '["Content-Type", "X-Request-Id"]')
    for key, name in [*names.items()]:
        if headers.is_forbidden_request_header(key):
            message = f"{name!r} is the browser's own to set, no page can send it; leave it out"
            if key == "cookie":
                message += ", and see allow_credentials"
            findings.report("forbidden-request-header", setting, name, message)
        elif key in headers.CORS_RESPONSE_HEADERS:
            message = f"{name!r} is a header of responses; leave it out, wsgicors sends it"
            findings.report("misplaced-header", setting, name, message)
    return _keep_wildcard(setting, names, ("authorization",), findings)


def read_response_headers(value: object, findings: Findings) -> tuple[str, ...]:
    """Read the names that pages may read."""
    setting = "expose_headers"
    names = _read_names(setting, value, findings, '["ETag", "X-Total-Count"]')
    for key, name in [*names.items()]:
        if key in headers.FORBIDDEN_RESPONSE_HEADERS:
            message = f"no page can ever read {name!r}; leave it out"
            findings.report("forbidden-response-header", setting, name, message)
        elif key in headers.REQUEST_ONLY_HEADERS:
            message = f"{name!r} is a header of requests; leave it out, or name one you send"
            findings.report("misplaced-header", setting, name, message)
        elif key in headers.SAFELISTED_RESPONSE_HEADERS:
            message = f"every page may read {name!r} anyway; it was left out"
            findings.report("redundant", setting, name, message)
            del names[key]
    return _keep_wildcard(setting, names, (), findings)


def _read_names(setting: str, value: object, findings: Findings, example: str) -> dict[str, str]:
    """Read header names, by their lower case; the first spelling of a name is kept."""
    names: dict[str, str] = {}
    for name in read_strings(setting, value, findings, example):
        if not headers.is_token(name):
            none = "" if name else " (for no header at all, write [])"
            message = f"{name!r} is no header name, for those hold no spaces, colons or accents"
            message += f"; write {setting}={example}{none}"
            findings.report("invalid-name", setting, name, message)
        elif name.lower() in names:
            message = f"{name!r} is listed more than once, and once was left out"
            findings.report("redundant", setting, name, message)
        else:
            names[name.lower()] = name
    return names


def _keep_wildcard(
    setting: str, names: dict[str, str], beside: tuple[str, ...], findings: Findings
) -> tuple[str, ...]:
    """Leave out whatever ``*`` covers; ``beside`` are the names that it does not."""
    if "*" in names:
        for key in [key for key in names if key != "*" and key not in beside]:
            message = f"{names[key]!r} is covered by '*' and was left out"
            findings.report("redundant", setting, names.pop(key), message)
    return tuple(names.values())


def read_max_age(value: object, findings: Findings) -> int | None:
    """Read seconds, or a ``timedelta`` of whole ones; ``None`` sends no such header."""
    if value is None:
        return None
    write = f"write max_age=600, at most {MAX_AGE_LIMIT}, or None to leave the header out"
    seconds = value
    if isinstance(value, timedelta):
        whole = value // timedelta(seconds=1)
        seconds = whole if value == timedelta(seconds=whole) else value.total_seconds()
    elif isinstance(value, bool) or not isinstance(value, int | float):
        findings.wrong_type("max_age", value, "a number of seconds", write)
        return None
    if isinstance(seconds, float):
        message = f"{value!r} is no int, nor a timedelta of whole seconds; {write}"
        findings.report("invalid-max-age", "max_age", value, message)
        return None
    seconds = cast("int", seconds)
    if not 0 <= seconds <= MAX_AGE_LIMIT:
        message = f"{value!r} is not between 0 and {MAX_AGE_LIMIT} seconds (a day); {write}"
        findings.report("invalid-max-age", "max_age", value, message)
    elif seconds > MAX_AGE_CAPS["Chromium"]:
        caps = ", ".join(f"{browser} {cap}" for browser, cap in MAX_AGE_CAPS.items())
        message = f"{seconds} seconds is longer than some browsers honour ({caps})"
        findings.report("max-age-above-caps", "max_age", value, message)
    return seconds
