"""How much a request may take, in counts that no clock disturbs.

On the main paths, calls of functions are counted: the calls that wsgicors makes, of Python and of C
functions, and the calls of its own functions. Opcodes are counted where lists grow, because a list
comprehension is one call at any length.

Each bound is what the path takes today. If you add a call to a main path, raise its bound here.
"""

import gc
import sys
from pathlib import Path
from weakref import WeakValueDictionary

import bottle
import falcon
import pytest
from flask import Flask

import wsgicors.bottle
import wsgicors.falcon
import wsgicors.flask
from bench.apps import (
    ALLOWED,
    GET,
    PREFLIGHT,
    REFUSED,
    ROUTED,
    SETTINGS,
    bare,
    flask_apps,
    origin,
    with_origins,
    with_routes,
)
from bench.measure import count_opcodes, respond
from wsgicors import CORSMiddleware, Policy, _decorator
from wsgicors.flask import _watch
from wsgicors.origins import RefreshedOrigins
from wsgicors.routing._listing import ListingResolver


@pytest.fixture(autouse=True)
def _no_other_apps(monkeypatch):
    """Forget the apps and decorated views of other tests: Flask's signal watches for them."""
    monkeypatch.setattr(_decorator, "_unread", WeakValueDictionary())
    monkeypatch.setattr(_watch, "_unserved", WeakValueDictionary())


PACKAGE = str(Path(wsgicors.__file__).parent)

WITHOUT = {}
PAGE = {"HTTP_ORIGIN": ALLOWED}
OTHER_PAGE = {"HTTP_ORIGIN": REFUSED}


def count_calls(app, environ, after=None):
    """Count the calls of a request after another request, by default after the same one.

    A framework's calls of its own functions are not counted: they differ between its releases.
    """
    respond(app, environ if after is None else after)
    return calls_during(lambda: respond(app, environ))


def calls_during(action):
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        if event in {"call", "c_call"}:
            frames = [frame] if event == "c_call" else [frame, frame.f_back]
            calls += any(one.f_code.co_filename.startswith(PACKAGE) for one in frames)

    gc.disable()  # the collector may call finalizers
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


def raw(**settings):
    return CORSMiddleware(bare, **{**SETTINGS, **settings})


@pytest.mark.parametrize(
    ("origin", "most"),
    [
        pytest.param(WITHOUT, 8, id="without-origin"),
        pytest.param(PAGE, 9, id="allowed"),
        pytest.param(OTHER_PAGE, 13, id="refused"),
    ],
)
def test_a_request_to_a_raw_app_takes_few_calls(origin, most):
    assert count_calls(raw(), {**GET, **origin}) <= most


@pytest.mark.parametrize(
    ("origin", "most"),
    [pytest.param(PAGE, 17, id="allowed"), pytest.param(OTHER_PAGE, 20, id="refused")],
)
def test_a_preflight_to_a_raw_app_takes_few_calls(origin, most):
    assert count_calls(raw(), {**PREFLIGHT, **origin}) <= most


@pytest.mark.parametrize(
    ("request_", "most"),
    [
        pytest.param({**GET, **PAGE}, 16, id="GET-allowed"),
        pytest.param({**GET, **OTHER_PAGE}, 19, id="GET-refused"),
        pytest.param({**PREFLIGHT, **PAGE}, 32, id="preflight-allowed"),
    ],
)
def test_a_request_under_loaded_origins_takes_few_calls(request_, most):
    loaded = RefreshedOrigins(lambda: [ALLOWED], every=3600)
    assert count_calls(raw(allow_origins=[loaded]), request_) <= most


def test_a_preflight_under_the_default_methods_takes_few_calls():
    asked = {**PREFLIGHT, **PAGE, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    assert count_calls(raw(allow_methods=None), asked) <= 17


@pytest.mark.parametrize(
    ("request_", "most"),
    [
        pytest.param({**GET, **WITHOUT}, 8, id="without-origin"),
        pytest.param({**GET, **PAGE}, 28, id="allowed"),
        pytest.param({**GET, **OTHER_PAGE}, 13, id="refused"),
        pytest.param({**PREFLIGHT, **PAGE}, 49, id="preflight"),
        pytest.param({**PREFLIGHT, **OTHER_PAGE}, 20, id="refused-preflight"),
    ],
)
def test_a_trial_takes_few_calls(request_, most):
    app = raw()
    app.policy = app.policy.with_trial(app.policy.derive(max_age=0))
    assert count_calls(app, request_) <= most


@pytest.mark.parametrize(
    ("request_", "most"), [pytest.param(GET, 17, id="GET"), pytest.param(PREFLIGHT, 35, id="pre")]
)
def test_a_request_from_a_new_origin_takes_few_calls(request_, most):
    before = {**request_, "HTTP_ORIGIN": "https://admin.example"}
    assert count_calls(raw(), {**request_, **PAGE}, after=before) <= most


@pytest.mark.parametrize(
    ("way", "origin", "most"),
    [
        pytest.param("decorator", WITHOUT, 14, id="decorator-without-origin"),
        pytest.param("decorator", PAGE, 14, id="decorator-allowed"),
        pytest.param("decorator", OTHER_PAGE, 19, id="decorator-refused"),
        pytest.param("default", WITHOUT, 14, id="default-without-origin"),
        pytest.param("default", PAGE, 14, id="default-allowed"),
        pytest.param("default", OTHER_PAGE, 19, id="default-refused"),
    ],
)
def test_a_request_to_a_flask_app_takes_few_calls(way, origin, most):
    app, _ = flask_apps(SETTINGS)[way]
    assert count_calls(app.wsgi_app, {**GET, **origin}) <= most


@pytest.mark.parametrize(
    ("way", "origin", "most"),
    [
        pytest.param("decorator", PAGE, 132, id="decorator-allowed"),
        pytest.param("decorator", OTHER_PAGE, 135, id="decorator-refused"),
        pytest.param("default", PAGE, 132, id="default-allowed"),
        pytest.param("default", OTHER_PAGE, 135, id="default-refused"),
    ],
)
def test_a_preflight_to_a_flask_app_takes_few_calls(way, origin, most):
    app, _ = flask_apps(SETTINGS)[way]
    assert count_calls(app.wsgi_app, {**PREFLIGHT, **origin}) <= most


class Resource:
    def on_get(self, request, response):
        response.text = "items"


def new_flask_app(policy, size):
    app = Flask("new", root_path=__file__)
    wsgicors.flask.CORS(app, policy)
    for number in range(size):
        app.add_url_rule(f"/items{number or ''}", f"items{number}", str)
    return app.wsgi_app


def new_falcon_app(policy, size):
    app = falcon.App()
    application = wsgicors.falcon.CORS(app, policy)
    for number in range(size):
        app.add_route(f"/items{number or ''}", Resource())
    return application


def new_bottle_app(policy, size):
    app = bottle.Bottle()
    app.install(wsgicors.bottle.CORS(policy))
    for number in range(size):
        app.get(f"/items{number or ''}")(str)
    return app


class TestANewApp:
    """Test suites make an app for each test, and most of those apps answer one request."""

    @pytest.fixture(autouse=True)
    def _no_marks(self, monkeypatch):
        monkeypatch.setattr(_decorator.Mark, "is_in_use", False)
        monkeypatch.setattr(_decorator, "_marked", WeakValueDictionary())
        monkeypatch.setattr(_decorator, "_kept", {})
        monkeypatch.setattr(ListingResolver, "has_looked_for_strays", False)
        monkeypatch.setattr(_watch, "LIBRARIES", {})  # the benchmarks import Flask-CORS

    def calls(self, new_app, size):
        policy = Policy(**SETTINGS)

        def serve():
            respond(new_app(policy, size), {**GET, **PAGE})

        serve()
        return calls_during(serve)

    @pytest.mark.parametrize(
        ("new_app", "most"),
        [
            pytest.param(new_flask_app, 189, id="flask"),
            pytest.param(new_falcon_app, 161, id="falcon"),
            pytest.param(new_bottle_app, 176, id="bottle"),
        ],
    )
    def test_it_and_its_first_request_take_few_calls(self, new_app, most):
        assert self.calls(new_app, 1) <= most

    @pytest.mark.parametrize("new_app", [new_flask_app, new_falcon_app], ids=["flask", "falcon"])
    def test_no_view_is_looked_at_while_none_is_decorated(self, new_app):
        assert self.calls(new_app, 20) == self.calls(new_app, 1)


MANY = 300
"""More than a policy or an app remembers."""


def loaded_origins(size):
    return RefreshedOrigins(lambda: map(origin, range(size)), every=3600)


EITHER = pytest.mark.parametrize("request_", [GET, PREFLIGHT], ids=["GET", "preflight"])


class TestAsManyOpcodes:
    """A request takes as many opcodes with a long list as with a short one, warm and cold."""

    def opcodes(self, app, request, origin, *, again):
        asking = {**request, "HTTP_ORIGIN": origin}
        before = {**request, "HTTP_ORIGIN": "https://before.example"}
        return count_opcodes(app, asking, after=None if again else before)

    @EITHER
    @pytest.mark.parametrize("again", [True, False])
    def test_with_many_origins(self, request_, again):
        few, many = with_origins(1), with_origins(10 * MANY)
        for asking in origin(0), REFUSED:
            of_many = self.opcodes(many, request_, asking, again=again)
            assert of_many == self.opcodes(few, request_, asking, again=again)

    @EITHER
    def test_with_many_loaded_origins(self, request_):
        few, many = (
            CORSMiddleware(bare, allow_origins=[loaded_origins(size)]) for size in (1, 10 * MANY)
        )
        for asking in origin(0), REFUSED:
            of_many = self.opcodes(many, request_, asking, again=True)
            assert of_many == self.opcodes(few, request_, asking, again=True)

    @EITHER
    @pytest.mark.parametrize("again", [True, False])
    def test_with_many_patterns(self, request_, again):
        few, many = (with_origins(size, "https://*.app{}.example") for size in (1, MANY))
        for asking in "https://a.b.app0.example", REFUSED:
            of_many = self.opcodes(many, request_, asking, again=again)
            assert of_many == self.opcodes(few, request_, asking, again=again)

    @pytest.mark.parametrize("kind", ROUTED)
    @pytest.mark.parametrize("again", [True, False])
    def test_with_many_routes(self, kind, again):
        asking = {**ROUTED[kind], "HTTP_ORIGIN": origin(0)}
        before = {**asking, "PATH_INFO": asking["PATH_INFO"] + "0"}
        of_few, of_many = (
            count_opcodes(with_routes(size).wsgi_app, asking, after=None if again else before)
            for size in (1, MANY)
        )
        assert of_many == of_few

    @pytest.mark.parametrize("catch_all", [True, False])
    def test_with_many_routes_at_a_route_that_was_not_requested_before(self, catch_all):
        asking = {**PREFLIGHT, "HTTP_ORIGIN": origin(1), "PATH_INFO": "/route1/1"}

        def opcodes(size):
            app = with_routes(size)
            if catch_all:
                app.add_url_rule("/<path:rest>", "rest", str, methods=["GET"])
            before = {**asking, "PATH_INFO": "/route0/1"}
            return count_opcodes(app.wsgi_app, asking, after=before)

        assert opcodes(MANY) == opcodes(2)


def calls_for_headers(app, requested):
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": requested}
    return count_calls(app, {**PREFLIGHT, **PAGE, **asked})


@pytest.mark.parametrize("requested", ["x-a,", "x", ", "], ids=["names", "name", "commas"])
class TestRequestedHeaders:
    def test_a_list_of_headers_ignores_them(self, requested):
        assert calls_for_headers(raw(), requested * 65_536) == calls_for_headers(raw(), "x")

    def test_a_wildcard_reads_a_limited_number_of_them(self, requested):
        anything = raw(allow_headers="*")
        fitting = calls_for_headers(anything, (requested * 8_192)[:8_192])
        assert calls_for_headers(anything, requested * 65_536) <= fitting
