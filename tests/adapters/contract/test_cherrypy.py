"""The contract for a CherryPy application, without an adapter: the app has its own resolver."""

import sys
import threading
from types import SimpleNamespace

import cherrypy
import pytest

from tests.adapters.contract.by_hand import NOT_APPLICABLE, find_routes, make_resolver
from tests.adapters.contract.facts import Contract, StrictSlashes, TwoViewsOnOneUrl
from tests.adapters.contract.policies import Teapot
from wsgicors import CORSMiddleware


def build(calls, default=None, observer=None):
    urls = find_routes()
    root = SimpleNamespace()
    for path, routes in urls.items():
        resource = root
        for name in path.strip("/").replace("-", "_").split("/"):
            vars(resource).setdefault(name, SimpleNamespace())
            resource = vars(resource)[name]
        resource.exposed = True
        for method in routes.keys() - {"HEAD"}:
            setattr(resource, method, view_of(routes[method], calls))

    def authenticate():
        calls.append("authenticate")
        request = cherrypy.serving.request
        if request.path_info == "/private":
            raise cherrypy.HTTPError(401)
        if request.path_info + "/" in urls:
            raise cherrypy.HTTPRedirect(cherrypy.url(request.path_info + "/"), 308)

    def answer_for_errors():
        is_teapot = isinstance(sys.exc_info()[1], Teapot)
        cherrypy.HTTPError(418 if is_teapot else 500).set_response()

    config = {
        "hooks.on_start_resource.authenticate": authenticate,
        "request.dispatch": cherrypy.dispatch.MethodDispatcher(),
        "request.error_response": answer_for_errors,
        "request.process_request_body": False,
    }
    # With the script name None, the app has the path at which it is mounted.
    app = cherrypy.Application(root, None, {"/": config})
    app.log.screen = False
    return CORSMiddleware(app, resolve=make_resolver(urls, default), observer=observer)


def view_of(route, calls):
    def view():
        response = cherrypy.serving.response
        response.headers.update({"Content-Type": "text/plain", **dict(route.headers)})
        response.stream = route.does == "stream"
        body = route.run(calls)
        if route.does == "abort":
            raise cherrypy.NotFound
        return body

    return view


class TestCherryPy(StrictSlashes, TwoViewsOnOneUrl, Contract):
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE

    @pytest.fixture(autouse=True)
    def _no_threads_left_over(self):
        threads = threading.enumerate()
        yield
        cherrypy.engine.publish("release_thread")
        assert cherrypy.engine.state is cherrypy.engine.states.STOPPED
        assert set(threading.enumerate()) <= set(threads)
