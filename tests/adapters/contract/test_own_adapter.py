"""The contract for the adapter of the documentation, for the router http-router."""

from http_router import Router
from webob import Response, exc
from webob.dec import wsgify

from examples.own_adapter import CORS, cors, find
from tests.adapters.contract.facts import Contract, NamedEndpoints, TwoViewsOnOneUrl
from tests.adapters.contract.policies import ROUTES, UNDECORATED, Teapot


def build(calls, default=None, observer=None):
    router = Router()
    for route in ROUTES:
        view = view_of(route, calls)
        view = view if route.policy is UNDECORATED else cors(route.policy)(view)
        router.route(route.path, methods=route.methods)(view)

    @wsgify
    def app(request):
        calls.append("authenticate")
        if request.path_info == "/private":
            raise exc.HTTPUnauthorized
        match = find(router, request.path_info, request.method)
        if not match.path:
            raise exc.HTTPNotFound
        if not match.method:
            raise exc.HTTPMethodNotAllowed
        try:
            return match.target()
        except Teapot:
            return Response("short and stout", "418 I'm a teapot")
        except ZeroDivisionError:
            raise exc.HTTPInternalServerError from None

    policies = {"default": default} if default else {}
    return CORS(app, router, policies, observer=observer)


def view_of(route, calls):
    def view():
        body = route.run(calls)
        if route.does == "abort":
            raise exc.HTTPNotFound
        response = Response(app_iter=body, content_type="text/plain")
        response.headerlist.extend(route.headers)
        return response

    view.__qualname__ = route.path
    return view


NOT_APPLICABLE = {
    "MethodViews": "http-router has functions only",
    "RouterRedirects": "http-router does not redirect",
    "StrictSlashes": "http-router does not redirect",
}


class TestOwnAdapter(NamedEndpoints, TwoViewsOnOneUrl, Contract):
    framework = "http-router"
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE
