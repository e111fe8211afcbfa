"""Apps that change while they serve: in every framework, nothing outlives what it remembers.

Preflights, responses and the audit always agree about the routes and the decorators as they are.
"""

import gc
import sys
import tracemalloc
from threading import Thread
from types import ModuleType

import bottle
import falcon
import pytest
from django.http import HttpResponse
from django.urls import path as django_path
from flask import Flask
from http_router import Router
from pyramid.config import Configurator
from pyramid.response import Response as PyramidResponse
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response as WerkzeugResponse

from examples import own_adapter
from tests.adapters.django_projects import Project
from tests.helpers import APP, OTHER, Response, environ, preflight
from wsgicors import Policy
from wsgicors import bottle as bottle_cors
from wsgicors import falcon as falcon_cors
from wsgicors import flask as flask_cors
from wsgicors import pyramid as pyramid_cors
from wsgicors import werkzeug as werkzeug_cors
from wsgicors.auditing import survey
from wsgicors.routing import cors

DEFAULT, NARROW = Policy("*"), Policy([APP])


class OfFlask:
    policies = "policies"

    def __init__(self):
        self.app = Flask("changing")
        flask_cors.CORS(self.app, DEFAULT)

    def debug(self, monkeypatch):
        self.app.debug = True

    def make_view(self):
        return lambda: ""

    def add(self, path, view):
        self.app.view_functions[path] = view
        # Flask's own method rejects routes after the first request.
        self.app.url_map.add(Rule(path, endpoint=path, methods=["GET"]))

    def replace(self, path, view):
        self.app.view_functions[path] = view


class OfWerkzeug:
    def __init__(self):
        self.map, self.views = Map(), {}
        self.app = werkzeug_cors.CORS(self.serve, self.map, self.views, DEFAULT)

    def serve(self, environ, start_response):
        try:
            response = self.views[self.map.bind_to_environ(environ).match()[0]]()
        except HTTPException as error:
            response = error
        return response(environ, start_response)

    def make_view(self):
        return lambda: WerkzeugResponse("")

    def add(self, path, view):
        self.views[path] = view
        self.map.add(Rule(path, endpoint=path))

    def replace(self, path, view):
        self.views[path] = view


class OfDjango:
    policies = "CORS_POLICIES"

    def __init__(self):
        self.module = ModuleType("urls")
        self.module.urlpatterns = []
        self.project = Project([], CORS_POLICIES={"default": DEFAULT}, ROOT_URLCONF=self.module)
        self.app = self.project

    def debug(self, monkeypatch):
        self.project.settings["DEBUG"] = True

    def make_view(self):
        return lambda request: HttpResponse("")

    def add(self, path, view):
        self.module.urlpatterns.append(django_path(path[1:], view, name=path))

    def replace(self, path, view):
        self.module.urlpatterns[:] = []
        self.add(path, view)


class OfPyramid:
    policies = "policies"

    def __init__(self):
        self.config = Configurator(autocommit=True)
        pyramid_cors.CORS(self.config, DEFAULT)
        # The app serves no routes at all if it has none when it is created.
        self.config.add_route("first", "/the/first/route")
        self.app = self.config.make_wsgi_app()

    def debug(self, monkeypatch):
        self.config.registry.settings["debug_all"] = True

    def make_view(self):
        return lambda request: PyramidResponse("")

    def add(self, path, view):
        self.config.add_route(path, path)
        self.replace(path, view)

    def replace(self, path, view):
        self.config.add_view(view, route_name=path)


class OfFalcon:
    def __init__(self):
        self.inner = falcon.App()
        self.app = falcon_cors.CORS(self.inner, DEFAULT)

    def make_view(self):
        return lambda self, req, resp: None

    def add(self, path, view):
        self.inner.add_route(path, type("Resource", (), {"on_get": view})())

    replace = add


class OfBottle:
    policies = "policies"

    def __init__(self):
        self.app = bottle.Bottle()
        self.app.install(bottle_cors.CORS(DEFAULT))

    def debug(self, monkeypatch):
        monkeypatch.setattr(bottle, "DEBUG", True)

    def make_view(self):
        return lambda: ""

    def add(self, path, view):
        self.app.get(path, callback=view)

    replace = add


class OfOwnAdapter:
    def __init__(self):
        self.router = Router(unquote_params=False)
        self.app = own_adapter.CORS(self.serve, self.router, {"default": DEFAULT})

    def serve(self, environ, start_response):
        match = own_adapter.find(self.router, environ["PATH_INFO"], environ["REQUEST_METHOD"])
        start_response("200 OK" if match else "404 Not Found", [])
        return []

    def make_view(self):
        return lambda: b""

    def add(self, path, view):
        self.router.route(path, methods=["GET"])(view)


FRAMEWORKS = [OfFlask, OfWerkzeug, OfDjango, OfPyramid, OfFalcon, OfBottle, OfOwnAdapter]
REPLACING = [kind for kind in FRAMEWORKS if hasattr(kind, "replace")]


@pytest.fixture
def site(request):
    return request.param()


def of(kinds):
    return pytest.mark.parametrize("site", kinds, indirect=True, ids=lambda kind: kind.__name__[2:])


def policy_at(site, path):
    """Return the policy at a URL, on which preflights, responses and the audit agree."""
    answers = [
        tuple(
            Response(site.app, make(path=path, origin=origin))["Access-Control-Allow-Origin"]
            for origin in (APP, OTHER)
        )
        for make in (environ, preflight)
        for _ in range(2)
    ]
    assert len(set(answers)) == 1, answers
    known = {("*", "*"): DEFAULT, (APP, None): NARROW, (None, None): None}
    policy = known[answers[0]]
    assert audited(site, path) == {policy}
    return policy


