"""CORS for Bottle: each view has its own policy.

::

    app = Bottle()
    app.install(CORS())

    @app.get("/items")
    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(): ...

The app itself stays the WSGI app to serve. Bottle leaves the route that answers in the environ. In
tables a route is known by its name, or by its rule if it has no name.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Never, Unpack, cast

# Bottle ships no types, and no stubs are published: to type checkers it is Any.
import bottle  # type: ignore[import-untyped]

from ._core.places import Place, calling_place
from ._core.policy import Policy, Settings
from ._core.problems import PolicyError
from ._decorator import cors
from ._introspection import Label
from ._middleware import OUTER_KEY, CORSMiddleware
from ._registry import Assigned, PolicyRegistry, with_default
from .routing import NOT_FOUND, USUAL_METHODS, RouteMatch, RouterResolver, Target

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from ._reporting.events import Observer

__all__ = ["CORS", "cors"]

PLUGIN_NAME: Final = "wsgicors"

EVERY_METHOD: Final = ("ANY", "PROXY")
"""Bottle's method names for a route that serves all methods."""

PRECEDENCE: Final = {"PROXY": 0, "HEAD": 1, "ANY": 3}
"""The order in which the router tries the routes of one URL; other methods are third."""


class CORS:
    """A plugin that switches CORS on for a Bottle app.

    >>> app = bottle.Bottle()
    >>> plugin = app.install(CORS(allow_origins=["https://app.example"]))

    :param policy: the default policy, for views without one of their own and for unknown URLs.
    :param policies: policies by name, for ``@cors("name")``.
    :param endpoints: policies, by route, for views that cannot be decorated.
    :param observer: is called with a :class:`wsgicors.Event` for each request from another origin.
    :param settings: the default policy as keyword arguments, instead of ``policy``:
        ``allow_origins``, ``allow_methods``, ``allow_headers``, ``expose_headers``,
        ``allow_credentials``, ``max_age`` and ``accept_risks``; see :class:`wsgicors.Policy`.
    :raises TypeError: if the arguments are invalid.
    :raises PolicyError: if the settings cannot work. Names that refer to each other are checked at
        the first request.
    """

    name = PLUGIN_NAME
    api = 2

    def __init__(
        self,
        policy: Policy | None = None,
        *misplaced: Never,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        observer: "Observer | None" = None,
        **settings: Unpack[Settings],
    ) -> None:
        if misplaced or hasattr(policy, "install"):
            raise TypeError("CORS is a Bottle plugin; use app.install(CORS(policy))")
        also = ("policy", "policies", "endpoints", "observer")
        self.policies = with_default(policies, policy, settings, also)
        self._observer = observer
        self.endpoints: Mapping[str, Assigned] = {} if endpoints is None else endpoints
        self._place = calling_place()
        self._apps: list[Any] = []

    def setup(self, app: Any) -> None:
        """Wrap the app when the plugin is installed.

        :raises TypeError: if the app already has CORS, or belongs to another copy of Bottle.
        """
        if not isinstance(app, cast("Any", bottle.Bottle)):
            copy = type(app).__module__
            raise TypeError(
                f"{app!r} belongs to another copy of Bottle, {copy}; "
                f"use CORSMiddleware(app, policy)"
            )
        if _resolver_of(app) is not None:
            raise TypeError(f"{app!r} already has CORS; install it once, with all policies")
        resolver = BottleResolver(app, self.policies, self.endpoints, self._place)
        app.wsgi = CORSMiddleware(app.wsgi, resolve=resolver, observer=self._observer)
        self._apps.append(app)

    def close(self) -> None:
        """Unwrap the apps that have uninstalled the plugin."""
        for app in self._apps:
            if self not in app.plugins:
                del app.wsgi
        self._apps = [app for app in self._apps if self in app.plugins]

    def apply(self, callback: Any, route: Any) -> Any:
        """Return the view unchanged, or raise if it would be served without CORS.

        :raises TypeError: if the plugin was given to a route, which has no WSGI app to wrap.
        :raises RuntimeError: if an app without CORS serves a route of this one.
        """
        if route.app not in self._apps:
            use = "app.install(CORS(policy)), and @cors(policy) on the view"
            raise TypeError(f"{route!r}: CORS is a plugin for whole apps; use {use}")
        try:
            environ = bottle.request.environ
        except RuntimeError:  # in debug mode Bottle prepares routes before there is a request
            return callback
        if environ.get("bottle.route") is route and OUTER_KEY not in environ:
            raise RuntimeError(
                f"{route!r} belongs to an app with CORS, but is served without it: by an outer "
                f"app, or by an app.wsgi from before; use install(CORS()) in the outer app too, or "
                f"serve the app itself"
            )
        return callback


class BottleResolver(RouterResolver):
    """A resolver that reads the route that Bottle has matched, or asks the app's router."""

    framework: ClassVar[str] = "bottle"

    def __init__(
        self,
        app: Any,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[str, Assigned],
        place: Place | None,
    ) -> None:
        super().__init__(policies, endpoints, place=place)
        self._app = app

    @property
    def debug(self) -> bool:
        """Whether Bottle is in debug mode."""
        return bool(bottle.DEBUG)

    def policy_answering(
        self, environ: "WSGIEnvironment", entered: "WSGIEnvironment"
    ) -> Policy | None:
        """Return the policy of the route that the app has matched."""
        route = environ.get("bottle.route")
        # An app around this one, or an earlier request, may have left its route there.
        if route is entered.get("bottle.route") or environ.get("bottle.app") is not self._app:
            return super().policy_answering(environ, entered)
        if self._leads_out(route):
            return None
        try:
            target = self._target(route)
        except PolicyError:  # of an app that was merged while serving; the log names it
            return self.policy_routed(entered, entered["REQUEST_METHOD"])
        registry = target.registry or self.registry()
        return registry.policy_of(target.endpoint, target.view, environ["REQUEST_METHOD"])

    def label_answering(self, environ: "WSGIEnvironment", entered: "WSGIEnvironment") -> Label:
        """Name the route that the app has matched, and its policy."""
        route = environ.get("bottle.route")
        if route is entered.get("bottle.route") or environ.get("bottle.app") is not self._app:
            return super().label_answering(environ, entered)
        if self._leads_out(route):
            return Label()
        try:
            target = self._target(route)
        except PolicyError:  # of an app that was merged while serving; the log names it
            return Label(_endpoint(route))
        return self.label(target, environ["REQUEST_METHOD"])

    def match(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        """Ask the router, for each method that the app has routes for."""
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "ignore")
        asked = {**environ, "PATH_INFO": path}  # as Bottle itself decodes it
        found = self._find_route(asked, method)
        if found == 404:
            return NOT_FOUND
        unserved = found == 405
        if not unserved and (isinstance(found, int) or self._leads_out(found)):
            return None  # another app, or a path that a filter rejects
        served: dict[str, Target] = {}
        if unserved or lists:
            router = self._app.router
            names = {*router.static, *router.dyna_regexes, *USUAL_METHODS, method}
            for name in sorted(names.difference(EVERY_METHOD)):
                route = self._find_route(asked, name)
                if not isinstance(route, int) and _serves(route, name):
                    served[name] = self._target(route)
        return RouteMatch("method-not-allowed" if unserved else self._target(found), served)

    def routes(self) -> Iterator[tuple[str, Iterable[str], Target]]:
        """Yield every route, in the order in which the router tries those of one URL."""
        for route in sorted(self._routes(), key=lambda route: PRECEDENCE.get(route.method, 2)):
            methods = {route.method} if route.method not in EVERY_METHOD else USUAL_METHODS
            also = {"HEAD"} if route.method == "GET" else ()
            yield route.rule, {*methods, *also}, self._target(route)

    def views(self) -> Iterable[tuple[Any, object]]:
        """Yield every view that has a policy of this app."""
        for route in self._routes():
            if self._owner_of(route) is None:
                yield _endpoint(route), route.callback

    def read_registry(self) -> PolicyRegistry:
        """Read the policies as they are now, and check that no route skips the plugin."""
        for route in self._routes():
            if any(getattr(one, "name", one) == PLUGIN_NAME for one in route.skiplist):
                raise TypeError(f"{route!r} cannot skip CORS; use @cors(None) on its view")
            self._target(route)
        return super().read_registry()

    def begin(self) -> None:
        """Warn of what the policies cannot cover."""
        super().begin()
        self.warn_of_strays()
        self.warn_of_other_layers()

    def other_layers(self) -> Iterator[str]:
        """Yield the plugins of other libraries that write CORS headers."""
        for plugin in self._app.plugins:
            module = getattr(plugin, "__module__", type(plugin).__module__)
            if module.partition(".")[0] == "bottle_cors_plugin":
                yield "bottle-cors-plugin (plugin)"

    def endpoint_of(self, environ: "WSGIEnvironment") -> object:
        """Return the endpoint of the route that the app has matched."""
        route = environ.get("bottle.route")
        return None if route is None else _endpoint(route)

    def _routes(self) -> list[Any]:
        last = {(route.rule, route.method): route for route in self._app.routes}
        return [route for route in last.values() if not self._leads_out(route)]

    def _find_route(self, environ: "WSGIEnvironment", method: str) -> Any:
        """Return the route that the router finds, or the status of its error."""
        try:
            return self._app.router.match({**environ, "REQUEST_METHOD": method})[0]
        except bottle.HTTPError as error:
            return error.status_code

    def _owner_of(self, route: Any) -> "BottleResolver | None":
        return None if route.app is self._app else _resolver_of(route.app)

    def _target(self, route: Any) -> Target:
        owner = self._owner_of(route)
        registry = None if owner is None else owner.registry()
        return Target(_endpoint(route), route.callback, route.rule, registry=registry)

    def _leads_out(self, route: Any) -> bool:
        """Return whether another WSGI app is mounted there, without a policy in this app."""
        return "mountpoint.target" in route.config and _endpoint(route) not in self._endpoints


def views_of(app: Any) -> Iterable[object]:
    """Return the views of an app, also if it has no CORS."""
    return (route.callback for route in app.routes)


def _resolver_of(app: Any) -> BottleResolver | None:
    """Return the resolver of a Bottle app, if it has CORS."""
    resolver = getattr(app.wsgi, "resolver", None)
    return resolver if isinstance(resolver, BottleResolver) else None


def _endpoint(route: Any) -> str:
    endpoint: str = route.name or route.rule
    return endpoint


def _serves(route: Any, method: str) -> bool:
    also = "HEAD" if route.method == "GET" else None
    return method in (route.method, also) or route.method in EVERY_METHOD
