"""The contract for an app that dispatches with a Werkzeug `Map`."""

from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, Unauthorized
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from tests.adapters.contract.facts import (
    Contract,
    NamedEndpoints,
    RouterRedirects,
    StrictSlashes,
    TwoViewsOnOneUrl,
)
from tests.adapters.contract.policies import ROUTES, UNDECORATED, Teapot
from wsgicors.werkzeug import CORS, cors


def build(calls, default=None, observer=None):
    views = {}
    url_map = Map(
        [
            Rule("/old-items", redirect_to="/items"),
            Rule("/moved", redirect_to="https://elsewhere.example/"),
        ]
    )
    for route in ROUTES:
        endpoint = f"{route.path} {route.methods}"
        view = view_of(route, calls)
        views[endpoint] = view if route.policy is UNDECORATED else cors(route.policy)(view)
        url_map.add(Rule(route.path, endpoint=endpoint, methods=route.methods))

    @Request.application
    def app(request):
        calls.append("authenticate")
        try:
            if request.path == "/private":
                raise Unauthorized
            endpoint, values = url_map.bind_to_environ(request.environ).match()
            return views[endpoint](request, **values)
        except HTTPException as error:
            return error
        except Teapot:
            return Response("short and stout", status=418)
        except Exception:
            return InternalServerError()

    return CORS(app, url_map, views, policy=default, observer=observer)


def view_of(route, calls):
    def view(request):
        body = route.run(calls)
        if route.does == "abort":
            raise NotFound
        return Response(body, headers=route.headers, mimetype="text/plain")

    return view


NOT_APPLICABLE = {"MethodViews": "Werkzeug has no class-based views"}


class TestWerkzeug(NamedEndpoints, RouterRedirects, StrictSlashes, TwoViewsOnOneUrl, Contract):
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE
