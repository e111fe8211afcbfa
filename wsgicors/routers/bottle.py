"""Finding the endpoint of a request as a Bottle app does, or seeing which one it has found."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

# Bottle ships no types, and nobody publishes stubs: to the type checkers it is Any.
import bottle  # type: ignore[import-untyped]

from ..core.policy import Policy
from ..core.settings import Settings
from ..routing import NOWHERE, USUAL_METHODS, Landing, RouterResolver, Target
from ..tables import Assigned, Tables

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from ..surveying import Route

NAME: Final = "wsgicors"
"""The name of the plugin."""

EVERY_METHOD: Final = ("ANY", "PROXY")
"""What Bottle writes for the method of a route that serves them all."""

PRECEDENCE: Final = {"PROXY": 0, "HEAD": 1, "ANY": 3}
"""In which order the router tries the routes of one URL; with other methods they come third."""


class BottleResolver(RouterResolver):
    """Finds endpoints as the app's router does, or sees which one it has found."""

    def __init__(
        self,
        app: Any,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[str, Assigned],
    ) -> None:
        super().__init__(policies, endpoints)
        self._app = app

    @property
    def debug(self) -> bool:
        """Whether Bottle is in debug mode."""
        return bool(bottle.DEBUG)

    def entry(self, environ: "WSGIEnvironment") -> Any:
        """Keep the route that an app around this one has matched, or this one earlier."""
        return super().entry(environ), environ.get("bottle.route")

    def answered_by(self, environ: "WSGIEnvironment", entry: Any) -> Policy | None:
        """Return the policy of the route that the app has matched, or route the request anew."""
        asked, earlier = entry
        route = environ.get("bottle.route")
        if route is earlier or environ.get("bottle.app") is not self._app:
            return super().answered_by(environ, asked)
        if self._leads_out(route):
            return None
        endpoint, view, *_, tables = self._target(route)
        return (tables or self.begin()).policy_of(endpoint, view, environ["REQUEST_METHOD"])

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the router, for each method that the app has routes for."""
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "ignore")
        asked = {**environ, "PATH_INFO": path}  # as Bottle itself decodes it
        found = self._match(asked, method)
        if found == 404:
            return NOWHERE
        unserved = found == 405
        if not unserved and (isinstance(found, int) or self._leads_out(found)):
            return None  # or a filter has refused the path
        served: dict[str, Target] = {}
        if unserved or lists:
            router = self._app.router
            names = {*router.static, *router.dyna_regexes, *USUAL_METHODS, method}
            for name in sorted(names.difference(EVERY_METHOD)):
                route = self._match(asked, name)
                if not isinstance(route, int) and _serves(route, name):
                    served[name] = self._target(route)
        return Landing("unserved" if unserved else self._target(found), served)

    def route_of(self, environ: "WSGIEnvironment", method: str) -> "Route":
        """Tell it of a request under way too: Bottle has decoded its path."""
        if "bottle.app" in environ:
            path = environ["PATH_INFO"].encode().decode("latin-1")
            environ = {**environ, "PATH_INFO": path}
        return super().route_of(environ, method)

    def routes(self) -> Iterator[tuple[str, Iterable[str], Target]]:
        """Yield every route, in the order in which the router tries those of one URL."""
        for route in sorted(self._routes(), key=lambda route: PRECEDENCE.get(route.method, 2)):
            methods = {route.method} if route.method not in EVERY_METHOD else USUAL_METHODS
            also = {"HEAD"} if route.method == "GET" else ()
            yield route.rule, {*methods, *also}, self._target(route)

    def views(self) -> Iterable[tuple[Any, object]]:
        """Return every view that is under the policies of this app."""
        return [(_endpoint(r), r.callback) for r in self._routes() if self._owner_of(r) is None]

    def read_tables(self) -> Tables:
        """Read the policies as they are now, and those of mounted apps that have their own."""
        for route in self._routes():
            if any(getattr(one, "name", one) == NAME for one in route.skiplist):
                raise TypeError(f"{route!r} cannot skip CORS; write @cors(None) on its view")
            self._target(route)
        return super().read_tables()

    def _routes(self) -> list[Any]:
        last = {(route.rule, route.method): route for route in self._app.routes}
        return [route for route in last.values() if not self._leads_out(route)]

    def _match(self, environ: "WSGIEnvironment", method: str) -> Any:
        """Return the route that the router finds, or the status of its error."""
        try:
            return self._app.router.match({**environ, "REQUEST_METHOD": method})[0]
        except bottle.HTTPError as error:
            return error.status_code

    def _owner_of(self, route: Any) -> "BottleResolver | None":
        return None if route.app is self._app else find_resolver(route.app)

    def _target(self, route: Any) -> Target:
        owner = self._owner_of(route)
        tables = None if owner is None else owner.begin()
        return Target(_endpoint(route), route.callback, route.rule, tables=tables)

    def _leads_out(self, route: Any) -> bool:
        """Tell whether a WSGI app is mounted there, and no policy is given to it here."""
        return "mountpoint.target" in route.config and _endpoint(route) not in self._endpoints


def find_resolver(app: Any) -> BottleResolver | None:
    """Return the resolver of a Bottle app, if it has CORS."""
    resolver = getattr(app.wsgi, "resolver", None)
    return resolver if isinstance(resolver, BottleResolver) else None


def _endpoint(route: Any) -> str:
    endpoint: str = route.name or route.rule
    return endpoint


def _serves(route: Any, method: str) -> bool:
    also = "HEAD" if route.method == "GET" else None
    return method in (route.method, also) or route.method in EVERY_METHOD
