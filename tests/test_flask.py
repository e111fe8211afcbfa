import functools
import logging
import subprocess
import sys
import tomllib
from itertools import product

import pytest
from flask import Blueprint, Flask, Request, Response, abort, current_app, request
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import (
    BaseConverter,
    Map,
    MapAdapter,
    PathConverter,
    Rule,
    Submount,
    ValidationError,
)
from werkzeug.test import Client

from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.flask import CORS, complain_of_missing_extension, cors
from wsgicors.routers.flask import FlaskResolver

from .helpers import APP, OTHER
from .helpers import environ as request_environ

API = Policy(allow_origins=[APP])
PARTNERS = Policy(allow_origins=["https://partner.example"])


def make(*arguments, **options):
    app = Flask("app")
    CORS(app, *arguments, **options)
    return app


def get(app, path="/", origin=APP, method="GET", **options):
    client = Client(app) if not isinstance(app, Flask) else app.test_client()
    return client.open(path, method=method, headers={"Origin": origin}, **options)


def preflight(app, path="/", origin=APP, method="GET", **options):
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    client = Client(app) if not isinstance(app, Flask) else app.test_client()
    return client.options(path, headers=asked, **options)


def allowed(response):
    return response.headers.get("Access-Control-Allow-Origin")


def view():
    return "view"


class TestSwitchingOn:
    def test_a_factory_may_do_it_later_for_several_apps(self):
        extension = CORS(policies={"default": API})
        apps = [Flask("one"), Flask("two")]
        for app in apps:
            extension.init_app(app)
            app.add_url_rule("/", view_func=view)
        assert [allowed(get(app)) for app in apps] == [APP, APP]

    def test_two_apps_in_one_process_keep_their_policies_apart(self):
        one, two = make(API), make(PARTNERS)
        for app in one, two:
            app.add_url_rule("/", view_func=view)
        assert (allowed(get(one)), allowed(get(two))) == (APP, None)

    @pytest.mark.parametrize(
        "options", [{"policy": API}, {"allow_origins": [APP]}, {"policies": {"default": API}}]
    )
    def test_the_default_may_be_given_in_three_ways(self, options):
        app = make(**options)
        app.add_url_rule("/", view_func=view)
        assert allowed(get(app)) == APP
        assert allowed(get(app, "/unknown")) == APP

    def test_without_a_default_unmarked_views_are_left_alone(self):
        app = make()
        app.add_url_rule("/", view_func=view)
        assert "Vary" not in get(app).headers
        assert "Vary" not in get(app, "/unknown").headers

    @pytest.mark.parametrize("wrong", [API, "app", CORSMiddleware(view, API)])
    def test_it_is_for_flask_apps(self, wrong):
        with pytest.raises(TypeError, match=r"is no Flask app; write CORS\(app, policy\)"):
            CORS(wrong)

    def test_it_is_done_once(self):
        app = make()
        with pytest.raises(TypeError, match="has CORS already"):
            CORS(app)

    def test_it_is_checked_like_any_policy(self):
        with pytest.raises(TypeError, match="write 'allow_origins'"):
            CORS(Flask("app"), origin="*")
        with pytest.raises(PolicyError, match="list the origins you trust"):
            CORS(Flask("app"), allow_origins="*", allow_credentials=True)

    def test_an_app_that_is_wrapped_already_is_warned_of(self, caplog):
        app = Flask("app")
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {})
        CORS(app)
        assert "wsgi_app is wrapped already" in caplog.text
        assert "right after the app is made" in caplog.text

    def test_an_app_under_another_of_our_wrappers_is_refused(self):
        app = Flask("app")
        app.wsgi_app = CORSMiddleware(app.wsgi_app, API)
        for _ in range(2):
            with pytest.raises(TypeError, match="wrapped already"):
                CORS(app)
        with pytest.raises(TypeError, match="has no CORS"):
            CORS.check(app)

    def test_a_subclass_that_overrides_wsgi_app_is_no_wrapped_app(self, caplog):
        class Mine(Flask):
            def wsgi_app(self, environ, start_response):
                return super().wsgi_app(environ, start_response)

        CORS(Mine("app"))
        assert caplog.messages == []


class TestMarks:
    @pytest.mark.parametrize(
        "order",
        [
            pytest.param(["decorator", "mark", "route"], id="inside-below-route"),
            pytest.param(["mark", "decorator", "route"], id="outside-below-route"),
            pytest.param(["decorator", "route", "mark"], id="inside-above-route"),
            pytest.param(["route", "mark", "decorator"], id="outside-above-route"),
        ],
    )
    def test_marks_and_decorators_may_come_in_any_order(self, order):
        def decorator(function):
            @functools.wraps(function)
            def wrapper(**arguments):
                return function(**arguments)

            return wrapper

        app = make()
        steps = {"mark": cors(API), "route": app.get("/<int:number>"), "decorator": decorator}

        def numbered(number):
            return str(number)

        decorated = numbered
        for step in order:
            decorated = steps[step](decorated)
        response = get(app, "/7")
        assert (response.text, allowed(response)) == ("7", APP)

    def test_a_mark_that_no_route_reaches_is_warned_of(self, caplog):
        app = make(Policy("*"))

        @cors(None)
        @functools.wraps(view)
        def decorated():
            return view()

        app.add_url_rule("/", view_func=view)
        CORS.check(app)
        assert "the router never sees the mark; write the route first" in caplog.text

    def test_an_async_view_is_a_view(self):
        app = make()

        @app.get("/")
        @cors(API)
        async def items():
            return "async"

        response = get(app)
        assert (response.text, allowed(response)) == ("async", APP)

    def test_class_based_views_have_marks_for_classes_and_methods(self):
        app = make()

        @cors(API)
        class Items(MethodView):
            decorators = ()

            def get(self):
                return ""

            @cors(PARTNERS)
            def put(self):
                return ""

        app.add_url_rule("/", view_func=Items.as_view("items"))
        assert allowed(get(app)) == APP
        partner = "https://partner.example"
        assert allowed(get(app, method="PUT", origin=partner)) == partner
        assert preflight(app).headers["Access-Control-Allow-Methods"] == "GET, HEAD"
        answer = preflight(app, method="PUT", origin=partner)
        assert answer.headers["Access-Control-Allow-Methods"] == "PUT"

    def test_a_request_whose_method_is_overridden_has_the_policy_of_what_it_became(self):
        class Items(MethodView):
            def post(self):
                return ""

            @cors(API)
            def put(self):
                return ""

        class Overriding(Flask):
            def wsgi_app(self, environ, start_response):
                environ["REQUEST_METHOD"] = "PUT"
                return super().wsgi_app(environ, start_response)

        app = Overriding("app")
        CORS(app)
        app.add_url_rule("/", view_func=Items.as_view("items"))
        assert allowed(get(app, method="POST")) == APP


class TestTables:
    def test_views_that_cannot_be_decorated_have_an_endpoint(self):
        app = make(API, endpoints={"static": PARTNERS, "internal": None})
        app.add_url_rule("/", "internal", view)
        origin = "https://partner.example"
        assert allowed(get(app, "/static/missing.woff2", origin=origin)) == origin
        assert "Vary" not in get(app).headers

    def test_blueprints_have_policies_and_nested_ones_inherit_the_nearest(self):
        outer, inner, other = (Blueprint(name, "app") for name in ("outer", "inner", "other"))
        for blueprint in outer, inner, other:
            blueprint.add_url_rule(f"/{blueprint.name}", "view", view)
        outer.register_blueprint(inner)
        app = make(blueprints={"outer": PARTNERS, "outer.inner": "api"}, policies={"api": API})
        app.register_blueprint(outer)
        app.register_blueprint(other)
        assert allowed(get(app, "/inner")) == APP
        assert allowed(get(app, "/outer")) is None
        assert get(app, "/outer").headers["Vary"] == "Origin"
        assert "Vary" not in get(app, "/other").headers

        app = make(API, blueprints={"outer": None})
        app.register_blueprint(outer)
        assert "Vary" not in get(app, "/inner").headers

    def test_names_that_nobody_made_are_said_before_a_view_runs(self):
        ran = []
        app = make(blueprints={"admni": API}, endpoints={"itmes": "api"})
        app.register_blueprint(Blueprint("admin", "app"))
        app.add_url_rule("/", "items", lambda: ran.append(True) or "")
        for fail in (lambda: CORS.check(app), lambda: get(app), lambda: preflight(app)):
            with pytest.raises(PolicyError) as caught:
                fail()
            assert [problem.code for problem in caught.value.problems] == [
                "unknown-endpoint",
                "unknown-policy",
                "unknown-endpoint",
            ]
            assert "write 'admin'" in str(caught.value)
        assert ran == []

    def test_an_app_that_is_right_passes_its_check(self):
        app = make(policies={"api": API})
        app.add_url_rule("/", view_func=cors("api", max_age=1)(view_of_its_own()))
        assert CORS.check(app) is None

    def test_a_check_asks_for_the_extension(self):
        with pytest.raises(TypeError, match=r"has no CORS; write CORS\(app\)"):
            CORS.check(Flask("app"))


def view_of_its_own():
    return lambda: "its own"


class TestConfiguration:
    def make(self, **config):
        app = make()
        app.add_url_rule("/", view_func=cors("partners")(view_of_its_own()))
        app.config.update(config)
        return app

    def test_policies_come_from_a_toml_file(self, tmp_path):
        file = tmp_path / "config.toml"
        file.write_text(
            "[CORS_POLICIES.partners]\n"
            'allow_origins = ["https://app.example"]\n'
            "allow_credentials = true\n"
            "max_age = 600\n"
        )
        app = self.make()
        app.config.from_file(file, load=tomllib.load, text=False)
        answer = preflight(app)
        assert allowed(answer) == APP
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert answer.headers["Access-Control-Max-Age"] == "600"

    def test_policies_come_from_the_environment(self, monkeypatch):
        prefix = "FLASK_CORS_POLICIES__partners__"
        monkeypatch.setenv(prefix + "allow_origins", f"{APP}, {OTHER}")
        monkeypatch.setenv(prefix + "allow_credentials", "true")
        app = self.make()
        app.config.from_prefixed_env()
        assert [allowed(get(app, origin=origin)) for origin in (APP, OTHER)] == [APP, OTHER]

    def test_a_string_where_a_bool_belongs_is_told_what_to_write(self, monkeypatch):
        prefix = "FLASK_CORS_POLICIES__partners__"
        monkeypatch.setenv(prefix + "allow_origins", APP)
        monkeypatch.setenv(prefix + "allow_credentials", "True")
        app = self.make()
        app.config.from_prefixed_env()
        with pytest.raises(TypeError, match="the environment: true"):
            CORS.check(app)

    def test_a_policy_is_defined_in_one_place(self):
        app = make(policies={"partners": API})
        app.config["CORS_POLICIES"] = {"partners": {"allow_origins": "*"}}
        with pytest.raises(PolicyError, match=r"CORS\(app\) defines it too; keep one"):
            CORS.check(app)

    def test_it_is_a_table(self):
        with pytest.raises(TypeError, match="where a table belongs; write CORS_POLICIES="):
            CORS.check(self.make(CORS_POLICIES="partners"))


def test_a_server_may_leave_out_the_path_of_the_root():
    app = make(API)
    app.add_url_rule("/", view_func=view)
    root = request_environ(origin=APP)
    del root["PATH_INFO"], root["SCRIPT_NAME"]
    started = []
    assert b"".join(app(root, lambda *arguments: started.append(arguments))) == b"view"
    assert ("Access-Control-Allow-Origin", APP) in started[0][1]


class TestWhoAnswered:
    def test_a_mounted_apps_response_is_left_alone(self):
        inner = Flask("inner")
        inner.add_url_rule("/view", view_func=view)
        outer = Flask("outer")
        outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/inner": inner})
        CORS(outer, API)
        outer.add_url_rule("/view", view_func=view)
        assert allowed(get(outer, "/view")) == APP
        assert "Vary" not in get(outer, "/inner/view").headers
        assert "Vary" not in get(outer, "/inner/unknown").headers
        assert "Vary" not in get(outer, "/inner/view", method="DELETE").headers

    def test_an_app_mounted_outside_has_its_own_policies(self):
        outer, inner = make(API), make(PARTNERS)
        for app in outer, inner:
            app.add_url_rule("/view", view_func=view)
        outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/inner": inner})
        partner = "https://partner.example"
        assert allowed(get(outer, "/inner/view", origin=partner)) == partner
        assert allowed(preflight(outer, "/inner/view", origin=partner)) == partner
        assert allowed(get(outer, "/inner/view")) is None
        assert allowed(get(outer, "/view")) == APP

    @pytest.mark.parametrize("between", ["copying", "buffering", "forgetting"])
    def test_it_is_found_whatever_stands_between(self, between):
        def copying(app):
            return lambda environ, start_response: app(dict(environ), start_response)

        def buffering(app):
            def buffered(environ, start_response):
                started = []
                body = list(app(environ, lambda *arguments: started.append(arguments)))
                environ["PATH_INFO"] = "/changed"
                start_response(*started[0])
                return body

            return buffered

        def forgetting(app):
            def forgetful(environ, start_response):
                def start(*arguments):
                    del environ["werkzeug.request"]
                    return start_response(*arguments)

                return app(environ, start)

            return forgetful

        app = Flask("app")
        app.wsgi_app = locals()[between](app.wsgi_app)
        CORS(app)
        app.add_url_rule("/", view_func=cors(API)(view_of_its_own()))
        assert allowed(get(app)) == APP

    def test_a_streamed_body_has_its_headers(self):
        app = make()

        @app.get("/")
        @cors(API)
        def stream():
            return Response(iter(["a", "b"]))

        response = get(app)
        assert (response.text, allowed(response)) == ("ab", APP)


class TestConverters:
    def test_they_have_the_app_context_that_they_may_need(self):
        class Known(BaseConverter):
            def to_python(self, value):
                return current_app.config["KNOWN"][value]

        app = make()
        app.config["KNOWN"] = {"one": 1}
        app.url_map.converters["known"] = Known
        app.add_url_rule("/<known:number>", view_func=cors(API)(lambda number: str(number)))
        assert allowed(preflight(app, "/one")) == APP
        assert allowed(get(app, "/one")) == APP

    def test_so_have_redirects_that_are_worked_out(self):
        app = make()
        app.add_url_rule("/new", view_func=cors(API)(view_of_its_own()))
        app.config["TARGET"] = "/new"
        app.add_url_rule("/old", "old", redirect_to=lambda urls: current_app.config["TARGET"])
        assert allowed(preflight(app, "/old")) == allowed(get(app, "/old")) == APP

    def test_without_code_of_its_own_no_context_is_entered(self):
        app = make(API)
        app.add_url_rule("/", view_func=view)
        torn_down = []
        app.teardown_appcontext(torn_down.append)
        assert preflight(app).status_code == 204
        assert torn_down == []

    def test_a_context_that_is_there_is_not_entered_again(self):
        app = make(API)
        app.add_url_rule("/", view_func=view)
        app.url_map.converters["own"] = BaseConverter
        torn_down = []
        app.teardown_appcontext(torn_down.append)
        assert allowed(get(app, "/unknown")) == APP
        assert len(torn_down) == 1

    def test_a_teardown_that_fails_loses_no_answer(self, caplog):
        app = make(API)
        app.add_url_rule("/", view_func=view)
        app.url_map.converters["own"] = BaseConverter

        @app.teardown_appcontext
        def fail(error):
            raise LookupError("nothing to tear down")

        assert preflight(app).status_code == 204
        assert caplog.records[0].exc_info[0] is LookupError


RULES = [
    "/",
    "/items",
    "/items/",
    "/items/new",
    "/items/new/",
    "/items/<int:number>",
    "/items/<string:name>",
    "/items/<string(length=3):name>",
    "/items/<string(minlength=0):name>",
    "/items/v<int:number>",
    "/items/<name>",
    "/items/<name>/",
    "/items/<int:number>/parts",
    "/items//<name>",
    "/<kind>/new",
    "/<any('items', 'parts'):kind>/new",
    "/<path:path>",
    "/<path:path>/new",
]
"""Rules of which two may meet at some URLs, and not at others."""

URLS = ["/", "/items", "/items/", "/items/new", "/items/new/", "/items/old", "/items/1", "/items/2"]
URLS += ["/items/v1", "/items/1/parts", "/items//new", "/parts/new", "/a/b/new", "/items/page/1"]


def assert_memory_changes_nothing(app, paths, hosts=("api.example",)):
    remembering = app.extensions["wsgicors"]
    asking = FlaskResolver(app, remembering.read_tables)
    for path, host in [*product(paths, hosts)] * 2:
        environ = {**request_environ("OPTIONS", path), "HTTP_HOST": host}
        for method in "GET", "PUT", "DELETE":
            assert remembering(environ, method) == asking(environ, method), (host, path, method)


class TestRememberedRoutes:
    """Preflights are routed once; whatever may lead elsewhere later is asked again."""

    @staticmethod
    def asks(app, origin=APP, path="/", **options):
        return allowed(preflight(app, path, origin, **options))

    def test_a_preflight_is_routed_once(self, monkeypatch):
        app = make(API)
        app.add_url_rule("/", "view", view)
        assert self.asks(app) == APP
        monkeypatch.setattr(Map, "bind_to_environ", None)
        assert self.asks(app) == APP

    def test_a_view_that_is_replaced_has_its_own_policy_at_once(self):
        app = make(API)
        app.add_url_rule("/", "view", view)
        assert self.asks(app) == APP
        app.view_functions["view"] = cors(PARTNERS)(view_of_its_own())
        assert self.asks(app) is None
        assert self.asks(app, "https://partner.example") == "https://partner.example"
        app.view_functions["view"] = cors(None)(view_of_its_own())
        assert self.asks(app) is None

    @pytest.mark.parametrize("first", ["socket", "page"])
    def test_who_asks_for_a_websocket_leaves_nothing_behind(self, first):
        app = make()
        rules = {
            "socket": {"view_func": cors(API)(view_of_its_own()), "websocket": True},
            "page": {"view_func": cors(PARTNERS)(view_of_its_own())},
        }
        for name in sorted(rules, reverse=first == "socket"):
            app.add_url_rule("/", name, **rules[name])
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
        asked = {"Access-Control-Request-Method": "GET", "Origin": APP}
        Client(app).options("/", headers={**asked, **upgrade})
        assert self.asks(app) is None
        assert self.asks(app, "https://partner.example") == "https://partner.example"

    def test_so_has_its_neighbour_at_the_same_url(self):
        app = make(API)
        app.add_url_rule("/", "view", view)
        app.add_url_rule("/", "put", view_of_its_own(), methods=["PUT"])

        def listed():
            return preflight(app).headers["Access-Control-Allow-Methods"]

        assert (listed(), listed()) == ("GET, HEAD, PUT", "GET, HEAD, PUT")
        app.view_functions["put"] = cors(PARTNERS)(view_of_its_own())
        assert listed() == "GET, HEAD"

    def test_head_has_the_mark_of_the_code_that_serves_it(self):
        @cors(None)
        class Items(MethodView):
            get = cors(API)(view_of_its_own())
            head = view_of_its_own()

        app = make()
        app.add_url_rule("/", view_func=Items.as_view("items"))
        assert allowed(Client(app).head("/", headers={"Origin": APP})) is None

    def test_a_method_of_a_class_that_is_replaced_has_its_own_policy_at_once(self):
        class Items(MethodView):
            get = cors(API)(view_of_its_own())

        app = make()
        app.add_url_rule("/", view_func=Items.as_view("items"))
        assert [self.asks(app), self.asks(app)] == [APP, APP]
        Items.get = cors(PARTNERS)(view_of_its_own())
        assert self.asks(app) is None

    def test_a_map_that_is_replaced_is_the_map(self):
        app = make(API)
        app.url_map = Map()
        app.add_url_rule("/", "view", view)
        assert (allowed(get(app)), self.asks(app)) == (APP, APP)

    def test_a_route_that_is_added_later_is_found(self):
        app = make(API, endpoints={"view": PARTNERS})
        app.add_url_rule("/", "view", view)
        assert self.asks(app, path="/later") == APP
        assert self.asks(app, "https://partner.example") == "https://partner.example"
        app.add_url_rule("/later", "view", methods=["GET"])
        assert self.asks(app, path="/later") is None
        assert self.asks(app, "https://partner.example", "/later") == "https://partner.example"

    def test_a_request_class_may_read_the_path_in_its_own_way(self):
        class Tenant(Request):
            def __init__(self, environ, *arguments, **options):
                environ = {**environ, "PATH_INFO": f"/{environ.get('HTTP_X_TENANT', '')}"}
                super().__init__(environ, *arguments, **options)

        app = make()
        app.request_class = Tenant
        app.add_url_rule("/a", "a", cors(API)(view_of_its_own()))
        app.add_url_rule("/b", "b", cors(PARTNERS)(view_of_its_own()))
        for tenant, origins in [("a", [APP, None]), ("b", [None, "https://partner.example"])]:
            client = Client(app)
            asked = {"Access-Control-Request-Method": "GET", "X-Tenant": tenant}
            for origin, admitted in zip([APP, "https://partner.example"], origins, strict=True):
                response = client.options("/", headers={**asked, "Origin": origin})
                assert allowed(response) == admitted

    def test_a_url_map_may_bind_in_its_own_way(self):
        class Tenants(Map):
            def bind_to_environ(self, environ, *arguments, **options):
                options["subdomain"] = environ.get("HTTP_X_TENANT", "")
                return super().bind_to_environ(environ, *arguments, **options)

        class App(Flask):
            url_map_class = Tenants

        app = App("app", subdomain_matching=True)
        CORS(app)
        app.add_url_rule("/", "a", cors(API)(view_of_its_own()), subdomain="a")
        app.add_url_rule("/", "b", cors(PARTNERS)(view_of_its_own()), subdomain="b")
        for tenant, admitted in [("a", APP), ("b", None), ("a", APP)]:
            asked = {"Access-Control-Request-Method": "GET", "X-Tenant": tenant, "Origin": APP}
            assert allowed(Client(app).options("/", headers=asked)) == admitted

    def test_an_adapter_that_is_made_by_the_app_itself_is_made_each_time(self):
        app = make(API)
        app.add_url_rule("/", "view", view)
        made, create = [], app.create_url_adapter
        app.create_url_adapter = lambda request: made.append(request) or create(request)
        for _ in range(3):
            assert self.asks(app) == APP
        assert len([request for request in made if request is not None]) == 3

    def test_a_fault_of_the_router_is_not_kept(self, monkeypatch):
        app = make(API)
        app.add_url_rule("/", "view", view)
        resolver, environ = app.extensions["wsgicors"], request_environ("OPTIONS")
        with monkeypatch.context() as patch:
            patch.setattr(Map, "bind_to_environ", None)
            assert resolver(environ, "GET") is None
        assert resolver(environ, "GET").policy == API

    def test_a_fault_in_what_a_url_serves_is_not_kept(self, monkeypatch):
        app = make(API)
        app.add_url_rule("/", "view", view)
        with monkeypatch.context() as patch:
            patch.setattr(MapAdapter, "allowed_methods", None)
            assert self.asks(app) is None
        assert self.asks(app) == APP

    def test_a_converter_that_is_added_later_is_asked_each_time(self):
        class Odd(BaseConverter):
            regex = "[0-9]+"
            wanted = "1"

            def to_python(self, value):
                if value != self.wanted:
                    raise ValidationError
                return value

        app = make()
        app.add_url_rule("/", "view", cors(API)(view_of_its_own()))
        assert self.asks(app) == APP
        app.url_map.converters["odd"] = Odd
        app.add_url_rule("/<odd:number>", "odd", cors(API)(view_of_its_own()))
        assert [self.asks(app, path=f"/{number}") for number in (1, 2)] == [APP, None]
        Odd.wanted = "2"
        assert [self.asks(app, path=f"/{number}") for number in (1, 2)] == [None, APP]

    def test_a_preflight_to_any_url_of_a_rule_is_routed_as_the_first_was(self, monkeypatch):
        app = make(API)
        app.add_url_rule("/items", "items", view)
        app.add_url_rule("/items/<int:number>", "item", lambda number: "", methods=["PUT"])
        app.add_url_rule("/items/<int:number>", "show", cors(PARTNERS)(lambda number: ""))
        app.add_url_rule("/items/<int:number>/parts", "parts", lambda number: "")
        answers = [preflight(app, f"/items/{number}", method="PUT") for number in range(3)]
        assert [allowed(answer) for answer in answers] == [APP] * 3
        assert {answer.headers["Access-Control-Allow-Methods"] for answer in answers} == {"PUT"}
        monkeypatch.setattr(MapAdapter, "allowed_methods", None)
        assert self.asks(app, path="/items/3", method="PUT") == APP

    @pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
    @pytest.mark.parametrize("other", RULES)
    @pytest.mark.parametrize("rule", RULES)
    def test_a_memory_finds_what_is_found_without_one(self, rule, other, strict):
        app = make(API)
        app.add_url_rule(rule, "one", view, methods=["GET", "PUT"])
        app.add_url_rule(other, "two", view, methods=["GET", "DELETE"], strict_slashes=strict)
        assert_memory_changes_nothing(app, URLS)

    def test_a_default_that_redirects_from_one_url_is_heeded_at_the_others(self):
        app = make(API)
        app.add_url_rule("/items/", "items", view, defaults={"page": 1}, methods=["GET"])
        app.add_url_rule("/items/<int:page>", "items", methods=["GET", "PUT"])
        assert_memory_changes_nothing(app, ["/items/2", "/items/1", "/items/"])

    @pytest.mark.parametrize(
        ("key", "options"),
        [
            pytest.param("host", {"host_matching": True, "static_host": "static.x"}, id="host"),
            pytest.param("subdomain", {"subdomain_matching": True}, id="subdomain"),
        ],
    )
    def test_a_host_that_two_rules_match_is_heeded_at_the_others(self, key, options):
        app = Flask("app", **options)
        app.config["SERVER_NAME"] = "example"
        CORS(app, API)
        own, every = ("api.example", "<any>.example") if key == "host" else ("api", "<any>")
        app.add_url_rule("/items/<name>", "one", view, **{key: own})
        partner = cors(PARTNERS)(view_of_its_own())
        app.add_url_rule("/items/<name>", "two", partner, methods=["GET", "PUT"], **{key: every})
        assert_memory_changes_nothing(app, ["/items/1"], hosts=["www.example", "api.example"])

    def test_a_url_that_another_rule_serves_too_is_not_listed_for_all(self):
        app = make(API)
        app.add_url_rule("/items/<name>", "item", lambda name: "", methods=["GET", "PUT"])
        app.add_url_rule("/items/new", "new", cors(PARTNERS)(view_of_its_own()))

        def listed(name):
            answer = preflight(app, f"/items/{name}", method="PUT")
            return answer.headers["Access-Control-Allow-Methods"]

        assert [listed(name) for name in ("old", "new", "old")] == [
            "GET, HEAD, PUT",
            "PUT",
            "GET, HEAD, PUT",
        ]

    def test_methods_in_ever_new_cases_are_not_kept(self):
        app = make(API)
        app.add_url_rule("/<name>", "view", lambda name: "", methods=["GET", "PUT"])
        for method in "put", "Put", "PUT", "pUT":
            assert self.asks(app, path="/a", method=method) == APP
        assert {method for method, _ in app.extensions["wsgicors"].routing.by_rule} == {"PUT"}

    def test_a_preflight_for_no_method_is_not_answered_from_memory(self):
        app = make()
        app.add_url_rule("/", "options", cors(None)(view_of_its_own()), methods=["OPTIONS"])
        app.add_url_rule("/", "view", cors(API)(view_of_its_own()))
        assert allowed(get(app, "/unknown")) is None
        for _ in range(2):
            assert self.asks(app, method="") is None

    def test_what_is_bound_to_a_host_holds_nothing_else_of_a_request(self):
        app = make(API)
        app.add_url_rule("/", "view", view)
        assert self.asks(app, query_string={"token": "secret"}) == APP
        (urls,) = app.extensions["wsgicors"].routing.bound.values()
        assert not urls.query_args

    def test_a_url_without_the_slash_that_its_rule_may_do_without_lists_all_methods(self):
        app = make(API)
        app.url_map.strict_slashes = False
        app.add_url_rule("/<name>/", "view", lambda name: "", methods=["PUT", "PROPFIND"])
        for path in "/a", "/a/", "/b", "/b/":
            listed = preflight(app, path, method="PUT").headers["Access-Control-Allow-Methods"]
            assert set(listed.split(", ")) == {"PROPFIND", "PUT"}

    def test_a_converter_that_has_another_name_is_asked_each_time(self):
        app = make()
        app.url_map.converters["default"] = PathConverter
        app.add_url_rule("/a/<x>", "put", cors(API)(lambda x: ""), methods=["PUT"])
        app.add_url_rule("/a/<x>", "delete", cors(API)(lambda x: ""), methods=["DELETE"])
        app.add_url_rule("/a/b/c", "none", cors(None)(lambda: ""), methods=["DELETE"])
        assert_memory_changes_nothing(app, ["/a/z", "/a/b/c"])

    def test_views_that_are_replaced_as_a_whole_have_their_own_policies_at_once(self):
        app = make()
        app.add_url_rule("/", "view", cors(API)(view_of_its_own()))
        assert (self.asks(app), allowed(get(app))) == (APP, APP)
        app.view_functions = {"view": cors(None)(view_of_its_own())}
        assert (self.asks(app), allowed(get(app))) == (None, None)

    def test_rules_that_are_added_before_one_that_fails_are_heeded_at_once(self):
        app = make()
        for method in "PUT", "DELETE":
            app.add_url_rule("/a/<x>", method, cors(API)(lambda x: ""), methods=[method])
        app.add_url_rule("/", "none", cors(None)(view_of_its_own()))
        assert self.asks(app, path="/a/b", method="PUT") == APP
        rules = [
            Rule("/b", endpoint="none", methods=["DELETE"]),
            Rule("/<nope:x>", endpoint="none"),
        ]
        with pytest.raises(LookupError):
            app.url_map.add(Submount("/a", rules))
        assert_memory_changes_nothing(app, ["/a/b"])

    def test_a_rule_that_is_added_later_is_heeded_at_once(self):
        app = make(API)
        app.add_url_rule("/items/<name>", "item", lambda name: "", methods=["GET", "PUT"])
        app.add_url_rule("/", "view", view)

        def listed(path):
            return preflight(app, path, method="GET").headers.get("Access-Control-Allow-Methods")

        assert [listed("/items/new"), listed("/")] == ["GET, HEAD, PUT", "GET, HEAD"]
        app.url_map.add(Rule("/items/new", endpoint="new", methods=["GET"]))
        app.url_map.add(Rule("/", endpoint="put", methods=["PUT"]))
        app.view_functions["new"] = cors(None)(view_of_its_own())
        app.view_functions["put"] = view_of_its_own()
        assert [listed("/items/new"), listed("/")] == [None, "GET, HEAD, PUT"]

    def test_a_method_of_a_class_that_is_replaced_is_heeded_at_every_url_of_a_rule(self):
        class Items(MethodView):
            get = cors(API)(lambda self, number: "")

        app = make()
        app.add_url_rule("/<int:number>", view_func=Items.as_view("items"))
        assert [self.asks(app, path=f"/{number}") for number in range(2)] == [APP, APP]
        Items.get = cors(PARTNERS)(lambda self, number: "")
        assert self.asks(app, path="/2") is None

    def test_what_is_remembered_is_bounded_in_number_and_in_size(self, monkeypatch):
        monkeypatch.setattr("wsgicors.routers.flask_routing.MAX_REMEMBERED", 2)
        app = make(API)

        def named(name):
            return name

        for name in "abc":
            app.add_url_rule(f"/{name}", "view", view)
            app.add_url_rule(f"/{name}/<name>", "named", named)
        for name in "abc":
            assert self.asks(app, path=f"/{name}", base_url=f"http://{name}.example") == APP
            assert self.asks(app, path=f"/{name}/1") == APP
        routing = app.extensions["wsgicors"].routing
        memories = [routing.bound, routing.by_url, routing.by_rule]
        assert [len(memory) for memory in memories] == [2, 1, 3]
        assert self.asks(app, path="/a", base_url=f"http://{'a.' * 500}example") == APP
        assert self.asks(app, path="/unknown/url") == APP
        assert [len(memory) for memory in memories] == [2, 2, 3]


class TestHosts:
    def test_an_untrusted_host_has_no_endpoint(self):
        app = make(API)
        app.config["TRUSTED_HOSTS"] = ["api.example"]
        app.add_url_rule("/", view_func=view)
        assert allowed(get(app, base_url="http://api.example")) == APP
        # Flask 3.0 knows no such setting, and answers as ever.
        answer = get(app, base_url="http://evil.example")
        assert (answer.status_code, allowed(answer)) in [(400, None), (200, APP)]

    def test_an_app_that_binds_no_urls_has_no_endpoints(self, monkeypatch):
        app = make(API)
        monkeypatch.setattr(app, "create_url_adapter", lambda request: None)
        assert "Vary" not in preflight(app).headers


class TestForgettingTheExtension:
    @pytest.fixture(autouse=True)
    def _armed(self):
        from flask import request_started

        with request_started.connected_to(complain_of_missing_extension):
            yield

    def make(self, mark):
        app = Flask("app")
        app.testing = True
        app.add_url_rule("/", "items", mark(view_of_its_own()))
        return app

    def test_a_marked_view_raises_for_a_cors_request(self):
        app = self.make(cors(API))
        for ask in get, preflight:
            with pytest.raises(RuntimeError, match=r"'items' is marked with @cors.*CORS\(app\)"):
                ask(app)

    def test_nothing_else_does(self):
        assert self.make(cors(API)).test_client().get("/").status_code == 200
        assert get(self.make(lambda view: view)).status_code == 200
        assert get(self.make(cors(None))).status_code == 200
        assert get(self.make(cors(API)), "/unknown").status_code == 404

    def test_importing_arms_it_and_the_first_app_disarms_it(self):
        program = (
            "from flask import Flask, request_started as started\n"
            "from wsgicors.flask import CORS, complain_of_missing_extension as complain\n"
            "receivers = lambda: [ref() for ref in started.receivers.values()]\n"
            "assert receivers() == [complain], receivers()\n"
            "CORS(Flask('app'))\n"
            "assert receivers() == [], receivers()\n"
            "print('as promised')\n"
        )
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert run.stdout == "as promised\n"


class TestErrors:
    def test_an_abort_in_a_hook_has_the_headers_of_the_view(self):
        app = make()
        app.add_url_rule("/", view_func=cors(API)(view_of_its_own()))
        app.before_request(lambda: abort(401) if "Authorization" not in request.headers else None)
        response = get(app)
        assert (response.status_code, allowed(response)) == (401, APP)

    @pytest.mark.parametrize(
        ("debug", "levels"),
        [pytest.param(True, [logging.WARNING], id="on"), pytest.param(False, [], id="off")],
    )
    def test_refusals_are_warnings_in_debug_mode(self, debug, levels, caplog):
        app = make(API)
        app.add_url_rule("/", view_func=view)
        get(app, origin=OTHER)
        assert caplog.records == []
        app.debug = debug
        get(app, origin=OTHER)
        assert [record.levelno for record in caplog.records] == levels
