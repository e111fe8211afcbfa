"""An app of a framework whose CORS is not switched on: what the audit and `explain` advise."""

import subprocess
import sys

import bottle
import falcon
import pytest
from django.http import HttpResponse
from django.urls import path
from flask import Blueprint, Flask
from pyramid.config import Configurator
from pyramid.response import Response
from pyramid.wsgi import wsgiapp2
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.adapters.django_projects import Project
from tests.helpers import APP, OTHER, hello
from wsgicors import Policy
from wsgicors.auditing import survey
from wsgicors.bottle import CORS, cors
from wsgicors.explaining import explain

API = Policy(allow_origins=[OTHER])
ITEMS = "https://api.example/items"


def in_bottle(decorate):
    app = bottle.Bottle()
    app.route("/items", callback=decorate(lambda: ""))
    return app


def in_falcon(decorate):
    class Items:
        @decorate
        def on_get(self, req, resp): ...

    app = falcon.App()
    app.add_route("/items", Items())
    return app


def in_flask(decorate):
    app = Flask("shop", static_folder=None)
    app.add_url_rule("/items", "items", decorate(lambda: ""))
    return app


def in_pyramid(decorate):
    config = Configurator()
    config.add_route("items", "/items")
    config.add_view(decorate(lambda request: Response()), route_name="items")
    config.add_route("mounted", "/mounted")
    config.add_view(wsgiapp2(hello), route_name="mounted")
    return config.make_wsgi_app()


def in_pyramid_with_a_class(decorate):
    @decorate
    class Items:
        def __init__(self, request): ...

        def get(self):
            return Response()

    config = Configurator()
    config.add_route("items", "/items")
    config.add_view(Items, attr="get", route_name="items")
    return config.make_wsgi_app()


APPS = [
    pytest.param(in_bottle, "call app.install(CORS())", id="bottle"),
    pytest.param(in_falcon, "call CORS(app), and use the app that it returns", id="falcon"),
    pytest.param(in_flask, "call CORS(app) right after the app is created", id="flask"),
    *(
        pytest.param(make, "call CORS(config) before the app is created, or CORS(app)", id=name)
        for name, make in {"pyramid": in_pyramid, "class": in_pyramid_with_a_class}.items()
    ),
]


@pytest.mark.parametrize(("make", "advice"), APPS)
def test_explain_says_how_to_switch_on_the_policies_of_decorated_views(make, advice):
    explanation = explain("GET", ITEMS, origin=APP, servers=ProxyFix(make(cors(API))))
    assert explanation.change.side == "server"
    assert explanation.change.sentence == (
        f"{advice[0].upper()}{advice[1:]}: without it, @cors has no effect."
    )
    assert "Explain the request again after that" in explanation.notes[0]


@pytest.mark.parametrize(("make", "advice"), APPS)
def test_explain_lists_the_headers_of_an_app_that_does_not_use_wsgicors(make, advice):
    explanation = explain("GET", ITEMS, origin=APP, servers=make(lambda view: view))
    assert ("Access-Control-Allow-Origin", APP) in explanation.change.headers
    assert explanation.notes[0] == (
        f'wsgicors can send them: {advice}, and use @cors(allow_origins=["{APP}"]) on views.'
    )


def test_the_offer_has_all_settings_that_the_request_needs():
    def ask(decorate):
        app = in_bottle(decorate)
        headers = {"X-Trace-Id": "1"}
        options = {"headers": headers, "credentials": "include", "servers": app}
        return app, explain("GET", ITEMS, origin=APP, **options)

    _, explanation = ask(lambda view: view)
    offered = (
        f'@cors(allow_origins=["{APP}"], allow_credentials=True, '
        'allow_headers=["Content-Type", "x-trace-id"])'
    )
    assert f"and use {offered} on views." in explanation.notes[0]
    settings = {"allow_credentials": True, "allow_headers": ["Content-Type", "x-trace-id"]}
    app, _ = ask(cors(allow_origins=[APP], **settings))
    app.install(CORS())
    options = {"headers": {"X-Trace-Id": "1"}, "credentials": "include", "servers": app}
    assert explain("GET", ITEMS, origin=APP, **options).verdict == "allowed"


def test_an_offer_that_accepts_a_risk_says_so():
    app = in_bottle(lambda view: view)
    options = {"origin": "http://app.example", "credentials": "include", "servers": app}
    note = explain("GET", ITEMS, **options).notes[0]
    assert 'accept_risks=["' in note
    assert ") (this accepts a risk: " in note


@pytest.mark.parametrize(("make", "advice"), APPS)
def test_the_audit_says_how_to_switch_on_cors(make, advice):
    app = make(cors(API))
    with pytest.raises(TypeError) as caught:
        survey(ProxyFix(app))
    assert str(caught.value) == f"{app!r:.80} has no CORS; {advice}"


def test_explain_names_the_middleware_that_a_django_project_lacks():
    project = Project([path("items", cors(API)(lambda request: HttpResponse()))], MIDDLEWARE=[])
    plain = Project([path("items", lambda request: HttpResponse())], MIDDLEWARE=[])
    with project.active():
        change = explain("GET", ITEMS, origin=APP, servers=project.handler).change
    assert change.sentence == (
        "Put 'wsgicors.django.CORSMiddleware' first in MIDDLEWARE: without it, @cors has no effect."
    )
    with plain.active():
        explanation = explain("GET", ITEMS, origin=APP, servers=plain.handler)
    assert ("Access-Control-Allow-Origin", APP) in explanation.change.headers
    assert explanation.notes[0] == (
        "wsgicors can send them: put 'wsgicors.django.CORSMiddleware' first in MIDDLEWARE, and use "
        f'@cors(allow_origins=["{APP}"]) on views.'
    )


def test_an_app_with_cors_of_its_own_framework_is_asked_for_headers():
    app = falcon.App(cors_enable=True)
    app.add_route("/items", type("Items", (), {"on_put": lambda self, req, resp: None})())
    explanation = explain("PUT", ITEMS, origin=APP, credentials="include", servers=app)
    assert ("Access-Control-Allow-Credentials", "true") in explanation.change.headers
    assert not any("wsgicors" in note for note in explanation.notes)


def test_nothing_is_offered_for_a_page_without_an_origin():
    app = in_bottle(lambda view: view)
    assert not any("wsgicors" in n for n in explain("GET", ITEMS, origin="null", servers=app).notes)


def test_an_app_whose_attributes_raise_is_recognised_by_its_class():
    class Proxy(Flask):
        def __getattribute__(self, name):
            if name == "view_functions":
                raise RuntimeError("outside of a request")
            return super().__getattribute__(name)

    app = Flask("shop")
    app.__class__ = Proxy
    with pytest.raises(TypeError, match="has no CORS; call CORS"):
        survey(app)


def test_explain_loads_no_adapter_for_an_app_that_does_not_use_wsgicors():
    program = (
        "import sys, bottle; from wsgicors.explaining import explain;"
        f"explain('GET', {ITEMS!r}, origin={APP!r}, servers=bottle.Bottle());"
        "assert 'wsgicors.bottle' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_explain_changes_no_response_of_a_flask_app_whose_adapter_is_not_loaded():
    """The adapter, once imported, makes every Flask app raise that has decorated views only."""
    program = f"""if True:
        from flask import Flask
        from wsgicors.bottle import cors
        from wsgicors.explaining import explain
        app = Flask("shop")
        app.add_url_rule("/items", "items", cors(allow_origins=[{OTHER!r}])(lambda: "item"))
        change = explain("GET", {ITEMS!r}, origin={APP!r}, servers=app).change
        print(change.sentence)
        print(app.test_client().get("/items", headers={{"Origin": {APP!r}}}).text)
    """
    run = subprocess.run([sys.executable, "-c", program], check=True, stdout=-1, text=True)
    sentence, text = run.stdout.splitlines()
    assert sentence.startswith("Call CORS(app) right after the app is created")
    assert text == "item"


@pytest.mark.parametrize(
    ("part", "app"),
    [
        (Blueprint("shop", "shop"), "the Flask app that registers the blueprint"),
        (Configurator(), "the app that config.make_wsgi_app() returns"),
    ],
)
def test_for_what_is_only_part_of_an_app_the_audit_names_the_app(part, app):
    with pytest.raises(TypeError) as caught:
        survey(part)
    assert str(caught.value) == f"{part!r:.80} is not an app; use {app}"


def test_an_app_without_a_framework_is_asked_for_headers():
    change = explain("GET", ITEMS, origin=APP, servers=hello).change
    assert ("Access-Control-Allow-Origin", APP) in change.headers
