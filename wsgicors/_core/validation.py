"""Each setting of a policy, checked and converted to the form in which the policy keeps it.

The ``read_`` functions report faults instead of raising, and return the valid part of the value,
so that all faults of a policy are found at once. :mod:`.risks` checks the settings together.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TypeGuard, cast

from . import headers
from .problems import RISKS, Problems, show

MAX_AGE_LIMIT = 86_400
"""Seconds. No browser caches a preflight for longer than Firefox, which does for a day."""

MAX_AGE_CAPS = {"Chromium": 7_200, "WebKit": 600}
"""The most seconds that these browsers cache a preflight (Fetch, "CORS-preflight cache")."""

_NAME_PATTERN = re.compile(r"^\^|\$$|[*\\\[?]|\.\+|\w\|\w")


def read_methods(value: object, problems: Problems) -> tuple[str, ...] | None:
    """Read ``allow_methods``; ``None`` stands for the methods of the route."""
    if value is None:
        return None
    setting = "allow_methods"
    given = _read_strings(setting, value, problems, '["GET", "PUT"]')
    methods: dict[str, str] = {}
    for name in given:
        method = headers.normalise_method(name)
        if (unquoted := headers.unquote(name)) != name:
            _report_quotes(setting, name, unquoted, problems)
        elif _is_name_pattern(name):
            _report_name_pattern(setting, name, "list the methods, or use '*' for all", problems)
        elif not headers.is_token(name):
            _report_invalid_name(setting, "method", name, given, '["GET", "PUT"]', problems)
        elif name.upper() in headers.FORBIDDEN_METHODS:
            message = f"browsers never let pages use {show(name)}; remove it"
            problems.report("forbidden-method", setting, name, message)
        elif method in methods:
            report_duplicate(setting, name, problems)
        else:
            methods[method] = method
            if name.upper() == "PATCH" and name != "PATCH":
                message = f"browsers do not convert {show(name)} to upper case; use 'PATCH'"
                problems.report("method-case", setting, name, message)
            if method == "OPTIONS":
                message = "'OPTIONS' lets pages send OPTIONS requests; preflights work without it"
                problems.report("options-listed", setting, name, message)
    return _drop_beside_wildcard(setting, methods, (), problems)


def read_request_headers(value: object, problems: Problems) -> tuple[str, ...]:
    """Read ``allow_headers``: the request headers that pages may send."""
    setting = "allow_headers"
    example, wider = '["Content-Type", "X-Request-Id"]', "use '*' for all but Authorization"
    names = _read_header_names(setting, value, problems, example, wider)
    for key, name in names.items():
        if headers.is_forbidden_request_header(key):
            message = f"pages cannot set {show(name)}; remove it"
            if key == "cookie":
                message += ", and use allow_credentials=True if pages send cookies"
            problems.report("forbidden-request-header", setting, name, message)
        elif key in headers.CORS_RESPONSE_HEADERS:
            message = f"{show(name)} is a response header; remove it, because wsgicors sends it"
            problems.report("misplaced-header", setting, name, message)
    return _drop_beside_wildcard(setting, names, ("authorization",), problems)


def read_response_headers(value: object, problems: Problems) -> tuple[str, ...]:
    """Read ``expose_headers``: the response headers that pages may read."""
    setting = "expose_headers"
    example, wider = '["ETag", "X-Total-Count"]', "use '*' for all if there are no credentials"
    names = _read_header_names(setting, value, problems, example, wider)
    for key, name in [*names.items()]:
        if key in headers.FORBIDDEN_RESPONSE_HEADERS:
            message = f"pages can never read {show(name)}; remove it"
            problems.report("forbidden-response-header", setting, name, message)
        elif key in headers.PREFLIGHT_ONLY_HEADERS:
            message = (
                f"pages cannot see {show(name)}, which only preflight responses have; remove it"
            )
            problems.report("misplaced-header", setting, name, message)
        elif key in headers.REQUEST_ONLY_HEADERS:
            message = f"{show(name)} is a request header; remove it, or use a response header"
            problems.report("misplaced-header", setting, name, message)
        elif key in headers.SAFELISTED_RESPONSE_HEADERS:
            message = f"every page can read {show(name)}; the entry is ignored"
            problems.report("redundant", setting, name, message)
            del names[key]
    return _drop_beside_wildcard(setting, names, (), problems)


_TRUE_WORDS = frozenset({"1", "on", "true", "y", "yes"})
BOOL_WORDS = _TRUE_WORDS | {"0", "false", "n", "no", "none", "off"}
"""What configuration has in place of a bool, in lower case."""


def read_bool(setting: str, value: object, other: str, problems: Problems) -> bool:
    """Read a bool; strings are rejected, because ``bool("False")`` is true.

    :param other: what else the setting takes.
    """
    if isinstance(value, bool):
        return value
    word = (value if isinstance(value, str) else show(value)).strip().lower()
    meant = word in _TRUE_WORDS
    advice = f"use {setting}={meant}"
    if isinstance(value, str):
        advice += f" (in JSON, TOML and the environment: {str(meant).lower()})"
    if isinstance(value, str) and word in BOOL_WORDS:
        problems.wrong_type(setting, value, "a bool", advice)
    else:
        problems.wrong_type(setting, value, f"a bool or {other}", f"{advice}, or {other}")
    return meant  # so that its conflicts with other settings are reported too


def read_max_age(value: object, problems: Problems) -> int | None:
    """Read seconds, or a ``timedelta`` of whole seconds; ``None`` sends no such header."""
    if value is None:
        return None
    advice = f"use max_age=600 (at most {MAX_AGE_LIMIT}), or leave it out to send no header"
    seconds = value
    if isinstance(value, timedelta):
        whole = value // timedelta(seconds=1)
        seconds = whole if value == timedelta(seconds=whole) else value.total_seconds()
    elif isinstance(value, bool) or not isinstance(value, int | float):
        problems.wrong_type("max_age", value, "a number of seconds", advice)
        return None
    if isinstance(seconds, float):
        message = f"{show(value)} is not a whole number of seconds; {advice}"
        problems.report("invalid-max-age", "max_age", value, message)
        return None
    seconds = cast("int", seconds)
    if not 0 <= seconds <= MAX_AGE_LIMIT:
        message = f"{show(value)} is not between 0 and {MAX_AGE_LIMIT} seconds (a day); {advice}"
        problems.report("invalid-max-age", "max_age", value, message)
    elif seconds > MAX_AGE_CAPS["Chromium"]:
        caps = ", ".join(f"{browser} {cap}" for browser, cap in MAX_AGE_CAPS.items())
        message = f"{seconds} seconds is longer than some browsers cache preflights ({caps})"
        problems.report("max-age-above-caps", "max_age", value, message)
    return seconds


def read_risks(value: object, problems: Problems) -> tuple[str, ...]:
    """Read ``accept_risks``; the problems with these codes are not reported from then on."""
    codes = _read_strings("accept_risks", value, problems, '["plain-http-origin"]')
    for code in codes:
        if code not in RISKS:
            message = f"{show(code)} is not a risk code; use one of: {', '.join(sorted(RISKS))}"
            problems.report("unknown-risk", "accept_risks", code, message)
    problems.accepted = frozenset(codes)
    return tuple(dict.fromkeys(codes))


def _read_header_names(
    setting: str, value: object, problems: Problems, example: str, wider: str
) -> dict[str, str]:
    """Read header names, by their lower case; the first spelling of a name is kept.

    :param wider: what to use instead of a pattern, if not a list of names.
    """
    given = _read_strings(setting, value, problems, example)
    names: dict[str, str] = {}
    for name in given:
        if (unquoted := headers.unquote(name)) != name:
            _report_quotes(setting, name, unquoted, problems)
        elif _is_name_pattern(name):
            _report_name_pattern(setting, name, f"list the names, or {wider}", problems)
        elif not headers.is_token(name):
            _report_invalid_name(setting, "header", name, given, example, problems)
        elif name.lower() in names:
            report_duplicate(setting, name, problems)
        else:
            names[name.lower()] = name
    return names


def _drop_beside_wildcard(
    setting: str, names: dict[str, str], uncovered: tuple[str, ...], problems: Problems
) -> tuple[str, ...]:
    """Return the names; if ``*`` is among them, without those that it covers."""
    if "*" in names:
        for key in [key for key in names if key != "*" and key not in uncovered]:
            report_covered(setting, names.pop(key), "*", problems)
    return tuple(names.values())


def _read_strings(setting: str, value: object, problems: Problems, example: str) -> list[str]:
    if isinstance(value, str) and not headers.split_list(value):
        return [value]  # a string without names is not an empty list, but an invalid name
    strings: list[str] = []
    for item in read_items(setting, value, problems, example):
        if isinstance(item, str):
            strings.append(item)
        else:
            problems.wrong_type(setting, item, "a string", f"use {setting}={example}")
    return strings


def read_items(setting: str, value: object, problems: Problems, example: str) -> list[object]:
    """Read a list, or a comma-separated string, which configuration often has instead."""
    if isinstance(value, str):
        return [*headers.split_list(value)]
    if is_list(value):
        return list(value)
    problems.wrong_type(setting, value, "a list", f"use {setting}={example}")
    return []


def is_list(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | Mapping)


def _is_name_pattern(name: str) -> bool:
    """Return whether a name looks like a wildcard or a regular expression; ``*`` alone is valid.

    Most of their characters may occur in a name (RFC 9110, "token"), but never do.
    """
    return name != "*" and _NAME_PATTERN.search(name) is not None and len(_split_words(name)) == 1


def _report_name_pattern(setting: str, name: str, advice: str, problems: Problems) -> None:
    why = "looks like a pattern, but wsgicors compares whole names"
    problems.report("invalid-pattern", setting, name, f"{show(name)} {why}; {advice}")


def _report_quotes(setting: str, name: str, unquoted: str, problems: Problems) -> None:
    inner = Problems()  # those of the name without its quotes
    if unquoted:
        _NAME_READERS[setting]([unquoted], inner)
    has_no_effect = any(problem.code == "redundant" for problem in inner.found)
    advice = "; remove it" if has_no_effect or not unquoted else f"; use {show(unquoted)}"
    if faults := [problem for problem in inner.found if problem.severity != "info"]:
        advice = f", and {faults[0].message}"
    message = f"{show(name)} has quotes around it, which are not part of a name{advice}"
    problems.report("invalid-name", setting, name, message)


_NAME_READERS: Mapping[str, Callable[[object, Problems], object]] = {
    "allow_methods": read_methods,
    "allow_headers": read_request_headers,
    "expose_headers": read_response_headers,
}


def _report_invalid_name(
    setting: str, kind: str, name: str, given: list[str], example: str, problems: Problems
) -> None:
    if not _split_words(name):
        why, advice = "", f"remove it, or use {setting}=[] for an empty list"
    elif all(map(headers.is_token, _split_words(name))):
        words = [word for text in given for word in _split_words(text)]
        meant = [w for w in words if headers.is_token(w) and not _is_name_pattern(w)]
        if kind == "method":
            meant = [headers.normalise_method(word) for word in meant]
        why = f": {kind} names cannot contain spaces, commas or semicolons"
        advice = f"did you mean {setting}={show([*dict.fromkeys(meant)])}?"
    else:
        why = f": {kind} names have only ASCII letters, digits, '-' and a few other characters"
        advice = f"use {setting}={example}"
    message = f"{show(name)} is not a {kind} name{why}; {advice}"
    problems.report("invalid-name", setting, name, message)


def _split_words(text: str) -> list[str]:
    return re.sub("[,;]", " ", text).split()


def report_duplicate(setting: str, item: object, problems: Problems) -> None:
    message = f"{show(item)} is listed more than once; the duplicate is ignored"
    problems.report("redundant", setting, item, message)


def report_covered(setting: str, item: str, wider: str, problems: Problems) -> None:
    message = f"{show(item)} is covered by {show(wider)}; the entry is ignored"
    problems.report("redundant", setting, item, message)


def is_asynchronous(given: object) -> bool:
    """Return whether a call returns what has to be awaited, which WSGI cannot do."""
    return any(
        inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)
        for code in (given, type(given).__call__)
    )
