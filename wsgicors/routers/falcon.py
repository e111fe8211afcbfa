"""Finding the endpoint of a request as a Falcon app does, or hearing which one it has found."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import falcon

from ..core.policy import Policy
from ..core.settings import Settings
from ..marks import MethodOf
from ..resolving import CLAIM
from ..routing import NOWHERE, USUAL_METHODS, Landing, RouterResolver, Target
from ..tables import Assigned, Tables

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

logger = logging.getLogger("wsgicors")


class FalconResolver(RouterResolver):
    """Finds endpoints as the app does, and is a middleware that hears what the app has found.

    Falcon leaves no match in the environ, and another middleware may change what it routes by.
    """

    def __init__(
        self,
        app: Any,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[str, Assigned],
    ) -> None:
        super().__init__(policies, endpoints)
        self._app = app  # Any, because what its router finds is not public
        self._has_complained = False
        self._found: dict[tuple[str, str], tuple[object, Target]] = {}
        check_app(app)

    def process_resource(self, req: Any, resp: object, resource: object, params: object) -> None:
        """Report the responder that is about to answer; Falcon calls this when it has routed."""
        if CLAIM not in req.env and "HTTP_ORIGIN" in req.env and not self._has_complained:
            self._has_complained = True
            logger.warning("%r is served without CORS; serve what CORS(app) returns", self._app)
        # Falcon tells the resource, not which of its responders the route names.
        key = req.uri_template, req.method
        known, target = self._found.get(key, (None, None))
        if known is not resource or target is None:
            end = self._find(req, req.method).end
            if not isinstance(end, Target):
                return
            target = end
            self._found[key] = resource, target
        self.report(req.env, target)

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the router, then the sinks and static routes."""
        # Made as the app makes it, except for the body: of a form that would be read at once.
        asked = {**environ, "REQUEST_METHOD": method, "wsgi.input": BytesIO()}
        return self._find(self._app._request_type(asked, options=self._app.req_options), method)

    def routes(self) -> Iterator[tuple[str, Iterable[str], Target]]:
        """Yield every responder that Falcon's own router knows, every sink and static route."""
        nodes = [*getattr(self._app._router, "_roots", ())]
        for node in nodes:  # which grows meanwhile
            nodes += node.children
            if node.resource is not None:
                found = _targets(node.uri_template, node.resource, node.method_map, "")
                for method, target in found.items():
                    yield node.uri_template, [method], target
        for matcher, code, is_sink in self._app._sink_and_static_routes:
            methods, target = _sink(matcher, code, is_sink)
            yield target.rule, methods, target

    def read_tables(self) -> Tables:
        """Read the policies as they are now, for a check or a survey."""
        check_app(self._app)
        return super().read_tables()

    def _find(self, request: Any, method: str) -> Landing:
        route = self._app._router_search(request.path, req=request)
        if route is not None:
            resource, responders, _, template = route
            served = _targets(template, resource, responders, method)
            return Landing(served.get(method, "unserved"), served)
        for matcher, code, is_sink in self._app._sink_and_static_routes:
            if matcher.match(request.path):
                methods, target = _sink(matcher, code, is_sink)
                names = sorted({*methods, method} if is_sink else methods)
                return Landing(target, dict.fromkeys(names, target))
        return NOWHERE


def has_resolver(app: Any) -> bool:
    """Tell whether CORS has been switched on for an app."""
    return any(isinstance(one, FalconResolver) for one in app._unprepared_middleware)


def check_app(app: Any) -> None:
    """Refuse apps that CORS would not work for.

    :raises TypeError: if the app has Falcon's own CORS, or is for ASGI.
    """
    if app._ASGI:
        raise TypeError(f"{app!r} is an ASGI app, and wsgicors is for WSGI")
    if any(isinstance(one, falcon.CORSMiddleware) for one in app._unprepared_middleware):
        raise TypeError(
            f"{app!r} has Falcon's own CORS, which would answer beside this one; leave out "
            f"cors_enable=True and CORSMiddleware(), and write CORS(app, allow_origins='*') or less"
        )


def _targets(
    template: str, resource: object, responders: Mapping[str, Any], method: str
) -> dict[str, Target]:
    """Return the methods that a resource declares; of those of ``on_request``, the usual ones."""
    view_class = resource if isinstance(resource, type) else type(resource)
    found: dict[str, Target] = {}
    for name, responder in sorted(responders.items()):
        code = getattr(responder, "__func__", responder)
        called = getattr(code, "__name__", "")
        if getattr(code, "__module__", "") == "falcon.responders":
            continue  # 405, or the OPTIONS that Falcon adds
        if name in (*USUAL_METHODS, method) or not called.startswith("on_request"):
            found[name] = Target(template, MethodOf(view_class, called, code), template)
    return found


def _sink(matcher: Any, code: Any, is_sink: bool) -> tuple[Iterable[str], Target]:
    """Return the methods and the view of a sink or a static route."""
    name = f"sink {matcher.pattern}" if is_sink else f"static {code._prefix}"
    return USUAL_METHODS if is_sink else ("GET", "HEAD"), Target(name, code, name)
