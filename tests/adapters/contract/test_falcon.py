"""The contract for a Falcon app."""

from itertools import groupby
from operator import attrgetter

import falcon

from tests.adapters.contract.facts import Contract, MethodViews, NamedEndpoints, TwoViewsOnOneUrl
from tests.adapters.contract.policies import ROUTES, UNDECORATED, Teapot, admin, api
from wsgicors.falcon import CORS, cors


def build(calls, default=None, observer=None):
    app = App(middleware=[Authenticate(calls)])
    # Falcon's own serializer would add `Vary: Accept`, which the facts do not expect.
    app.set_error_serializer(lambda req, resp, error: None)
    app.add_error_handler(Teapot, short_and_stout)
    for path, routes in groupby(sorted(ROUTES, key=attrgetter("path")), attrgetter("path")):
        responders = {}
        for route in routes:
            responder = responder_of(route, calls)
            if route.policy is not UNDECORATED:
                responder = cors(route.policy)(responder)
            methods = [*route.methods, *(["HEAD"] if "GET" in route.methods else ())]
            responders |= {f"on_{method.lower()}": responder for method in methods}
        app.add_route(path, type("Resource", (), responders)())
    app.add_route("/photos", Photos())
    return CORS(app, default, observer=observer)


class App(falcon.App):
    """An app that sends header names in title case, as the facts have them."""

    def __call__(self, env, start_response):
        def start(status, headers, exc_info=None):
            titled = [(name.title(), value) for name, value in headers]
            return start_response(status, titled, exc_info)

        return super().__call__(env, start)


class Authenticate:
    def __init__(self, calls):
        self.calls = calls

    def process_request(self, req, resp):
        self.calls.append("authenticate")
        if req.path == "/private":
            raise falcon.HTTPUnauthorized


def short_and_stout(req, resp, error, params):
    resp.status = falcon.HTTP_418
    resp.text = "short and stout"


def responder_of(route, calls):
    def respond(self, req, resp):
        resp.stream = route.run(calls)
        if route.does == "abort":
            raise falcon.HTTPNotFound
        resp.content_type = "text/plain"
        for name, value in route.headers:
            resp.append_header(name, value)

    return respond


@cors(api)
class Photos:
    def on_get(self, req, resp):
        resp.text = "photos"

    on_head = on_get

    def on_post(self, req, resp):
        resp.text = "added"

    @cors(admin)
    def on_put(self, req, resp):
        resp.text = "replaced"


NOT_APPLICABLE = {
    "RouterRedirects": "Falcon's router does not redirect",
    "StrictSlashes": "for Falcon /slashed and /slashed/ are two URLs, or one if it strips slashes",
}


class TestFalcon(MethodViews, NamedEndpoints, TwoViewsOnOneUrl, Contract):
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE
