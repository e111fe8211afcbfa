"""CORS for Falcon: each responder has its own policy.

::

    app = falcon.App()
    app.add_route("/items", Items())
    application = CORS(app)    # what the server serves

    @cors(api)                 # for responders of the resource without a policy of their own
    class Items:
        def on_get(self, req, resp): ...

        @cors(admin)
        def on_put(self, req, resp): ...

In tables a resource is known by its URI template.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Never, Unpack, cast

import falcon

# Tracers replace falcon.App by a class of their own, so other apps are not instances of it.
from falcon.app import App

from ._core.policy import Policy, Settings
from ._decorator import cors
from ._marks import MethodOf
from ._middleware import OUTER_KEY, CORSMiddleware
from ._registry import Assigned, PolicyRegistry, with_default
from .routing import NOT_FOUND, USUAL_METHODS, RouteMatch, RouterResolver, Target

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from ._reporting.events import Observer

__all__ = ["CORS", "cors"]

logger = logging.getLogger("wsgicors")


class CORS(CORSMiddleware):
    """A Falcon app whose responders have policies of their own, as a WSGI app.

    >>> app = falcon.App()
    >>> application = CORS(app, allow_origins=["https://app.example"])

    :param app: the app; routes may be added to it later.
    :param policy: the default policy, for responders without one of their own and for unknown
        URLs.
    :param policies: policies by name, for ``@cors("name")``.
    :param endpoints: policies for what cannot be decorated: by URI template, and for sinks and
        static routes as ``"sink PATTERN"`` and ``"static PREFIX"``.
    :param observer: is called with a :class:`wsgicors.Event` for each request from another origin.
    :param settings: the default policy as keyword arguments, instead of ``policy``:
        ``allow_origins``, ``allow_methods``, ``allow_headers``, ``expose_headers``,
        ``allow_credentials``, ``max_age`` and ``accept_risks``; see :class:`wsgicors.Policy`.
    :raises TypeError: if the arguments are invalid.
    :raises PolicyError: if the settings cannot work. Names that refer to each other are checked at
        the first request.
    """

    def __init__(
        self,
        app: "App[Any, Any]",
        policy: Policy | None = None,
        *misplaced: Never,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        observer: "Observer | None" = None,
        **settings: Unpack[Settings],
    ) -> None:
        if isinstance(cast("object", app), CORS):
            raise TypeError("this app already has CORS; call CORS(app) once, with all policies")
        if not isinstance(cast("object", app), App):
            raise TypeError(f"{app!r:.80} is not a falcon.App; use CORS(app, policy)")
        if _has_resolver(app):
            raise TypeError(f"{app!r} already has CORS; call CORS(app) once, with all policies")
        also = ("policy", "policies", "endpoints", "observer")
        named = with_default(policies, policy, settings, also, misplaced)
        resolver = FalconResolver(app, named, endpoints)
        served = cast("WSGIApplication", app.__call__)
        super().__init__(served, resolve=resolver, observer=observer)
        app.add_middleware(resolver)


class FalconResolver(RouterResolver):
    """A resolver that asks the app's router, and a Falcon middleware that sees what was matched.

    Falcon leaves no match in the environ, and other middleware may change the path that it routes.
    """

    framework: ClassVar[str] = "falcon"

    def __init__(
        self,
        app: Any,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[str, Assigned] | None,
    ) -> None:
        super().__init__(policies, endpoints)
        self._app = app  # Any, because what its router returns is not public API
        self._has_warned = False
        _check_app(app)

    def process_resource(self, req: Any, resp: object, resource: object, params: object) -> None:
        """Report the responder that will answer; Falcon calls this when it has matched a route."""
        if OUTER_KEY not in req.env and "HTTP_ORIGIN" in req.env and not self._has_warned:
            self._has_warned = True
            logger.warning("%r is served without CORS; serve what CORS(app) returns", self._app)
        # Falcon passes the resource, not which of its responders the route names.
        end = self._find(req, req.method, lists=False).end
        if isinstance(end, Target):
            self.report(req.env, end)

    def match(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        """Ask the router, then the sinks and static routes."""
        # As the app creates it, but without the body: Falcon may read a form at once.
        asked = {**environ, "REQUEST_METHOD": method, "wsgi.input": BytesIO()}
        request = self._app._request_type(asked, options=self._app.req_options)
        return self._find(request, method, lists=lists)

    def routes(self) -> Iterator[tuple[str, Iterable[str], Target]]:
        """Yield every responder that Falcon's own router knows, every sink and static route."""
        nodes = [*getattr(self._app._router, "_roots", ())]
        for node in nodes:  # the loop adds to this list
            nodes += node.children
            if node.resource is not None:
                found = _targets(node.uri_template, node.resource, node.method_map, "")
                for method, target in found.items():
                    yield node.uri_template, [method], target
        for matcher, code, is_sink in self._app._sink_and_static_routes:
            methods, target = _sink(matcher, code, is_sink)
            yield target.rule, methods, target

    def read_registry(self) -> PolicyRegistry:
        """Read the policies as they are now, for a check or the audit."""
        _check_app(self._app)
        return super().read_registry()

    def begin(self) -> None:
        """Warn of what the policies cannot cover."""
        self.warn_of_strays()
        self.warn_of_other_layers()

    def other_layers(self) -> Iterator[str]:
        """Yield the middleware of falcon-cors; with Falcon's own CORS no app begins."""
        for middleware in self._app._unprepared_middleware:
            if type(middleware).__module__.partition(".")[0] == "falcon_cors":
                yield "falcon-cors (middleware)"

    def _find(self, request: Any, method: str, *, lists: bool) -> RouteMatch:
        found: Sequence[Any] = self._app._router_search(request.path, req=request) or ()
        # As in Falcon: older routers return no template, and a resource that is None is not found.
        if found and found[0] is not None:
            resource, responders, _, *more = found
            template: str = (*more, "")[0] or ""
            asked = {method: responders[method]} if method in responders and not lists else {}
            served = _targets(template, resource, asked, method)
            if method not in served:
                served = _targets(template, resource, responders, method)
            return RouteMatch(served.get(method, "method-not-allowed"), served)
        for matcher, code, is_sink in self._app._sink_and_static_routes:
            if matcher.match(request.path):
                methods, target = _sink(matcher, code, is_sink)
                names = sorted({*methods, method} if is_sink else methods)
                return RouteMatch(target, dict.fromkeys(names, target))
        return NOT_FOUND


def views_of(app: Any) -> Iterable[object]:
    """Return the responders, sinks and static routes of an app without CORS.

    :raises TypeError: if the app has Falcon's own CORS, or is an ASGI app.
    """
    return (view for _, view in FalconResolver(app, {}, None).views())


def _has_resolver(app: Any) -> bool:
    """Return whether an app has CORS."""
    return any(isinstance(one, FalconResolver) for one in app._unprepared_middleware)


def _check_app(app: Any) -> None:
    """Reject an app for which CORS cannot work.

    :raises TypeError: if the app has Falcon's own CORS, or is an ASGI app.
    """
    if app._ASGI:
        raise TypeError(f"{app!r} is an ASGI app, and wsgicors is for WSGI")
    if any(isinstance(one, falcon.CORSMiddleware) for one in app._unprepared_middleware):
        raise TypeError(
            f"{app!r} has Falcon's own CORS, which would add headers too; remove cors_enable=True "
            f"or CORSMiddleware(), and use CORS(app, allow_origins='*') or a narrower policy"
        )


def _targets(
    template: str, resource: object, responders: Mapping[str, Any], method: str
) -> dict[str, Target]:
    """Return the methods of a resource; for ``on_request``, which serves all, the usual ones."""
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
