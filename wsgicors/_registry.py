"""Which policy an endpoint of an app has: from a decorator, the app's tables, or its default.

The most specific policy applies, and policies are never merged: a merged policy would combine
origins with credentials without a review of the combination.
"""

import difflib
import logging
from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, NamedTuple, cast

from ._core.places import Place, path_of_file
from ._core.policy import NAME_RULE, Policy, Settings, defined_at
from ._core.problems import PolicyError, Problem, Problems, show
from ._decorator import Mark
from ._marks import (
    applies_to_methods,
    carries_mark,
    find_carrier,
    find_hidden,
    find_mark,
    read_marks,
)
from ._resolver import choose_policy

logger = logging.getLogger("wsgicors")

DEFAULT = "default"
"""The name of the policy for endpoints without one of their own, and for unknown URLs."""

Assigned = Policy | str | None
"""What a table assigns to an endpoint: a policy, the name of one, or no CORS."""

TABLES: Mapping[str, str] = {name: name for name in ("policies", "endpoints", "blueprints")}
"""The tables of an app, each with the name under which its users write it."""


SourceKind = Literal[
    "method", "view", "class", "endpoints", "blueprint", "default", "none", "hidden"
]


class Source(NamedTuple):
    """Where the policy of an endpoint comes from."""

    kind: SourceKind
    """What has the decorator (the first three), or the table, or the default; or that a decorator
    is hidden."""
    name: str
    """The name of the policy that a decorator refines, of the endpoint or of the blueprint."""
    policy: Policy | None
    fault: str = ""
    """Why the decorator cannot work, so that there is no policy."""
    decorated_at: Place | None = None
    """The line of the decorator, if its settings or its policy are written there."""
    is_elsewhere: bool = False
    """Whether that line is not above the view, so that other views may have the decorator too."""
    assigned: str = ""
    """The name of the policy that a table assigns, if it does not have the policy itself."""


class PolicyRegistry:
    """The policies of one app, checked as a whole.

    :param policies: policies by name, or their settings.
    :param views: every view of the app, each with its endpoint.
    :param endpoints: policies of endpoints whose views cannot be decorated.
    :param blueprints: policies of groups of endpoints, by the dotted name with which their
        endpoints begin; the longest name applies.
    :param groups: the names of all such groups.
    :param tables: how the app's users spell the names of these tables, for messages.
    :param place: where these tables are written, if that is known.
    :raises PolicyError: with all faults in tables and decorators.
    """

    def __init__(
        self,
        policies: Mapping[str, Policy | Settings],
        views: Iterable[tuple[Any, object]],
        endpoints: Mapping[Any, Assigned],
        blueprints: Mapping[str, Assigned] | None = None,
        groups: Collection[str] = (),
        tables: Mapping[str, str] = TABLES,
        place: Place | None = None,
    ) -> None:
        problems = Problems()
        self.tables, self.place = tables, place
        self.named = _read_policies(tables["policies"], policies, problems, place)
        self._tables_as_given: Mapping[SourceKind, Mapping[Any, Assigned]] = {
            "endpoints": endpoints,
            "blueprint": blueprints or {},
        }
        self._refined: dict[int, tuple[Mark, Policy | None]] = {}
        # Without a mark and without a table there is nothing to look for in the views.
        views = list(views) if Mark.is_in_use or endpoints else []
        names = {endpoint for endpoint, _ in views}
        self._endpoints = self._read_table("endpoints", endpoints, names, problems)
        self._blueprints = self._read_table("blueprints", blueprints or {}, groups, problems)
        for endpoint, view in views:
            if applies_to_methods(view):
                message = (
                    "cors() in method_decorators gets each method when a request is served already;"
                    " use decorators = [cors(...)], or @cors above the class"
                )
                problems.report("method-decorators", f"@cors on {endpoint!r}", view, message)
            for mark in read_marks(view):
                try:
                    self._refine(mark)
                except PolicyError as error:
                    _report_at(f"@cors on {endpoint!r}", error.problems, problems)
        for endpoint in self._endpoints:
            # Several views may share an endpoint; the entry is then for those without a mark.
            marked = [carries_mark(view) for name, view in views if name == endpoint]
            if marked and all(marked):
                message = "its view is decorated with @cors, which takes precedence; "
                message += "remove one of the two"
                setting = f"{tables['endpoints']}[{endpoint!r}]"
                problems.report("marked-endpoint", setting, endpoint, message)
        # A policy with faults is reported itself: that its name is then unknown only follows.
        problems.found = [
            problem
            for problem in problems.found
            if problem.code != "unknown-policy" or problem.value not in policies
        ]
        problems.conclude("the CORS policies of this app cannot work")
        self.default = self.named.get(DEFAULT)

    def policy_of(self, endpoint: Any, view: object, method: str) -> Policy | None:
        """Return the policy of the code that serves ``method`` at an endpoint.

        A view that was added or decorated after the policies were read may name an unknown policy.
        That is logged, and there is no CORS.
        """
        mark = find_mark(view, method)
        if mark is None:
            return self._assigned(endpoint)[2]
        try:
            return self._refine(mark)
        except PolicyError:
            logger.exception("@cors on %r cannot work", endpoint)
            return None

    def source_of(self, endpoint: Any, view: object, method: str) -> Source:
        """Return the same policy, and where it comes from; or the fault of its decorator."""
        found = find_carrier(view, method)
        if found is None:
            kind, key, policy = self._assigned(endpoint)
            table = self._tables_as_given.get(kind, {})
            assigned = table.get(endpoint if kind == "endpoints" else key)
            name = assigned if isinstance(assigned, str) else ""
            return Source(kind, key, policy, assigned=name)
        carrier, mark = found
        name = mark.base if isinstance(mark.base, str) else ""
        try:
            return Source(carrier, name, self._refine(mark), "", mark.place, mark.is_elsewhere)
        except PolicyError as error:
            fault = "; ".join(problem.message for problem in error.problems)
            return Source(carrier, name, None, fault)

    def name_of(self, endpoint: Any, view: object, method: str) -> str | None:
        """Return the name of the same policy, or of the one that a decorator refines.

        A policy without a name of its own has that of an equal one with the same trial, if there
        is one.
        """
        mark = find_mark(view, method)
        if mark is None:
            kind, _, policy = self._assigned(endpoint)
            if kind == "default":
                return DEFAULT
        elif isinstance(mark.base, str):
            return mark.base
        else:
            policy = mark.base
        trial = None if policy is None else policy.trial
        same = (
            name for name, named in self.named.items() if named == policy and named.trial == trial
        )
        return next(same, None)

    def hidden_source_of(self, view: object, method: str) -> tuple[object, Source] | None:
        """Return a view whose mark no request finds, and the policy that it would have.

        :returns: ``None`` if there is none, or if its mark cannot work.
        """
        found = find_hidden(view, method)
        if found is not None:
            code, mark = found
            with suppress(PolicyError):
                policy = self._refine(mark)
                name = mark.base if isinstance(mark.base, str) else ""
                return code, Source("hidden", name, policy, "", mark.place, mark.is_elsewhere)
        return None

    def _assigned(self, endpoint: Any) -> tuple[SourceKind, str, Policy | None]:
        """Return what the tables, or else the default, assign to an endpoint, as a source."""
        if endpoint in self._endpoints:
            return "endpoints", str(endpoint), self._endpoints[endpoint]
        group = endpoint if self._blueprints else ""
        while group := group.rpartition(".")[0]:
            if group in self._blueprints:
                return "blueprint", group, self._blueprints[group]
        return "none" if self.default is None else "default", "", self.default

    def _refine(self, mark: Mark) -> Policy | None:
        """Return the policy that a mark has in this app."""
        if not isinstance(mark.base, str):
            return mark.base
        if id(mark) not in self._refined:
            policy = self._lookup("name", mark.base)
            if not mark.changes:
                return policy
            # The mark is kept as well, so that its id is not given to another object.
            with defined_at(mark.place):
                self._refined[id(mark)] = mark, policy.derive(**mark.changes)
        return self._refined[id(mark)][1]

    def _lookup(self, setting: str, name: str) -> Policy:
        if name in self.named:
            return self.named[name]
        known = ", ".join(map(repr, self.named)) or "none"
        near = difflib.get_close_matches(name, self.named, n=1)
        define = f"define it with {self.tables['policies']}={{{name!r}: Policy(...)}}"
        advice = f"use {near[0]!r}" if near else define
        message = f"there is no policy named {name!r} (defined: {known}); {advice}"
        raise PolicyError([Problem("unknown-policy", "error", setting, name, message)])

    def _read_table(
        self,
        table: str,
        assigned: Mapping[Any, Assigned],
        known: Collection[Any],
        problems: Problems,
    ) -> dict[Any, Policy | None]:
        read: dict[Any, Policy | None] = {}
        spelt = self.tables[table]
        for key, value in _items_of(spelt, assigned, problems):
            setting = f"{spelt}[{key!r}]"
            if key not in known:
                near = _nearest(str(key), [*map(str, known)])
                advice = f"use {' or '.join(map(repr, near))}" if near else "remove it"
                message = f"the app has no {table.removesuffix('s')} {key!r}; {advice}"
                problems.report("unknown-endpoint", setting, key, message)
            if value is None or isinstance(value, Policy):
                read[key] = value
            elif isinstance(value, str):
                try:
                    read[key] = self._lookup(setting, value)
                except PolicyError as error:
                    problems.found.extend(error.problems)
            else:
                advice = "use Policy(...), the name of a policy, or None"
                problems.wrong_type(setting, value, "a policy", advice)
        return read


def _nearest(key: str, known: Sequence[str]) -> Sequence[str]:
    """Return the names that end with ``key``, as nested blueprints do, or else a similar name."""
    nested = [name for name in known if name.endswith((f".{key}", f":{key}"))]
    return nested or difflib.get_close_matches(key, known, n=1)


def with_default(
    policies: Mapping[str, Policy | Settings] | None,
    policy: Policy | None,
    settings: Settings,
    also: Sequence[str],
    misplaced: Sequence[object] = (),
) -> Mapping[str, Policy | Settings]:
    """Add the policy that was given by itself to the named ones, as the default.

    The result reads the mapping that was given, so policies can be added to it until the app's
    first request.

    :param also: the keywords that ``CORS`` takes beside settings.
    :param misplaced: what was given by position after the policy.
    :raises TypeError: if there are two defaults.
    """
    if misplaced:
        message = "CORS takes one policy by position, the default"
        raise TypeError(f"{message}; use policies={{'name': Policy(...)}} for others")
    if policies is None:
        policies = {}
    elif not isinstance(policies, Mapping):
        is_file = path_of_file(policies) is not None
        use = f"load_policies({policies!r})" if is_file else "{'name': Policy(...)}"
        raise TypeError(f"{policies!r} is not a mapping; use policies={use}")
    if policy is None and not settings:
        return policies
    if DEFAULT in policies:
        raise TypeError(f"policies[{DEFAULT!r}] is already the default; remove the other policy")
    if settings or not isinstance(policy, Policy):
        policy = cast("Policy", choose_policy("CORS", policy, None, settings, also))
    # A ChainMap never writes to the second mapping, so that may be any mapping.
    return _WithDefault({DEFAULT: policy}, cast("dict[str, Policy | Settings]", policies))


class _WithDefault(ChainMap[str, Policy | Settings]):
    """A default that was given by itself, and the other policies by name."""

    def check(self, table: str, problems: Problems) -> None:
        """Report a default that was added to the other policies later."""
        if DEFAULT in self.maps[1]:
            setting = f"{table}[{DEFAULT!r}]"
            message = "CORS was given a default policy by itself too; remove one of the two"
            problems.report("defined-twice", setting, DEFAULT, message)


def with_configured(
    policies: Mapping[str, Policy | Settings], configured: object, where: str
) -> Mapping[str, Policy | Settings]:
    """Add the policies of an app's configuration.

    :param where: the name of the configuration value.
    :raises PolicyError: if it is not a table, or a policy is defined in both places.
    """
    problems = Problems()
    if isinstance(policies, _WithDefault):
        policies.check(TABLES["policies"], problems)
    added = dict(cast("Iterable[tuple[str, Settings]]", _items_of(where, configured, problems)))
    for name in policies.keys() & added:
        place = getattr(added[name], "place", None)
        beside = f", beside {place.file}:{place.line}" if place else ""
        message = f"CORS(app) defines it too{beside}; remove one of the two"
        problems.report("defined-twice", f"{where}[{name!r}]", name, message)
    problems.conclude("the CORS policies of this app cannot work")
    tables = {name for name, given in added.items() if not isinstance(given, Policy)}
    return _WithConfigured({**policies, **added}, where, tables)


class _WithConfigured(dict[str, Policy | Settings]):
    """Policies of which some are tables of the app's configuration."""

    def __init__(
        self, policies: Mapping[str, Policy | Settings], where: str, tables: Collection[str]
    ) -> None:
        super().__init__(policies)
        self._where, self._tables = where, tables

    def place_of(self, name: str, reading: Place | None) -> Place | None:
        """Return the place of a policy.

        :param reading: the line that reads the configuration.
        """
        if reading is None or name not in self._tables:
            return reading
        return reading._replace(table=self._where)


def _read_policies(
    table: str,
    policies: Mapping[str, Policy | Settings],
    problems: Problems,
    place: Place | None,
) -> dict[str, Policy]:
    named: dict[str, Policy] = {}
    if isinstance(policies, _WithDefault):
        policies.check(table, problems)
    for name, given in _items_of(table, policies, problems):
        where, written = f"{table}[{name!r}]", place
        if not (isinstance(name, str) and name.isidentifier()):
            message = f"{show(name)} is not a policy name; {NAME_RULE}"
            problems.report("invalid-name", where, name, message)
        if isinstance(given, Policy):
            named[name] = given
        elif not isinstance(given, Mapping):
            advice = "use Policy(...), or a mapping of its settings"
            problems.wrong_type(where, given, "a policy", advice)
        else:
            try:
                settings = cast("Settings", dict(cast("Mapping[str, Any]", given)))
                if isinstance(policies, _WithConfigured):
                    written = policies.place_of(name, place)
                with defined_at(written, where):
                    named[name] = Policy(**settings)
            except PolicyError as error:
                _report_at(where, error.problems, problems)
            except TypeError as error:  # an unknown setting, or no allow_origins
                problems.report("wrong-type", where, name, str(error))
    return named


def _items_of(table: str, given: object, problems: Problems) -> Iterable[tuple[Any, object]]:
    """Return the items of a table; report what is not a table."""
    if isinstance(given, Mapping):
        return cast("Mapping[Any, object]", given).items()
    problems.wrong_type(table, given, "a mapping", f"use {table}={{...}}")
    return ()


def _report_at(where: str, found: Iterable[Problem], problems: Problems) -> None:
    """Report the problems of one policy among those of the whole app."""
    for problem in found:
        setting = f"{where}, {problem.setting}"
        moved = Problem(problem.code, problem.severity, setting, problem.value, problem.message)
        problems.found.append(moved)
