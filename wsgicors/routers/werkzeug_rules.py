"""Which rules of a Werkzeug ``Map`` lead to the same views at all of their URLs, and which may not.

A URL may match several rules, and then another one may serve each method. Matching tells which,
method by method, and takes long; how the rules are written tells most often that none but those
written alike can match, and then one URL of a rule stands for all.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from werkzeug.routing import Map, Rule

VARIES = "<>"
"""Stands for a part of a path that holds what a converter takes: something, without a slash."""

SPANS = "</>"
"""Stands for a part that may hold anything, slashes too."""

_VARIES = re.compile(r"[^<>]*(?:<(?:(?:default|string|int|float|uuid):)?\w+>[^<>]*)+")


def one_stands_for_all(rule: Rule, rules: Iterable[Rule]) -> bool:
    """Tell whether what serves each method is the same at all URLs that lead to this rule.

    :param rules: all rules of its map, whose converters are Werkzeug's own.
    """
    parts = _parts(rule)
    return all(
        _is_fixed(other) if _is_alike(rule, other) else not _may_meet(parts, _parts(other))
        for other in rules
    )


def _is_alike(rule: Rule, other: Rule) -> bool:
    """Tell whether two rules match the very same URLs."""
    return rule is other or all(
        getattr(rule, name) == getattr(other, name)
        for name in ("rule", "subdomain", "host", "strict_slashes")
    )


def _is_fixed(rule: Rule) -> bool:
    """Tell whether no value that the URL holds can make the router redirect from this rule."""
    of_one_view = rule.map.iter_rules(rule.endpoint) if isinstance(rule.map, Map) else [rule]
    has_defaults = any(other.defaults for other in of_one_view)
    return not (has_defaults or rule.alias or rule.redirect_to)


def _may_meet(parts: Sequence[str], others: Sequence[str]) -> bool:
    """Tell whether one URL could match both; a slash at the end does not always count."""
    for pair in zip_longest(parts, others, fillvalue=""):
        if SPANS in pair:
            return True
        if pair[0] != pair[1] and ("" in pair or VARIES not in pair):
            return False
    return True


def _parts(rule: Rule) -> Sequence[str]:
    return [_kind(part) for part in rule.rule.split("/")]


def _kind(part: str) -> str:
    if "<" not in part and ">" not in part:
        return part
    return VARIES if _VARIES.fullmatch(part) else SPANS
