"""The kit for adapters: what a resolver for a framework's router needs.

An adapter says how to ask the router (:meth:`RouterResolver.match`), which routes there are
(:meth:`RouterResolver.routes`) and, if the framework shows it, which route it has matched
(:meth:`RouterResolver.matched`). This module does what is the same for all frameworks: it finds
the policy, the methods that a preflight lists, and the source of the policy for messages.
"""

import logging
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from .._core.places import Place, calling_place
from .._core.policy import Policy, Settings
from .._core.protocol import Decision, actual
from .._decorator import cors
from .._introspection import Label, Route, quote_path
from .._marks import MethodOf, code_of, outermost_code_of
from .._registry import DEFAULT, Assigned, PolicyRegistry
from .._resolver import Endpoint, Found
from ._configured import Files
from ._listing import ListingResolver, Target

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = [
    "NOT_FOUND",
    "USUAL_METHODS",
    "MethodOf",
    "RouteMatch",
    "RouterResolver",
    "Target",
    "cors",
]

logger = logging.getLogger("wsgicors")

USUAL_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
"""The methods that a view serves if nothing says which."""

UNMARKED: Final = ("blueprint", "default", "none")
"""Where the policy of a view comes from that has no policy of its own."""

OF_MANY_METHODS: Final = ("class", "endpoints", "blueprint")
"""Where the policy of all methods of a class comes from."""

REPORTS_KEY: Final = "wsgicors.reports"
"""The key in the environ for what hooks of frameworks report as matched, by resolver."""


class RouteMatch(NamedTuple):
    """Where a router leads a method at a URL."""

    end: Target | Literal["method-not-allowed", "not-found"]
    """The view that serves the method; or the router's own 405 or 404."""
    served: Mapping[str, Target]
    """Every method that a view at this URL declares, with its view."""


NOT_FOUND: Final = RouteMatch("not-found", {})
"""The match of a URL that the router does not know."""


class RouterResolver(ListingResolver):
    """A resolver that asks a framework's router.

    An adapter derives from it and defines :meth:`match` and :meth:`routes`.

    :param policies: policies by name, or their settings; ``"default"`` is the policy of views
        without one of their own, and of unknown URLs.
    :param endpoints: policies, by endpoint, of views that cannot be decorated.
    :param place: the line of the app that has these tables; by default the one that calls this.
    """

    runs_views_first = True

    def __init__(
        self,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[Any, Assigned] | None = None,
        *,
        place: Place | None = None,
    ) -> None:
        self._policies = policies
        self._endpoints: Mapping[Any, Assigned] = {} if endpoints is None else endpoints
        self._registry: PolicyRegistry | None = None
        self._files: Files = {}
        self._version = 0
        self._lock = RLock()
        self.place = place or calling_place()
        super().__init__()

    # What an adapter defines

    @abstractmethod
    def match(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        """Ask the router where a method at the URL leads.

        Return ``None`` if it leads out of this app, and :data:`NOT_FOUND` for a URL of this app
        that the router does not know. An exception is logged and counts as ``None``.

        :param lists: whether the caller needs ``served`` where a view serves this method.
        """

    def matched(self, environ: "WSGIEnvironment") -> Target | None:
        """Return what the framework has matched; ``None`` if it does not show that.

        By default this is what :meth:`report` was given.
        """
        reports: dict[RouterResolver, Target] = environ.get(REPORTS_KEY, {})
        return reports.get(self)

    def report(self, environ: "WSGIEnvironment", target: Target) -> None:
        """Report, from a hook of the framework, what it has matched.

        The first report counts: a view may call other views, for errors or requests of its own.
        """
        environ.setdefault(REPORTS_KEY, {}).setdefault(self, target)

    def withdraw(self, environ: "WSGIEnvironment") -> None:
        """Take the report back, because the view that was matched lets another one answer."""
        environ.get(REPORTS_KEY, {}).pop(self, None)

    # What the middleware asks

    def endpoint_of(self, environ: "WSGIEnvironment") -> object:
        """Return the name of the endpoint that has answered; ``None`` if it is not known."""
        target = self.matched(environ)
        return None if target is None else target.endpoint

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint of a preflight, with the methods at its URL that have its policy."""
        registry = self.registry()
        match = self._ask_router(environ, method)
        policy = self._policy_at(match, method)
        if policy is None or match is None:
            return None
        if match.end == "not-found":  # another method may have another policy
            return Endpoint(policy, [] if method == "*" else [method])
        served = [
            name
            for name, target in match.served.items()
            if name != "*" and _policy_of(registry, target, name) == policy
        ]
        return Endpoint(policy, served)

    def enter(self, environ: "WSGIEnvironment") -> object:
        """Return a copy of the environ; a report from an earlier request with it does not count.

        :raises PolicyError: if the policies have never been read without faults: no view runs then.
        """
        self.registry()
        # Before the app runs, so that a report in a copy of the environ counts as well.
        environ[REPORTS_KEY] = {**environ.get(REPORTS_KEY, {})}
        self.withdraw(environ)
        return environ.copy()

    def place_of(self, entered: Any) -> Mapping[str, str]:
        """Return SCRIPT_NAME and PATH_INFO on entry."""
        return {name: entered[name] for name in ("SCRIPT_NAME", "PATH_INFO") if name in entered}

    def decide(
        self, environ: "WSGIEnvironment", entered: Any, origin: str | None
    ) -> Decision | None:
        """Decide by the policy of the view that answers."""
        policy = self.policy_answering(environ, entered)
        return None if policy is None else actual(policy, origin)

    def policy_answering(
        self, environ: "WSGIEnvironment", entered: "WSGIEnvironment"
    ) -> Policy | None:
        """Return the policy of the view that answers, as matched or else as the router says.

        :param environ: the environ as the app has left it.
        :param entered: a copy of the environ on entry.
        """
        target = self.matched(environ)
        if target is not None:
            return _policy_of(self.registry(), target, environ["REQUEST_METHOD"])
        return self.policy_routed(entered, entered["REQUEST_METHOD"])

    def policy_routed(self, environ: "WSGIEnvironment", method: str) -> Policy | None:
        """Return the policy of the view to which the router leads a request."""
        return self._policy_at(self._ask_router(environ, method, lists=False), method)

    def route_of(self, environ: "WSGIEnvironment", method: str) -> Route:
        """Describe the view that serves such a request, and where its policy comes from."""
        match = self._ask_router(environ, method)
        if match is None:
            return Route(None, "none-here")
        if isinstance(match.end, Target):
            found = self(environ, method)
            methods = found.methods if isinstance(found, Endpoint) else None
            return self._route_to(match.end, method, methods)
        policy = self._policy_at(match, method)
        if match.end == "method-not-allowed":
            beside = self._route_beside(match, method)
            return Route(policy, "405", methods=sorted(match.served), beside=beside)
        return Route(policy, "404")

    def label_of(self, environ: "WSGIEnvironment", method: str) -> Label:
        """Name the view that serves such a request, and its policy."""
        match = self._ask_router(environ, method, lists=False)
        if match is None:
            return Label()
        if isinstance(match.end, Target):
            return self.label(match.end, method)
        if match.end == "not-found":
            return Label(None, DEFAULT if self.registry().default is not None else None)
        labels = [self.label(target, name) for name, target in match.served.items()]
        endpoints = {label.endpoint for label in labels}
        policies = {label.policy for label in labels}
        return Label(_only(endpoints), _only(policies))

    def label_answering(self, environ: "WSGIEnvironment", entered: Any) -> Label:
        """Name the view that answers, as matched or else as the router says, and its policy."""
        target = self.matched(environ)
        if target is not None:
            return self.label(target, environ["REQUEST_METHOD"])
        return self.label_of(entered, entered["REQUEST_METHOD"])

    def label(self, target: Target, method: str) -> Label:
        """Name a view, by its endpoint or else by its rule, and the policy of a method."""
        registry = target.registry or self.registry()
        name = target.endpoint if isinstance(target.endpoint, str) else target.rule
        return Label(name or None, registry.name_of(target.endpoint, target.view, method))

    def _route_to(self, target: Target, method: str, methods: Sequence[str] | None) -> Route:
        """Describe the view that serves a method, or would serve it."""
        endpoint, view, rule = target.endpoint, target.view, target.rule
        registry = target.registry or self.registry()
        source = registry.source_of(endpoint, view, method)
        code, outermost = code_of(view, method), outermost_code_of(view, method)
        table = registry.tables["endpoints"]
        hidden = registry.hidden_source_of(view, method) if source.kind in UNMARKED else None
        if hidden and all(other is not hidden[0] for _, other in self.views()):
            code, source = hidden
        hiding = None if code is outermost else outermost
        return Route(
            source.policy,
            source.kind,
            source.name,
            methods,
            endpoint,
            rule,
            code,
            hiding,
            table,
            source.fault,
            decorated_at=source.decorated_at,
            is_elsewhere=source.is_elsewhere,
            assigned=source.assigned,
        )

    def _route_beside(self, match: RouteMatch, method: str) -> Route:
        """Describe the view at a URL that can serve another method too, or else a new view."""
        endpoints = {target.endpoint: target for target in match.served.values()}
        default, endpoint = self.registry().default, None
        if len(endpoints) == 1:
            (target,) = endpoints.values()
            route, endpoint = self._route_to(target, method, None), target.endpoint
            if not isinstance(target.view, MethodOf) or route.kind in OF_MANY_METHODS:
                return route
        return Route(default, "none" if default is None else "default", endpoint=endpoint)

    # The policies

    def registry(self) -> PolicyRegistry:
        """Return the policies, which are read when the app first answers: all views exist then.

        :raises PolicyError: with all faults.
        """
        registry = self._registry
        return self._registry_at(0) if registry is None else registry

    def _registry_at(self, version: int) -> PolicyRegistry:
        """Return the policies, which are read again if ``version`` has grown.

        If that fails, it is logged, and the policies that were read last still apply: only the
        added view with a fault is without CORS.

        :param version: a number that grows when views are added while serving.
        :raises PolicyError: with all faults, until the policies have been read without faults.
        """
        with self._lock:
            registry = self._registry
            if registry is not None and self._version >= version:
                return registry  # another thread has read them meanwhile
            try:
                self._registry = registry = self._load_registry()
            except Exception:
                if registry is None:
                    raise
                logger.exception(
                    "views or URLs were added while serving, and the policies cannot be read "
                    "again; those that were read before still apply"
                )
            self._version = version
            return registry

    def _load_registry(self) -> PolicyRegistry:
        """Read the policies for requests, and warn of what they cannot cover."""
        registry = self.read_registry()
        self.begin()
        if self._registry is None:
            self.log_coverage(registry)
        return registry

    def begin(self) -> None:
        """Warn, before the app first answers, of what its policies cannot cover.

        By default this is done in debug mode, if there is one, for marks that the router never
        sees.
        """
        if self.debug or not self.has_debug_mode:
            self.warn_of_marks_above_routes()

    def read_registry(self) -> PolicyRegistry:
        """Read the policies as they are now, for a check or the audit."""
        return PolicyRegistry(
            self._policies,
            self.views(),
            self._endpoints,
            tables=self.tables,
            place=self.place,
        )

    def place_of_table(self, table: str) -> Place | None:
        """Return the line that has a table, such as the call of ``CORS``."""
        return self.place

    def _policy_at(self, match: RouteMatch | None, method: str) -> Policy | None:
        """Return the policy of a view, or of the router's own 405 or 404."""
        registry = self.registry()
        if match is None:
            return None
        if isinstance(match.end, Target):
            return _policy_of(registry, match.end, method)
        if match.end == "not-found":
            return registry.default
        policies = [_policy_of(registry, target, name) for name, target in match.served.items()]
        first, *others = policies or [None]
        if first is None or any(other != first for other in others):
            return None
        has_one_trial = all(other is not None and other.trial == first.trial for other in others)
        return first if has_one_trial else first.with_trial(None)

    def _ask_router(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        try:
            return self.match(environ, method, lists=lists)
        except Exception:  # raised by a converter or a predicate of the app, for example
            path = quote_path(environ)
            logger.warning("%s: routing raised an exception", path, exc_info=True)
            return None


def _only(names: Collection[str | None]) -> str | None:
    """Return the name that all have; ``None`` if there are several or none."""
    first, *others = names or [None]
    return None if others else first


def _policy_of(registry: PolicyRegistry, target: Target, method: str) -> Policy | None:
    return (target.registry or registry).policy_of(target.endpoint, target.view, method)
