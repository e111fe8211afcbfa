"""The contract for views of WebOb's `wsgify`, without an adapter."""

from webob import Response, exc
from webob.dec import wsgify

from tests.adapters.contract.by_hand import NOT_APPLICABLE, find_routes, make_resolver
from tests.adapters.contract.facts import Contract, StrictSlashes, TwoViewsOnOneUrl
from tests.adapters.contract.policies import Teapot
from wsgicors import CORSMiddleware


def build(calls, default=None, observer=None):
    urls = find_routes()

    @wsgify
    def app(request):
        calls.append("authenticate")
        if request.path_info == "/private":
            raise exc.HTTPUnauthorized
        routes = urls.get(request.path_info)
        if routes is None:
            if request.path_info + "/" in urls:
                raise exc.HTTPPermanentRedirect(location=request.path_url + "/")
            raise exc.HTTPNotFound
        if request.method not in routes:
            raise exc.HTTPMethodNotAllowed
        return views[routes[request.method].path, request.method]

    def view_of(route):
        @wsgify
        def view(request):
            try:
                body = route.run(calls)
            except Teapot:
                return Response("short and stout", "418 I'm a teapot")
            except ZeroDivisionError:
                raise exc.HTTPInternalServerError from None
            if route.does == "abort":
                raise exc.HTTPNotFound
            response = Response(app_iter=body, content_type="text/plain")
            response.headerlist.extend(route.headers)
            return response

        return view

    views = {(p, m): view_of(route) for p, routes in urls.items() for m, route in routes.items()}
    return CORSMiddleware(app, resolve=make_resolver(urls, default), observer=observer)


class TestWebOb(StrictSlashes, TwoViewsOnOneUrl, Contract):
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE
