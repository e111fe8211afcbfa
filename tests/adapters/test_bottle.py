import importlib.util
import sys
from threading import Thread
from unittest import mock

import bottle
import pytest
from click.testing import CliRunner

from examples import bottle_app
from tests.adapters.item_store import ChangesItems
from tests.helpers import APP, OTHER, Response, environ, hello, preflight
from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.auditing import survey
from wsgicors.bottle import CORS, cors
from wsgicors.cli.main import main
from wsgicors.explaining import explain
from wsgicors.testing import Browser

API = Policy(allow_origins=[APP])
DEFAULT = Policy(allow_origins=["https://default.example"])
INNER = Policy(allow_origins=["https://inner.example"])


def build(default=None, **options):
    app = bottle.Bottle()
    app.install(CORS(default, **options))
    return app


def plain():
    return "plain"


def decorated_view(policy=API):
    return cors(policy)(lambda **_: "decorated")


def allowed(app, request):
    """Return the origins that the response allows."""
    origins = APP, "https://default.example", "https://inner.example"
    found = []
    for origin in origins:
        response = Response(app, {**request, "HTTP_ORIGIN": origin})
        if response["Access-Control-Allow-Origin"] == origin:
            found.append(origin)
    return found


def allowed_at(app, path, method="GET"):
    """Return the origins that are allowed at a URL, and check that its preflight agrees."""
    found = allowed(app, environ(method, path))
    assert allowed(app, preflight(path, method=method)) == found
    return found


def methods_of(app, path, method, origin=APP):
    answer = Response(app, preflight(path, method=method, origin=origin))
    return answer["Access-Control-Allow-Methods"]


class TestSwitchingOn:
    def test_the_app_itself_is_served(self):
        app = build()
        app.get("/", callback=decorated_view())
        assert isinstance(app, bottle.Bottle)
        assert allowed_at(app, "/") == [APP]

    def test_the_default_app_and_its_decorators_have_cors_too(self):
        with bottle.Bottle() as app:
            bottle.install(CORS(DEFAULT))
            bottle.route("/decorated")(decorated_view())
            bottle.route("/plain")(plain)
            assert bottle.default_app() is app
        assert allowed_at(app, "/decorated") == [APP]
        assert allowed_at(app, "/plain") == ["https://default.example"]

    def test_cors_may_be_above_the_route(self):
        app = build()
        cors(API)(app.get("/")(plain_copy()))
        assert allowed_at(app, "/") == [APP]

    @pytest.mark.parametrize("misplaced", [(), (API,)])
    def test_an_app_in_place_of_the_policy_is_rejected(self, misplaced):
        with pytest.raises(TypeError, match=r"use app\.install\(CORS\(policy\)\)"):
            CORS(bottle.Bottle(), *misplaced)

    def test_a_plugin_of_one_route_is_rejected(self):
        app = bottle.Bottle()
        app.config["catchall"] = False
        app.get("/", callback=plain, apply=CORS(API))
        with pytest.raises(TypeError, match=r"CORS is a plugin for whole apps; use app\.install"):
            Response(app, environ())

    @pytest.mark.parametrize("skip", [CORS, CORS.name])
    def test_a_route_that_skips_the_plugin_is_rejected(self, skip):
        app = build(DEFAULT)
        app.get("/", callback=plain, skip=skip)
        with pytest.raises(TypeError, match=r"cannot skip CORS; use @cors\(None\)"):
            Response(app, environ())

    def test_a_route_that_skips_all_plugins_has_its_policy(self):
        app = build(DEFAULT)
        app.get("/", callback=plain, skip=True)
        assert allowed_at(app, "/") == ["https://default.example"]

    def test_a_second_installation_is_rejected(self):
        with pytest.raises(TypeError, match="already has CORS; install it once"):
            build().install(CORS(API))

    def test_an_app_of_another_copy_of_bottle_is_rejected(self):
        spec = importlib.util.spec_from_file_location("vendored_bottle", bottle.__file__)
        copy = importlib.util.module_from_spec(spec)
        with mock.patch.dict(sys.modules):  # a module of Bottle replaces itself on import
            spec.loader.exec_module(copy)
        app = copy.Bottle()
        message = r"copy of Bottle, vendored_bottle; use CORSMiddleware\(app, policy\)"
        with pytest.raises(TypeError, match=message):
            app.install(CORS(API))
        assert not [plugin for plugin in app.plugins if isinstance(plugin, CORS)]
        assert allowed_at(CORSMiddleware(app, API), "/nowhere") == [APP]

    def test_one_plugin_may_be_installed_in_several_apps(self):
        plugin = CORS(policies={"api": API})
        for _ in range(2):
            app = bottle.Bottle()
            app.install(plugin)
            app.get("/", callback=decorated_view("api"))
            assert allowed_at(app, "/") == [APP]

    def test_an_app_that_uninstalls_the_plugin_has_no_cors(self):
        app, other = bottle.Bottle(), bottle.Bottle()
        plugin = app.install(CORS(DEFAULT))
        other.install(plugin)
        app.uninstall(plugin)
        assert allowed(app, environ()) == []
        assert allowed(other, environ()) == ["https://default.example"]
        app.install(plugin)
        app.close()
        assert allowed(app, environ()) == ["https://default.example"]

    def test_for_a_wrapper_with_one_policy_the_error_names_the_plugin(self):
        with pytest.raises(TypeError, match=r"use app\.install\(wsgicors\.bottle\.CORS"):
            CORSMiddleware(bottle.Bottle(), API)

    def test_routes_may_be_prepared_before_there_is_a_request(self, monkeypatch):
        monkeypatch.setattr(bottle, "DEBUG", True)
        apps = []

        def make():
            app = build()
            app.get("/", callback=decorated_view())
            apps.append(app)

        thread = Thread(target=make)
        thread.start()
        thread.join()
        assert allowed_at(apps[0], "/") == [APP]

    def test_routes_may_be_prepared_after_a_request_to_an_app_without_cors(self, monkeypatch):
        monkeypatch.setattr(bottle, "DEBUG", True)
        Response(bottle.Bottle(), environ())
        app = build()
        app.get("/", callback=decorated_view())
        assert allowed_at(app, "/") == [APP]

    def test_refusals_are_warnings_in_debug_mode(self, monkeypatch, caplog):
        app = build()
        app.get("/", callback=decorated_view())
        Response(app, environ(origin=OTHER))
        assert caplog.records == []
        monkeypatch.setattr(bottle, "DEBUG", True)
        Response(app, environ(origin=OTHER))
        assert [record.levelname for record in caplog.records] == ["WARNING"]

    @pytest.mark.parametrize("path", ["/café", "/日本"])
    def test_in_debug_mode_the_advice_names_a_view_with_a_path_that_is_not_ascii(
        self, monkeypatch, caplog, path
    ):
        monkeypatch.setattr(bottle, "DEBUG", True)
        app = build()
        for route in "/caf", "/", path:
            app.get(route, callback=decorated_view())
        sent = path.encode().decode("latin-1")
        for request in environ(path=sent, origin=OTHER), preflight(sent, origin=OTHER):
            Response(app, request)
        assert [f", which the view {path!r} (" in m for m in caplog.messages] == [True] * 2


def plain_copy():
    return lambda: "plain"


class TestTables:
    def test_a_route_is_known_by_its_name_or_else_by_its_rule(self):
        app = build(policies={"api": API}, endpoints={"named": "api", "/items/<item:int>": API})
        app.get("/x", name="named", callback=plain)
        app.get("/items/<item:int>", callback=lambda item: "item")
        app.get("/y", callback=plain)
        assert allowed_at(app, "/x") == allowed_at(app, "/items/1") == [APP]
        assert allowed_at(app, "/y") == []

    def test_entries_that_are_added_before_the_first_request_count(self):
        policies, endpoints = {}, {}
        app = build(DEFAULT, policies=policies, endpoints=endpoints)
        app.get("/", callback=plain)
        policies["api"], endpoints["/"] = API, "api"
        assert allowed_at(app, "/") == [APP]

    def test_an_entry_for_a_rule_covers_its_undecorated_routes(self):
        app = build(endpoints={"/": DEFAULT})
        app.get("/", callback=decorated_view())
        app.put("/", callback=plain)
        assert allowed_at(app, "/") == [APP]
        assert allowed_at(app, "/", "PUT") == ["https://default.example"]

    def test_an_entry_for_a_rule_without_undecorated_routes_is_an_error(self):
        app = build(endpoints={"/": DEFAULT})
        app.route("/", ["GET", "PUT"], decorated_view())
        with pytest.raises(PolicyError, match="is decorated with @cors, which takes precedence"):
            Response(app, environ())

    def test_a_fault_is_raised_before_a_view_has_run(self):
        app, calls = build(endpoints={"/itmes": API}), []
        app.get("/items", callback=lambda: calls.append("view"))
        for request in environ(path="/items"), preflight("/items"):
            with pytest.raises(PolicyError, match="no endpoint '/itmes'; use '/items'"):
                Response(app, request)
        assert calls == []


class TestRouting:
    @pytest.mark.parametrize("method", ["OPTIONS", "ANY"])
    def test_the_app_answers_a_preflight_without_a_policy(self, method):
        app = build()
        app.route("/", method, cors(None)(lambda: "mine"))
        for _ in range(2):
            answer = Response(app, preflight(method="PUT"))
            assert (answer.status, answer.body) == ("200 OK", b"mine")

    def test_head_is_served_by_get_unless_there_is_a_route_for_it(self):
        app = build()
        app.get("/both", callback=decorated_view())
        app.route("/both", "HEAD", decorated_view(DEFAULT))
        app.get("/get", callback=decorated_view())
        assert allowed_at(app, "/both", "HEAD") == ["https://default.example"]
        assert allowed_at(app, "/get", "HEAD") == [APP]
        assert methods_of(app, "/both", "GET") == "GET"
        assert methods_of(app, "/get", "GET") == "GET, HEAD"

    def test_a_route_for_any_method_serves_the_methods_of_no_other_route(self):
        app = build()
        app.route("/", "ANY", decorated_view())
        app.put("/", callback=decorated_view(DEFAULT))
        assert allowed_at(app, "/", "PUT") == ["https://default.example"]
        assert allowed_at(app, "/", "PURGE") == [APP]
        assert methods_of(app, "/", "PURGE") == "DELETE, GET, HEAD, PATCH, POST, PURGE"
        assert methods_of(app, "/", "put", "https://default.example") == "PUT"

    def test_a_proxy_comes_before_all_other_routes(self):
        app = build()
        app.get("/", callback=decorated_view(DEFAULT))
        app.route("/", "PROXY", decorated_view())
        assert allowed_at(app, "/") == [APP]

    def test_options_is_listed_where_a_route_declares_it(self):
        app = build()
        app.route("/", ["GET", "OPTIONS"], decorated_view())
        assert methods_of(app, "/", "GET") == "GET, HEAD, OPTIONS"

    def test_paths_are_decoded_as_in_bottle(self):
        app = build()
        app.get("/café", callback=decorated_view())
        assert allowed_at(app, "/café".encode().decode("latin-1")) == [APP]
        assert allowed_at(app, "/caf\xff") == []

    def test_a_path_that_a_filter_rejects_has_no_policy_not_even_the_default(self):
        app = build(DEFAULT)
        app.get("/<number:float>", callback=decorated_view())
        assert allowed_at(app, "/1.5") == [APP]
        assert Response(app, environ(path="/1.2.3")).status.startswith("400")
        assert allowed_at(app, "/1.2.3") == []

    def test_a_filter_that_raises_finds_no_policy_and_is_logged(self, caplog):
        def fragile(config):
            return r"\w+", {}.__getitem__, None

        app = build(DEFAULT)
        app.router.add_filter("fragile", fragile)
        app.get("/<value:fragile>", callback=decorated_view())
        assert allowed(app, environ(path="/x")) == []
        assert {message.split(":")[1] for message in caplog.messages} >= {
            " routing raised an exception"
        }

    def test_the_response_of_a_hook_has_the_policy_of_the_view(self):
        app = build(DEFAULT)
        app.get("/", callback=decorated_view())
        app.add_hook("before_request", lambda: bottle.abort(401))
        assert Response(app, environ()).status.startswith("401")
        assert allowed(app, environ()) == [APP]

    def test_an_environ_that_is_served_again_is_routed_again(self):
        app = build(DEFAULT)
        app.get("/", callback=decorated_view())
        app.get("/plain", callback=plain)
        request = environ(origin=APP)
        assert Response(app, request)["Access-Control-Allow-Origin"] == APP
        assert Response(app, request)["Access-Control-Allow-Origin"] == APP
        app.add_hook("before_request", lambda: bottle.abort(401))
        request["PATH_INFO"] = "/plain"
        assert Response(app, request)["Access-Control-Allow-Origin"] is None

    def test_a_hook_that_changes_the_path_changes_the_policy_of_responses_but_not_of_preflights(
        self,
    ):
        app = build(DEFAULT)
        app.get("/items", callback=decorated_view())

        @app.hook("before_request")
        def strip_slash():
            bottle.request.environ["PATH_INFO"] = bottle.request.path.rstrip("/")

        assert allowed(app, environ(path="/items/")) == [APP]
        assert allowed(app, preflight("/items/")) == ["https://default.example"]

    def test_an_exception_of_the_app_passes_through(self):
        app = build()
        app.config["catchall"] = False
        app.get("/", callback=lambda: {}["missing"])
        with pytest.raises(KeyError):
            Response(app, environ(origin=APP))


class TestMounts:
    def test_a_mounted_app_without_cors_has_the_policies_of_the_outer_app(self):
        inner, outer = bottle.Bottle(), build(DEFAULT, endpoints={"/inner/named": INNER})
        inner.get("/", callback=decorated_view())
        inner.get("/plain", callback=plain)
        inner.get("/named", callback=plain)
        outer.mount("/inner/", inner)
        assert allowed_at(outer, "/inner/") == [APP]
        assert allowed_at(outer, "/inner/plain") == ["https://default.example"]
        assert allowed_at(outer, "/inner/named") == ["https://inner.example"]

    @pytest.mark.parametrize(
        "prefix", [pytest.param("/m", id="mount"), pytest.param("", id="merge")]
    )
    def test_a_mounted_app_with_cors_keeps_its_own_policies(self, prefix):
        inner = build(INNER, policies={"own": API, "only": API})
        outer = build(DEFAULT, policies={"own": DEFAULT})
        inner.get("/named", callback=decorated_view("own"))
        inner.get("/only", callback=decorated_view("only"))
        inner.get("/plain", callback=plain)
        inner.put("/both", callback=plain)
        outer.get(prefix + "/both", callback=plain)
        outer.mount(prefix + "/", inner) if prefix else outer.merge(inner)
        assert allowed_at(outer, prefix + "/named") == [APP]
        assert allowed_at(outer, prefix + "/only") == [APP]
        assert allowed_at(outer, prefix + "/plain") == ["https://inner.example"]
        assert allowed_at(outer, prefix + "/nowhere") == ["https://default.example"]
        assert allowed_at(outer, prefix + "/both") == ["https://default.example"]
        assert allowed_at(outer, prefix + "/both", "PUT") == ["https://inner.example"]
        assert methods_of(outer, prefix + "/both", "PUT", "https://inner.example") == "PUT"
        route = outer.wsgi.resolver.route_of(environ(path=prefix + "/named"), "GET")
        assert (route.kind, route.name, route.policy) == ("view", "own", API)
        names = {row.name for row in survey(outer).rows if row.kind == "view"}
        assert names == {"own", "only"}

    def test_faults_of_a_mounted_app_are_raised_before_a_view_has_run(self):
        inner, outer = build(endpoints={"nowhere": API}), build(DEFAULT)
        inner.get("/", callback=plain)
        outer.mount("/inner/", inner)
        with pytest.raises(PolicyError, match="no endpoint 'nowhere'"):
            Response(outer, environ(path="/elsewhere"))

    def test_faults_of_an_app_that_is_merged_while_serving_are_its_own(self, caplog):
        inner, outer = build(endpoints={"nowhere": API}), build(DEFAULT)
        inner.get("/inner", callback=plain)
        outer.get("/outer", callback=plain)
        assert allowed_at(outer, "/outer") == ["https://default.example"]
        outer.merge(inner)
        assert Response(outer, environ(path="/inner", origin=APP)).status == "200 OK"
        assert allowed_at(outer, "/inner") == []
        assert "no endpoint 'nowhere'" in caplog.text
        assert allowed_at(outer, "/outer") == ["https://default.example"]

    def test_an_outer_app_without_cors_is_an_error(self, capsys):
        inner, outer = build(INNER), bottle.Bottle()
        inner.get("/", callback=plain)
        outer.mount("/inner/", inner)
        outer.config["catchall"] = False
        with pytest.raises(RuntimeError, match=r"use install\(CORS\(\)\) in the outer app too"):
            Response(outer, environ(path="/inner/"))
        assert allowed_at(inner, "/") == ["https://inner.example"]

    def test_a_mounted_wsgi_app_does_not_have_the_default(self):
        outer = build(DEFAULT)
        outer.mount("/raw/", CORSMiddleware(hello, INNER))
        outer.mount("/bare/", hello)
        assert allowed_at(outer, "/raw/x") == ["https://inner.example"]
        assert allowed_at(outer, "/bare/x") == []

    def test_a_mounted_wsgi_app_may_have_an_entry_for_its_rule(self):
        outer = build(DEFAULT, endpoints={"/bare/<:re:.*>": API})
        outer.mount("/bare", hello)
        assert allowed_at(outer, "/bare/x") == [APP]
        assert allowed_at(outer, "/bare") == []

    def test_a_bottle_app_that_is_mounted_as_wsgi_does_not_have_the_default(self):
        inner, outer = bottle.Bottle(), build(DEFAULT)
        inner.get("/", callback=plain)
        outer.mount("/inner/", inner.wsgi)
        assert allowed_at(outer, "/inner/") == []

    def test_a_bottle_app_below_a_prefix_without_a_slash_does_not_have_the_default(self):
        outer = build(DEFAULT)
        for prefix, inner in ("/bare", bottle.Bottle()), ("/own", build(INNER)):
            inner.get("/", callback=decorated_view())
            with pytest.warns(DeprecationWarning, match="Falling back to WSGI mount"):
                outer.mount(prefix, inner)
        assert allowed_at(outer, "/bare") == allowed_at(outer, "/bare/") == []
        assert allowed_at(outer, "/own") == allowed_at(outer, "/own/") == [APP]
        assert allowed_at(outer, "/own/nowhere") == ["https://inner.example"]

    def test_a_bottle_app_that_is_mounted_as_wsgi_keeps_its_own_policies(self):
        inner, outer = build(INNER), build(DEFAULT)
        inner.get("/", callback=decorated_view())
        inner.get("/private", callback=plain)

        @inner.hook("before_request")
        def authenticate():
            if bottle.request.path == "/private":
                bottle.abort(401)

        outer.mount("/inner/", inner.wsgi)
        assert allowed_at(outer, "/inner/") == [APP]
        assert allowed_at(outer, "/inner/private") == ["https://inner.example"]
        assert allowed_at(outer, "/inner/nowhere") == ["https://inner.example"]
        assert allowed_at(outer, "/nowhere") == ["https://default.example"]


class TestTools:
    def test_the_audit_takes_the_app_itself(self):
        app = build(DEFAULT)
        app.get("/items", callback=plain)
        app.get("/items", callback=decorated_view())  # replaces the other, as in Bottle
        app.route("/items", "ANY", plain_copy())
        app.mount("/raw/", hello)
        rows = {(row.url, row.method): row.kind for row in survey(app).rows}
        assert rows == {
            ("/items", method): "view" if method in ("GET", "HEAD") else "default"
            for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        }

    def test_the_audit_of_an_app_does_not_see_faults_of_another_app(self):
        inner, outer = build(endpoints={"nowhere": API}), build(DEFAULT)
        inner.get("/", callback=plain, skip=CORS)
        outer.mount("/inner/", inner)
        assert survey(build()).rows == []
        for faulty in inner, outer:
            with pytest.raises((TypeError, PolicyError)):
                survey(faulty)

    def test_the_commands_take_the_app_itself(self):
        audit = ["audit", "--app", "examples.bottle_app:app", "--format", "json"]
        assert CliRunner().invoke(main, audit).exit_code == 0

    def test_an_explanation_names_the_view(self):
        app = build()
        app.get("/", callback=decorated_view())
        explanation = explain("GET", "https://api.example/", origin=OTHER, servers=app)
        assert explanation.change.settings == {"allow_origins": [APP, OTHER]}
        assert explanation.change.file.endswith("test_bottle.py")


class TestExample(ChangesItems):
    browser = Browser(bottle_app.app, at="https://api.example")

    def test_every_page_reads_the_list_and_its_length(self):
        page = self.browser.page("https://anyone.example")
        response = page.fetch("https://api.example/items")
        assert (response.json()["items"], response.headers["X-Total-Count"]) == (
            ["tea", "milk"],
            "3",
        )


class TestAbsence:
    def test_a_wsgi_from_before_the_plugin_is_an_error(self, capsys):
        app = bottle.Bottle()
        before = app.wsgi
        app.install(CORS(DEFAULT))
        app.get("/", callback=plain)
        app.config["catchall"] = False
        with pytest.raises(RuntimeError, match=r"served without it.*serve the app itself"):
            Response(before, environ())
        assert allowed_at(app, "/") == ["https://default.example"]

    def test_a_header_that_the_policy_widens_is_named_once(self, caplog):
        app = build(Policy("*"))

        @app.get("/partners", name="partners")
        def partners():
            bottle.response.set_header("Access-Control-Allow-Origin", "https://partner.example")
            return "for one partner"

        for _ in range(2):
            response = Response(app, environ(path="/partners", origin=OTHER))
            assert response["Access-Control-Allow-Origin"] == "*"
        [message] = caplog.messages
        assert message.startswith(
            "'partners' sets Access-Control-Allow-Origin to 'https://partner.example', but its "
            "policy replaces that by '*'"
        )

    def test_a_plugin_of_another_library_is_named_by_log_and_audit(self, caplog):
        class CorsPluginObject:
            api = 2

            def apply(self, callback, route):
                return callback

        CorsPluginObject.__module__ = "bottle_cors_plugin"
        app = build(API)
        app.install(CorsPluginObject())
        app.install(lambda callback: callback)
        app.get("/", callback=plain)
        assert [*survey(app).other_layers] == ["bottle-cors-plugin (plugin)"]
        Response(app, environ())
        [message] = caplog.messages
        assert message.startswith("bottle-cors-plugin (plugin) writes CORS headers beside wsgicors")
        assert message.endswith("remove one of the two [other-cors-layer]")
