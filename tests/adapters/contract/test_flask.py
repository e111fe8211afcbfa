"""The contract for a Flask app."""

from flask import Flask, Response, abort, request
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.adapters.contract.facts import (
    ALLOW_CREDENTIALS,
    ALLOW_ORIGIN,
    Contract,
    MethodViews,
    NamedEndpoints,
    RouterRedirects,
    StrictSlashes,
    TwoViewsOnOneUrl,
    fetch,
    granted,
    preflight,
    serve,
)
from tests.adapters.contract.policies import (
    APP,
    ROUTES,
    STRANGER,
    UNDECORATED,
    Teapot,
    admin,
    api,
    members,
    public,
)
from wsgicors.flask import CORS, cors


def build(calls, default=None, observer=None):
    app = Flask(__name__)
    CORS(app, default, observer=observer)

    @app.before_request
    def authenticate():
        calls.append("authenticate")
        if request.path == "/private":
            abort(401)

    @app.errorhandler(Teapot)
    def short_and_stout(error):
        return "short and stout", 418

    for route in ROUTES:
        view = view_of(route, calls)
        endpoint = f"{route.path} {route.methods}"
        app.add_url_rule(
            route.path,
            endpoint,
            view if route.policy is UNDECORATED else cors(route.policy)(view),
            methods=route.methods,
        )
    app.add_url_rule("/old-items", "old_items", redirect_to="/items")
    app.add_url_rule("/moved", "moved", redirect_to="https://elsewhere.example/")

    @cors(api)
    class Photos(MethodView):
        def get(self):
            return "photos"

        def post(self):
            return "added"

        @cors(admin)
        def put(self):
            return "replaced"

    app.add_url_rule("/photos", view_func=Photos.as_view("photos"))
    return app


def view_of(route, calls):
    def view():
        body = route.run(calls)
        if route.does == "abort":
            abort(404)
        return Response(body, headers=route.headers, mimetype="text/plain")

    return view


class TestFlask(
    MethodViews, NamedEndpoints, RouterRedirects, StrictSlashes, TwoViewsOnOneUrl, Contract
):
    build = staticmethod(build)

    def test_an_app_that_is_mounted_in_wsgi_app_keeps_its_own_policies(self, calls):
        outer, inner = build(calls, default=members), build(calls, default=public)
        outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/second": inner})
        app = serve(outer)
        assert granted(fetch(app, "/plain")) == {ALLOW_ORIGIN: APP, ALLOW_CREDENTIALS: "true"}
        assert granted(fetch(app, "/second/plain", STRANGER)) == {ALLOW_ORIGIN: "*"}
        assert preflight(app, "/second/plain", origin=STRANGER).status_int == 204

    def test_an_app_that_was_mounted_before_cors_keeps_its_own_policies(self, calls):
        outer, inner = Flask(__name__), build(calls, default=public)
        outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/second": inner})
        CORS(outer, members)
        assert granted(fetch(serve(outer), "/second/plain", STRANGER)) == {ALLOW_ORIGIN: "*"}
