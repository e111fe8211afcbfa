"""The kit for adapters: what a resolver for a framework's router needs.

An adapter says how to ask the router (:meth:`RouterResolver.match`), which routes there are
(:meth:`RouterResolver.routes`) and, if the framework shows it, which route it has matched
(:meth:`RouterResolver.matched`). This module does what is the same for all frameworks: it finds
the policy, the methods that a preflight lists, and the source of the policy for messages.
"""

import gc
import logging
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple
from weakref import WeakSet

from ._core.policy import Policy, Settings
from ._core.protocol import Decision, actual
from ._decorator import (
    MethodOf,
    all_marked,
    code_of,
    cors,
    has_unread_marks,
    hidden_marks,
    marks_above_routes,
    outermost_code_of,
    read_marks,
    unreached_marks,
)
from ._introspection import Route, Stray, place_of, quote_path
from ._registry import TABLES, Assigned, PolicyRegistry
from ._resolver import Endpoint, Found, Resolver

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

REPORTS_KEY: Final = "wsgicors.reports"
"""The key in the environ for what hooks of frameworks report as matched, by resolver."""


class Target(NamedTuple):
    """A view, as a router finds it."""

    endpoint: Any
    """Its key in the table ``endpoints``, the same in every request: a name, or a pattern."""
    view: object
    """What carries the decorator's mark."""
    rule: str = ""
    """The URL as the router's rule has it."""
    redirect: object = None
    """Where the router itself redirects to, if it does: a URL, or the code that returns it."""
    registry: PolicyRegistry | None = None
    """The policies of the app that the view belongs to, if that is another app with CORS."""
    condition: str = ""
    """What decides, beside the URL and the method, whether this view or the next answers."""


RouteTarget = tuple[str, Iterable[str], Target]
"""A route: its URL, its methods and its view."""


class RouteMatch(NamedTuple):
    """Where a router leads a method at a URL."""

    end: Target | Literal["method-not-allowed", "not-found"]
    """The view that serves the method; or the router's own 405 or 404."""
    served: Mapping[str, Target]
    """Every method that a view at this URL declares, with its view."""


NOT_FOUND: Final = RouteMatch("not-found", {})
"""The match of a URL that the router does not know."""


class RouterResolver(Resolver):
    """A resolver that asks a framework's router.

    An adapter derives from it and defines :meth:`match` and :meth:`routes`.

    :param policies: policies by name, or their settings; ``"default"`` is the policy of views
        without one of their own, and of unknown URLs.
    :param endpoints: policies, by endpoint, of views that cannot be decorated.
    """

    runs_views_first = True

    has_debug_mode: ClassVar[bool] = True
    """Whether the framework has a debug mode.

    Without one, the log always warns of decorators above routes.
    """

    tables: ClassVar[Mapping[str, str]] = TABLES
    """How users of the framework spell the names of the tables, for messages."""

    has_looked_for_strays: ClassVar[bool] = False
    """Whether the log names the decorated views that no route reaches."""

    def __init__(
        self,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[Any, Assigned] | None = None,
    ) -> None:
        self._policies = policies
        self._endpoints: Mapping[Any, Assigned] = {} if endpoints is None else endpoints
        self._registry: PolicyRegistry | None = None
        self._version = 0
        self._lock = RLock()
        _resolvers.add(self)

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

    @abstractmethod
    def routes(self) -> Iterable[RouteTarget]:
        """Yield every route: its URL, its methods and its view; the first of two alike counts."""

    def views(self) -> Iterable[tuple[Any, object]]:
        """Return every view with its endpoint."""
        return [(target.endpoint, target.view) for _, _, target in self.routes()]

    def packages(self) -> set[str]:
        """Return the packages that belong to this app, beside those of its views."""
        return set()

    def other_layers(self) -> Iterable[str]:
        """Return what else writes CORS headers in this app: libraries, by name."""
        return ()

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
        end = match.end
        if isinstance(end, Target):
            registry = end.registry or self.registry()
            kind, name, policy, fault = registry.source_of(end.endpoint, end.view, method)
            found = self(environ, method)
            methods = found.methods if isinstance(found, Endpoint) else None
            code, outermost = code_of(end.view, method), outermost_code_of(end.view, method)
            table = registry.tables["endpoints"]
            hidden = registry.hidden_source_of(end.view, method) if kind in UNMARKED else None
            if hidden and all(view is not hidden[0] for _, view in self.views()):
                code, (kind, name, policy, fault) = hidden
            hiding = None if code is outermost else outermost
            given = (policy, kind, name, methods, end.endpoint, end.rule, code, hiding, table)
            return Route(*given, fault)
        policy = self._policy_at(match, method)
        if end == "method-not-allowed":
            return Route(policy, "405", methods=sorted(match.served))
        return Route(policy, "404")

    # For the log, a check and the audit

    def strays(self, routes: Iterable[RouteTarget]) -> Iterator[Stray]:
        """Yield what is decorated in the app's packages, and reached by no route of any app."""
        served = [(methods, target.view) for _, methods, target in routes]
        routed = [view for _, view in served]
        modules = (str(getattr(view, "__module__", "")) for view in routed)
        packages = self.packages() | {module.partition(".")[0] for module in modules}
        others = [view for other in [*_resolvers] if other is not self for view in _views_of(other)]
        views = [view for _, view in self.views()]
        above_routes = [*marks_above_routes(views)]
        wrappers = {id(view): wrapper for wrapper, view in hidden_marks(views)}
        methods = {method for names, _ in served for method in names}
        for view in unreached_marks([*routed, *others], packages, methods):
            name = getattr(view, "__qualname__", repr(view))
            is_above_route = any(view is other for other in above_routes)
            wrapper = wrappers.get(id(view))
            hidden_by = "" if wrapper is None else getattr(wrapper, "__qualname__", repr(wrapper))
            yield Stray(name, place_of(code_of(view, "")), is_above_route, hidden_by)

    def warn_of_strays(self) -> None:
        """Log the decorated views that no route reaches, once in a process.

        It is done when the first of its apps answers: by then, all of them have been created. Test
        runs may create an app for each test.
        """
        if RouterResolver.has_looked_for_strays or not all_marked():
            return
        RouterResolver.has_looked_for_strays = True
        routes = [*self.routes()]
        strays = [*self.strays(routes)]
        if strays:  # some may belong to discarded apps
            gc.collect()
            strays = [*self.strays(routes)]
        for stray in strays:
            is_logged = stray.is_above_route or stray.hidden_by
            if is_logged and (self.debug or not self.has_debug_mode):
                continue  # warn_of_marks_above_routes says so
            logger.warning(
                "@cors on %s (%s) has no effect, because no route reaches this view; add a route, "
                "put @cors on what the route names, or use %s",
                stray.name,
                stray.place,
                self.tables["endpoints"],
            )

    def warn_of_other_layers(self) -> None:
        """Log what else writes CORS headers in this app."""
        for name in self.other_layers():
            logger.warning(
                "%s writes CORS headers beside wsgicors: it may answer preflights, and pages may "
                "read what wsgicors leaves without CORS; remove one of the two",
                name,
            )

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
        return PolicyRegistry(self._policies, self.views(), self._endpoints, tables=self.tables)

    def warn_of_marks_above_routes(self) -> None:
        """Log each view whose route has another function than the decorated one."""
        views = [view for _, view in self.views()]
        for view in marks_above_routes(views):
            logger.warning(
                "%r: the route decorator is below @cors, so the router never sees @cors; move the "
                "route decorator to the top",
                view,
            )
        for wrapper, view in hidden_marks(views):
            logger.warning(
                "%r: the router has %r instead, made by a decorator that does not use "
                "functools.wraps, so it never sees @cors; use functools.wraps in the decorator, or "
                "move @cors above it",
                view,
                wrapper,
            )

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
        return first if all(other == first for other in others) else None

    def _ask_router(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        try:
            return self.match(environ, method, lists=lists)
        except Exception:  # raised by a converter or a predicate of the app, for example
            path = quote_path(environ)
            logger.warning("%s: routing raised an exception", path, exc_info=True)
            return None


def _policy_of(registry: PolicyRegistry, target: Target, method: str) -> Policy | None:
    return (target.registry or registry).policy_of(target.endpoint, target.view, method)


def _views_of(resolver: RouterResolver) -> Iterable[object]:
    """Return all views of an app, with a route or without; none if they cannot be listed."""
    try:
        return [view for _, view in resolver.views()]
    except Exception:
        logger.warning(
            "the routes of another app cannot be listed, so its decorated views count as unreached",
            exc_info=True,
        )
        return ()


def are_all_marks_read() -> bool:
    """Return whether every decorated view of this process belongs to an app with CORS."""
    if has_unread_marks():
        for resolver in [*_resolvers]:
            with suppress(Exception):  # an app whose views cannot be listed yet
                for _, view in resolver.views():
                    read_marks(view)
    return not has_unread_marks()


_resolvers: "WeakSet[RouterResolver]" = WeakSet()
