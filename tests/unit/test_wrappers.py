"""The audit and `explain` look through what is around an app with CORS."""

import functools
import re
from wsgiref.validate import validator

import bottle
import falcon
import pytest
import webtest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path
from flask import Flask, current_app
from pyramid.config import Configurator
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.middleware.profiler import ProfilerMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.routing import Map, Rule

import wsgicors.bottle
import wsgicors.falcon
import wsgicors.pyramid
import wsgicors.werkzeug
from tests.adapters.django_projects import Project
from tests.helpers import APP, OTHER, hello
from wsgicors import CORSMiddleware, Policy
from wsgicors._wrappers import MAX_OBJECTS, look_through
from wsgicors.auditing import survey
from wsgicors.explaining import explain
from wsgicors.flask import CORS

API = Policy(allow_origins=[OTHER])


def shop():
    app = Flask("shop", static_folder=None)
    CORS(app, API)
    app.add_url_rule("/items", "items", lambda: "tea")
    return app


def function_around(app):
    def front(environ, start_response):
        return app(environ, start_response)

    return front


def named_function_around(app):
    @functools.wraps(app.__call__)
    def front(*arguments):
        return front.__wrapped__(*arguments)

    return front


def front_of(environ, start_response, to):
    return to(environ, start_response)


class Slots:
    __slots__ = ("_Slots__app",)

    def __init__(self, app):
        self.__app = app

    def __call__(self, environ, start_response):
        return self.__app(environ, start_response)


class Front:
    def __init__(self, **attributes):
        vars(self).update(attributes)

    def __call__(self, environ, start_response):
        app, *_ = vars(self).values()
        return app(environ, start_response)


def around(attribute):
    return lambda app: Front(**{attribute: app})


def global_around(app):
    module = {"_application": app}
    exec("def application(e, s): return _application(e, s)", module)
    return module["application"]


WRAPPERS = {
    "ProxyFix": ProxyFix,
    "LintMiddleware": LintMiddleware,
    "ProfilerMiddleware": ProfilerMiddleware,
    "SharedDataMiddleware": lambda app: SharedDataMiddleware(app, {"/static": "."}),
    "DispatcherMiddleware": lambda app: DispatcherMiddleware(app, {"/metrics": hello}),
    "validator": validator,
    "TestApp": webtest.TestApp,
    "function": function_around,
    "function-with-wraps": named_function_around,
    "function-of-a-module": global_around,
    "partial": lambda app: functools.partial(front_of, to=app),
    "bound-method": lambda app: app.__call__,
    "wsgi_app": lambda app: app.wsgi_app,
    "slots": Slots,
    "several": lambda app: ProxyFix(function_around(validator(Slots(app)))),
    **{
        name: around(name)
        for name in (
            *("app", "_app", "wrapped_app", "wsgi_app", "application", "_wsgi_application", "wsgi"),
            *("wrapped", "__wrapped__", "get_response", "_get_response", "handler", "inner"),
        )
    },
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_an_app_is_found_inside_a_wrapper(wrap):
    front = wrap(shop())
    assert [row.url for row in survey(front).rows] == ["/items", "/items"]
    url = "https://api.example/items"
    found = [look for look in look_through(front) if look.resolver is not None]
    assert len(found) == 1
    if not isinstance(front, webtest.TestApp):  # which is not a WSGI app
        change = explain("GET", url, origin=APP, servers=front).change
        assert (change.view, change.settings) == ("items", {"allow_origins": [OTHER, APP]})


def pyramid_app():
    config = Configurator()
    wsgicors.pyramid.CORS(config, API)
    config.add_route("items", "/items")
    config.add_view(lambda request: "tea", route_name="items", renderer="string")
    return config.make_wsgi_app()


def falcon_app():
    app = falcon.App()
    app.add_sink(lambda req, resp: None, "/items")
    return wsgicors.falcon.CORS(app, API)


def bottle_app():
    app = bottle.Bottle()
    app.install(wsgicors.bottle.CORS(API))
    app.get("/items", name="items", callback=lambda: "tea")
    return app


def werkzeug_app():
    url_map = Map([Rule("/items", endpoint="items")])
    return wsgicors.werkzeug.CORS(hello, url_map, {"items": hello}, API)


@pytest.mark.parametrize("wrap", [ProxyFix, function_around], ids=["ProxyFix", "function"])
@pytest.mark.parametrize("make", [pyramid_app, falcon_app, bottle_app, werkzeug_app])
def test_an_app_of_each_framework_is_found(make, wrap):
    app = make()
    assert survey(wrap(app)) == survey(app)
    assert survey(app).rows[0].policy == API
    change = explain("GET", "https://api.example/items", origin=APP, servers=wrap(app)).change
    assert change.settings == {"allow_origins": [OTHER, APP]}


@pytest.mark.parametrize("wrap", [ProxyFix, function_around], ids=["ProxyFix", "function"])
def test_a_django_project_is_found(wrap):
    urls = [path("items", lambda request: HttpResponse("tea"), name="items")]
    with Project(urls, CORS_POLICIES={"default": API}).active():
        app = WSGIHandler()
        assert survey(wrap(app)) == survey(app)
        change = explain("GET", "https://api.example/items", origin=APP, servers=wrap(app)).change
    assert (change.view, change.settings) == ("items", {"allow_origins": [OTHER, APP]})


def test_a_wrapper_of_one_policy_is_found():
    assert [row.policy for row in survey(ProxyFix(CORSMiddleware(hello, API))).rows] == [API]


def test_the_outermost_of_two_wrappers_with_cors_counts():
    outer = CORSMiddleware(function_around(shop()), API)
    assert [row.kind for row in survey(ProxyFix(outer)).rows] == ["app"]


# What is not followed


def test_wrappers_in_a_circle_end_the_search():
    first = Front(app=None)
    first.app = Front(app=first)
    with pytest.raises(TypeError, match="is not an app with CORS, and wsgicors finds none in what"):
        survey(first)


def test_wrappers_without_end_end_the_search():
    class Endless:
        def __call__(self, environ, start_response):
            raise NotImplementedError

        @property
        def app(self):
            return Endless()

    assert len(look_through(Endless())) == MAX_OBJECTS


def test_a_function_may_refer_to_a_proxy_and_to_what_is_not_there():
    def front(environ, start_response):
        return app(environ, start_response), proxy, later

    proxy, app = current_app, shop()
    assert survey(front) == survey(app)
    later = None


class RaisesForNames:
    def __dir__(self):
        raise RuntimeError("outside of a request")


class RaisesForItsClass:
    @property
    def __class__(self):
        raise RuntimeError("outside of a request")

    def __call__(self, environ, start_response): ...


@pytest.mark.parametrize("kind", [RaisesForNames, RaisesForItsClass])
def test_a_proxy_may_raise_for_all_that_it_is_asked(kind):
    proxy, app = kind(), shop()
    assert survey(Front(app=app, inner=proxy, table=proxy)) == survey(app)
    assert [one.app for one in look_through(proxy)] == [proxy]


def test_an_app_of_which_a_view_knows_is_not_followed():
    other = shop()
    app = Flask("front", static_folder=None)
    app.add_url_rule("/", "index", lambda: other.name)
    with pytest.raises(TypeError, match=re.escape("<Flask 'front'> has no CORS; call CORS(app)")):
        survey(app)


def test_an_error_names_the_app_without_cors_inside():
    with pytest.raises(TypeError, match=re.escape("<Flask 'plain'> has no CORS; call CORS(app)")):
        survey(ProxyFix(Flask("plain")))
    with pytest.raises(TypeError, match=r"Router object .* has no CORS; call CORS\(config\)"):
        survey(ProxyFix(Configurator().make_wsgi_app()))


def test_an_error_names_what_cannot_be_followed():
    class Opaque:
        def __init__(self, app):
            self.kept = [app]

        def __call__(self, environ, start_response):
            raise NotImplementedError

        def __repr__(self):
            return "<Opaque>"

    front = ProxyFix(Opaque(shop()))
    with pytest.raises(TypeError) as caught:
        survey(front)
    assert str(caught.value) == (
        f"{front!r:.80} is not an app with CORS, and wsgicors finds none in what it wraps "
        f"(<Opaque>); use the app that has CORS, or the CORSMiddleware itself"
    )


# Several apps


def test_apps_below_one_another_are_named_to_be_audited_one_by_one():
    front = DispatcherMiddleware(shop(), {"/other": ProxyFix(shop()), "/plain": hello})
    with pytest.raises(TypeError) as caught:
        survey(front)
    assert str(caught.value).endswith(
        " serves other apps; use one that has CORS: <Flask 'shop'>, <Flask 'shop'> at /other"
    )
    with pytest.raises(TypeError, match=r"use one that has CORS: <Flask 'shop'> at /api$"):
        survey(DispatcherMiddleware(hello, {"/api": shop()}))


def test_of_two_apps_at_one_url_only_the_one_that_has_answered_is_chosen():
    front = Front(app=shop(), new_app=shop())
    with pytest.raises(TypeError, match=r"use one that has CORS: <Flask 'shop'>, <Flask 'shop'>$"):
        survey(front)
    url = "https://api.example/items"
    assert explain("PUT", url, origin=APP, servers=front).change.view == "items"
    assert explain("GET", url, origin=APP, servers=front).change.view == "items"


@pytest.mark.parametrize(
    ("url", "view"),
    [
        pytest.param("/items", "items", id="main"),
        pytest.param("/api/items", "stock", id="mounted"),
        pytest.param("/api/v2/items", "items", id="mounted-in-mounted"),
        pytest.param("/apiary", "", id="another-segment"),
        pytest.param("/plain/items", "", id="without-cors"),
    ],
)
def test_explain_names_a_view_of_the_app_that_is_mounted_there(url, view):
    mounted = Flask("stock", static_folder=None)
    CORS(mounted, API)
    mounted.add_url_rule("/items", "stock", lambda: "tea")
    apps = {"/api": DispatcherMiddleware(mounted, {"/v2": shop()}), "/plain": hello}
    front = ProxyFix(DispatcherMiddleware(shop(), apps))
    change = explain("GET", f"https://api.example{url}", origin=APP, servers=front).change
    assert change.view == view
