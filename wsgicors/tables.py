"""Which policy an endpoint of an app has: its mark, the app's tables, or the default.

The nearest wins whole. Policies are never merged with one another: that would put origins and
credentials together that nobody has looked at together.
"""

import difflib
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from .core.policy import Policy
from .core.problems import Findings, PolicyError, Problem
from .core.settings import Settings
from .marks import Mark, carries_mark, find_carrier, view_marks
from .naming import DEFAULT, items_of, read_policies, report_at
from .strays import stray_marks

logger = logging.getLogger("wsgicors")

Assigned = Policy | str | None
"""What a table gives an endpoint: a policy, the name of one, or no CORS."""


UNKNOWN = (object(), None)
"""What :attr:`Tables.known` has for an endpoint that was never asked for: no view, no policy."""


class Source(NamedTuple):
    """Where an endpoint's policy comes from."""

    kind: Literal["method", "view", "class", "endpoints", "blueprint", "default", "none"]
    """What gave it: a mark on one of these three, one of these two tables, the default, nothing."""
    name: str
    """The name of the policy that a mark refines, of the endpoint or of the blueprint; or none."""
    policy: Policy | None


class Tables:
    """The policies of one app, checked as a whole.

    :param policies: policies by name; settings, as configuration has them, become policies.
    :param views: every view of the app, each with its endpoint.
    :param endpoints: policies of endpoints that cannot carry a mark.
    :param blueprints: policies of groups of endpoints, by the dotted name that their endpoints
        begin with; the longest wins.
    :param groups: the names of all such groups.
    :param spell: returns what people call one of these tables where they write it.
    :raises PolicyError: with all that is wrong in tables and marks.
    """

    def __init__(
        self,
        policies: Mapping[str, Policy | Settings],
        views: Iterable[tuple[Any, object]],
        endpoints: Mapping[Any, Assigned],
        blueprints: Mapping[str, Assigned],
        groups: Collection[str] = (),
        spell: Callable[[str], str] = str,
    ) -> None:
        findings = Findings()
        self.spell = spell
        self._named = read_policies(policies, findings, spell("policies"))
        self._refined: dict[int, tuple[Mark, Policy | None]] = {}
        views = list(views)
        names = {endpoint for endpoint, _ in views}
        self._endpoints = self._read_table("endpoints", endpoints, names, findings)
        self._blueprints = self._read_table("blueprints", blueprints, groups, findings)
        for endpoint, view in views:
            for mark in view_marks(view):
                try:
                    self._refine(mark)
                except PolicyError as error:
                    report_at(f"@cors on {endpoint!r}", error.problems, findings)
        for endpoint in self._endpoints:
            # Several views may share an endpoint; the entry is then for those without a mark.
            marked = [carries_mark(view) for name, view in views if name == endpoint]
            if marked and all(marked):
                message = "its view carries a mark, which is nearer; take one of them away"
                setting = f"{spell('endpoints')}[{endpoint!r}]"
                findings.report("marked-endpoint", setting, endpoint, message)
        for view in stray_marks([view for _, view in views]):
            logger.warning(
                "%r is marked with @cors above a decorator, and its route lies below: the router "
                "never sees the mark; write the route first",
                view,
            )
        # A policy with faults has been told of: that nothing finds it only follows from them.
        findings.problems = [
            problem
            for problem in findings.problems
            if problem.code != "unknown-policy" or problem.value not in policies
        ]
        findings.conclude("the CORS policies of this app cannot work")
        self.default = self._named.get(DEFAULT)
        self.known: dict[Any, tuple[object, Policy | None]] = {}
        """By endpoint, the view that was seen there and its policy, whatever the method."""

    def policy_of(self, endpoint: Any, view: object, method: str) -> Policy | None:
        """Return the policy of the code that serves ``method`` at an endpoint."""
        known, policy = self.known.get(endpoint, UNKNOWN)
        if known is view:
            return policy
        policy = self._find_policy(endpoint, view, method)
        if getattr(view, "view_class", None) is None:
            self.known[endpoint] = view, policy
        return policy

    def _find_policy(self, endpoint: Any, view: object, method: str) -> Policy | None:
        return self.source_of(endpoint, view, method).policy

    def source_of(self, endpoint: Any, view: object, method: str) -> "Source":
        """Return the same policy, and where it comes from."""
        found = find_carrier(view, method)
        if found is not None:
            carrier, mark = found
            name = mark.base if isinstance(mark.base, str) else ""
            return Source(carrier, name, self._refine(mark))
        if endpoint in self._endpoints:
            return Source("endpoints", str(endpoint), self._endpoints[endpoint])
        group = endpoint if self._blueprints else ""
        while group := group.rpartition(".")[0]:
            if group in self._blueprints:
                return Source("blueprint", group, self._blueprints[group])
        return Source("none" if self.default is None else "default", "", self.default)

    def _refine(self, mark: Mark) -> Policy | None:
        """Return the policy that a mark stands for in this app."""
        if not isinstance(mark.base, str):
            return mark.base
        if id(mark) not in self._refined:
            policy = self._lookup("name", mark.base)
            # The mark is kept too, so that no other object can come to have its id.
            self._refined[id(mark)] = mark, policy.derive(**mark.changes)
        return self._refined[id(mark)][1]

    def _lookup(self, setting: str, name: str) -> Policy:
        if name in self._named:
            return self._named[name]
        known = ", ".join(map(repr, self._named)) or "none"
        near = difflib.get_close_matches(name, self._named, n=1)
        define = f"define it with {self.spell('policies')}={{{name!r}: Policy(...)}}"
        advice = f"write {near[0]!r}" if near else define
        message = f"there is no policy named {name!r} (defined: {known}); {advice}"
        raise PolicyError([Problem("unknown-policy", "error", setting, name, message)])

    def _read_table(
        self,
        table: str,
        assigned: Mapping[Any, Assigned],
        known: Collection[Any],
        findings: Findings,
    ) -> dict[Any, Policy | None]:
        read: dict[Any, Policy | None] = {}
        spelt = self.spell(table)
        for key, value in items_of(spelt, assigned, findings):
            setting = f"{spelt}[{key!r}]"
            if key not in known:
                near = difflib.get_close_matches(str(key), map(str, known), n=1)
                advice = f"write {near[0]!r}" if near else "leave it out"
                message = f"the app has no {table.removesuffix('s')} {key!r}; {advice}"
                findings.report("unknown-endpoint", setting, key, message)
            if value is None or isinstance(value, Policy):
                read[key] = value
            elif isinstance(value, str):
                try:
                    read[key] = self._lookup(setting, value)
                except PolicyError as error:
                    findings.problems.extend(error.problems)
            else:
                advice = "write Policy(...), the name of one, or None"
                findings.wrong_type(setting, value, "a policy", advice)
        return read
