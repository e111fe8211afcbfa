"""Lists of origins: checked and converted to the form in which a policy keeps them.

The ``read_`` functions report faults instead of raising, and return the valid part of the value.
"""

import re
from collections.abc import Collection, Iterable
from typing import cast

from .headers import split_list
from .origins import ANY_PORT, OPAQUE_ORIGINS, OriginPredicate, OriginSet, Pattern, keys
from .problems import Problems, show
from .validation import (
    BOOL_WORDS,
    is_asynchronous,
    is_list,
    read_bool,
    read_items,
    report_covered,
    report_duplicate,
)

ORIGINS_EXAMPLE = '["https://app.example"]'


class ParsedOrigins:
    """The entries of a list of origins by kind."""

    def __init__(self, setting: str = "allow_origins") -> None:
        self.setting = setting
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

    def as_set(self, credentials: bool, accepted: Iterable[str]) -> OriginSet:
        """Return the set of origins, which is empty for ``*``.

        :param credentials: whether the policy allows credentials to all of them.
        :param accepted: the risks that the policy accepts.
        """
        parts = self.exact, self.patterns.values(), self.predicates
        if any(hasattr(one, "judged") for one in self.predicates):
            from .sources import Terms, make_set  # here, because few policies load origins

            return make_set(*parts, Terms(credentials, frozenset(accepted)))
        return OriginSet(*parts)


def read_origins(value: object, problems: Problems) -> ParsedOrigins:
    """Read ``allow_origins``: origins, patterns and callables."""
    empty = "does not allow any origin; list origins, or use no policy"
    return _read_list(ParsedOrigins(), value, empty, problems)


def read_credentials(
    value: object, allowed: ParsedOrigins, problems: Problems
) -> bool | ParsedOrigins:
    """Read ``allow_credentials``: a bool, or the origins whose pages may send cookies.

    :param allowed: the entries of ``allow_origins``, which have to cover these origins.
    """
    setting = "allow_credentials"
    if not _is_list_of_origins(value):
        return read_bool(setting, value, "a list of origins", problems)
    empty = f"does not list an origin; use {setting}=False, or list origins"
    trusted = _read_list(ParsedOrigins(setting), value, empty, problems)
    if not any(one.setting == allowed.setting for one in problems.errors):
        for text in trusted.parsed:
            if not covers(allowed.kept, text):
                why = f"pages of {text!r} may send cookies, but no entry of allow_origins covers it"
                message = f"{why}; list {text!r} in allow_origins too"
                problems.report("credentials-not-covered", setting, text, message)
    return trusted


def _is_list_of_origins(value: object) -> bool:
    """Return whether a value is meant as a list of origins, and not as a bool."""
    if isinstance(value, str):
        return bool(split_list(value)) and value.strip().lower() not in BOOL_WORDS
    return is_list(value) or _is_single(value)


def _is_single(value: object) -> bool:
    """Return whether a value stands for a list that has only this value."""
    return callable(value) or _is_regex(value)


def _read_list(
    origins: ParsedOrigins, value: object, empty: str, problems: Problems
) -> ParsedOrigins:
    """Read the entries of a list.

    :param empty: what to say if there are none.
    """
    setting = origins.setting
    is_single = _is_single(value)
    items = [value] if is_single else read_items(setting, value, problems, ORIGINS_EXAMPLE)
    if not items and not any(problem.setting == setting for problem in problems.found):
        problems.report("no-origins", setting, value, f"{show(value)} {empty}")
    for item in items:
        if item in origins:
            report_duplicate(setting, item, problems)
        elif isinstance(item, str):
            _read_origin(item, origins, problems)
        else:
            _read_predicate(item, origins, problems)
    _drop_covered(origins, problems)
    return origins


def covers(entries: Collection[object], text: str) -> bool:
    """Return whether an entry that is not a callable allows every origin that ``text`` allows."""
    if text in entries or "*" in entries:
        return True
    pattern = Pattern.parse(text)
    return pattern is not None and any(wider in entries for wider in _wider_spellings(pattern))


def _wider_spellings(pattern: Pattern) -> Iterable[str]:
    """Return every pattern that matches all origins that this pattern matches, itself included."""
    ports = [""] if pattern.port is None else [f":{pattern.port}"]
    if pattern.port != ANY_PORT:
        ports.append(f":{ANY_PORT}")
    hosts = keys(pattern.scheme, pattern.host, pattern.subdomains)
    return [f"{host}{port}" for host in hosts for port in ports]


def _read_origin(text: str, origins: ParsedOrigins, problems: Problems) -> None:
    if text == "*":
        origins.everybody = True
    elif text in OPAQUE_ORIGINS:
        origins.exact[text] = None
    elif (pattern := Pattern.parse(text)) is None:
        from .suggestions import suggest  # here, because only mistakes need it

        suggestion = suggest(text, origins.setting)
        problems.report(suggestion.code, origins.setting, text, suggestion.message)
    elif pattern.is_exact:
        origins.exact[text] = pattern
    else:
        origins.patterns[text] = pattern


def _read_predicate(item: object, origins: ParsedOrigins, problems: Problems) -> None:
    setting, is_trusted = origins.setting, origins.setting == "allow_credentials"
    if _is_regex(item):
        why = "is a regular expression, which often matches more than intended"
        advice = "use 'https://*.example.com' for subdomains"
        advice += "" if is_trusted else ", or a callable for anything else"
        problems.report("wrong-type", setting, item, f"{show(item)} {why}; {advice}")
    elif not callable(item) or isinstance(item, type):
        problems.wrong_type(setting, item, "an origin", f"use {setting}={ORIGINS_EXAMPLE}")
    elif is_asynchronous(item):
        why = "is asynchronous, which wsgicors cannot await"
        advice = "use a plain function that returns a bool"
        problems.report("wrong-type", setting, item, f"{show(item)} {why}; {advice}")
    elif is_trusted:
        why = "would decide at run time which origins are trusted with cookies"
        advice = f"list the origins: {setting}={ORIGINS_EXAMPLE}"
        problems.report("wrong-type", setting, item, f"{show(item)} {why}; {advice}")
    else:
        origins.predicates.append(cast("OriginPredicate", item))


def _is_regex(value: object) -> bool:
    return isinstance(value, re.Pattern)


def _drop_covered(origins: ParsedOrigins, problems: Problems) -> None:
    """Drop and report the entries that a wildcard makes redundant."""
    setting = origins.setting
    if origins.everybody:
        covered = dict.fromkeys([*origins.exact, *origins.patterns], "*")
    else:
        covered = _covered_by_patterns(origins)
    for text, wider in covered.items():
        report_covered(setting, text, wider, problems)
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
        for wider in _wider_spellings(pattern):
            if wider != text and wider in origins.patterns:
                covered[text] = wider
    return covered
