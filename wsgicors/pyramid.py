"""CORS for Pyramid: each view of a route has its own policy.

::

    CORS(config, policies={"partners": partners})

    @view_config(route_name="items", request_method="GET", renderer="json")
    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(request): ...

Preflights are answered before the app creates a request: no tween, subscriber or security policy
has run. All other responses get their headers after the last tween.

A preflight has the URL and the method of the request that follows. Predicates on anything else,
such as headers or the user, cannot be evaluated, so several views may be possible. If all of them
have the same policy, that policy decides; otherwise none does.
"""

import inspect
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Unpack, cast

# Pyramid ships no types, and no stubs are published: to type checkers it is Any.
from pyramid import predicates  # type: ignore[import-untyped]
from pyramid.config import Configurator  # type: ignore[import-untyped]
from pyramid.config.views import isexception  # type: ignore[import-untyped]
from pyramid.events import ApplicationCreated  # type: ignore[import-untyped]
from pyramid.exceptions import (  # type: ignore[import-untyped]
    ConfigurationError,
    PredicateMismatch,
)
from pyramid.interfaces import PHASE0_CONFIG, IApplicationCreated  # type: ignore[import-untyped]
from pyramid.router import Router  # type: ignore[import-untyped]
from pyramid.urldispatch import Route  # type: ignore[import-untyped]
from pyramid.view import AppendSlashNotFoundViewFactory  # type: ignore[import-untyped]
from pyramid.viewderivers import INGRESS  # type: ignore[import-untyped]
from pyramid.wsgi import wsgiapp, wsgiapp2  # type: ignore[import-untyped]

from ._core.policy import Policy, Settings
from ._cornice import is_error_view, method_of_resource, services_with_cors
from ._decorator import MethodOf, carries_mark, cors, view_marks
from ._introspection import quote_path
from ._middleware import CORSMiddleware
from ._registry import Assigned, PolicyRegistry, with_default
from ._resolver import EXTENSION_KEY
from .routing import NOT_FOUND, USUAL_METHODS, RouteMatch, RouterResolver, Target

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["CORS", "cors", "includeme"]

logger = logging.getLogger("wsgicors")

_predicates = cast("Any", predicates)

URL_PREDICATES = (
    _predicates.RequestMethodPredicate,
    _predicates.PathInfoPredicate,
    _predicates.MatchParamPredicate,
)
"""Predicates that can be evaluated for a preflight."""

MOUNTS = {mount(print).__code__ for mount in cast("Any", (wsgiapp, wsgiapp2))}
"""The code of views that call another WSGI app."""


class _View(NamedTuple):
    """A view, and the conditions under which it answers."""

    target: Target | None
    """``None`` for another app, which has policies of its own."""
    conditions: Sequence[Any]
    """Predicates, and other objects that cannot be evaluated for a preflight."""


_Matched = tuple[Any, Sequence[_View], dict[str, Any]]
"""A route, its views, and the match of its pattern."""


class CORS:
    """Switch CORS on for the app that a configurator makes, or for an app that is made.

    >>> from pyramid.config import Configurator
    >>> config = Configurator()
    >>> extension = CORS(config, allow_origins=["https://app.example"])
    >>> app = config.make_wsgi_app()

    :param config: the configurator; or an app that other code has made, as ``main()`` of a package.
    :param policy: the default policy, for views without one of their own and for unknown URLs.
        You can pass its settings as keyword arguments instead (``allow_origins=...``, ...).
    :param policies: policies by name, for ``@cors("name")``.
    :param endpoints: policies, by the name of a route, for views that cannot be decorated.
    :raises TypeError: if the arguments are invalid.
    :raises PolicyError: if the settings cannot work; ``make_wsgi_app`` checks the names.
    """

    def __init__(
        self,
        config: Any,
        policy: Policy | None = None,
        *,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        named = with_default(policies, policy, settings, ("policy", "policies", "endpoints"))
        app: Any = config if isinstance(config, cast("Any", Router)) else None
        if app is not None:
            config = Configurator(registry=app.registry, package=app.registry.package_name)
        if not getattr(config, "introspection", False):
            raise TypeError(
                f"{config!r:.80} is not a Configurator with introspection; use CORS(config), and "
                f"introspection=True"
            )
        if EXTENSION_KEY in config.registry:
            raise TypeError("this app already has CORS; call CORS(config) once, with all policies")
        self._resolver = PyramidResolver(config, named, endpoints)
        if app is None:
            config.add_view_deriver(self._report, "wsgicors", under=INGRESS, over="secured_view")
            config.add_subscriber(self._wrap, IApplicationCreated)
        else:
            self._wrap(ApplicationCreated(app))
        config.registry[EXTENSION_KEY] = self._resolver

    def _report(self, view: Any, info: Any) -> Any:
        """Report which view of a route answers: the outermost of Pyramid's view derivers."""
        target = _target_of(info.options["route_name"], info.original_view, info.options["attr"])
        is_error = info.exception_only or is_error_view(info.original_view)
        if target is None or not target.endpoint or is_error:
            return view  # an error keeps the policy of the view that failed

        def reported(context: object, request: Any) -> object:
            self._resolver.report(request.environ, target)
            try:
                return view(context, request)
            except PredicateMismatch:  # Pyramid tries the next view
                self._resolver.withdraw(request.environ)
                raise

        return reported

    def _wrap(self, event: Any) -> None:
        """Wrap an app, by its execution policy, which is how Pyramid handles a request."""
        self._resolver.read_registry()  # a check, because the views are known now
        self._resolver.warn_of_other_layers()
        execute = event.app.execution_policy

        def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            response: Callable[..., Iterable[bytes]] = execute(environ, event.app)
            return response(environ, start_response)

        wrapper = CORSMiddleware(serve, resolve=self._resolver)

        def answer(environ: "WSGIEnvironment", router: object) -> CORSMiddleware:
            return wrapper  # Pyramid calls a response as a WSGI app

        event.app.execution_policy = answer


def includeme(config: Any) -> None:
    """Switch CORS on with ``config.include("wsgicors.pyramid")``.

    The directive ``config.set_cors(policy)`` takes the arguments of :class:`CORS`.
    """

    def complete() -> object:
        return EXTENSION_KEY in config.registry or CORS(config)

    config.add_directive("set_cors", CORS)
    config.action(EXTENSION_KEY, complete, order=PHASE0_CONFIG)


class PyramidResolver(RouterResolver):
    """A resolver that evaluates the routes and predicates of an app."""

    def __init__(
        self,
        config: Any,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[str, Assigned] | None,
    ) -> None:
        super().__init__(policies, endpoints)
        self._config = config
        self._routes: Sequence[tuple[Any, Sequence[_View]]] = ()
        self._appends_slashes = False

    def version(self) -> int:
        """Return a number that grows with all that is configured.

        The name is private: Pyramid 2.0 and 2.1 have it. Without it, views that are added while
        serving are not seen.
        """
        return cast("int", getattr(self._config.introspector, "_counter", 0))

    def read_registry(self) -> PolicyRegistry:
        """Read the policies as they are now, and the routes with their views."""
        self._routes = _read_routes(self._config)
        views = [view["callable"] for view in _introspect(self._config, "views")]
        self._appends_slashes = any(isinstance(v, AppendSlashNotFoundViewFactory) for v in views)
        return super().read_registry()

    def begin(self) -> None:
        """Warn of decorated views that no route reaches."""
        super().begin()
        self.warn_of_strays()

    def packages(self) -> set[str]:
        """Return the package for which the app is configured."""
        return {self._config.package.__name__.partition(".")[0]}

    def other_layers(self) -> Iterator[str]:
        """Yield Cornice, if services have CORS of its own where a view has no policy."""
        if not (own := services_with_cors(self._config.registry)):
            return
        registry = self.read_registry()
        names = [
            repr(target.endpoint)
            for _, methods, target in self.routes()
            if target.endpoint in own
            and any(not registry.policy_of(target.endpoint, target.view, m) for m in methods)
        ]
        if names := [*dict.fromkeys(names)]:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            yield f"Cornice, in the services {', '.join(names[:3])}{more},"

    @property
    def debug(self) -> bool:
        """Whether the app runs with ``pyramid.debug_all``."""
        return bool(self._config.registry.settings["debug_all"])

    def routes(self) -> Iterator[tuple[str, Iterable[str], Target]]:
        """Yield every view of every route, in the order in which Pyramid asks them."""
        for route, views in self._routes:
            for view in views:
                if view.target is not None and view.target.endpoint:
                    yield "/" + route.pattern.lstrip("/"), _methods_of(route, view), view.target

    def match(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        """Evaluate the routes and their views."""
        try:
            path = environ.get("PATH_INFO", "").encode("latin-1").decode()
        except UnicodeDecodeError:  # Pyramid does not serve such a path
            return None
        tried = [(path, self._match_routes(path))]
        if self._appends_slashes and not path.endswith("/"):
            tried.append((f"{path}/", self._match_routes(f"{path}/")))
        if not any(routes for _, routes in tried):
            return NOT_FOUND
        end = self._view_for(tried, method)
        if end is None:
            logger.debug(
                "%s: no CORS, because the possible views have several policies",
                quote_path(environ),
            )
            return None
        matched = [one for _, routes in tried for one in routes]
        declared = [_methods_of(route, view) for route, views, _ in matched for view in views]
        served: dict[str, Target] = {}
        methods = {method}.union(*declared) if lists or end == "method-not-allowed" else ()
        for other in sorted(methods):
            found = self._view_for(tried, other)
            if isinstance(found, Target):
                served[other] = found
            elif found is None and end == "method-not-allowed":
                return None  # the views for another method have several policies
        return RouteMatch(end if served or end != "method-not-allowed" else "not-found", served)

    def _match_routes(self, path: str) -> Sequence[_Matched]:
        routes = [(route, views, route.match(path or "/")) for route, views in self._routes]
        return [matched for matched in routes if matched[2] is not None]

    def _view_for(
        self, tried: Iterable[tuple[str, Sequence[_Matched]]], method: str
    ) -> Target | Literal["method-not-allowed"] | None:
        """Return a view with the policy of all possible views; ``None`` if they have several.

        :param tried: the path, and the one to which Pyramid redirects if no view answers there.
        """
        possible: list[Target | None] = []
        for path, routes in tried:
            possible = possible or [*_possible_views(routes, path, method)]
        targets = [target for target in possible if target is not None]
        if not targets or len(targets) < len(possible):
            return None if possible else "method-not-allowed"
        registry = self.registry()
        first, *others = [registry.policy_of(t.endpoint, t.view, method) for t in targets]
        return targets[0] if all(other == first for other in others) else None


def _possible_views(routes: Iterable[_Matched], path: str, method: str) -> Iterator[Target | None]:
    """Yield the views that may answer, in the order in which Pyramid tries them."""
    for route, views, match in routes:
        request = SimpleNamespace(method=method, upath_info=path, matchdict=match)
        is_route = _hold(route.predicates, request)
        for view in views if is_route is not False else ():
            is_view = _hold(view.conditions, request)
            if is_view is not False:
                yield view.target
            if is_route and is_view and "traverse" not in match:
                return
        if is_route:
            return  # Pyramid tries no other route, even if no view answers


def _hold(conditions: Sequence[Any], request: object) -> bool | None:
    """Return whether all conditions hold; ``None`` if that cannot be known for a preflight."""
    results = [c(None, request) if isinstance(c, URL_PREDICATES) else None for c in conditions]
    return False if False in results else None if None in results else True


def _methods_of(route: Any, view: _View) -> set[str]:
    """Return the methods that a view of a route declares, or the usual ones."""
    every = [*route.predicates, *view.conditions]
    declared = [set[str](p.val) for p in every if isinstance(p, _predicates.RequestMethodPredicate)]
    return declared[0].intersection(*declared) if declared else set(USUAL_METHODS)


def _introspect(config: Any, category: str) -> list[dict[str, Any]]:
    """Return what Pyramid keeps about the configuration."""
    while True:
        with suppress(RuntimeError):  # another thread is adding a route or a view
            found = config.introspector.get_category(category, ())
            return [each["introspectable"] for each in found]


def _read_routes(config: Any) -> Sequence[tuple[Any, Sequence[_View]]]:
    """Return all routes with their views, in the order in which Pyramid tries them.

    :raises ConfigurationError: if no route leads to a decorated view.
    """
    views: dict[str | None, list[_View]] = defaultdict(list)
    found = _introspect(config, "views")
    # Pyramid tries views with a context first, then those with a media type, then by predicates.
    found.sort(key=lambda view: (view["context"] is None, view["accept"] is None, view["order"]))
    for view in found:
        name, context = view["route_name"], view["context"]
        target = _target_of(name, view["callable"], view["attr"])
        if not isexception(context) and not is_error_view(view["callable"]):
            unknown = [what for what in (context, view["name"], name is None) if what]
            views[name].append(_View(target, [*view["predicates"], *unknown]))
            if name is not None:
                continue
        if target and any(view_marks(target.view)):
            raise ConfigurationError(
                f"{target.view} is decorated with @cors, but no route leads to it: views found by "
                f"traversal have the default policy, and error views that of the requested view"
            )
    for route in _introspect(config, "routes"):
        if route["use_global_views"]:
            views[route["name"]] += views[None]
    routes: list[Any] = [*config.get_routes_mapper().get_routes()]
    if views[None]:
        routes.append(Route(None, "*traverse"))
    return [(route, views[route.name]) for route in routes]


def _target_of(route_name: str | None, view: Any, attr: str | None) -> Target | None:
    """Return the target of a view; ``None`` for another app that is mounted."""
    name = route_name or ""
    if getattr(view, "__code__", None) in MOUNTS:
        return None
    if method := method_of_resource(view):
        return Target(name, method)
    if inspect.isclass(view):
        return Target(name, MethodOf(view, attr or "__call__"))
    if attr:
        view = getattr(view, attr)
    if inspect.ismethod(view):  # its class may be decorated too
        return Target(name, MethodOf(type(view.__self__), view.__name__, view.__func__))
    if inspect.isroutine(view) or carries_mark(view):
        return Target(name, view)
    return Target(name, MethodOf(type(view), "__call__"))
