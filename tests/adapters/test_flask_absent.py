"""CORS that is forgotten, passed by, hidden or written by other code, too: Flask says so."""

import functools
import gc
import subprocess
import sys
import threading
import weakref
from textwrap import dedent

import flask_cors
import pytest
from flask import Blueprint, Flask, request, request_started
from flask.app import Flask as FlaskItself
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.profiler import ProfilerMiddleware
from werkzeug.test import Client

from tests.helpers import APP, OTHER
from wsgicors import CORSMiddleware, Policy, PolicyError, _decorator
from wsgicors.auditing import audit, describe, survey
from wsgicors.flask import CORS, _watch, cors
from wsgicors.routing import RouterResolver
from wsgicors.testing import Browser, CORSBlocked

API = Policy(allow_origins=[APP])
EVERYBODY = Policy(allow_origins="*")


def make(*arguments, name="app", **options):
    app = Flask(name, static_folder=None)
    CORS(app, *arguments, **options)
    return app


def get(app, path="/", origin=APP):
    return Client(app).get(path, headers={"Origin": origin})


def allowed(response):
    return response.headers.get("Access-Control-Allow-Origin")


def run(program):
    """Run a program, and return what it prints; here other tests have receivers of signals."""
    command = [sys.executable, "-c", dedent(program)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def codes(app):
    return [finding.code for finding in audit(survey(app))]


@pytest.fixture
def api():
    """Return an app with a decorated view, and without CORS."""
    app = Flask("api")
    app.testing = True

    @app.get("/items")
    @cors(API)
    def items():
        return "items"

    return app


class TestForgotten:
    @pytest.fixture(autouse=True)
    def _no_other_apps(self, monkeypatch):
        """Forget the apps and decorated views of other tests."""
        monkeypatch.setattr(_decorator, "_unread", weakref.WeakValueDictionary())

    def test_beside_an_app_with_cors_a_decorated_view_raises_for_a_cors_request(self, api):
        site = make(API)
        site.add_url_rule("/", view_func=lambda: "site")
        both = DispatcherMiddleware(site, {"/api": api})
        for _ in range(2):
            assert allowed(get(both)) == APP
        assert Client(both).get("/api/items").text == "items"
        with pytest.raises(RuntimeError, match="'items' is decorated with @cors, but this app has"):
            get(both, "/api/items")

    def test_a_policy_that_views_of_both_apps_have_hides_nothing(self, api):
        shared = cors(API)
        site = make()
        site.add_url_rule("/", view_func=shared(lambda: "site"))
        api.add_url_rule("/other", "other", shared(lambda: "other"))
        assert allowed(get(site)) == APP
        with pytest.raises(RuntimeError, match="'other' is decorated"):
            get(api, "/other")

    def test_an_app_that_is_created_later_raises_too(self):
        site = make(API)
        site.add_url_rule("/", view_func=lambda: "site")
        get(site)
        later = Flask("later")
        later.testing = True
        later.add_url_rule("/", "view", cors(API)(lambda: "later"))
        with pytest.raises(RuntimeError, match="call CORS"):
            get(later)

    def test_nothing_watches_once_all_apps_have_cors(self):
        assert run(
            """
            from flask import Flask, request_started
            from flask.views import MethodView
            from wsgicors.flask import CORS, cors

            def receivers():
                return [receiver() for receiver in request_started.receivers.values()]

            class Base(MethodView):
                @cors(allow_origins="*")
                def get(self): ...

            class Derived(Base):
                @cors(allow_origins="*")
                def get(self): return "derived"

            one, two = Flask("one"), Flask("two")
            for app in one, two:
                CORS(app)
                app.get("/")(cors(allow_origins="*")(lambda: "view"))
            two.add_url_rule("/class", view_func=Derived.as_view("class"))
            print(len(receivers()), "at first: one for forgotten apps, one for apps passed by")
            one.test_client().get("/")
            print(len(receivers()), "once all decorated views are known: the other app")
            two.test_client().get("/")
            print(len(receivers()), "once all apps are served")
            cors(allow_origins="*")(lambda: "a view of an app to come")
            print(len(receivers()), "with a decorated view of no app")
            """
        ) == [
            "2 at first: one for forgotten apps, one for apps passed by",
            "1 once all decorated views are known: the other app",
            "0 once all apps are served",
            "1 with a decorated view of no app",
        ]

    def test_an_app_whose_views_cannot_be_listed_is_no_obstacle(self, api):
        class Broken(RouterResolver):
            def match(self, environ, method, *, lists=True): ...

            def routes(self):
                raise RuntimeError("not yet")

        broken = Broken({})
        site = make(API)
        site.add_url_rule("/", view_func=lambda: "site")
        assert allowed(get(site)) == APP
        assert broken.debug is False


class TestPassedBy:
    @pytest.mark.parametrize("kind", [Flask, type("Derived", (Flask,), {})])
    def test_a_wsgi_app_from_before_is_loud_once(self, kind, caplog):
        app = kind("app")
        before = app.wsgi_app
        CORS(app, EVERYBODY)
        app.add_url_rule("/", view_func=lambda: "view")
        assert Client(before).get("/").text == "view"
        assert caplog.messages == []
        for _ in range(2):
            assert allowed(get(before)) is None
        [message] = caplog.messages
        assert message == (
            f"{app!r} is served without CORS, by a wsgi_app from before CORS(app); serve the app "
            f"itself, or wrap the app.wsgi_app that CORS(app) has made"
        )

    def test_an_app_that_is_served_as_it_should_be_is_quiet(self, caplog):
        app = make(EVERYBODY)
        app.add_url_rule("/", view_func=lambda: "view")
        assert allowed(get(app)) == "*"
        assert caplog.messages == []

    def test_a_fault_of_what_looks_for_faults_fails_no_request(self, monkeypatch, caplog):
        app = make(EVERYBODY)
        app.add_url_rule("/", view_func=lambda: "view")

        def fail(self):
            raise ValueError("a view that cannot be looked at")

        monkeypatch.setattr(type(app.extensions["wsgicors"]), "other_layers", fail)
        assert allowed(get(app)) == "*"
        [message] = caplog.messages
        assert message == f"{app!r}: looking for views and hooks without CORS raised an exception"

    def test_apps_may_be_created_decorated_and_served_in_many_threads(self, caplog, monkeypatch):
        caplog.set_level("CRITICAL")
        of_this_test = weakref.WeakValueDictionary()  # every decorator goes through all apps
        monkeypatch.setattr(_watch, "_all", of_this_test)
        faults, interval = [], sys.getswitchinterval()

        def work():
            apps = []
            try:
                for _ in range(200):
                    apps.append(make(API))
                    cors(EVERYBODY)(lambda: "view")
                    assert allowed(get(apps[-1])) == APP
            except Exception as error:
                faults.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        sys.setswitchinterval(1e-6)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        assert faults == []

    def test_a_check_finds_a_wsgi_app_that_was_replaced(self):
        app = Flask("app")
        before = app.wsgi_app
        CORS(app, API)
        app.wsgi_app = ProfilerMiddleware(app.wsgi_app)
        assert CORS.check(app) is None
        app.wsgi_app = ProfilerMiddleware(before)
        with pytest.raises(TypeError, match=r"app.wsgi_app was replaced by .*; wrap the app.wsgi"):
            CORS.check(app)

    def test_a_check_passes_what_it_cannot_follow(self):
        app = make(API)
        wsgi_app = app.wsgi_app
        app.wsgi_app = functools.partial(lambda inner, *arguments: inner(*arguments), wsgi_app)
        assert CORS.check(app) is None


def traced(wsgi_app):
    """Wrap as OpenTelemetry does: in a function, with the app among its variables."""

    def _wrapped_app(wrapped_app_environ, start_response):
        return wsgi_app(wrapped_app_environ, start_response)

    _wrapped_app.__module__ = "opentelemetry.instrumentation.flask"
    return _wrapped_app


class TestTracers:
    @pytest.mark.parametrize("wrap", [traced, ProfilerMiddleware])
    def test_a_wrapper_that_leaves_paths_alone_logs_no_warning(self, wrap, caplog):
        app = Flask("app")
        app.wsgi_app = wrap(app.wsgi_app)
        CORS(app)
        assert caplog.messages == []

    def test_a_wrapper_that_may_change_paths_is_named_inside_another_too(self, caplog):
        app = Flask("app")
        app.wsgi_app = traced(inner := DispatcherMiddleware(app.wsgi_app, {}))
        CORS(app)
        [message] = caplog.messages
        assert message == (
            f"{app!r}: wsgi_app is already wrapped by {inner!r}, so CORS may see other paths than "
            f"the router; call CORS(app) right after the app is created, before it is wrapped"
        )

    def test_what_a_tracer_wraps_out_of_sight_is_not_warned_of(self, caplog):
        app = Flask("app")
        inner = app.wsgi_app

        def out_of_sight(environ, start_response):
            return inner(environ, start_response)

        out_of_sight.__module__ = "opentelemetry"
        app.wsgi_app = out_of_sight
        CORS(app)
        assert caplog.messages == []

    def test_apps_of_flasks_own_class_are_accepted_where_a_tracer_replaced_it(self):
        assert run(
            """
            import flask
            from flask.app import Flask

            class Traced(flask.Flask):
                pass

            flask.Flask = Traced
            from wsgicors.flask import CORS

            for app in Flask("one"), Traced("two"):
                CORS(app, allow_origins="*")
                print(app.test_client().get("/").headers["Access-Control-Allow-Origin"])
            """
        ) == ["*", "*"]
        assert issubclass(Flask, FlaskItself)


class TestOwnHeader:
    def partner_app(self, policy, own="https://partner.example"):
        app = make(policy)

        @app.get("/partners")
        def partners():
            return "", {"Access-Control-Allow-Origin": own or request.headers["Origin"]}

        @app.get("/others")
        def others():
            return "", {"access-control-allow-origin": own or request.headers["Origin"]}

        return app

    def test_a_header_that_the_policy_widens_is_named_once_per_view(self, caplog):
        app = self.partner_app(EVERYBODY)
        for path in "/partners", "/partners", "/others":
            assert allowed(get(app, path, OTHER)) == "*"
        partners, others = caplog.messages
        assert partners == (
            "'partners' sets Access-Control-Allow-Origin to 'https://partner.example', but its "
            "policy replaces that by '*', so pages of other origins than it names can read the "
            "response; remove the header, and give the view its own policy: "
            "@cors(allow_origins=[...])"
        )
        assert others.startswith("'others' sets")

    @pytest.mark.parametrize(
        ("own", "origin"),
        [
            pytest.param("*", APP, id="wider"),
            pytest.param(None, APP, id="the-same"),
            pytest.param("https://partner.example", OTHER, id="refused"),
        ],
    )
    def test_a_header_that_is_no_narrower_is_replaced_in_silence(self, own, origin, caplog):
        response = get(self.partner_app(API, own), "/partners", origin)
        assert allowed(response) == (APP if origin == APP else None)
        assert caplog.messages == []


class TestOtherLayers:
    def test_flask_cors_in_an_app_is_named_by_log_check_and_audit(self, caplog):
        app = make(API)
        flask_cors.CORS(app)
        app.add_url_rule("/", view_func=lambda: "view")
        message = (
            "Flask-CORS (after_request) writes CORS headers beside wsgicors: it may answer "
            "preflights, and pages may read what wsgicors leaves without CORS; remove one of the "
            "two [other-cors-layer]"
        )
        CORS.check(app)
        assert message in caplog.messages
        caplog.clear()
        get(app)
        assert caplog.messages == [message]
        assert "other-cors-layer" in codes(app)

    def test_flask_cors_on_views_and_blueprints_is_found(self):
        app = make(API)
        blueprint = Blueprint("shop", __name__)
        flask_cors.CORS(blueprint)
        app.register_blueprint(blueprint)

        class Items(MethodView):
            @flask_cors.cross_origin()
            def get(self): ...

        app.add_url_rule("/", "view", flask_cors.cross_origin()(lambda: "view"))
        app.add_url_rule("/items", view_func=Items.as_view("items"))
        assert [*app.extensions["wsgicors"].other_layers()] == [
            "Flask-CORS (after_request and 2 more)"
        ]

    def test_apps_are_not_searched_for_a_library_that_is_not_loaded(self, monkeypatch):
        app = make(API)
        flask_cors.CORS(app)
        for name in ("flask_cors", "flask_restful"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        assert [*app.extensions["wsgicors"].other_layers()] == []

    def test_hooks_of_the_app_itself_are_not_taken_for_another_library(self):
        app = make(API)
        app.after_request(functools.partial(lambda response: response))
        app.after_request(lambda response: response)
        assert [*app.extensions["wsgicors"].other_layers()] == []

    def test_the_audit_says_what_a_page_may_read_without_a_policy(self):
        app = make(API)

        @app.get("/own")
        @cors(None)
        def own():
            return "own", {"Access-Control-Allow-Origin": OTHER}

        @app.get("/none")
        @cors(None)
        def none():
            return "none"

        page = Browser(app).page(OTHER)
        assert page.fetch("https://api.example/own").text == "own"
        with pytest.raises(CORSBlocked):
            page.fetch("https://api.example/none")
        readers = {line.url: line.readers for line in describe(survey(app).rows)}
        unless = ["no page, unless the app writes CORS headers itself"]
        assert readers == {"/own": unless, "/none": unless}


class TestMethodDecorators:
    """As in Flask-RESTful and Flask-RESTX, which decorate the bound method for each request."""

    def app_with(self, decorators):
        class Items(MethodView):
            method_decorators = decorators

            def get(self):
                view = super().__getattribute__("answer")
                for decorator in self.method_decorators:
                    view = decorator(view)
                return view()

            def answer(self):
                return "items"

        app = make()
        app.testing = True
        app.add_url_rule("/items", view_func=Items.as_view("items"))
        return app

    @pytest.mark.parametrize("decorators", [[cors(API)], {"get": [cors(API)]}], ids=["list", "map"])
    def test_cors_among_them_is_an_error_of_the_check_and_of_the_first_request(self, decorators):
        app = self.app_with(decorators)
        for ask in CORS.check, get:
            with pytest.raises(PolicyError) as caught:
                ask(app)
            [problem] = caught.value.problems
            assert problem.code == "method-decorators"
            assert problem.setting == "@cors on 'items'"
            assert "use decorators = [cors(...)], or @cors above the class" in problem.message

    def test_other_decorators_may_be_among_them(self):
        for decorators in [lambda view: view], None:
            assert CORS.check(self.app_with(decorators)) is None

    @pytest.mark.parametrize(
        "decorators",
        [property(lambda items: []), lambda items: [], {"get": None, "put": 1}, {"get": cors}, 7],
        ids=["property", "method", "map-of-others", "map-of-a-function", "number"],
    )
    def test_an_attribute_of_that_name_that_is_not_a_list_is_ignored(self, decorators):
        class Items(MethodView):
            method_decorators = decorators

            def get(self):
                return "items"

        app = make()
        app.add_url_rule("/items", view_func=Items.as_view("items"))
        assert CORS.check(app) is None
        assert get(app, "/items").data == b"items"

    def test_without_cors_in_the_app_the_error_names_the_right_places(self):
        class Items:
            def get(self): ...

        with pytest.raises(TypeError) as caught:
            cors(API)(Items().get)
        assert "bound to an object already" in str(caught.value)
        assert "decorators = [cors(...)], not method_decorators" in str(caught.value)


class TestBoundMethods:
    def salaries(self):
        @cors(allow_origins=[APP])
        class Salaries:
            def index(self):
                return "secret"

            @cors(allow_origins=[OTHER])
            def public(self):
                return "public"

            @classmethod
            def total(cls):
                return "total"

        return type("Derived", (Salaries,), {})

    def proxy_of(self, bound):
        """Wrap a bound method as Flask-Classful does."""

        @functools.wraps(bound)
        def proxy(**arguments):
            return bound(**arguments)

        return proxy

    def test_the_class_has_the_policy_of_a_method_that_a_decorator_has_wrapped(self):
        """As in Flask-Admin, whose metaclass wraps the methods of its views."""

        def checked(method):
            @functools.wraps(method)
            def inner(self):
                return method(self)

            return inner

        @cors(API)
        class Salaries:
            @checked
            def index(self):
                return "secret"

            @checked
            @cors(Policy(OTHER))
            def public(self):
                return "public"

        app = make(EVERYBODY)
        app.add_url_rule("/", "index", Salaries().index)
        app.add_url_rule("/public", "public", Salaries().public)
        assert allowed(get(app)) == APP
        assert allowed(get(app, origin=OTHER)) is None
        assert allowed(get(app, "/public", OTHER)) == OTHER

    @pytest.mark.parametrize("wraps", [False, True], ids=["bound", "wrapped"])
    def test_the_class_or_a_base_of_it_has_the_policy(self, wraps):
        app, view = make(EVERYBODY), self.salaries()()
        for name in "index", "public", "total":
            bound = getattr(view, name)
            app.add_url_rule(f"/{name}", name, self.proxy_of(bound) if wraps else bound)
        for _ in range(2):
            assert allowed(get(app, "/index")) == allowed(get(app, "/total")) == APP
            assert allowed(get(app, "/public", OTHER)) == OTHER
            assert allowed(get(app, "/index", OTHER)) is None
        rows = {row.url: (row.kind, row.policy.allow_origins) for row in survey(app).rows}
        assert rows == {
            "/index": ("class", (APP,)),
            "/total": ("class", (APP,)),
            "/public": ("view", (OTHER,)),
        }
        names = {
            finding.where for finding in audit(survey(app)) if finding.code == "unreached-mark"
        }
        assert not any("salaries" in name for name in names)

    def test_a_name_that_is_unknown_is_an_error_there_too(self):
        app = make()

        class Items:
            @cors("unknown")
            def get(self): ...

        app.add_url_rule("/", "items", Items().get)
        with pytest.raises(PolicyError, match="no policy named 'unknown'"):
            CORS.check(app)

    def test_an_object_that_is_a_view_has_the_policy_of_its_call(self):
        class View:
            @cors(API)
            def __call__(self):
                return "called"

        app = make(EVERYBODY)
        app.add_url_rule("/", "called", View())
        assert allowed(get(app)) == APP
        assert allowed(get(app, origin=OTHER)) is None

    def test_arguments_that_are_filled_in_leave_the_policy(self):
        app = make(EVERYBODY)

        @cors(API)
        def greet(name):
            return name

        app.add_url_rule("/", "greet", functools.partial(functools.partial(greet), "you"))
        assert allowed(get(app)) == APP
        assert allowed(get(app, origin=OTHER)) is None
        assert not any("greet" in finding.where for finding in audit(survey(app)))

    def test_a_class_that_is_decorated_while_serving_counts_from_then_on(self):
        class Salaries:
            def index(self):
                return "secret"

        app = make(EVERYBODY)
        app.add_url_rule("/", "index", Salaries().index)
        assert allowed(get(app, origin=OTHER)) == "*"
        cors(API)(Salaries)
        assert allowed(get(app, origin=OTHER)) is None


def token_required(view):
    def inner(*arguments, **named):
        return view(*arguments, **named)

    return inner


class TestHiddenMarks:
    def test_a_decorator_without_wraps_is_named_by_log_check_and_audit(self, caplog):
        app = make(EVERYBODY)

        @app.get("/")
        @token_required
        @cors(API)
        def hidden():
            return "hidden"

        wrapper = app.view_functions["inner"]
        message = (
            f"{hidden_of(wrapper)!r}: the router has {wrapper!r} instead, made by a decorator that "
            f"does not use functools.wraps, so it never sees @cors; use functools.wraps in the "
            f"decorator, or move @cors above it [unreached-mark]"
        )
        CORS.check(app)
        assert message in caplog.messages
        caplog.clear()
        get(app)
        assert caplog.messages == [message]
        [finding] = [one for one in audit(survey(app)) if "hidden" in one.where]
        assert finding.code == "unreached-mark"
        assert finding.message == (
            "The router has token_required.<locals>.inner instead, made by a decorator that does "
            "not use functools.wraps, so it never sees the policy. Use functools.wraps in the "
            "decorator, or move @cors above it."
        )

    @pytest.mark.parametrize("hide", [token_required, lambda view: lambda: "out of sight"])
    @pytest.mark.parametrize("kind", ["function", "class"])
    def test_a_view_that_is_replaced_while_serving_by_one_without_cors_is_named_once(
        self, hide, kind, caplog
    ):
        class Items(MethodView):
            @cors(API)
            def get(self):
                return "items"

        app = make(EVERYBODY)
        view = Items.as_view("view") if kind == "class" else cors(API)(lambda: "view")
        app.add_url_rule("/", "view", view)
        assert allowed(get(app, origin=OTHER)) is None
        app.view_functions["view"] = hiding = hide(view)
        for _ in range(2):
            assert allowed(get(app, origin=OTHER)) == "*"
            cors(API)(lambda: "the policies that are remembered are forgotten")
        assert caplog.messages == [
            f"{view!r} was replaced while serving by {hiding!r}, which has no @cors, so its policy "
            "no longer applies; use functools.wraps in the decorator, or put @cors on the new view "
            "[unreached-mark]"
        ]

    def test_a_view_that_is_added_while_serving_and_hides_a_decorated_one_is_named(self, caplog):
        app = make(EVERYBODY)
        app.add_url_rule("/", "view", lambda: "view")
        get(app)
        view = cors(API)(lambda: "view")
        app.view_functions["view"] = hiding = token_required(view)
        assert allowed(get(app, origin=OTHER)) == "*"
        assert caplog.messages == [
            f"{view!r}: the router has {hiding!r} instead, made by a decorator that does not use "
            "functools.wraps, so it never sees @cors; use functools.wraps in the decorator, or "
            "move @cors above it [unreached-mark]"
        ]

    def test_a_view_that_is_replaced_while_serving_may_call_another_view(self, caplog):
        app = make(EVERYBODY)
        app.add_url_rule("/shown", "shown", shown := cors(API)(lambda: "shown"))
        app.add_url_rule("/", "view", lambda: "view")
        get(app)
        app.view_functions["view"] = token_required(shown)
        assert allowed(get(app, origin=OTHER)) == "*"
        app.view_functions["view"] = shown
        assert allowed(get(app, origin=OTHER)) is None
        assert caplog.messages == []

    def test_a_view_that_calls_another_view_hides_nothing(self, caplog):
        app = make(API)
        shown = cors(EVERYBODY)(lambda: "shown")
        app.add_url_rule("/shown", "shown", shown)
        app.add_url_rule("/alias", "alias", token_required(shown))

        def empty():
            return later

        app.add_url_rule("/empty", "empty", empty)
        get(app)
        assert caplog.messages == []
        later = None

    def test_a_decorated_view_without_a_route_is_named_by_a_check(self, caplog):
        app = make(API, name="tests")

        @cors(EVERYBODY)
        def forgotten(): ...

        CORS.check(app)
        [message] = [one for one in caplog.messages if "decorated_view_without_a_route" in one]
        assert "has no effect, because no route reaches this view; add a route" in message
        assert message.endswith("or use endpoints={...} [unreached-mark]")
        assert forgotten() is None


def hidden_of(wrapper):
    return wrapper.__closure__[0].cell_contents


def test_the_signal_of_flask_has_no_other_receivers_of_ours():
    names = {getattr(one(), "__name__", "") for one in request_started.receivers.values()}
    assert names <= {"complain_of_missing_extension", "warn_if_bypassed"}


class TestFreed:
    """The extension refers to no app."""

    @pytest.fixture(autouse=True)
    def _no_garbage_collector(self):
        gc.collect()
        gc.disable()
        yield
        gc.enable()

    def served(self, kind=Flask, policy=API):
        app = kind("app")
        CORS(app, policy)
        app.add_url_rule("/", "view", cors(EVERYBODY)(lambda: "view"))
        app.add_url_rule("/plain", "plain", lambda: "plain", methods=["GET", "PUT"])
        assert allowed(get(app)) == "*"
        assert app.test_client().get("/plain", headers={"Origin": OTHER}).status_code == 200
        preflight = {"Origin": APP, "Access-Control-Request-Method": "PUT"}
        assert app.test_client().options("/plain", headers=preflight).status_code == 204
        return app

    @pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
    def test_an_app_with_cors_is_freed_with_its_last_reference(self, debug):
        app = self.served()
        app.config["DEBUG"] = debug  # the setter of app.debug makes Jinja refer to the app
        get(app, origin=OTHER)
        freed = weakref.ref(app), weakref.ref(app.extensions["wsgicors"])
        del app
        assert [reference() for reference in freed] == [None, None]

    def test_an_app_that_is_never_served_is_freed(self):
        app = Flask("app")
        CORS(app, API)
        freed = weakref.ref(app)
        del app
        assert freed() is None

    def test_the_class_of_an_app_is_a_subclass_of_its_own_one_for_all_its_apps(self):
        class Shop(Flask):
            """Sells."""

        first, second = self.served(Shop), self.served(Shop)
        assert isinstance(first, Shop)
        assert type(first) is type(second)
        assert (type(first).__name__, type(first).__doc__) == ("Shop", "Sells.")
        assert type(Shop("app")) is Shop

    def test_a_class_of_apps_does_not_notice_the_class_that_is_derived_from_it(self):
        seen = []

        class Registering(type):
            def __init__(cls, *arguments):
                super().__init__(*arguments)
                seen.append(cls)

        class Shop(Flask, metaclass=Registering):
            def __init_subclass__(cls, *, required):
                seen.append(cls)

        app = self.served(Shop)
        assert seen == [Shop]
        assert isinstance(app, Shop)

    def test_a_class_of_apps_is_freed_after_its_apps(self):
        class Shop(Flask):
            pass

        self.served(Shop)
        freed = weakref.ref(Shop)
        del Shop
        gc.collect()
        assert freed() is None

    def test_its_wsgi_app_alone_keeps_an_app_alive(self):
        wsgi_app = self.served().wsgi_app
        gc.collect()
        assert allowed(get(wsgi_app)) == "*"
        assert {"/", "/plain"} < {row.url for row in survey(wsgi_app).rows}

    def test_its_wsgi_app_cannot_be_wrapped_once_more(self):
        app = make(API)
        with pytest.raises(TypeError, match="already has a CORS wrapper"):
            CORSMiddleware(app.wsgi_app, API)


class TestNames:
    """CORS takes no name of the user's app."""

    @pytest.mark.parametrize("name", ["resolver", "policy", "_app", "_log", "_resolver"])
    def test_an_attribute_of_the_app_is_its_own(self, name):
        app = Flask("app")
        assert not hasattr(app, name)
        CORS(app, API)
        assert not hasattr(app, name)
        setattr(app, name, "mine")
        app.add_url_rule("/", "view", lambda: "view")
        assert allowed(get(app)) == APP
        assert getattr(app, name) == "mine"