def audited(site, path):
    handler = getattr(site.app, "handler", site.app)
    if isinstance(site, OfDjango):
        with site.project.active():
            rows = survey(handler).rows
    else:
        rows = survey(handler).rows
    return {row.policy for row in rows if row.url.strip("/") == path.strip("/")}


@of(FRAMEWORKS)
@pytest.mark.parametrize("policy", [NARROW, None])
def test_a_view_that_is_decorated_after_the_first_answer_has_its_policy(site, policy):
    view = site.make_view()
    site.add("/late", view)
    assert policy_at(site, "/late") == DEFAULT
    cors(policy)(view)
    assert policy_at(site, "/late") == policy


@of(FRAMEWORKS)
def test_a_route_that_is_added_after_the_first_answer_has_the_policy_of_its_view(site):
    site.add("/first", site.make_view())
    assert policy_at(site, "/first") == DEFAULT
    site.add("/second", cors(NARROW)(site.make_view()))
    assert policy_at(site, "/second") == NARROW
    assert policy_at(site, "/first") == DEFAULT


@of(REPLACING)
def test_a_view_that_is_replaced_after_the_first_answer_has_its_policy(site):
    site.add("/", cors(NARROW)(site.make_view()))
    assert policy_at(site, "/") == NARROW
    site.replace("/", cors(None)(site.make_view()))
    assert policy_at(site, "/") is None
    site.replace("/", site.make_view())
    assert policy_at(site, "/") == DEFAULT


@of(FRAMEWORKS)
def test_a_faulty_view_that_is_added_while_serving_has_no_policy_and_changes_no_other(site, caplog):
    site.add("/first", cors(NARROW)(site.make_view()))
    assert policy_at(site, "/first") == NARROW
    site.add("/faulty", cors("unknown")(site.make_view()))
    for _ in range(2):
        for make in environ, preflight:
            response = Response(site.app, make(path="/faulty", origin=APP))
            assert response["Access-Control-Allow-Origin"] is None
        answer = Response(site.app, environ(path="/faulty", origin=APP))
        assert answer.status.startswith("200")
        for origin, expected in (APP, APP), (OTHER, None):
            for make in environ, preflight:
                response = Response(site.app, make(path="/first", origin=origin))
                assert response["Access-Control-Allow-Origin"] == expected
    assert "no policy named 'unknown'" in caplog.text
    site.add("/second", cors(NARROW)(site.make_view()))
    assert Response(site.app, preflight("/second"))["Access-Control-Allow-Origin"] == APP


@of([OfBottle, OfDjango, OfFlask, OfPyramid])
def test_in_debug_mode_a_faulty_view_is_refused_with_the_fault_in_the_advice(
    site, caplog, monkeypatch
):
    site.add("/first", site.make_view())
    assert policy_at(site, "/first") == DEFAULT
    site.add("/faulty", cors("unknown", expose_headers=["ETag"])(site.make_view()))
    site.debug(monkeypatch)
    for make in environ, preflight:
        caplog.clear()
        response = Response(site.app, make(path="/faulty", origin=APP))
        assert response.status.startswith("200") or make is preflight
        assert response["Access-Control-Allow-Origin"] is None
        [refusal] = [one for one in caplog.messages if "[no-policy]" in one]
        assert "; to allow it, correct the @cors of the view " in refusal
        assert refusal.endswith(
            "there is no policy named 'unknown' (defined: 'default'); define it with "
            f"{site.policies}={{'unknown': Policy(...)}} [no-policy]"
        )


@of(FRAMEWORKS)
def test_preflights_do_not_fail_while_another_thread_adds_and_decorates_routes(site):
    """The routers of some frameworks fail at such a moment; a preflight then has no policy."""
    site.add("/", cors(NARROW)(site.make_view()))
    assert policy_at(site, "/") == NARROW

    def add_routes():
        for number in range(60):
            site.add(f"/added/{number}", cors(NARROW)(site.make_view()))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = Thread(target=add_routes)
    thread.start()
    try:
        answers = [Response(site.app, preflight(origin=APP))]
        while thread.is_alive():
            answers.append(Response(site.app, preflight(origin=APP)))
    finally:
        thread.join()
        sys.setswitchinterval(interval)
    assert {answer["Access-Control-Allow-Origin"] for answer in answers} <= {APP, None}
    site.add("/last", site.make_view())
    assert policy_at(site, "/last") == DEFAULT
    assert policy_at(site, "/") == policy_at(site, "/added/59") == NARROW


@of(REPLACING)  # http-router itself keeps paths
def test_no_text_of_a_request_is_kept(site):
    """Each round has 100,000 characters of its own, which would be 2 MB together."""
    site.add("/", site.make_view())
    policy_at(site, "/")

    def send(number):
        long = f"{number}" + "x" * 100_000
        for more in {"origin": f"https://{long}"}, {"host": long}, {"x_long": long}:
            for make in environ, preflight:
                Response(site.app, make(**{"origin": APP, **more}))
        Response(site.app, preflight(method=long))
        Response(site.app, preflight(f"/{long}"))

    send(-1)
    tracemalloc.start()
    try:
        for number in range(20):
            send(number)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 500_000
    finally:
        tracemalloc.stop()
