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
from .origins import OPAQUE_ORIGINS, OriginPredicate, OriginSet, Pattern
from .problems import RISKS, Problems
from .sources import Terms, make_set

MAX_AGE_LIMIT = 86_400
"""Seconds. No browser caches a preflight for longer than Firefox, which does for a day."""

MAX_AGE_CAPS = {"Chromium": 7_200, "WebKit": 600}
"""The most seconds that these browsers cache a preflight (Fetch, "CORS-preflight cache")."""

_NAME_PATTERN = re.compile(r"^\^|\$$|[*\\\[?]|\.\+|\w\|\w")

ORIGINS_EXAMPLE = '["https://app.example"]'


class ParsedOrigins:
    """The entries of ``allow_origins`` by kind."""

    def __init__(self) -> None:
        self.exact: dict[str, Pattern | None] = {}
        """Origins by their text; ``null`` and ``file://`` have no pattern."""
        self.patterns: dict[str, Pattern] = {}
        self.predicates: list[OriginPredicate] = []
        self.everybody = False
        """Whether ``*`` is listed."""

    def __contains__(self, item: object) -> bool:
        if isinstance(item, str):
            return item in self.exact or item in self.patterns or (item == "*" and self.everybody)
        return item in self.predicates

    @property
    def parsed(self) -> dict[str, Pattern]:
        """Exact origins and patterns by their text, without ``null`` and ``file://``."""
        exact = {text: pattern for text, pattern in self.exact.items() if pattern is not None}
        return {**exact, **self.patterns}

    @property
    def kept(self) -> tuple[str | OriginPredicate, ...]:
        """The setting as a policy keeps it."""
        everybody = ("*",) if self.everybody else ()
        return (*everybody, *self.exact, *self.patterns, *self.predicates)

    def as_set(self, terms: Terms) -> OriginSet:
        """Return the set of origins, which is empty for ``*``."""
        return make_set(self.exact, self.patterns.values(), self.predicates, terms)


def read_origins(value: object, problems: Problems) -> ParsedOrigins:
    """Read ``allow_origins``: origins, patterns and callables."""
    setting = "allow_origins"
    origins = ParsedOrigins()
    is_single = callable(value) or _is_regex(value)
    items = [value] if is_single else _read_items(setting, value, problems, ORIGINS_EXAMPLE)
    if not items and not any(problem.setting == setting for problem in problems.found):
        message = f"{value!r} does not allow any origin; list origins, or use None for no policy"
        problems.report("no-origins", setting, value, message)
    for item in items:
        if item in origins:
            _report_duplicate(setting, item, problems)
        elif isinstance(item, str):
            _read_origin(item, origins, problems)
        else:
            _read_predicate(item, origins, problems)
    _drop_covered(origins, problems)
    return origins


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
            message = f"browsers never let pages use {name!r}; remove it"
            problems.report("forbidden-method", setting, name, message)
        elif method in methods:
            _report_duplicate(setting, name, problems)
        else:
            methods[method] = method
            if name.upper() == "PATCH" and name != "PATCH":
                message = f"browsers do not convert {name!r} to upper case; use 'PATCH'"
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
            message = f"pages cannot set {name!r}; remove it"
            if key == "cookie":
                message += ", and use allow_credentials=True if pages send cookies"
            problems.report("forbidden-request-header", setting, name, message)
        elif key in headers.CORS_RESPONSE_HEADERS:
            message = f"{name!r} is a response header; remove it, because wsgicors sends it"
            problems.report("misplaced-header", setting, name, message)
    return _drop_beside_wildcard(setting, names, ("authorization",), problems)


def read_response_headers(value: object, problems: Problems) -> tuple[str, ...]:
    """Read ``expose_headers``: the response headers that pages may read."""
    setting = "expose_headers"
    example, wider = '["ETag", "X-Total-Count"]', "use '*' for all if there are no credentials"
    names = _read_header_names(setting, value, problems, example, wider)
    for key, name in [*names.items()]:
        if key in headers.FORBIDDEN_RESPONSE_HEADERS:
            message = f"pages can never read {name!r}; remove it"
            problems.report("forbidden-response-header", setting, name, message)
        elif key in headers.PREFLIGHT_ONLY_HEADERS:
            message = f"pages cannot see {name!r}, which only preflight responses have; remove it"
            problems.report("misplaced-header", setting, name, message)
        elif key in headers.REQUEST_ONLY_HEADERS:
            message = f"{name!r} is a request header; remove it, or use a response header"
            problems.report("misplaced-header", setting, name, message)
        elif key in headers.SAFELISTED_RESPONSE_HEADERS:
            message = f"every page can read {name!r}; the entry is ignored"
            problems.report("redundant", setting, name, message)
            del names[key]
    return _drop_beside_wildcard(setting, names, (), problems)


def read_bool(setting: str, value: object, problems: Problems) -> bool:
    """Read a bool; strings are rejected, because ``bool("False")`` is true."""
    if isinstance(value, bool):
        return value
    meant = str(value).strip().lower() in {"true", "1", "yes", "on"}
    advice = f"use {setting}={meant}"
    if isinstance(value, str):
        advice += f" (in JSON, TOML and the environment: {str(meant).lower()})"
    problems.wrong_type(setting, value, "a bool", advice)
    return meant  # so that its conflicts with other settings are reported too


def read_max_age(value: object, problems: Problems) -> int | None:
    """Read seconds, or a ``timedelta`` of whole seconds; ``None`` sends no such header."""
    if value is None:
        return None
    advice = f"use max_age=600 (at most {MAX_AGE_LIMIT}), or None to omit the header"
    seconds = value
    if isinstance(value, timedelta):
        whole = value // timedelta(seconds=1)
        seconds = whole if value == timedelta(seconds=whole) else value.total_seconds()
    elif isinstance(value, bool) or not isinstance(value, int | float):
        problems.wrong_type("max_age", value, "a number of seconds", advice)
        return None
    if isinstance(seconds, float):
        message = f"{value!r} is not an int or a timedelta of whole seconds; {advice}"
        problems.report("invalid-max-age", "max_age", value, message)
        return None
    seconds = cast("int", seconds)
    if not 0 <= seconds <= MAX_AGE_LIMIT:
        message = f"{value!r} is not between 0 and {MAX_AGE_LIMIT} seconds (a day); {advice}"
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
            message = f"{code!r} is not a risk code; use one of: {', '.join(sorted(RISKS))}"
            problems.report("unknown-risk", "accept_risks", code, message)
    problems.accepted = frozenset(codes)
    return tuple(dict.fromkeys(codes))


def wider_spellings(pattern: Pattern) -> Iterable[str]:
    """Return every pattern that matches all origins that this pattern matches, itself included."""
    ports = [""] if pattern.port is None else [f":{pattern.port}"]
    if pattern.port != "*":
        ports.append(":*")
    hosts = [f"*.{pattern.host}" if pattern.subdomains else pattern.host]
    domain = pattern.host
    while "." in domain:
        domain = domain.partition(".")[2]
        hosts.append(f"*.{domain}")
    return [f"{pattern.scheme}://{host}{port}" for host in hosts for port in ports]


def _read_origin(text: str, origins: ParsedOrigins, problems: Problems) -> None:
    if text == "*":
        origins.everybody = True
    elif text in OPAQUE_ORIGINS:
        origins.exact[text] = None
    elif (pattern := Pattern.parse(text)) is None:
        from .suggestions import suggest  # here, because only mistakes need it

        suggestion = suggest(text)
        problems.report(suggestion.code, "allow_origins", text, suggestion.message)
    elif pattern.is_exact:
        origins.exact[text] = pattern
    else:
        origins.patterns[text] = pattern


def _read_predicate(item: object, origins: ParsedOrigins, problems: Problems) -> None:
    setting = "allow_origins"
    if _is_regex(item):
        why = "is a regular expression, which often matches more than intended"
        advice = "use 'https://*.example.com' for subdomains, or a callable for anything else"
        problems.report("wrong-type", setting, item, f"{item!r} {why}; {advice}")
    elif not callable(item) or isinstance(item, type):
        problems.wrong_type(setting, item, "an origin", f"use {setting}={ORIGINS_EXAMPLE}")
    elif inspect.iscoroutinefunction(item) or inspect.iscoroutinefunction(type(item).__call__):
        why = "is a coroutine function, which wsgicors cannot await"
        advice = "use a plain function that returns a bool"
        problems.report("wrong-type", setting, item, f"{item!r} {why}; {advice}")
    else:
        origins.predicates.append(cast("OriginPredicate", item))


def _is_regex(value: object) -> bool:
    return isinstance(value, re.Pattern)


def _drop_covered(origins: ParsedOrigins, problems: Problems) -> None:
    """Drop and report the entries that a wildcard makes redundant."""
    setting = "allow_origins"
    if origins.everybody:
        covered = dict.fromkeys([*origins.exact, *origins.patterns], "*")
    else:
        covered = _covered_by_patterns(origins)
    for text, wider in covered.items():
        _report_covered(setting, text, wider, problems)
        origins.exact.pop(text, None)
        origins.patterns.pop(text, None)
    if origins.everybody and origins.predicates:
        message = "a callable beside '*' is never called; the entry is ignored"
        problems.report("redundant", setting, tuple(origins.predicates), message)
        origins.predicates.clear()


def _covered_by_patterns(origins: ParsedOrigins) -> dict[str, str]:
    """Return the redundant entries, each with a pattern that covers it."""
    covered: dict[str, str] = {}
    for text, pattern in origins.parsed.items():
        for wider in wider_spellings(pattern):
            if wider != text and wider in origins.patterns:
                covered[text] = wider
    return covered


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
            _report_duplicate(setting, name, problems)
        else:
            names[name.lower()] = name
    return names


def _drop_beside_wildcard(
    setting: str, names: dict[str, str], uncovered: tuple[str, ...], problems: Problems
) -> tuple[str, ...]:
    """Return the names; if ``*`` is among them, without those that it covers."""
    if "*" in names:
        for key in [key for key in names if key != "*" and key not in uncovered]:
            _report_covered(setting, names.pop(key), "*", problems)
    return tuple(names.values())


def _read_strings(setting: str, value: object, problems: Problems, example: str) -> list[str]:
    if isinstance(value, str) and not headers.split_list(value):
        return [value]  # a string without names is not an empty list, but an invalid name
    strings: list[str] = []
    for item in _read_items(setting, value, problems, example):
        if isinstance(item, str):
            strings.append(item)
        else:
            problems.wrong_type(setting, item, "a string", f"use {setting}={example}")
    return strings


def _read_items(setting: str, value: object, problems: Problems, example: str) -> list[object]:
    """Read a list, or a comma-separated string, which configuration often has instead."""
    if isinstance(value, str):
        return [*headers.split_list(value)]
    if _is_list(value):
        return list(value)
    problems.wrong_type(setting, value, "a list", f"use {setting}={example}")
    return []


def _is_list(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | Mapping)


def _is_name_pattern(name: str) -> bool:
    """Return whether a name looks like a wildcard or a regular expression; ``*`` alone is valid.

    Most of their characters may occur in a name (RFC 9110, "token"), but never do.
    """
    return name != "*" and _NAME_PATTERN.search(name) is not None and len(_split_words(name)) == 1


def _report_name_pattern(setting: str, name: str, advice: str, problems: Problems) -> None:
    why = "looks like a pattern, but wsgicors compares whole names"
    problems.report("invalid-pattern", setting, name, f"{name!r} {why}; {advice}")


def _report_quotes(setting: str, name: str, unquoted: str, problems: Problems) -> None:
    inner = Problems()  # those of the name without its quotes
    if unquoted:
        _NAME_READERS[setting]([unquoted], inner)
    has_no_effect = any(problem.code == "redundant" for problem in inner.found)
    advice = "; remove it" if has_no_effect or not unquoted else f"; use {unquoted!r}"
    if faults := [problem for problem in inner.found if problem.severity != "info"]:
        advice = f", and {faults[0].message}"
    message = f"{name!r} has quotes around it, which are not part of a name{advice}"
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
        advice = f"did you mean {setting}={[*dict.fromkeys(meant)]}?"
    else:
        why = f": {kind} names have only ASCII letters, digits, '-' and a few other characters"
        advice = f"use {setting}={example}"
    message = f"{name!r} is not a {kind} name{why}; {advice}"
    problems.report("invalid-name", setting, name, message)


def _split_words(text: str) -> list[str]:
    return re.sub("[,;]", " ", text).split()


def _report_duplicate(setting: str, item: object, problems: Problems) -> None:
    message = f"{item!r} is listed more than once; the duplicate is ignored"
    problems.report("redundant", setting, item, message)


def _report_covered(setting: str, item: str, wider: str, problems: Problems) -> None:
    message = f"{item!r} is covered by {wider!r}; the entry is ignored"
    problems.report("redundant", setting, item, message)
