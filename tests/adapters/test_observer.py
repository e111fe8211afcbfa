"""What is particular about an observer in each framework: how it is given, and names."""

import bottle
import falcon
import flask
import pytest
from django.core.checks import run_checks
from django.http import HttpResponse
from django.urls import path
from flask.views import MethodView
from pyramid.config import Configurator
from pyramid.response import Response as PyramidResponse
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import Map, Rule

import wsgicors.bottle
import wsgicors.falcon
import wsgicors.flask
import wsgicors.pyramid
import wsgicors.werkzeug
from tests.adapters.django_projects import Project
from tests.helpers import APP, Response, environ, hello, preflight
from wsgicors import Policy
from wsgicors.flask import cors

API = Policy(allow_origins=[APP])
PARTNERS = Policy(allow_origins=["https://partner.example"])


@pytest.fixture
def events():
    return []


def labels(events):
    return [(event.endpoint, event.policy) for event in events]


def new_flask_app(**given):
    app = flask.Flask("shop")
    wsgicors.flask.CORS(app, **given)
    return app


def new_bottle_app(**given):
    app = bottle.Bottle()
    app.install(wsgicors.bottle.CORS(**given))
    return app


WAYS = {
    "flask": new_flask_app,
    "flask-later": lambda **given: wsgicors.flask.CORS(**given),
    "bottle": new_bottle_app,
    "falcon": lambda **given: wsgicors.falcon.CORS(falcon.App(), **given),
    "pyramid": lambda **given: wsgicors.pyramid.CORS(Configurator(), **given),
    "werkzeug": lambda **given: wsgicors.werkzeug.CORS(hello, Map(), {}, **given),
}


@pytest.mark.parametrize("way", WAYS)
class TestHowItIsGiven:
    def test_what_cannot_be_called_is_an_error_at_once(self, way):
        with pytest.raises(TypeError, match=r"'shop\.seen' is not an observer"):
            WAYS[way](observer="shop.seen")

    def test_it_is_among_the_keywords_that_a_message_lists(self, way):
        with pytest.raises(TypeError, match=r"use 'observer' \(it takes .*, observer\)"):
            WAYS[way](observr=print)

    def test_it_is_not_a_policy(self, way):
        WAYS[way](observer=print)
        with pytest.raises(TypeError, match="observer"):
            Policy(APP, observer=print)


