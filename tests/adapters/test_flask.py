import functools
import inspect
import logging
import subprocess
import sys
import tomllib
from functools import partial
from itertools import product
from types import SimpleNamespace

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

from tests.helpers import APP, OTHER
from tests.helpers import Response as RawResponse
from tests.helpers import environ as request_environ
from tests.helpers import preflight as preflight_environ
from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.auditing import survey
from wsgicors.flask import CORS, cors
from wsgicors.flask._watch import complain_of_missing_extension
from wsgicors.testing import Browser, CORSBlocked

PARTNER = "https://partner.example"

API = Policy(allow_origins=[APP])
PARTNERS = Policy(allow_origins=[PARTNER])
OTHERS = Policy(allow_origins=[OTHER])
EVERYBODY = Policy(allow_origins="*")
"""A page of APP gets another header line than from API."""


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
    if isinstance(response, RawResponse):
        return response["Access-Control-Allow-Origin"]
    return response.headers.get("Access-Control-Allow-Origin")


def view():
    return "view"


class TestSwitchingOn:
    def test_init_app_switches_cors_on_for_several_apps(self):
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

    def test_without_a_default_responses_of_undecorated_views_are_unchanged(self):
        app = make()
        app.add_url_rule("/", view_func=view)
        assert "Vary" not in get(app).headers
        assert "Vary" not in get(app, "/unknown").headers

    @pytest.mark.parametrize("wrong", [API, "app", CORSMiddleware(view, API)])
    def test_an_object_that_is_not_a_flask_app_is_rejected(self, wrong):
        with pytest.raises(TypeError, match=r"is not a Flask app; use CORS\(app, policy\)"):
            CORS(wrong)

    def test_a_blueprint_is_rejected_with_its_entry_for_the_app(self):
        message = r"use CORS\(app, blueprints={'api': policy}\) with the app that registers it"
        for call in CORS, CORS.check:
            with pytest.raises(TypeError, match=f"is not a Flask app; {message}"):
                call(Blueprint("api", "api"))

    @pytest.mark.parametrize("name", ["server", "app"])
    def test_an_object_around_a_flask_app_is_rejected_with_the_name_of_its_attribute(self, name):
        around = SimpleNamespace(**{name: Flask("app")})  # as Dash and Flask-RESTful have it
        advice = (
            rf"use CORS\(app\.{name}, policy\), because its attribute '{name}' is the Flask app"
        )
        for call in CORS, CORS.check:
            with pytest.raises(TypeError, match=f"is not a Flask app; {advice}"):
                call(around)

    def test_an_attribute_that_raises_is_not_read(self):
        class Lazy:
            @property
            def app(self):
                raise RuntimeError("not yet")

        with pytest.raises(TypeError, match=r"is not a Flask app; use CORS\(app, policy\)"):
            CORS(Lazy())

    def test_a_nested_blueprint_goes_by_its_whole_name(self):
        shop, api = Blueprint("shop", "shop"), Blueprint("api", "api")
        shop.register_blueprint(api)
        app = Flask("app")
        CORS(app, blueprints={"api": API})
        app.register_blueprint(shop)
        with pytest.raises(PolicyError, match=r"no blueprint 'api'; use 'shop\.api'"):
            CORS.check(app)

    def test_resources_are_rejected_with_what_takes_their_place(self):
        advice = (
            r"use @cors\(policy\) on each view or blueprints={...} or endpoints={...}; see 'Coming"
        )
        with pytest.raises(TypeError, match=f"no setting 'resources'; .*{advice} from Flask-CORS'"):
            CORS(Flask("app"), resources={r"/api/*": {"origins": "*"}})

    def test_init_app_takes_no_settings(self):
        advice = r"use CORS\(allow_origins=\.\.\., max_age=\.\.\.\)\.init_app\(app\)"
        with pytest.raises(TypeError, match=rf"init_app\(\) takes only the app; {advice}"):
            CORS().init_app(Flask("app"), allow_origins="*", max_age=1)

    @pytest.mark.parametrize(
        ("more", "given"), [({}, r"policy=\.\.\."), ({"max_age": 1}, r"policy=.*, max_age=\.\.\.")]
    )
    def test_init_app_takes_no_policy(self, more, given):
        advice = rf"init_app\(\) takes only the app; use CORS\({given}\)\.init_app\(app\)"
        with pytest.raises(TypeError, match=advice):
            CORS().init_app(Flask("app"), Policy("*"), **more)

    def test_a_second_policy_by_position_is_rejected(self):
        with pytest.raises(TypeError, match=r"one policy by position, .* use policies=\{'name'"):
            CORS(Flask("app"), Policy("*"), Policy("*"))

    def test_a_second_call_is_rejected(self):
        app = make()
        with pytest.raises(TypeError, match="already has CORS; call CORS"):
            CORS(app)

    def test_its_settings_are_checked(self):
        with pytest.raises(TypeError, match="use 'allow_origins'"):
            CORS(Flask("app"), origin="*")
        with pytest.raises(PolicyError, match="list the origins that need cookies"):
            CORS(Flask("app"), allow_origins="*", allow_credentials=True)

    def test_an_app_that_is_already_wrapped_logs_a_warning(self, caplog):
        app = Flask("app")
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {})
        CORS(app)
        assert "wsgi_app is already wrapped" in caplog.text
        assert "right after the app is created" in caplog.text

    def test_an_app_inside_another_cors_wrapper_is_rejected(self):
        app = Flask("app")
        app.wsgi_app = CORSMiddleware(app.wsgi_app, API)
        for _ in range(2):
            with pytest.raises(TypeError, match="already has a CORS wrapper"):
                CORS(app)
        with pytest.raises(TypeError, match="has no CORS"):
            CORS.check(app)

    def test_a_subclass_that_overrides_wsgi_app_logs_no_warning(self, caplog):
        class Mine(Flask):
            def wsgi_app(self, environ, start_response):
                return super().wsgi_app(environ, start_response)

        CORS(Mine("app"))
        assert caplog.messages == []


class TestDecorators:
    @pytest.mark.parametrize(
        "order",
        [
            pytest.param(["decorator", "cors", "route"], id="inside-below-route"),
            pytest.param(["cors", "decorator", "route"], id="outside-below-route"),
            pytest.param(["decorator", "route", "cors"], id="inside-above-route"),
            pytest.param(["route", "cors", "decorator"], id="outside-above-route"),
        ],
    )
    def test_cors_and_other_decorators_may_come_in_any_order(self, order):
        def decorator(function):
            @functools.wraps(function)
            def wrapper(**arguments):
                return function(**arguments)

            return wrapper

        app = make()
        steps = {"cors": cors(API), "route": app.get("/<int:number>"), "decorator": decorator}

        def numbered(number):
            return str(number)

        decorated = numbered
        for step in order:
            decorated = steps[step](decorated)
        response = get(app, "/7")
        assert (response.text, allowed(response)) == ("7", APP)

    def test_a_check_logs_a_route_decorator_below_cors(self, caplog):
        app = make(Policy("*"))

        @cors(None)
        @functools.wraps(view)
        def decorated():
            return view()

        app.add_url_rule("/", view_func=view)
        CORS.check(app)
        of_other_tests = "has no effect, because no route reaches this view"
        assert [text for text in caplog.messages if of_other_tests not in text] == [
            f"{decorated!r}: the route decorator is below @cors, so the router never sees @cors; "
            f"move the route decorator to the top [mark-above-route]"
        ]

    def test_an_async_view_has_its_policy(self):
        app = make()

        @app.get("/")
        @cors(API)
        async def items():
            return "async"

        response = get(app)
        assert (response.text, allowed(response)) == ("async", APP)

    def test_classes_and_their_methods_can_be_decorated(self):
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

    def test_a_request_with_an_overridden_method_has_the_policy_of_the_new_method(self):
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
    def test_an_entry_in_endpoints_sets_the_policy_of_a_view(self):
        app = make(API, endpoints={"static": PARTNERS, "internal": None})
        app.add_url_rule("/", "internal", view)
        origin = "https://partner.example"
        assert allowed(get(app, "/static/missing.woff2", origin=origin)) == origin
        assert "Vary" not in get(app).headers

    def test_a_nested_blueprint_has_the_policy_of_the_nearest_entry_in_blueprints(self):
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

    @pytest.mark.parametrize("default", [None, OTHERS], ids=["without-a-default", "with-a-default"])
    def test_entries_that_are_added_before_the_first_request_count(self, default):
        policies, endpoints, blueprints = {}, {}, {}
        app = make(default, policies=policies, endpoints=endpoints, blueprints=blueprints)
        app.add_url_rule("/", "view", view)
        shop = Blueprint("shop", "app")
        shop.add_url_rule("/shop", "view", view)
        app.register_blueprint(shop)
        policies["api"], endpoints["view"], blueprints["shop"] = API, "api", PARTNERS
        assert allowed(get(app)) == APP
        assert allowed(get(app, "/shop", PARTNER)) == PARTNER

    @pytest.mark.parametrize("late", ["policies", "configuration"])
    def test_a_second_default_that_is_added_later_is_reported(self, late):
        policies = {}
        app = make(API, policies=policies)
        if late == "policies":
            policies["default"] = PARTNERS
        else:
            app.config["CORS_POLICIES"] = {"default": {"allow_origins": PARTNER}}
        for fail in (lambda: CORS.check(app), lambda: get(app), lambda: preflight(app)):
            with pytest.raises(PolicyError, match="remove one of the two"):
                fail()

    def test_unknown_names_are_reported_before_a_view_runs(self):
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
            assert "use 'admin'" in str(caught.value)
        assert ran == []

    def test_a_correct_app_passes_its_check(self):
        app = make(policies={"api": API})
        app.add_url_rule("/", view_func=cors("api", max_age=1)(view_of_its_own()))
        assert CORS.check(app) is None

    def test_a_check_of_an_app_without_cors_is_an_error(self):
        with pytest.raises(TypeError, match=r"has no CORS; call CORS\(app\) right after"):
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

    def test_a_warning_about_a_configured_policy_points_at_the_line_that_reads_it(self):
        app = self.make(CORS_POLICIES={"partners": {"allow_origins": "https://*.github.io"}})
        line = inspect.getsourcelines(make)[1] + 2
        table = r"^policies\['partners'\], allow_origins: .*public-suffix-wildcard"
        with pytest.warns(UserWarning, match=table) as caught:
            app.test_client().get("/")
        assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line)]

    def test_policies_come_from_the_environment(self, monkeypatch):
        prefix = "FLASK_CORS_POLICIES__partners__"
        monkeypatch.setenv(prefix + "allow_origins", f"{APP}, {OTHER}")
        monkeypatch.setenv(prefix + "allow_credentials", "true")
        app = self.make()
        app.config.from_prefixed_env()
        assert [allowed(get(app, origin=origin)) for origin in (APP, OTHER)] == [APP, OTHER]

    def test_origins_with_credentials_come_from_the_environment(self, monkeypatch):
        prefix = "FLASK_CORS_POLICIES__partners__"
        monkeypatch.setenv(prefix + "allow_origins", "*")
        for listed in f"{APP},{OTHER}", f'["{APP}", "{OTHER}"]':
            monkeypatch.setenv(prefix + "allow_credentials", listed)
            app = self.make()
            app.config.from_prefixed_env()
            assert [allowed(get(app, origin=one)) for one in (APP, OTHER)] == [APP, OTHER]
            assert allowed(get(app, origin=PARTNER)) == "*"

    def test_a_wrong_bool_from_the_environment_is_reported_with_what_to_use(self, monkeypatch):
        prefix = "FLASK_CORS_POLICIES__partners__"
        monkeypatch.setenv(prefix + "allow_origins", APP)
        monkeypatch.setenv(prefix + "allow_credentials", "True")
        app = self.make()
        app.config.from_prefixed_env()
        with pytest.raises(TypeError, match="the environment: true"):
            CORS.check(app)

    def test_a_policy_that_is_defined_in_two_places_is_an_error(self):
        app = make(policies={"partners": API})
        app.config["CORS_POLICIES"] = {"partners": {"allow_origins": "*"}}
        with pytest.raises(PolicyError, match=r"CORS\(app\) defines it too; remove one"):
            CORS.check(app)

    def test_a_value_that_is_not_a_mapping_is_an_error(self):
        with pytest.raises(
            TypeError, match="expected a mapping, got 'partners'; use CORS_POLICIES="
        ):
            CORS.check(self.make(CORS_POLICIES="partners"))


def test_a_server_may_leave_out_the_path_of_the_root():
    app = make(API)
    app.add_url_rule("/", view_func=view)
    root = request_environ(origin=APP)
    del root["PATH_INFO"], root["SCRIPT_NAME"]
    started = []
    assert b"".join(app(root, lambda *arguments: started.append(arguments))) == b"view"
    assert ("Access-Control-Allow-Origin", APP) in started[0][1]


class TestTheAnsweringApp:
    def test_responses_of_a_mounted_app_are_unchanged(self):
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

    def test_an_app_that_is_mounted_outside_of_cors_has_its_own_policies(self):
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
    def test_the_view_is_found_through_middleware_below_cors(self, between):
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

    @pytest.mark.parametrize(
        "left_out", [[], ["SCRIPT_NAME"], ["PATH_INFO"], ["SCRIPT_NAME", "PATH_INFO"]]
    )
    @pytest.mark.parametrize("path", ["/", "/secret", "/slash", "/unknown"])
    @pytest.mark.parametrize("is_copied", [False, True])
    def test_a_server_may_leave_out_what_is_empty(self, left_out, path, is_copied):
        path = "" if "PATH_INFO" in left_out else path
        app = Flask("app")
        if is_copied:  # the environ that CORS sees then does not show the rule that has matched
            routed = app.wsgi_app
            app.wsgi_app = lambda environ, start: routed({**environ}, start)
        CORS(app)
        app.add_url_rule("/", view_func=cors(API)(view_of_its_own()))
        app.add_url_rule("/secret", "secret", cors(PARTNERS)(view_of_its_own()))
        app.add_url_rule("/slash/", "slash", cors(PARTNERS)(view_of_its_own()))
        sent = {**request_environ(path=path, origin=APP), "PATH_INFO": path}
        for name in left_out:
            sent.pop(name, None)
        expected = APP if path in {"", "/"} else None
        assert RawResponse(app, sent)["Access-Control-Allow-Origin"] == expected

    def test_a_streamed_body_has_its_headers(self):
        app = make()

        @app.get("/")
        @cors(API)
        def stream():
            return Response(iter(["a", "b"]))

        response = get(app)
        assert (response.text, allowed(response)) == ("ab", APP)


class TestConverters:
    def test_converters_run_in_an_app_context(self):
        class Known(BaseConverter):
            def to_python(self, value):
                return current_app.config["KNOWN"][value]

        app = make()
        app.config["KNOWN"] = {"one": 1}
        app.url_map.converters["known"] = Known
        app.add_url_rule("/<known:number>", view_func=cors(API)(lambda number: str(number)))
        assert allowed(preflight(app, "/one")) == APP
        assert allowed(get(app, "/one")) == APP

    def test_computed_redirects_run_in_an_app_context(self):
        app = make()
        app.add_url_rule("/new", view_func=cors(API)(view_of_its_own()))
        app.config["TARGET"] = "/new"
        app.add_url_rule("/old", "old", redirect_to=lambda urls: current_app.config["TARGET"])
        assert allowed(preflight(app, "/old")) == allowed(get(app, "/old")) == APP

    def test_without_code_of_the_app_no_context_is_entered(self):
        app = make(API)
        app.add_url_rule("/", view_func=view)
        torn_down = []
        app.teardown_appcontext(torn_down.append)
        assert preflight(app).status_code == 204
        assert torn_down == []

    def test_an_active_context_is_not_entered_again(self):
        app = make(API)
        app.add_url_rule("/", view_func=view)
        app.url_map.converters["own"] = BaseConverter
        torn_down = []
        app.teardown_appcontext(torn_down.append)
        assert allowed(get(app, "/unknown")) == APP
        assert len(torn_down) == 1

    def test_a_teardown_function_that_raises_does_not_change_the_response(self, caplog):
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
"""Rules; many pairs of them match the same URL."""

URLS = ["/", "/items", "/items/", "/items/new", "/items/new/", "/items/old", "/items/1", "/items/2"]
URLS += ["/items/v1", "/items/1/parts", "/items//new", "/parts/new", "/a/b/new", "/items/page/1"]


def anything(**values):
    return ""


def assert_preflights_agree_with_responses(app, paths, hosts=("api.example",)):
    """Check that a preflight allows the same origins as the response to its request.

    Without the test client of Flask, which takes longer than the app.
    """
    for path, host, method in product(paths, hosts, ["GET", "PUT", "DELETE"]):
        response = RawResponse(app, request_environ(method, path, host=host, origin=APP))
        answer = RawResponse(app, preflight_environ(path, method=method, host=host))
        assert allowed(answer) == allowed(response), (host, path, method)


class TestCodeOfTheAppThatRoutes:
    """It may need an app context, which is entered only then."""

    def preflights(self, app, path):
        return allowed(preflight(app, path, method="PUT"))

    def test_a_redirect_in_code_may_use_the_app(self):
        app = make(API)
        app.add_url_rule("/new", "new", view, methods=["PUT"])
        new = lambda adapter, **_: current_app.config["NEW"]  # noqa: E731
        app.config["NEW"] = "/new"
        app.url_map.add(Rule("/old", endpoint="new", redirect_to=new))
        assert [self.preflights(app, path) for path in ("/old", "/new")] == [APP, APP]

    def test_a_converter_of_a_rule_class_may_use_the_app(self):
        class Tenant(BaseConverter):
            def to_python(self, value):
                return current_app.config["TENANTS"][value]

        class TenantRule(Rule):
            def get_converter(self, variable_name, converter_name, args, kwargs):
                return Tenant(self.map, *args, **kwargs)

        app = Flask("app")
        app.url_rule_class = TenantRule
        app.config["TENANTS"] = {"1": "one"}
        CORS(app, API)
        app.add_url_rule("/<tenant>", "tenant", anything, methods=["PUT"])
        assert [self.preflights(app, path) for path in ("/1", "/2")] == [APP, None]

    def test_a_converter_that_is_added_after_a_preflight_may_use_the_app(self):
        class Late(BaseConverter):
            def to_python(self, value):
                return current_app.config["LATE"]

        app = make(API)
        app.add_url_rule("/", "view", view, methods=["PUT"])
        app.config["LATE"] = "late"
        assert self.preflights(app, "/") == APP
        app.url_map.converters["late"] = Late
        app.add_url_rule("/late/<late:value>", "late", anything, methods=["PUT"])
        assert self.preflights(app, "/late/1") == APP

    def test_an_error_in_an_app_context_is_logged(self, caplog):
        def broken(adapter, **_):
            raise RuntimeError("broken")

        app = make(API)
        app.url_map.add(Rule("/old", endpoint="old", redirect_to=broken))
        with app.app_context():
            assert self.preflights(app, "/old") is None
        assert "routing raised an exception" in caplog.text

    def test_a_request_without_a_script_name_keeps_its_policy(self):
        app = make(API)
        request = request_environ("GET", "/unknown", origin=APP)
        del request["SCRIPT_NAME"]
        headers = {}
        app.wsgi_app(request, lambda status, lines, exc_info=None: headers.update(lines))
        assert headers["Access-Control-Allow-Origin"] == APP


class TestRedirectsOfTheRouter:
    """Only methods for which the requested URL itself leads to a view are listed."""

    def make(self):
        app = make()
        ran = []
        strict = cors(API)(partial(anything))
        lax = cors(allow_origins=[PARTNER], max_age=600)(partial(anything))
        app.add_url_rule("/items", "strict", strict, methods=["PUT"])
        app.add_url_rule("/items/", "lax", lax, methods=["GET", "PUT", "DELETE"])
        app.before_request(lambda: ran.append(request.endpoint))
        return app, ran

    def test_a_method_that_another_view_serves_is_not_listed(self):
        app, _ = self.make()
        answer = preflight(app, "/items", PARTNER, "DELETE")
        assert answer.headers["Access-Control-Allow-Methods"] == "DELETE, GET, HEAD"
        assert allowed(preflight(app, "/items", PARTNER, "PUT")) is None
        answer = preflight(app, "/items/", PARTNER, "PUT")
        assert answer.headers["Access-Control-Allow-Methods"] == "DELETE, GET, HEAD, PUT"

    @pytest.mark.parametrize("other", [None, API], ids=["without-cors", "another-policy"])
    def test_an_unknown_url_that_is_redirected_for_another_method_lists_no_other_method(
        self, other
    ):
        app = make(OTHERS.derive(allow_methods=["POST", "PUT", "DELETE"]))
        app.add_url_rule("/z/", "z", cors(other)(partial(anything)), methods=["POST"])
        assert get(app, "/z", OTHER, "PUT").status_code == 404
        answer = preflight(app, "/z", OTHER, "PUT")
        assert answer.headers["Access-Control-Allow-Methods"] == "PUT"
        assert allowed(preflight(app, "/z", OTHER, "POST")) is None

    def test_a_browser_does_not_send_it_without_a_preflight(self):
        app, ran = self.make()
        page = Browser(app, at="https://api.example").page(PARTNER)
        assert page.fetch("https://api.example/items", method="DELETE").ok
        with pytest.raises(CORSBlocked):
            page.fetch("https://api.example/items", method="PUT")
        assert "strict" not in ran


class TestOriginCallables:
    """They run in an app context, for preflights as well as for actual requests."""

    def make(self):
        app = make(allow_origins=lambda origin: str(origin) in current_app.config["ORIGINS"])
        app.config["ORIGINS"] = [APP]
        app.add_url_rule("/", "view", view, methods=["PUT"])
        return app

    def test_they_may_use_the_app(self):
        app = self.make()
        for ask in preflight, get:
            assert allowed(ask(app, method="PUT")) == APP
            assert allowed(ask(app, method="PUT", origin=OTHER)) is None
        with app.app_context():
            assert allowed(preflight(app, method="PUT")) == APP

    def test_teardown_functions_run_for_preflights_only_if_there_is_a_callable(self):
        torn_down = []
        for app, expected in [(self.make(), [True]), (make(API), [])]:
            torn_down.clear()
            app.teardown_appcontext(lambda error: torn_down.append(True))
            assert preflight(app, "/unknown").status_code == 204
            assert torn_down == expected

    def test_a_teardown_function_that_raises_does_not_change_the_answer(self, caplog):
        def broken(error):
            raise RuntimeError("broken")

        app = self.make()
        app.teardown_appcontext(broken)
        assert allowed(preflight(app, method="PUT")) == APP
        assert "a teardown function of" in caplog.text


class TestRoutes:
    """Each preflight is decided by the routes and views as they are now."""

    @staticmethod
    def allowed_by_preflight(app, origin=APP, path="/", **options):
        return allowed(preflight(app, path, origin, **options))

    def test_a_replaced_view_has_its_own_policy_at_once(self):
        app = make(API)
        app.add_url_rule("/", "view", view)
        assert self.allowed_by_preflight(app) == APP
        app.view_functions["view"] = cors(PARTNERS)(view_of_its_own())
        assert self.allowed_by_preflight(app) is None
        assert (
            self.allowed_by_preflight(app, "https://partner.example") == "https://partner.example"
        )
        app.view_functions["view"] = cors(None)(view_of_its_own())
        assert self.allowed_by_preflight(app) is None

    def test_responses_of_a_replaced_view_have_its_own_policy_at_once(self):
        app = make(API)
        app.add_url_rule("/", "view", view)
        assert allowed(get(app)) == allowed(get(app)) == APP
        app.view_functions["view"] = cors(PARTNERS)(view_of_its_own())
        assert allowed(get(app)) is None
        assert allowed(get(app, origin=PARTNER)) == PARTNER

    def test_responses_of_a_view_that_is_decorated_later_have_its_policy_at_once(self):
        app, late = make(API), view_of_its_own()
        app.add_url_rule("/", "view", late)
        assert allowed(get(app)) == APP
        assert cors(PARTNERS)(late) is late
        assert allowed(get(app)) is None
        assert allowed(get(app, origin=PARTNER)) == PARTNER

    def test_each_method_of_a_class_keeps_its_own_policy(self):
        class Items(MethodView):
            get = cors(API)(view_of_its_own())
            post = cors(PARTNERS)(view_of_its_own())

        app = make()
        app.add_url_rule("/", view_func=Items.as_view("items"))
        for _ in range(2):
            assert allowed(get(app)) == APP
            assert allowed(get(app, origin=PARTNER, method="POST")) == PARTNER
            assert allowed(get(app, method="POST")) is None

    @pytest.mark.parametrize("first", ["socket", "page"])
    def test_a_websocket_request_does_not_affect_later_preflights(self, first):
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
        assert self.allowed_by_preflight(app) is None
        assert (
            self.allowed_by_preflight(app, "https://partner.example") == "https://partner.example"
        )

    def test_a_replaced_view_changes_the_listed_methods_at_once(self):
        app = make(API)
        app.add_url_rule("/", "view", view)
        app.add_url_rule("/", "put", view_of_its_own(), methods=["PUT"])

        def listed():
            return preflight(app).headers["Access-Control-Allow-Methods"]

        assert (listed(), listed()) == ("GET, HEAD, PUT", "GET, HEAD, PUT")
        app.view_functions["put"] = cors(PARTNERS)(view_of_its_own())
        assert listed() == "GET, HEAD"

    def test_head_has_the_policy_of_the_code_that_serves_it(self):
        @cors(None)
        class Items(MethodView):
            get = cors(API)(view_of_its_own())
            head = view_of_its_own()

        app = make()
        app.add_url_rule("/", view_func=Items.as_view("items"))
        assert allowed(Client(app).head("/", headers={"Origin": APP})) is None

    def test_a_replaced_method_of_a_class_has_its_own_policy_at_once(self):
        class Items(MethodView):
            get = cors(API)(view_of_its_own())

        app = make()
        app.add_url_rule("/", view_func=Items.as_view("items"))
        assert [self.allowed_by_preflight(app), self.allowed_by_preflight(app)] == [APP, APP]
        Items.get = cors(PARTNERS)(view_of_its_own())
        assert self.allowed_by_preflight(app) is None

    def test_a_replaced_url_map_is_used(self):
        app = make(API)
        app.url_map = Map()
        app.add_url_rule("/", "view", view)
        assert (allowed(get(app)), self.allowed_by_preflight(app)) == (APP, APP)

    def test_the_check_and_the_audit_read_a_replaced_url_map_and_replaced_views(self):
        app = make(API, endpoints={"items": PARTNERS})
        app.view_functions, app.url_map = {}, Map()
        app.add_url_rule("/items", "items", view, methods=["PUT"])
        assert CORS.check(app) is None
        assert [(row.url, row.method, row.policy) for row in survey(app).rows] == [
            ("/items", "PUT", PARTNERS)
        ]
        assert self.allowed_by_preflight(app, PARTNER, "/items", method="PUT") == PARTNER

    def test_a_route_that_is_added_later_is_found(self):
        app = make(API, endpoints={"view": PARTNERS})
        app.add_url_rule("/", "view", view)
        assert self.allowed_by_preflight(app, path="/later") == APP
        assert (
            self.allowed_by_preflight(app, "https://partner.example") == "https://partner.example"
        )
        app.add_url_rule("/later", "view", methods=["GET"])
        assert self.allowed_by_preflight(app, path="/later") is None
        assert (
            self.allowed_by_preflight(app, "https://partner.example", "/later")
            == "https://partner.example"
        )

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
            for origin, expected in zip([APP, "https://partner.example"], origins, strict=True):
                response = client.options("/", headers={**asked, "Origin": origin})
                assert allowed(response) == expected

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
        for tenant, expected in [("a", APP), ("b", None), ("a", APP)]:
            asked = {"Access-Control-Request-Method": "GET", "X-Tenant": tenant, "Origin": APP}
            assert allowed(Client(app).options("/", headers=asked)) == expected

    def test_the_url_adapter_of_the_app_is_created_for_each_preflight(self):
        app = make(API)
        app.add_url_rule("/", "view", view)
        made, create = [], app.create_url_adapter
        app.create_url_adapter = lambda request: made.append(request) or create(request)
        for _ in range(3):
            assert self.allowed_by_preflight(app) == APP
        assert len([request for request in made if request is not None]) == 3

    def test_an_error_of_the_router_is_not_remembered(self, monkeypatch):
        app = make(API)
        app.add_url_rule("/", "view", view)
        resolver, environ = app.extensions["wsgicors"], request_environ("OPTIONS")
        with monkeypatch.context() as patch:
            patch.setattr(Map, "bind_to_environ", None)
            assert resolver(environ, "GET") is None
        assert resolver(environ, "GET").policy == API

    def test_an_error_in_listing_the_methods_is_not_remembered(self, monkeypatch):
        app = make(API)
        app.add_url_rule("/", "view", view)
        with monkeypatch.context() as patch:
            patch.setattr(MapAdapter, "allowed_methods", None)
            assert self.allowed_by_preflight(app) is None
        assert self.allowed_by_preflight(app) == APP

    def test_a_converter_that_is_added_later_runs_for_each_preflight(self):
        class Odd(BaseConverter):
            regex = "[0-9]+"
            wanted = "1"

            def to_python(self, value):
                if value != self.wanted:
                    raise ValidationError
                return value

        app = make()
        app.add_url_rule("/", "view", cors(API)(view_of_its_own()))
        assert self.allowed_by_preflight(app) == APP
        app.url_map.converters["odd"] = Odd
        app.add_url_rule("/<odd:number>", "odd", cors(API)(view_of_its_own()))
        assert [self.allowed_by_preflight(app, path=f"/{number}") for number in (1, 2)] == [
            APP,
            None,
        ]
        Odd.wanted = "2"
        assert [self.allowed_by_preflight(app, path=f"/{number}") for number in (1, 2)] == [
            None,
            APP,
        ]

    def test_preflights_to_all_urls_of_a_rule_get_the_same_response(self):
        app = make(API)
        app.add_url_rule("/items", "items", view)
        app.add_url_rule("/items/<int:number>", "item", lambda number: "", methods=["PUT"])
        app.add_url_rule("/items/<int:number>", "show", cors(PARTNERS)(lambda number: ""))
        app.add_url_rule("/items/<int:number>/parts", "parts", lambda number: "")
        answers = [preflight(app, f"/items/{number}", method="PUT") for number in range(3)]
        assert [allowed(answer) for answer in answers] == [APP] * 3
        assert {answer.headers["Access-Control-Allow-Methods"] for answer in answers} == {"PUT"}

    @pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
    @pytest.mark.parametrize("other", RULES)
    @pytest.mark.parametrize("rule", RULES)
    def test_a_preflight_is_decided_by_the_view_that_runs(self, rule, other, strict):
        app = make()
        one, two = (cors(policy)(partial(anything)) for policy in (API, EVERYBODY))
        app.add_url_rule(rule, "one", one, methods=["GET", "PUT"])
        app.add_url_rule(other, "two", two, methods=["GET", "DELETE"], strict_slashes=strict)
        assert_preflights_agree_with_responses(app, URLS)

    def test_preflights_agree_with_responses_if_a_default_redirects_one_url(self):
        app = make(API)
        app.add_url_rule("/items/", "items", anything, defaults={"page": 1}, methods=["GET"])
        app.add_url_rule("/items/<int:page>", "items", methods=["GET", "PUT"])
        assert_preflights_agree_with_responses(app, ["/items/2", "/items/1", "/items/"])

    @pytest.mark.parametrize(
        ("key", "options"),
        [
            pytest.param("host", {"host_matching": True, "static_host": "static.x"}, id="host"),
            pytest.param("subdomain", {"subdomain_matching": True}, id="subdomain"),
        ],
    )
    def test_preflights_agree_with_responses_if_two_rules_match_a_host(self, key, options):
        app = Flask("app", **options)
        app.config["SERVER_NAME"] = "example"
        CORS(app, API)
        own, every = ("api.example", "<any>.example") if key == "host" else ("api", "<any>")
        app.add_url_rule("/items/<name>", "one", anything, **{key: own})
        two = cors(EVERYBODY)(partial(anything))
        app.add_url_rule("/items/<name>", "two", two, methods=["GET", "PUT"], **{key: every})
        assert_preflights_agree_with_responses(
            app, ["/items/1"], hosts=["www.example", "api.example"]
        )

    def test_a_second_rule_for_one_url_does_not_change_the_methods_of_other_urls(self):
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

    def test_a_preflight_for_an_empty_method_has_no_policy(self):
        app = make()
        app.add_url_rule("/", "options", cors(None)(view_of_its_own()), methods=["OPTIONS"])
        app.add_url_rule("/", "view", cors(API)(view_of_its_own()))
        assert allowed(get(app, "/unknown")) is None
        for _ in range(2):
            assert self.allowed_by_preflight(app, method="") is None

    def test_a_url_without_its_optional_slash_lists_all_methods(self):
        app = make(API)
        app.url_map.strict_slashes = False
        app.add_url_rule("/<name>/", "view", lambda name: "", methods=["PUT", "PROPFIND"])
        for path in "/a", "/a/", "/b", "/b/":
            listed = preflight(app, path, method="PUT").headers["Access-Control-Allow-Methods"]
            assert set(listed.split(", ")) == {"PROPFIND", "PUT"}

    def test_preflights_agree_with_responses_if_the_default_converter_is_replaced(self):
        app = make()
        app.url_map.converters["default"] = PathConverter
        app.add_url_rule("/a/<x>", "put", cors(API)(partial(anything)), methods=["PUT"])
        app.add_url_rule("/a/<x>", "delete", cors(API)(partial(anything)), methods=["DELETE"])
        app.add_url_rule("/a/b/c", "none", cors(None)(partial(anything)), methods=["DELETE"])
        assert_preflights_agree_with_responses(app, ["/a/z", "/a/b/c"])

    def test_a_replaced_dict_of_views_is_used_at_once(self):
        app = make()
        app.add_url_rule("/", "view", cors(API)(view_of_its_own()))
        assert (self.allowed_by_preflight(app), allowed(get(app))) == (APP, APP)
        app.view_functions = {"view": cors(None)(view_of_its_own())}
        assert (self.allowed_by_preflight(app), allowed(get(app))) == (None, None)

    def test_rules_that_are_added_before_an_invalid_rule_are_used_at_once(self):
        app = make()
        for method in "PUT", "DELETE":
            app.add_url_rule("/a/<x>", method, cors(API)(partial(anything)), methods=[method])
        app.add_url_rule("/", "none", cors(None)(partial(anything)))
        assert self.allowed_by_preflight(app, path="/a/b", method="PUT") == APP
        rules = [
            Rule("/b", endpoint="none", methods=["DELETE"]),
            Rule("/<nope:x>", endpoint="none"),
        ]
        with pytest.raises(LookupError):
            app.url_map.add(Submount("/a", rules))
        assert_preflights_agree_with_responses(app, ["/a/b"])

    def test_a_rule_that_is_added_later_is_used_at_once(self):
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

    def test_a_replaced_method_of_a_class_is_used_at_every_url_of_its_rule(self):
        class Items(MethodView):
            get = cors(API)(lambda self, number: "")

        app = make()
        app.add_url_rule("/<int:number>", view_func=Items.as_view("items"))
        assert [self.allowed_by_preflight(app, path=f"/{number}") for number in range(2)] == [
            APP,
            APP,
        ]
        Items.get = cors(PARTNERS)(lambda self, number: "")
        assert self.allowed_by_preflight(app, path="/2") is None


class TestHosts:
    def test_an_untrusted_host_has_no_endpoint(self):
        app = make(API)
        app.config["TRUSTED_HOSTS"] = ["api.example"]
        app.add_url_rule("/", view_func=view)
        assert allowed(get(app, base_url="http://api.example")) == APP
        # Flask 3.0 does not have this setting.
        answer = get(app, base_url="http://evil.example")
        assert (answer.status_code, allowed(answer)) in [(400, None), (200, APP)]

    def test_an_app_that_binds_no_urls_has_no_endpoints(self, monkeypatch):
        app = make(API)
        monkeypatch.setattr(app, "create_url_adapter", lambda request: None)
        assert "Vary" not in preflight(app).headers


class TestWithoutTheExtension:
    @pytest.fixture(autouse=True)
    def _connected(self):
        from flask import request_started

        with request_started.connected_to(complain_of_missing_extension):
            yield

    def make(self, decorate):
        app = Flask("app")
        app.testing = True
        app.add_url_rule("/", "items", decorate(view_of_its_own()))
        return app

    def test_a_decorated_view_raises_for_a_cors_request(self):
        app = self.make(cors(API))
        for ask in get, preflight:
            with pytest.raises(
                RuntimeError, match=r"'items' is decorated with @cors.*call CORS\(app\)"
            ):
                ask(app)

    def test_no_other_request_raises(self):
        assert self.make(cors(API)).test_client().get("/").status_code == 200
        assert get(self.make(lambda view: view)).status_code == 200
        assert get(self.make(cors(None))).status_code == 200
        assert get(self.make(cors(API)), "/unknown").status_code == 404

    def test_an_import_connects_the_check_and_the_first_request_disconnects_it(self):
        program = (
            "from flask import Flask, request_started as started\n"
            "from wsgicors.flask import CORS\n"
            "from wsgicors.flask._watch import complain_of_missing_extension as complain\n"
            "receivers = lambda: [ref() for ref in started.receivers.values()]\n"
            "assert receivers() == [complain], receivers()\n"
            "app = Flask('app')\n"
            "CORS(app)\n"
            "assert len(receivers()) == 2 and complain in receivers(), receivers()\n"
            "app.test_client().get('/')\n"
            "assert receivers() == [], receivers()\n"
            "print('done')\n"
        )
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert run.stdout == "done\n"


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


class TestTrials:
    def test_a_view_a_blueprint_and_a_refinement_of_a_name_have_their_trials(self, caplog):
        tried = API.derive(expose_headers=["ETag"]).with_trial(API.derive(allow_origins=[OTHER]))
        app = Flask("app")
        CORS(app, policies={"tried": tried}, blueprints={"shop": "tried"})
        shop = Blueprint("shop", __name__)
        shop.add_url_rule("/shop", view_func=view)
        app.register_blueprint(shop)
        app.add_url_rule("/view", view_func=cors(tried)(lambda: "view"), endpoint="view")
        refined = cors("tried", allow_origins=[APP])(lambda: ("", {"ETag": "1"}))
        app.add_url_rule("/refined", view_func=refined, endpoint="refined")
        app.add_url_rule("/plain", view_func=cors(API)(lambda: ""), endpoint="plain")
        for path in ("/shop", "/view", "/refined", "/plain"):
            assert allowed(get(app, path)) == APP
        logged = [(one.args[0], one.cors_trial) for one in caplog.records]
        assert logged == [
            ("'GET /shop'", "origin-not-allowed"),
            ("'GET /view'", "origin-not-allowed"),
            ("'GET /refined'", "header-not-exposed"),
        ]

    def test_the_methods_of_a_class_have_their_own_trials(self, caplog):
        class Items(MethodView):
            @cors(API.with_trial(OTHERS))
            def get(self):
                return "get"

            @cors(API)
            def put(self):
                return "put"

        app = make()
        app.add_url_rule("/", view_func=Items.as_view("items"))
        for method in ("GET", "PUT"):
            assert allowed(get(app, method=method)) == APP
            methods = preflight(app, method=method).headers["Access-Control-Allow-Methods"]
            assert methods == "GET, HEAD, PUT"
        assert [one.args[0] for one in caplog.records] == ["'GET /'"]

    def test_a_callable_of_a_trial_runs_in_an_app_context(self, caplog):
        asked = []

        def ask(origin):
            asked.append(current_app.name)
            return False

        app = make(API.with_trial(Policy(ask)))
        app.add_url_rule("/", view_func=view)
        assert allowed(preflight(app)) == allowed(get(app)) == APP
        assert asked == ["app", "app"]
        assert len(caplog.records) == 1

    def test_the_observer_gets_the_endpoint_and_the_name(self):
        events = []
        app = make(policies={"default": API.with_trial(OTHERS)}, observer=events.append)
        app.add_url_rule("/", view_func=view)
        get(app)
        assert [(one.outcome, one.endpoint, one.policy) for one in events] == [
            ("granted", "view", "default"),
            ("trial", "view", "default"),
        ]
