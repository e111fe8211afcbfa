"""The contract for a Pyramid app."""

from functools import cache

from pyramid.config import Configurator
from pyramid.exceptions import PredicateMismatch
from pyramid.httpexceptions import (
    HTTPMethodNotAllowed,
    HTTPNotFound,
    HTTPPermanentRedirect,
    HTTPUnauthorized,
)
from pyramid.response import Response

from tests.adapters.contract.facts import (
    Contract,
    MethodViews,
    NamedEndpoints,
    StrictSlashes,
    TwoViewsOnOneUrl,
)
from tests.adapters.contract.policies import ROUTES, UNDECORATED, Teapot, admin, api
from wsgicors.pyramid import CORS, cors


def build(calls, default=None, observer=None):
    app = configure(default, default and default.trial, observer is not None)
    app.registry["calls"], app.registry["observer"] = calls, observer
    return app


@cache  # because Pyramid takes long to configure an app
def configure(default, trial, is_observed):  # policies with different trials are equal
    config = Configurator()

    def observe(event):
        config.registry["observer"](event)

    CORS(config, default, observer=observe if is_observed else None)
    config.add_tween(f"{__name__}.authenticate")

    config.add_exception_view(lambda error, request: Response("sorry", 500), context=Exception)
    config.add_exception_view(lambda error, request: Response("short", 418), context=Teapot)
    config.add_notfound_view(not_found, append_slash=HTTPPermanentRedirect)

    for path in dict.fromkeys(route.path for route in ROUTES):
        config.add_route(path, path)
    for route in ROUTES:
        view = view_of(route)
        config.add_view(
            view if route.policy is UNDECORATED else cors(route.policy)(view),
            route_name=route.path,
            request_method=tuple(route.methods),
        )
    config.add_route("photos", "/photos")
    for method in "GET", "POST", "PUT":
        config.add_view(Photos, attr=method.lower(), route_name="photos", request_method=method)
    return config.make_wsgi_app()


def authenticate(handler, registry):
    """Make a tween outside of exception views."""

    def tween(request):
        registry["calls"].append("authenticate")
        if request.path_info == "/private":
            return HTTPUnauthorized()
        return handler(request)

    return tween


def not_found(error, request):
    return HTTPMethodNotAllowed() if isinstance(error, PredicateMismatch) else HTTPNotFound()


def view_of(route):
    def view(request):
        body = route.run(request.registry["calls"])
        if route.does == "abort":
            raise HTTPNotFound
        return Response(app_iter=body, headerlist=[("Content-Type", "text/plain"), *route.headers])

    return view


@cors(api)
class Photos:
    def __init__(self, request):
        self.request = request

    def get(self):
        return Response("photos")

    def post(self):
        return Response("added")

    @cors(admin)
    def put(self):
        return Response("replaced")


NOT_APPLICABLE = {"RouterRedirects": "Pyramid's routes do not merge slashes or redirect"}


class TestPyramid(MethodViews, NamedEndpoints, StrictSlashes, TwoViewsOnOneUrl, Contract):
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE
