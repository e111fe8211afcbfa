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

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Never, Unpack, cast

# Pyramid ships no types, and no stubs are published: to type checkers it is Any.
from pyramid import exceptions, path, predicates  # type: ignore[import-untyped]
from pyramid.config import Configurator  # type: ignore[import-untyped]
from pyramid.events import ApplicationCreated  # type: ignore[import-untyped]
from pyramid.interfaces import PHASE0_CONFIG, IApplicationCreated  # type: ignore[import-untyped]
from pyramid.router import Router  # type: ignore[import-untyped]
from pyramid.viewderivers import INGRESS  # type: ignore[import-untyped]

from .._core.policy import Policy, Settings
from .._core.protocol import method_after_redirect
from .._decorator import cors
from .._introspection import quote_path
from .._middleware import CORSMiddleware
from .._registry import Assigned, PolicyRegistry, with_configured, with_default
from .._reporting.observers import check_observer
from .._resolver import EXTENSION_KEY
from ..routing import NOT_FOUND, USUAL_METHODS, RouteMatch, RouterResolver, Target
from ..routing._configured import read_configured
from ._views import (
    Matched,
    NotFoundView,
    View,
    check_views,
    introspect,
    is_error_view,
    read_not_found_views,
    read_routes,
    services_with_cors,
    target_of,
)

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from .._reporting.events import Observer

__all__ = ["CORS", "cors", "includeme"]

logger = logging.getLogger("wsgicors")

SETTINGS_KEY = "wsgicors.policies"
"""The key in Pyramid's settings for a table of policies by name, or for the path of their file."""

_predicates = cast("Any", predicates)

URL_PREDICATES = (
    _predicates.RequestMethodPredicate,
    _predicates.PathInfoPredicate,
    _predicates.MatchParamPredicate,
)
"""Predicates that can be evaluated for a preflight."""


class CORS:
    """Switch CORS on for the app that a configurator makes, or for an app that is made.

    >>> from pyramid.config import Configurator
    >>> config = Configurator()
    >>> extension = CORS(config, allow_origins=["https://app.example"])
    >>> app = config.make_wsgi_app()

    :param config: the configurator; or an app that other code has made, as ``main()`` of a package.
    :param policy: the default policy, for views without one of their own and for unknown URLs.
    :param policies: policies by name, for ``@cors("name")``, beside those that the setting
        ``wsgicors.policies`` names.
    :param endpoints: policies, by the name of a route, for views that cannot be decorated.
    :param observer: is called with a :class:`wsgicors.Event` for each request from another origin.
    :param settings: the default policy as keyword arguments, instead of ``policy``:
        ``allow_origins``, ``allow_methods``, ``allow_headers``, ``expose_headers``,
        ``allow_credentials``, ``max_age`` and ``accept_risks``; see :class:`wsgicors.Policy`.
    :raises TypeError: if the arguments are invalid.
    :raises PolicyError: if the settings cannot work; ``make_wsgi_app`` checks the names.
    """

    def __init__(
        self,
        config: Any,
        policy: Policy | None = None,
        *misplaced: Never,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        observer: "Observer | None" = None,
        **settings: Unpack[Settings],
    ) -> None:
        also = ("policy", "policies", "endpoints", "observer")
        named = with_default(policies, policy, settings, also, misplaced)
        check_observer(observer)
        self._observer = observer
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
        target = target_of(info.options["route_name"], info.original_view, info.options["attr"])
        is_error = info.exception_only or is_error_view(info.original_view)
        if target is None or not target.endpoint or is_error:
            return view  # an error keeps the policy of the view that failed

        def reported(context: object, request: Any) -> object:
            self._resolver.report(request.environ, target)
            try:
                return view(context, request)
            except exceptions.PredicateMismatch:  # Pyramid tries the next view
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

        wrapper = CORSMiddleware(serve, resolve=self._resolver, observer=self._observer)

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
        # Not config.package: with config.include(), that is the package of what is included.
        self._assets = cast("Any", path).AssetResolver(config.root_package)
        self._routes: Sequence[tuple[Any, Sequence[View]]] = ()
        self._not_found_views: Sequence[NotFoundView] = ()

    def registry(self) -> PolicyRegistry:
        """Return the policies, which are read again if routes or views were added since."""
        # It grows with all that is configured. The name is private: Pyramid 2.0 and 2.1 have it.
        # Without it, views that are added while serving are not seen.
        version = cast("int", getattr(self._config.introspector, "_counter", 0))
        registry = self._registry
        if registry is None or self._version < version:
            registry = self._registry_at(version)
        return registry

    def read_registry(self) -> PolicyRegistry:
        """Read the policies as they are now, and the routes with their views."""
        views = introspect(self._config, "views")
        # The routes come first, so that preflights find new ones if the checks raise.
        self._routes = read_routes(self._config, views)
        self._not_found_views = read_not_found_views(views)
        check_views(views)
        return PolicyRegistry(
            self.named_policies(), self.views(), self._endpoints, place=self.place
        )

    def named_policies(self) -> Mapping[str, Policy | Settings]:
        """Return the policies of the app, and those of its settings."""
        configured = self._config.registry.settings.get(SETTINGS_KEY)
        if configured is None:
            return self._policies
        given = read_configured(configured, SETTINGS_KEY, self._locate, self._files)
        return with_configured(self._policies, given, SETTINGS_KEY)

    def _locate(self, spec: str) -> str:
        """Return where a path, or an asset specification, leads from the package of the app."""
        return str(self._assets.resolve(spec).abspath())

    def begin(self) -> None:
        """Warn of decorated views that no route reaches."""
        super().begin()
        self.warn_of_strays()

    framework: ClassVar[str] = "pyramid"

    def name(self) -> str:
        """Return the name of the package for which the app is configured."""
        return str(self._assets.get_package().__name__)

    def packages(self) -> set[str]:
        """Return the package for which the app is configured."""
        return {self.name().partition(".")[0]}

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
                    target = view.target._replace(condition=_condition_of(route, view))
                    yield "/" + route.pattern.lstrip("/"), _methods_of(route, view), target

    def match(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        """Evaluate the routes and their views."""
        try:
            path = environ.get("PATH_INFO", "").encode("latin-1").decode()
        except UnicodeDecodeError:  # Pyramid does not serve such a path
            return None
        here, there = self._match_routes(path), self._match_routes_with_slash(path)
        if not here and not there:
            return NOT_FOUND
        end = self._end_of(path, here, there, method)
        if end == "not-found":
            return NOT_FOUND
        if end is None:
            logger.debug(
                "%s: no CORS, because the possible views have several policies",
                quote_path(environ),
            )
            return None
        if end == "method-not-allowed" and not here:  # the URL with a slash answers
            path, here, there = f"{path}/", there, ()
        matched = [*here, *there]
        declared = [_methods_of(route, view) for route, views, _ in matched for view in views]
        served: dict[str, Target] = {}
        methods = {method}.union(*declared) if lists or end == "method-not-allowed" else ()
        for other in sorted(methods):
            found = self._end_of(path, here, there, other)
            if isinstance(found, Target):
                served[other] = found
            elif found is None and end == "method-not-allowed":
                return None  # the views for another method have several policies
        return RouteMatch(end if served or end != "method-not-allowed" else "not-found", served)

    def _match_routes(self, path: str) -> Sequence[Matched]:
        routes = [(route, views, route.match(path or "/")) for route, views in self._routes]
        return [matched for matched in routes if matched[2] is not None]

    def _match_routes_with_slash(self, path: str) -> Sequence[Matched]:
        """Match the path to which a not-found view may redirect."""
        if path.endswith("/") or all(view.status is None for view in self._not_found_views):
            return ()
        matched = self._match_routes(f"{path}/")
        return matched if any(route.name is not None for route, _, _ in matched) else ()

    def _end_of(
        self, path: str, here: Sequence[Matched], there: Sequence[Matched], method: str
    ) -> Target | Literal["method-not-allowed", "not-found"] | None:
        """Return a view with the policy of all possible views; ``None`` if they have several.

        :param here: the routes at the path.
        :param there: the routes at the path with a slash, if Pyramid may redirect to it.
        """
        possible = [*_possible_views(here, path, method)]
        others = set[Literal["method-not-allowed", "not-found"]]()
        for status in () if possible else self._slash_statuses(path, here, there, method):
            if status is None:
                others.add("method-not-allowed" if here else "not-found")
                continue
            followed = {method_after_redirect(status, method)} if status else {method, "GET"}
            for name in followed:
                views = [*_possible_views(there, f"{path}/", name)]
                possible += views
                others.update(() if views else ("method-not-allowed",))
        targets = [target for target in possible if target is not None]
        if not possible and len(others) == 1:
            return others.pop()
        if len(targets) < len(possible) or "method-not-allowed" in others:
            return None
        registry = self.registry()
        policies = [registry.policy_of(t.endpoint, t.view, method) for t in targets]
        policies += [registry.default] * len(others)
        return targets[0] if all(policy == policies[0] for policy in policies) else None

    def _slash_statuses(
        self, path: str, here: Sequence[Matched], there: Sequence[Matched], method: str
    ) -> set[int | None]:
        """Return how the views that may answer a 404 append a slash; ``None`` for a 404."""
        if not there:
            return {None}
        statuses = set[int | None]()
        request = SimpleNamespace(method=method, upath_info=path, matchdict={})
        for view in self._not_found_views:
            if view.route_name not in {None, *(route.name for route, _, _ in here)}:
                continue
            answers = _hold(view.conditions, request)
            if answers is not False:
                statuses.add(view.status)
            if answers:
                return statuses
        return {*statuses, None}


def _possible_views(routes: Iterable[Matched], path: str, method: str) -> Iterator[Target | None]:
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


def _methods_of(route: Any, view: View) -> set[str]:
    """Return the methods that a view of a route declares, or the usual ones."""
    every = [*route.predicates, *view.conditions]
    declared = [set[str](p.val) for p in every if isinstance(p, _predicates.RequestMethodPredicate)]
    return declared[0].intersection(*declared) if declared else set(USUAL_METHODS)


def _condition_of(route: Any, view: View) -> str:
    """Return the predicates of a view and its route, but for the methods, as text."""
    every = [*route.predicates, *view.conditions]
    others = [p for p in every if not isinstance(p, _predicates.RequestMethodPredicate)]
    return "; ".join(str(p.text()) if hasattr(p, "text") else str(p) for p in others)
