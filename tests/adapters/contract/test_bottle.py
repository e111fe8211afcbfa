"""The contract for a Bottle app."""

import bottle

from tests.adapters.contract.facts import Contract, NamedEndpoints, TwoViewsOnOneUrl
from tests.adapters.contract.policies import ROUTES, UNDECORATED, Teapot
from wsgicors.bottle import CORS, cors


def build(calls, default=None, observer=None):
    app = bottle.Bottle()
    app.install(CORS(default, observer=observer))

    @app.hook("before_request")
    def authenticate():
        calls.append("authenticate")
        if bottle.request.path == "/private":
            bottle.abort(401)

    def answer_teapots(callback):
        def view():
            try:
                return callback()
            except Teapot:
                return bottle.HTTPResponse("short and stout", 418)

        return view

    app.install(answer_teapots)
    for route in ROUTES:
        view = view_of(route, calls)
        app.route(
            route.path,
            route.methods,
            view if route.policy is UNDECORATED else cors(route.policy)(view),
        )
    return app


def view_of(route, calls):
    def view():
        body = route.run(calls)
        if route.does == "abort":
            bottle.abort(404)
        bottle.response.content_type = "text/plain"
        for name, value in route.headers:
            bottle.response.add_header(name, value)
        return body

    return view


NOT_APPLICABLE = {
    "MethodViews": "Bottle's views are functions",
    "RouterRedirects": "Bottle's router does not redirect",
    "StrictSlashes": "for Bottle /slashed and /slashed/ are two URLs",
}


class TestBottle(NamedEndpoints, TwoViewsOnOneUrl, Contract):
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE
