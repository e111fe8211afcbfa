from io import BytesIO

import falcon
import falcon.asgi
import pytest
from click.testing import CliRunner

from examples import falcon_app
from tests.adapters.item_store import ChangesItems
from tests.helpers import APP, OTHER, Response, environ, hello, preflight
from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.auditing import survey
from wsgicors.cli.main import main
from wsgicors.explaining import explain
from wsgicors.falcon import CORS, cors
from wsgicors.testing import Browser

API = Policy(allow_origins=[APP])
ADMIN = Policy(allow_origins=["https://admin.example"])
DEFAULT = Policy(allow_origins=["https://default.example"])
NONE, TO_APP, TO_ADMIN, TO_DEFAULT = ([], *([*p.allow_origins] for p in (API, ADMIN, DEFAULT)))


@cors(API)
class Items:
    def on_get(self, req, resp):
        resp.text = "items"

    def on_get_one(self, req, resp, item):
        resp.text = "item"

    @cors(ADMIN)
    def on_put_one(self, req, resp, item):
        resp.text = "replaced"


class Plain:
    def on_get(self, req, resp, **params):
        resp.text = "plain"


def build(*routes, policy=DEFAULT, options=None, **middleware):
    app = falcon.App(**middleware)
    vars_of = options or {}
    for name, value in vars_of.items():
        setattr(app.req_options, name, value)
    for template, resource, *suffix in routes:
        app.add_route(template, resource, suffix=suffix[0] if suffix else None)
    return CORS(app, policy), app


def allowed(app, request):
    """Return the origins that the response allows."""
    origins = *API.allow_origins, *ADMIN.allow_origins, *DEFAULT.allow_origins
    answers = [(str(o), Response(app, {**request, "HTTP_ORIGIN": str(o)})) for o in origins]
    return [o for o, answer in answers if answer["Access-Control-Allow-Origin"] == o]


def allowed_at(app, path, method="GET"):
    """Return the origins that are allowed at a URL, and check that its preflight agrees."""
    found = allowed(app, environ(method, path))
    assert allowed(app, preflight(path, method=method)) == found
    return found


def methods_of(app, path, method, origin=APP):
    answer = Response(app, preflight(path, method=method, origin=origin))
    return answer["Access-Control-Allow-Methods"]


class TestResources:
    def test_responders_with_a_suffix_have_their_own_policies(self):
        app, _ = build(("/items", Items()), ("/items/{item}", Items(), "one"))
        assert allowed_at(app, "/items") == TO_APP
        assert allowed_at(app, "/items/1") == TO_APP
        assert allowed_at(app, "/items/1", "PUT") == TO_ADMIN
        assert methods_of(app, "/items/1", "PUT", "https://admin.example") == "PUT"
        assert methods_of(app, "/items", "GET") == "GET"

    def test_hooks_before_and_after_copy_the_mark(self):
        def refuse(req, resp, resource, params):
            raise falcon.HTTPForbidden

        def count(req, resp, resource):
            resp.set_header("X-Total-Count", "3")

        @cors(API)
        @falcon.after(count)
        class Hooked(Plain):
            @falcon.before(refuse)
            @cors(ADMIN)
            def on_put(self, req, resp):
                raise AssertionError

            @cors(ADMIN)
            @falcon.before(refuse)
            def on_post(self, req, resp):
                raise AssertionError

        app, _ = build(("/", Hooked()))
        assert allowed_at(app, "/") == TO_APP
        assert Response(app, environ())["X-Total-Count"] == "3"
        for method in "PUT", "POST":
            assert Response(app, environ(method)).status == "403 Forbidden"
            assert allowed_at(app, "/", method) == TO_ADMIN

    def test_a_responder_may_be_an_attribute_of_the_resource(self):
        @cors(API)
        class Handmade:
            def __init__(self):
                self.on_get = Plain().on_get
                self.on_put = cors(ADMIN)(lambda req, resp: None)

        app, _ = build(("/", Handmade()))
        assert allowed_at(app, "/") == TO_APP
        assert allowed_at(app, "/", "PUT") == TO_ADMIN
        assert [row.kind for row in survey(app).rows] == ["class", "method"]

    def test_a_class_may_be_the_resource(self):
        @cors(API)
        class Static:
            @staticmethod
            def on_get(req, resp):
                resp.text = "static"

        app, _ = build(("/", Static))
        assert allowed_at(app, "/") == TO_APP

    def test_options_is_listed_where_a_resource_declares_it(self):
        @cors(API)
        class Declares(Plain):
            def on_options(self, req, resp):
                resp.text = "mine"

        app, _ = build(("/declares", Declares()), ("/items", Items()))
        assert methods_of(app, "/declares", "GET") == "GET, OPTIONS"
        assert methods_of(app, "/items", "OPTIONS") == "GET"
        assert allowed(app, environ("OPTIONS", "/items")) == TO_APP

    def test_a_responder_for_all_methods_lists_the_usual_methods(self):
        @cors(API)
        class All:
            @cors(ADMIN)
            def on_put(self, req, resp):
                resp.text = "replaced"

            def on_request(self, req, resp):
                resp.text = "all"

        app, inner = build()
        inner.router_options.default_to_on_request = True
        inner.add_route("/", All())
        assert allowed_at(app, "/", "PUT") == TO_ADMIN
        assert allowed_at(app, "/", "REPORT") == TO_APP
        assert methods_of(app, "/", "REPORT") == "DELETE, GET, HEAD, PATCH, POST, REPORT"

    def test_trailing_slashes_are_stripped_if_the_app_strips_them(self):
        strips = {"strip_url_path_trailing_slash": True}
        assert allowed_at(build(("/items", Items()))[0], "/items/") == TO_DEFAULT
        assert allowed_at(build(("/items", Items()), options=strips)[0], "/items/") == TO_APP

    def test_paths_are_decoded_as_in_falcon(self):
        app, _ = build(("/café", Items()))
        assert allowed_at(app, "/café".encode().decode("latin-1")) == TO_APP

    def test_a_converter_that_raises_finds_no_policy_and_is_logged(self, caplog):
        class Fragile(falcon.routing.BaseConverter):
            def convert(self, value):
                raise LookupError(value)

        app, inner = build()
        inner.router_options.converters["fragile"] = Fragile
        inner.add_route("/{value:fragile}", Items())
        assert allowed(app, preflight("/x")) == allowed(app, environ(path="/x")) == NONE
        assert "'/x': routing raised an exception" in caplog.messages

    def test_a_form_is_not_read_a_second_time(self):
        class Once(BytesIO):
            def read(self, size=-1):
                assert self.tell() == 0, "a server might wait for ever"
                return super().read(size)

        app, inner = build(("/", Items()), middleware=Ending(lambda req: True))
        with pytest.warns(falcon.util.DeprecatedWarning):
            inner.req_options.auto_parse_form_urlencoded = True
        request = environ("POST") | {"CONTENT_TYPE": falcon.MEDIA_URLENCODED}
        body = {"CONTENT_LENGTH": "8", "wsgi.input": Once(b"name=tea")}
        answer = Response(app, {**request, **body, "HTTP_ORIGIN": APP})
        assert answer["Access-Control-Allow-Origin"] == APP
        assert body["wsgi.input"].tell() == 8


class Ending:
    """A middleware that ends some requests early."""

    def __init__(self, ends):
        self.ends = ends

    def process_request(self, req, resp):
        if self.ends(req):
            resp.complete = True


class TestMiddleware:
    def test_middleware_that_ends_a_request_early_keeps_the_policy_of_the_endpoint(self):
        app, _ = build(("/items", Items()), middleware=Ending(lambda req: True))
        assert allowed_at(app, "/items") == TO_APP
        assert allowed_at(app, "/nowhere") == TO_DEFAULT

    def test_middleware_that_changes_the_path_changes_the_policy_of_the_response(self):
        class Versioned:
            def process_request(self, req, resp):
                req.path = req.path.removeprefix("/v1")

        app, _ = build(("/items", Items()), middleware=Versioned())
        assert allowed(app, environ(path="/v1/items")) == TO_APP

    def test_middleware_that_changes_the_method_changes_the_policy_of_the_response(self):
        class Overridden:
            def process_request(self, req, resp):
                req.method = "PUT"

        app, _ = build(("/items/{item}", Items(), "one"), middleware=Overridden())
        assert allowed(app, environ("POST", "/items/1")) == TO_ADMIN

    def test_an_error_handler_keeps_the_policy_of_the_endpoint(self):
        @cors(API)
        class Broken:
            def on_get(self, req, resp):
                raise LookupError

        def gone(req, resp, error, params):
            raise falcon.HTTPGone

        app, inner = build(("/", Broken()))
        inner.add_error_handler(LookupError, gone)
        assert Response(app, environ()).status == "410 Gone"
        assert allowed(app, environ()) == TO_APP

    def test_a_preflight_that_the_app_answers_is_not_logged_as_served_without_cors(self, caplog):
        @cors(None)
        class Internal:
            def on_options(self, req, resp):
                resp.text = "mine"

        app, _ = build(("/", Internal()))
        assert Response(app, preflight(method="OPTIONS")).body == b"mine"
        assert [message for message in caplog.messages if "without CORS" in message] == []

    def test_a_request_that_a_responder_makes_does_not_change_the_policy(self):
        asked = []

        class Batch:
            def on_get(self, req, resp):
                asked.append(b"".join(app({**req.env, "PATH_INFO": "/items"}, lambda *_: None)))

        app, _ = build(("/", Batch()), ("/items", Items()))
        assert allowed(app, environ()) == TO_DEFAULT
        assert set(asked) == {b"items"}

    def test_a_route_that_is_replaced_has_the_policy_of_the_new_resource(self):
        app, inner = build(("/", Plain()))
        assert allowed_at(app, "/") == TO_DEFAULT
        inner.add_route("/", cors(ADMIN)(type("Decorated", (Plain,), {}))())
        assert allowed_at(app, "/") == TO_ADMIN

    def test_an_app_that_is_served_without_its_cors_logs_one_warning(self, caplog):
        app, inner = build(("/items", Items()))
        Response(app, environ(path="/items", origin=APP))
        Response(inner, environ(path="/items"))
        assert caplog.records == []
        for _ in range(2):
            Response(inner, environ(path="/items", origin=APP))
        [message] = caplog.messages
        assert message.endswith("served without CORS; serve what CORS(app) returns")


class TestSinksAndStaticRoutes:
    def test_a_sink_may_be_decorated(self):
        @cors(API)
        def drain(req, resp, **kwargs):
            resp.text = "drained"

        app, inner = build()
        inner.add_sink(drain, "/old/(?P<rest>.*)")
        assert allowed_at(app, "/old/x") == TO_APP
        assert allowed_at(app, "/elsewhere") == TO_DEFAULT
        assert methods_of(app, "/old/x", "PURGE") == "DELETE, GET, HEAD, PATCH, POST, PURGE, PUT"

    def test_sinks_and_static_routes_may_have_entries_in_endpoints(self, tmp_path):
        (tmp_path / "app.js").write_text("")
        app = falcon.App()
        app.add_route("/", Plain())
        app.add_sink(Plain().on_get, "/")
        app.add_static_route("/static", tmp_path)
        endpoints = {"/": API, "sink /": ADMIN, "static /static/": API}
        wrapped = CORS(app, DEFAULT, endpoints=endpoints)
        assert allowed_at(wrapped, "/") == TO_APP
        assert allowed_at(wrapped, "/x") == TO_ADMIN
        assert {row.url: row.name for row in survey(wrapped).rows} == {e: e for e in endpoints}

    def test_a_static_route_serves_get_and_head(self, tmp_path):
        app = falcon.App()
        app.add_static_route("/static", tmp_path)
        wrapped = CORS(app, endpoints={"static /static/": API})
        assert allowed_at(wrapped, "/static/missing.js") == TO_APP
        assert methods_of(wrapped, "/static/app.js", "GET") == "GET, HEAD"


class TestSwitchingOn:
    def test_a_wrapped_app_is_rejected(self):
        wrapped, _ = build(("/", Plain()))
        with pytest.raises(TypeError, match=r"already has CORS; call CORS\(app\) once"):
            CORS(wrapped, ADMIN)

    def test_a_second_policy_by_position_is_rejected(self):
        with pytest.raises(TypeError, match=r"one policy by position, .* use policies=\{'name'"):
            CORS(falcon.App(), API, ADMIN)

    def test_a_second_call_is_rejected(self):
        _, app = build(("/", Plain()))
        with pytest.raises(TypeError, match=r"already has CORS; call CORS\(app\) once"):
            CORS(app, ADMIN)

    @pytest.mark.parametrize(
        "own",
        [
            pytest.param({"cors_enable": True}, id="cors_enable"),
            pytest.param({"middleware": falcon.CORSMiddleware()}, id="middleware"),
        ],
    )
    def test_falcons_own_cors_is_rejected(self, own):
        with pytest.raises(TypeError, match=r"remove cors_enable=True or CORSMiddleware\(\)"):
            CORS(falcon.App(**own), API)

    def test_falcons_own_cors_is_found_if_it_is_added_later(self):
        app, inner = build()
        inner.add_middleware(falcon.CORSMiddleware())
        with pytest.raises(TypeError, match="has Falcon's own CORS"):
            Response(app, environ())

    @pytest.mark.parametrize(
        ("app", "message"),
        [
            pytest.param(hello, r"is not a falcon\.App; use CORS\(app, policy\)", id="other-app"),
            pytest.param(falcon.asgi.App(), "is an ASGI app", id="asgi"),
        ],
    )
    def test_an_object_that_is_not_a_falcon_app_is_rejected(self, app, message):
        with pytest.raises(TypeError, match=message):
            CORS(app, API)

    def test_for_a_wrapper_with_one_policy_the_error_names_the_adapter(self):
        with pytest.raises(TypeError, match=r"use wsgicors\.falcon\.CORS\(app, policy\)"):
            CORSMiddleware(falcon.App(), API)

    def test_an_unknown_policy_name_is_raised_before_a_responder_runs(self):
        calls = []

        class Named:
            @cors("apis")
            def on_get(self, req, resp):
                calls.append("responder")

        app = falcon.App()
        app.add_route("/", Named())
        wrapped = CORS(app, policies={"api": API})
        for request in environ(), preflight():
            with pytest.raises(PolicyError, match="no policy named 'apis'"):
                Response(wrapped, request)
        assert calls == []

    def test_entries_that_are_added_before_the_first_request_count(self):
        policies, endpoints = {}, {}
        app = falcon.App()
        app.add_route("/", Plain())
        wrapped = CORS(app, DEFAULT, policies=policies, endpoints=endpoints)
        policies["api"], endpoints["/"] = API, "api"
        assert allowed_at(wrapped, "/") == TO_APP

    def test_an_entry_for_a_template_covers_its_undecorated_responders(self):
        app = falcon.App()
        app.add_route("/items/{item}", type("Half", (Plain,), {"on_put": Items.on_put_one})())
        wrapped = CORS(app, endpoints={"/items/{item}": API})
        assert allowed_at(wrapped, "/items/1") == TO_APP
        assert allowed_at(wrapped, "/items/1", "PUT") == TO_ADMIN

    def test_a_router_that_is_not_falcons_own_is_asked(self):
        class Router:
            def add_route(self, uri_template, resource, **kwargs):
                raise AssertionError

            def find(self, uri, req=None):
                return Items(), {"GET": Items().on_get}, {}, "/anything"

        app = CORS(falcon.App(router=Router()), DEFAULT)
        assert allowed_at(app, "/x") == TO_APP

    def test_a_router_may_leave_out_the_template(self):
        found = Items(), {"GET": Items().on_get}, {}
        for route in (found, (*found, None)):
            app = CORS(falcon.App(router=routing_to(route)), DEFAULT)
            assert allowed_at(app, "/x") == TO_APP

    def test_a_router_may_find_a_resource_that_is_none(self):
        app = CORS(falcon.App(router=routing_to((None, None, None))), DEFAULT)
        assert allowed_at(app, "/x") == TO_DEFAULT
        app = falcon.App(router=routing_to((None, None, None)))
        app.add_sink(cors(ADMIN)(lambda req, resp: None), "/sink")
        assert allowed_at(CORS(app, DEFAULT), "/sink") == TO_ADMIN


def routing_to(route):
    """Return a router that finds the same route for every path."""

    class Router:
        def find(self, uri, req=None):
            return route

    return Router()


class TestTools:
    def test_the_audit_takes_what_is_served(self):
        app, _ = build(("/items", Items()), ("/items/{item}", Items(), "one"))
        rows = [(row.url, row.method, row.kind) for row in survey(app).rows]
        assert rows == [
            ("/items", "GET", "class"),
            ("/items/{item}", "GET", "class"),
            ("/items/{item}", "PUT", "method"),
        ]
        assert survey(app).rows[0].place.startswith("tests/adapters/test_falcon.py:")

    @pytest.mark.usefixtures("no_other_marks")
    def test_the_command_takes_what_is_served(self):
        audit = ["audit", "--app", "examples.falcon_app:application", "--fail-on", "warning"]
        assert CliRunner().invoke(main, audit).exit_code == 0

    def test_an_explanation_names_the_resource(self):
        app, _ = build(("/items", Items()))
        explanation = explain("GET", "https://api.example/items", origin=OTHER, servers=app)
        assert explanation.change.settings == {"allow_origins": [APP, OTHER]}
        assert explanation.change.view == "/items"


class TestExample(ChangesItems):
    browser = Browser(falcon_app.application, at="https://api.example")

    def test_every_page_reads_the_list_and_its_length(self):
        page = self.browser.page("https://anyone.example")
        response = page.fetch("https://api.example/items")
        assert response.json() == {"items": ["tea", "milk"]}
        assert response.headers["X-Total-Count"] == "3"
        assert page.fetch("https://api.example/items/2").json() == {"item": "milk"}


class TestAbsence:
    def test_apps_of_falcons_own_class_are_accepted_where_a_tracer_replaced_it(self, monkeypatch):
        class Traced(falcon.App):
            pass

        own = falcon.App()
        monkeypatch.setattr(falcon, "App", Traced)
        for app in own, Traced():
            app.add_route("/", Plain())
            assert allowed_at(CORS(app, API), "/") == TO_APP

    def test_a_header_that_the_policy_widens_is_named_once(self, caplog):
        class Partners:
            def on_get(self, req, resp):
                resp.set_header("Access-Control-Allow-Origin", "https://partner.example")

        app, _ = build(("/partners", Partners()), policy=Policy("*"))
        for _ in range(2):
            response = Response(app, environ(path="/partners", origin=OTHER))
            assert response["Access-Control-Allow-Origin"] == "*"
        [message] = caplog.messages
        assert message.startswith(
            "'/partners' sets Access-Control-Allow-Origin to 'https://partner.example', but its "
            "policy replaces that by '*'"
        )

    def test_the_middleware_of_another_library_is_named_by_log_and_audit(self, caplog):
        class Middleware:
            def process_request(self, req, resp): ...

        class Other(Middleware):
            pass

        Middleware.__module__ = "falcon_cors.middleware"
        app, _ = build(("/", Plain()), middleware=[Middleware(), Other()])
        assert [*survey(app).other_layers] == ["falcon-cors (middleware)"]
        Response(app, environ())
        [message] = caplog.messages
        assert message.startswith("falcon-cors (middleware) writes CORS headers beside wsgicors")
        assert message.endswith("remove one of the two [other-cors-layer]")


def test_an_app_without_cors_is_an_error_that_does_not_list_its_methods():
    with pytest.raises(TypeError, match=r"has no CORS; call CORS\(app\), and use") as caught:
        survey(falcon.App())
    assert "bound method" not in str(caught.value)