class TestFlask:
    def test_an_extension_that_is_initialized_later_observes_each_of_its_apps(self, events):
        extension = wsgicors.flask.CORS(policy=API, observer=events.append)
        for name in "one", "two":
            app = flask.Flask(name)
            extension.init_app(app)
            app.add_url_rule("/", name, str)
            Response(app, environ(origin=APP))
        assert labels(events) == [("one", "default"), ("two", "default")]

    def test_init_app_takes_no_observer(self):
        extension = wsgicors.flask.CORS()
        with pytest.raises(TypeError, match=r"CORS\(observer=\.\.\.\)\.init_app\(app\)"):
            extension.init_app(flask.Flask("shop"), observer=print)

    def test_a_policy_has_the_name_by_which_a_decorator_or_a_table_calls_it(self, events):
        app = new_flask_app(
            policy=API,
            policies={"partners": PARTNERS},
            endpoints={"table": "partners", "shut": None},
            blueprints={"group": "partners"},
            observer=events.append,
        )
        group = flask.Blueprint("group", "group")
        group.add_url_rule("/group", "view", str)
        app.register_blueprint(group)
        for name, policy in {
            "named": cors("partners"),
            "refined": cors("partners", max_age=1),
            "equal": cors(PARTNERS.derive()),
            "own": cors(PARTNERS.derive(max_age=1)),
            "closed": cors(None),
            "table": lambda view: view,
            "shut": lambda view: view,
            "unmarked": lambda view: view,
        }.items():
            app.add_url_rule(f"/{name}", name, policy(lambda: ""))
        paths = ["named", "refined", "equal", "own", "closed", "table", "shut", "unmarked", "group"]
        for name in paths:
            Response(app, environ(path=f"/{name}", origin=APP))
            Response(app, preflight(f"/{name}"))
        assert labels(events[::2]) == labels(events[1::2])
        assert labels(events[::2]) == [
            ("named", "partners"),
            ("refined", "partners"),
            ("equal", "partners"),
            ("own", None),
            ("closed", None),
            ("table", "partners"),
            ("shut", None),
            ("unmarked", "default"),
            ("group.view", "partners"),
        ]

    def test_a_405_has_the_name_of_the_only_view_at_the_url(self, events):
        app = new_flask_app(policy=API, observer=events.append)
        app.add_url_rule("/one", "one", str, methods=["GET"])
        app.add_url_rule("/two", "get", str, methods=["GET"])
        app.add_url_rule("/two", "put", str, methods=["PUT"])
        for name in "one", "two":
            Response(app, environ("DELETE", f"/{name}", origin=APP))
        assert labels(events) == [("one", "default"), (None, "default")]

    def test_each_method_of_a_class_has_its_own_policy(self, events):
        app = new_flask_app(policies={"api": API, "partners": PARTNERS}, observer=events.append)

        @cors("api")
        class Items(MethodView):
            def get(self):
                return ""

            @cors("partners")
            def put(self):
                return ""

        app.add_url_rule("/", view_func=Items.as_view("items"))
        for method in "GET", "PUT", "DELETE":
            Response(app, environ(method, origin=APP))
        assert labels(events) == [("items", "api"), ("items", "partners"), ("items", None)]

    def test_a_mounted_app_reports_its_own_requests(self, events):
        """Whether it is mounted in front of the app or inside of it."""
        outer_events = []
        outer = new_flask_app(policy=PARTNERS, observer=outer_events.append)
        inner = new_flask_app(policy=API, observer=events.append)
        inner.add_url_rule("/", "inner", str)
        outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/front": inner})
        plain = flask.Flask("plain")
        plain.wsgi_app = DispatcherMiddleware(plain.wsgi_app, {"/inside": inner})
        inside_events = []
        wsgicors.flask.CORS(plain, PARTNERS, observer=inside_events.append)
        Response(outer, environ(path="/front/", origin=APP))
        Response(outer, preflight("/front/"))
        Response(plain, environ(path="/inside/", origin=APP))
        assert labels(events) == [("inner", "default")] * 3
        assert outer_events == inside_events == []

    def test_a_mounted_app_without_cors_has_no_name(self, events):
        app, inner = flask.Flask("outer"), flask.Flask("inner")
        inner.add_url_rule("/", "inner", str)
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/inside": inner, "/raw": hello})
        wsgicors.flask.CORS(app, API, observer=events.append)
        Response(app, environ(path="/inside/", origin=APP))
        Response(app, environ(path="/raw", origin=APP))
        assert labels(events) == [(None, None)] * 2
        assert {event.reason for event in events} == {"no-policy"}

    def test_an_app_that_raises_has_the_name_of_its_view(self, events):
        app = new_flask_app(policy=API, observer=events.append)
        app.add_url_rule("/", "fails", lambda: 1 / 0)
        app.testing = True
        with pytest.raises(ZeroDivisionError):
            Response(app, environ(origin=APP))
        assert labels(events) == [("fails", "default")]
        assert events[0].reason == "app-raised"

    def test_a_name_that_is_unknown_has_no_policy(self, events):
        app = new_flask_app(policy=API, observer=events.append)
        app.add_url_rule("/", "first", str)
        Response(app, environ())  # reads the policies
        app.view_functions["first"] = cors("nowhere")(lambda: "")
        Response(app, environ(origin=APP))
        assert labels(events) == [("first", None)]


class TestWerkzeug:
    def test_an_endpoint_that_is_not_text_has_the_name_of_its_rule(self, events):
        url_map = Map([Rule("/items/<int:number>", endpoint=hello)])
        app = wsgicors.werkzeug.CORS(hello, url_map, {hello: hello}, API, observer=events.append)
        Response(app, environ(path="/items/7", origin=APP))
        Response(app, preflight("/items/7"))
        assert labels(events) == [("/items/<int:number>", "default")] * 2

    def test_a_redirect_out_of_the_app_has_no_name(self, events):
        url_map = Map([Rule("/", endpoint="moved", redirect_to="https://elsewhere.example/")])
        app = wsgicors.werkzeug.CORS(hello, url_map, {}, API, observer=events.append)
        Response(app, environ(origin=APP))
        assert labels(events) == [(None, None)]


class TestBottle:
    def test_a_route_has_its_name_or_its_rule(self, events):
        app = new_bottle_app(policy=API, observer=events.append)
        app.get("/items/<number>", name="item")(lambda number: number)
        app.get("/other/<number>")(lambda number: number)
        for name in "items", "other":
            Response(app, environ(path=f"/{name}/7", origin=APP))
            Response(app, preflight(f"/{name}/7"))
        assert labels(events) == [("item", "default")] * 2 + [("/other/<number>", "default")] * 2

    def test_a_mounted_app_without_cors_has_no_name(self, events):
        app = new_bottle_app(policy=API, observer=events.append)
        app.mount("/inside", hello)
        Response(app, environ(path="/inside/", origin=APP))
        assert labels(events) == [(None, None)]

    def test_a_merged_app_has_the_names_of_its_own_policies(self, events):
        inner = new_bottle_app(policies={"partners": PARTNERS})
        inner.get("/inner")(wsgicors.bottle.cors("partners")(lambda: ""))
        app = new_bottle_app(policy=API, observer=events.append)
        app.merge(inner)
        Response(app, environ(path="/inner", origin=APP))
        assert labels(events) == [("/inner", "partners")]

    def test_an_app_with_faults_that_is_merged_while_serving_has_a_name_without_a_policy(
        self, events
    ):
        app = new_bottle_app(policy=API, observer=events.append)
        app.get("/")(str)
        Response(app, environ())
        late = {}
        inner = new_bottle_app(policies=late)
        inner.get("/inner")(wsgicors.bottle.cors("late")(lambda: ""))
        app.merge(inner)
        Response(app, environ(path="/inner", origin=APP))
        late["late"] = PARTNERS
        Response(app, environ(path="/inner", origin=APP))
        assert labels(events) == [("/inner", None), ("/inner", "late")]


class TestPyramid:
    def configure(self, config):
        config.add_route("items", "/items/{number}")
        config.add_view(lambda request: PyramidResponse(""), route_name="items")

    def check(self, app, events):
        Response(app, environ(path="/items/7", origin=APP))
        Response(app, preflight("/items/7"))
        assert labels(events) == [("items", "default")] * 2

    def test_it_is_given_to_a_configurator(self, events):
        config = Configurator()
        wsgicors.pyramid.CORS(config, API, observer=events.append)
        self.configure(config)
        self.check(config.make_wsgi_app(), events)

    def test_it_is_given_to_the_directive(self, events):
        config = Configurator()
        config.include("wsgicors.pyramid")
        config.set_cors(API, observer=events.append)
        self.configure(config)
        self.check(config.make_wsgi_app(), events)

    def test_it_is_given_for_an_app_that_is_made(self, events):
        config = Configurator()
        self.configure(config)
        app = config.make_wsgi_app()
        wsgicors.pyramid.CORS(app, API, observer=events.append)
        self.check(app, events)


SEEN = []
NOTHING = None


def seen(event):
    SEEN.append(event)


def item(request, number):
    return HttpResponse("")


class TestDjango:
    @pytest.fixture(autouse=True)
    def _nothing_seen(self):
        SEEN.clear()

    def project(self, observer, **given):
        policies = {"default": {"allow_origins": [APP]}}
        patterns = [path("items/<int:number>", item, name="item"), path("other/<number>", item)]
        return Project(patterns, CORS_POLICIES=policies, CORS_OBSERVER=observer, **given)

    def test_the_setting_names_a_function(self):
        app = self.project(f"{__name__}.seen")
        for name in "items", "other":
            Response(app, environ(path=f"/{name}/7", origin=APP))
            Response(app, preflight(f"/{name}/7"))
        function = f"{__name__}.item"
        assert labels(SEEN) == [("item", "default")] * 2 + [(function, "default")] * 2

    WRONG = pytest.mark.parametrize(
        ("observer", "error", "message"),
        [
            pytest.param(
                seen,
                TypeError,
                'not the name of a function; use CORS_OBSERVER = "module.seen"',
                id="function",
            ),
            pytest.param(
                f"{__name__}.sees",
                ImportError,
                f"CORS_OBSERVER names '{__name__}.sees', which cannot be imported: ",
                id="missing",
            ),
            pytest.param("seen", ImportError, "CORS_OBSERVER names 'seen', which", id="no-module"),
            pytest.param(f"{__name__}.SEEN", TypeError, "[] is not an observer", id="not-callable"),
            pytest.param(f"{__name__}.NOTHING", TypeError, "None is not an observer", id="nothing"),
            pytest.param(
                "wsgicors.metrics.prometheus",
                TypeError,
                "prometheus is not an observer, but makes one; use seen = prometheus(), and "
                'CORS_OBSERVER = "module.seen"',
                id="factory",
            ),
        ],
    )

    @WRONG
    def test_what_cannot_be_called_is_an_error_when_the_project_starts(
        self, observer, error, message
    ):
        with pytest.raises(error) as caught:
            self.project(observer)
        assert message in str(caught.value)

    @WRONG
    def test_the_system_check_reports_it(self, observer, error, message):
        with self.project(None).active(), pytest.MonkeyPatch.context() as patch:
            from django.conf import settings

            patch.setattr(settings, "CORS_OBSERVER", observer)
            found = [one for one in run_checks(tags=["cors"]) if one.obj == "CORS_OBSERVER"]
        [error] = found
        assert error.id == "wsgicors.wrong-observer"
        assert message in error.msg

    def test_the_system_check_knows_the_setting(self):
        with self.project(f"{__name__}.seen").active():
            found = [one.id for one in run_checks(tags=["cors"])]
        assert {"wsgicors.unknown-setting", "wsgicors.wrong-observer"}.isdisjoint(found)
