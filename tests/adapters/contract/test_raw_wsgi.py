"""The contract for a plain WSGI app with its own routes, and cases of PEP 3333."""

import sys
from wsgiref.validate import validator

import pytest

from tests.adapters.contract.by_hand import NOT_APPLICABLE, find_routes, make_resolver
from tests.adapters.contract.facts import (
    APP,
    GRANTED_BY_API,
    Contract,
    StrictSlashes,
    TwoViewsOnOneUrl,
    fetch,
    granted,
    preflight,
    serve,
    vary,
)
from tests.adapters.contract.policies import Teapot, api
from wsgicors import CORSMiddleware


def build(calls, default=None, observer=None):
    urls = find_routes()

    def app(environ, start_response):
        calls.append("authenticate")
        try:
            status, headers, body = answer(environ)
        except Teapot:
            status, headers, body = "418 I'm a teapot", [], [b"short and stout"]
        except Exception:
            status, headers, body = "500 Internal Server Error", [], [b"sorry"]
        start_response(status, [("Content-Type", "text/plain"), *headers])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body

    def answer(environ):
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path == "/private":
            return "401 Unauthorized", [], [b"who are you?"]
        if path not in urls and path + "/" in urls:
            location = environ["SCRIPT_NAME"] + path + "/"
            return "308 Permanent Redirect", [("Location", location)], [b"over there"]
        if path not in urls:
            return "404 Not Found", [], [b"no such page"]
        if method not in urls[path]:
            return "405 Method Not Allowed", [("Allow", ", ".join(urls[path]))], [b"not that"]
        route = urls[path][method]
        body = route.run(calls)
        if route.does == "abort":
            return "404 Not Found", [], [b"no such item"]
        return "200 OK", route.headers, body

    return CORSMiddleware(validator(app), resolve=make_resolver(urls, default), observer=observer)


class TestRawWSGI(StrictSlashes, TwoViewsOnOneUrl, Contract):
    framework = "plain WSGI"
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE


class TestPEP3333:
    """Cases of `start_response` that frameworks hide from their users."""

    def serve(self, app, policy=api):
        return serve(CORSMiddleware(validator(app), policy))

    def test_a_body_may_be_written_by_the_callable_that_start_response_returns(self):
        def app(environ, start_response):
            write = start_response("200 OK", [("Content-Type", "text/plain")])
            write(b"written, ")
            return [b"returned"]

        response = fetch(self.serve(app), "/")
        assert response.text == "written, returned"
        assert granted(response) == GRANTED_BY_API

    def test_a_generator_may_call_start_response_with_its_first_chunk(self):
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            yield b"late"

        response = fetch(self.serve(app), "/")
        assert response.text == "late"
        assert granted(response) == GRANTED_BY_API

    def test_headers_that_replace_others_after_an_error_have_the_policy_too(self):
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            try:
                raise ZeroDivisionError
            except ZeroDivisionError:
                plain = [("Content-Type", "text/plain")]
                start_response("500 Internal Server Error", plain, sys.exc_info())
            return [b"sorry"]

        response = fetch(self.serve(app), "/")
        assert response.status_int == 500
        assert granted(response) == GRANTED_BY_API
        assert vary(response) == {"origin"}

    def test_an_exception_of_the_app_passes_through(self):
        def app(environ, start_response):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fetch(self.serve(app), "/")

    def test_the_list_of_headers_of_the_app_is_not_changed(self):
        shared_by_all_responses = [("Content-Type", "text/plain")]

        def app(environ, start_response):
            start_response("200 OK", shared_by_all_responses)
            return [b""]

        served = self.serve(app)
        fetch(served, "/")
        assert granted(fetch(served, "/")) == GRANTED_BY_API
        assert shared_by_all_responses == [("Content-Type", "text/plain")]

    def test_a_policy_without_a_router_lists_the_safelisted_methods(self):
        answer = preflight(self.serve(lambda environ, start_response: None), "/", "PUT")
        assert answer.status_int == 204
        assert granted(answer)["Access-Control-Allow-Origin"] == APP
        assert granted(answer)["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
