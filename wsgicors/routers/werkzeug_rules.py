"""Which rules of a Werkzeug ``Map`` lead to the same views at all of their URLs, and which may not.

A URL may match several rules, and then another one may serve each method. Matching tells which,
method by method, and takes long. How the rules are written tells most often that at all URLs of a
rule the very same others match: then one of its URLs stands for all.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from werkzeug.routing import Rule

VARIES = "<>"
"""Stands for a part of a path that holds what a converter takes: something, without a slash."""

REST = "<path>"
"""Stands for all parts that follow, of which the first holds something."""

SPANS = "</>"
"""Stands for a part that may hold anything, slashes too, and nothing at all."""

ALIKE = ("subdomain", "host", "strict_slashes")
"""What rules have beside their paths that says which URLs match."""

_VARIES = re.compile(r"[^<>]*(?:<(?:(?:default|string|int|float|uuid):)?\w+>[^<>]*)+")
_ANY_PART = re.compile(r"<(?:(?:default|string):)?\w+>")
_REST = re.compile(r"<path:\w+>")


class Rules:
    """The rules of a map whose converters are Werkzeug's own, as a tree of the parts of paths."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._tree = _Node()
        for rule in rules:
            self._tree.add(rule, _kinds(rule))
        self._verdicts: dict[int, bool] = {}

    def one_stands_for_all(self, rule: Rule) -> bool:
        """Tell whether what serves each method is the same at all URLs that lead to a rule."""
        known = self._verdicts.get(id(rule))
        if known is None:
            neighbours = self._tree.that_may_meet(_kinds(rule))
            known = all(_is_fixed(other) and _covers(other, rule) for other in neighbours)
            self._verdicts[id(rule)] = known
        return known


class _Node:
    """The rules that begin with the same parts."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.children: dict[str, _Node] = {}

    def add(self, rule: Rule, kinds: Sequence[str]) -> None:
        node = self
        for kind in kinds:
            node = node.children.setdefault(kind, _Node())
        node.rules.append(rule)

    def that_may_meet(self, kinds: Sequence[str]) -> Iterator[Rule]:
        """Yield each rule that may match a URL of these parts; a slash at the end may not count."""
        kind, rest = (kinds[0], kinds[1:]) if kinds else ("", ())
        if kind == SPANS or not any(kinds):
            yield from self.rules
        for other, child in self._children(kind):
            if SPANS in (kind, other) or (kind and other and REST in (kind, other)):
                yield from child.all()
            elif kind == other or (kind and other):
                yield from child.that_may_meet(rest)

    def all(self) -> Iterator[Rule]:
        """Yield each rule from here on."""
        yield from self.rules
        for child in self.children.values():
            yield from child.all()

    def _children(self, kind: str) -> Iterable[tuple[str, "_Node"]]:
        if kind in (VARIES, REST, SPANS):
            return self.children.items()
        there = {other: self.children.get(other) for other in (kind, VARIES, REST, SPANS)}
        return [(other, child) for other, child in there.items() if child is not None]


def _is_fixed(rule: Rule) -> bool:
    """Tell whether a rule treats all of its URLs alike, whatever values they hold."""
    of_one_view = rule.map.iter_rules(rule.endpoint)
    is_lenient = not rule.strict_slashes and rule.rule.endswith("/")
    has_defaults = any(other.defaults for other in of_one_view)
    return not (has_defaults or is_lenient or rule.alias or rule.redirect_to)


def _covers(one: Rule, other: Rule) -> bool:
    """Tell whether one rule matches every URL that the other does."""
    if any(getattr(one, name) != getattr(other, name) for name in ALIKE):
        return False
    if one.rule == other.rule:
        return True
    parts, others = one.rule.split("/"), other.rule.split("/")
    if _REST.fullmatch(parts[-1]) and len(parts) <= len(others) and one.strict_slashes:
        parts = [*parts[:-1], *(["<rest>"] * (len(others) - len(parts) + 1))]
    return len(parts) == len(others) and all(map(_takes, parts, others))


def _takes(part: str, other: str) -> bool:
    """Tell whether a part of a rule takes whatever another one takes."""
    return part == other or (
        _ANY_PART.fullmatch(part) is not None and other != "" and _kind(other) not in (REST, SPANS)
    )


def _kinds(rule: Rule) -> Sequence[str]:
    """Split a rule at its slashes, unless the map takes several of them for one."""
    return [SPANS] if "//" in rule.rule else [_kind(part) for part in rule.rule.split("/")]


def _kind(part: str) -> str:
    if "<" not in part and ">" not in part:
        return part
    if _REST.fullmatch(part):
        return REST
    return VARIES if _VARIES.fullmatch(part) else SPANS
