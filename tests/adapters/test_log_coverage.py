"""When an app first answers, the log says how many of its views have a policy."""

import logging
from types import ModuleType

import bottle
import falcon
import pytest
from django.http import HttpResponse
from django.urls import path
from django.views.generic import TemplateView
from django.views.static import serve
from flask import Blueprint, Flask
from flask.views import MethodView
from pyramid.config import Configurator
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response as WerkzeugResponse

import wsgicors.bottle
import wsgicors.django
import wsgicors.falcon
import wsgicors.flask
import wsgicors.pyramid
import wsgicors.werkzeug
from tests.adapters.django_projects import Project
from tests.helpers import APP, Response, environ
from wsgicors import Policy
from wsgicors.routing import cors

API = Policy(APP)


def covered(*_, **__):
    return "tea"


def bare(*_, **__):
    return "tea"


def off(*_, **__):
    return "tea"


cors(API)(covered)
cors(None)(off)


class Resource:
    @cors(API)
    def on_get(self, req, resp):
        pass

    def on_put(self, req, resp):
        pass


def flask_app(default=None):
    app = Flask("shop", static_folder="static")
    wsgicors.flask.CORS(app, default)
    app.register_blueprint(Blueprint("help", "help", static_folder="s", static_url_path="/help"))
    for view in (covered, bare, off):
        app.add_url_rule(f"/{view.__name__}", view_func=view)
    app.url_map.add(Rule("/old", endpoint="old", redirect_to="/covered"))
    return app


def werkzeug_app(default=None):
    rules = [Rule(f"/{name}", endpoint=name) for name in ("covered", "bare", "off")]
    url_map = Map([*rules, Rule("/old", endpoint="old", redirect_to="/covered")])
    views = {"covered": covered, "bare": bare, "off": off, "old": bare}
    return wsgicors.werkzeug.CORS(WerkzeugResponse("tea"), url_map, views, default)


def django_app(default=None):
    def answer(request, **_):
        return HttpResponse("tea")

    policies = {} if default is None else {"default": default}
    routes = [
        path("covered", cors(API)(lambda request: HttpResponse("tea")), name="covered"),
        path("bare", answer, name="bare"),
        path("off", cors(None)(lambda request: HttpResponse("tea")), name="off"),
        path("media/<path:path>", serve, name="media"),
        path("about", TemplateView.as_view(template_name="about.html"), name="about"),
    ]
    return Project(routes, CORS_POLICIES=policies)


def pyramid_app(default=None):
    config = Configurator()
    wsgicors.pyramid.CORS(config, default)
    for view in (covered, bare, off):
        config.add_route(view.__name__, f"/{view.__name__}")
        config.add_view(view, route_name=view.__name__, renderer="string")
    config.add_static_view("static", "/tmp")
    return config.make_wsgi_app()


def falcon_app(default=None):
    app = falcon.App()
    app.add_sink(covered, "/covered")
    app.add_sink(bare, "/bare")
    app.add_sink(off, "/off")
    app.add_static_route("/static", "/tmp")
    return wsgicors.falcon.CORS(app, default)


def bottle_app(default=None):
    app = bottle.Bottle()
    app.install(wsgicors.bottle.CORS(default))
    for view in (covered, bare, off):
        app.get(f"/{view.__name__}", name=view.__name__, callback=view)
    return app


APPS = {
    "flask": (flask_app, wsgicors.flask.FlaskResolver),
    "werkzeug": (werkzeug_app, wsgicors.werkzeug.MapResolver),
    "django": (django_app, wsgicors.django.DjangoResolver),
    "pyramid": (pyramid_app, wsgicors.pyramid.PyramidResolver),
    "falcon": (falcon_app, wsgicors.falcon.FalconResolver),
    "bottle": (bottle_app, wsgicors.bottle.BottleResolver),
}
"""For each adapter, a function that makes an app with a decorated view, one that is not, one with
``@cors(None)``, and what the framework itself serves; and its resolver."""

each_app = pytest.mark.parametrize(("make", "resolver"), APPS.values(), ids=APPS)


@pytest.fixture(autouse=True)
def _log(caplog):
    caplog.set_level(logging.INFO, "wsgicors")


def counts(log):
    """Return the messages about the views, with their levels."""
    records = [record for record in log.records if "views have a CORS policy" in record.msg]
    return [(record.levelname, record.getMessage()) for record in records]


@each_app
@pytest.mark.parametrize(("debug", "level"), [(True, "WARNING"), (False, "INFO")])
def test_the_first_request_counts_the_views_with_a_policy(
    caplog, monkeypatch, make, resolver, debug, level
):
    monkeypatch.setattr(resolver, "debug", debug, raising=False)
    app = make()
    assert counts(caplog) == []
    for _ in range(2):
        Response(app, environ(path="/covered"))
    name = "sink /bare" if make is falcon_app else "bare"
    message = f"1 of 2 views have a CORS policy; without one: {name!r}"
    assert counts(caplog) == [(level, message)]


@each_app
def test_an_app_whose_views_all_have_a_policy_gets_no_warning(caplog, monkeypatch, make, resolver):
    monkeypatch.setattr(resolver, "debug", True, raising=False)
    Response(make(API), environ(path="/covered"))
    assert counts(caplog) == [("INFO", "2 of 2 views have a CORS policy")]


@each_app
def test_nothing_is_counted_unless_it_is_logged(caplog, monkeypatch, make, resolver):
    caplog.set_level(logging.WARNING, "wsgicors")
    monkeypatch.setattr(resolver, "_coverage", None)
    Response(make(), environ(path="/covered"))
    assert caplog.records == []


def test_the_methods_that_lack_a_policy_are_named_if_others_of_the_view_have_one(caplog):
    class Items(MethodView):
        @cors(API)
        def get(self):
            return "tea"

        def put(self):
            return "tea"

        def patch(self):
            return "tea"

    app = Flask("shop", static_folder=None)
    wsgicors.flask.CORS(app)
    app.add_url_rule("/items", view_func=Items.as_view("items"))
    Response(app, environ(path="/items"))
    message = "0 of 1 views have a CORS policy; without one: 'items' (PATCH, PUT)"
    assert counts(caplog) == [("INFO", message)]


def test_responders_of_a_falcon_resource_are_named_by_their_methods(caplog):
    app = falcon.App()
    app.add_route("/items", Resource())
    Response(wsgicors.falcon.CORS(app), environ(path="/items"))
    message = "0 of 1 views have a CORS policy; without one: '/items' (PUT)"
    assert counts(caplog) == [("INFO", message)]


def test_five_views_are_named_and_those_of_the_app_before_those_of_installed_packages(caplog):
    lib = ModuleType("lib")
    source = compile("def page(): return 'tea'", "/srv/lib/site-packages/lib.py", "exec")
    exec(source, vars(lib))
    app = Flask("shop", static_folder=None)
    wsgicors.flask.CORS(app)
    for number in range(4):
        app.add_url_rule(f"/lib{number}", f"lib{number}", lib.page)
    for number in range(3):
        app.add_url_rule(f"/own{number}", f"own{number}", bare)
    Response(app, environ(path="/own1"))
    named = "'own0', 'own1', 'own2', 'lib0', 'lib1' and 2 more"
    assert counts(caplog) == [("INFO", f"0 of 7 views have a CORS policy; without one: {named}")]


def test_an_app_without_views_of_its_own_is_not_counted(caplog):
    app = Flask("shop")
    wsgicors.flask.CORS(app)
    Response(app, environ())
    assert caplog.records == []


def test_views_that_are_added_while_serving_are_not_counted_again(caplog):
    config = Configurator()
    wsgicors.pyramid.CORS(config)
    config.add_route("bare", "/bare")
    config.add_view(bare, route_name="bare", renderer="string")
    app = config.make_wsgi_app()
    Response(app, environ(path="/bare"))
    config.add_route("covered", "/covered")
    config.add_view(covered, route_name="covered", renderer="string")
    config.commit()
    Response(app, environ(path="/covered"))
    assert len(counts(caplog)) == 1


def test_an_app_whose_routes_cannot_be_listed_is_served_with_cors(caplog, monkeypatch):
    def routes(self):
        raise LookupError

    monkeypatch.setattr(wsgicors.werkzeug.MapResolver, "routes", routes)
    response = Response(werkzeug_app(API), environ(path="/covered", origin=APP))
    assert response["Access-Control-Allow-Origin"] == APP
    assert caplog.messages == ["looking for views without a policy raised an exception"]
