import logging
import sys
import tracemalloc

import pytest
from flask import Flask
from werkzeug.exceptions import SecurityError
from werkzeug.routing import BaseConverter, Map, Rule

from wsgicors import CORSMiddleware, Endpoint, Policy
from wsgicors.explaining import explain
from wsgicors.flask import CORS, cors
from wsgicors.resolving import Resolver
from wsgicors.werkzeug import CORS as WerkzeugCORS  # noqa: N811 - both adapters call it so

from .helpers import APP, OTHER, Response, environ, hello, preflight

API = Policy(allow_origins=[APP], allow_methods=["PUT"])


@pytest.fixture
def listening(caplog):
    caplog.set_level(logging.DEBUG, logger="wsgicors")
    return caplog


class Debugging(Resolver):
    """A resolver of an app that is being developed."""

    debug = True

    def __call__(self, environ, method):
        return Endpoint(API, ["GET", "PUT"])

    def entry(self, environ):
        return None

    def answered_by(self, environ, entry):
        return API


@pytest.mark.parametrize(
    ("request_", "reason", "message"),
    [
        pytest.param(
            environ(origin=OTHER),
            "origin-not-allowed",
            "'GET /' from 'https://other.example': origin 'https://other.example' is not among "
            "allow_origins: https://app.example (origin-not-allowed)",
            id="actual-request",
        ),
        pytest.param(
            preflight(origin=OTHER),
            "origin-not-allowed",
            "'OPTIONS /' from 'https://other.example': origin 'https://other.example' is not among "
            "allow_origins: https://app.example (origin-not-allowed)",
            id="preflight",
        ),
        pytest.param(
            preflight(method="put"),
            "method-not-allowed",
            "'OPTIONS /' from 'https://app.example': method 'put' is not among those that the "
            "policy allows here: PUT (methods are case-sensitive: the page has to write 'PUT') "
            "(method-not-allowed)",
            id="method",
        ),
        pytest.param(
            preflight(method="PUT", access_control_request_headers="x-id"),
            "header-not-allowed",
            "'OPTIONS /' from 'https://app.example': the page sends 'x-id', and allow_headers "
            "names only Content-Type (header-not-allowed)",
            id="header",
        ),
    ],
)
def test_a_refusal_is_logged_once_with_a_reason_and_a_sentence(
    listening, request_, reason, message
):
    Response(CORSMiddleware(hello, API), request_)
    (record,) = listening.records
    assert (record.levelno, record.getMessage()) == (logging.DEBUG, message)
    assert (record.cors_reason, record.cors_origin) == (reason, request_["HTTP_ORIGIN"])


def test_what_is_granted_is_not_logged(listening):
    app = CORSMiddleware(hello, API)
    for request in environ(origin=APP), environ(), preflight(method="PUT"):
        Response(app, request)
    assert listening.records == []


@pytest.mark.parametrize("make", [environ, preflight], ids=["actual", "preflight"])
def test_an_endpoint_without_a_policy_is_a_reason_too(listening, make):
    Response(CORSMiddleware(hello, resolve=lambda environ, method: None), make(origin=APP))
    assert [record.cors_reason for record in listening.records] == ["no-policy"]


@pytest.mark.parametrize("make", [environ, preflight], ids=["actual", "preflight"])
def test_an_endpoint_that_speaks_for_itself_is_none(listening, make):
    def app(environ, start_response):
        start_response("200 OK", [("access-control-allow-origin", "*")])
        return []

    Response(CORSMiddleware(app, resolve=lambda environ, method: None), make(origin=APP))
    assert listening.records == []


@pytest.mark.parametrize("policy", [API, None], ids=["refused", "no-policy"])
def test_a_response_that_starts_anew_is_logged_once(listening, policy):
    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            raise LookupError
        except LookupError:
            start_response("500 Oops", [], sys.exc_info())
        return []

    Response(CORSMiddleware(app, resolve=lambda environ, method: policy), environ(origin=OTHER))
    assert len(listening.records) == 1


def test_a_preflight_passed_on_may_start_anew_too(listening):
    def app(environ, start_response):
        start_response("200 OK", [("Access-Control-Allow-Origin", "*")])
        try:
            raise LookupError
        except LookupError:
            start_response("500 Oops", [], sys.exc_info())
        return []

    response = Response(CORSMiddleware(app, resolve=lambda environ, method: None), preflight())
    assert response.started[-1][2][0] is LookupError
    assert len(listening.records) == 1


@pytest.mark.parametrize("options", [{"resolve": lambda e, m: API}, {"policy": API}])
def test_an_app_may_take_the_origin_out_of_the_environ(listening, options):
    def app(environ, start_response):
        del environ["HTTP_ORIGIN"]
        return hello(environ, start_response)

    assert Response(CORSMiddleware(app, **options), environ(origin=OTHER)).status == "200 OK"
    assert "'https://other.example' is not among" in listening.text


def test_wrappers_one_inside_another_tell_of_one_decision(listening):
    def between(app):
        return lambda environ, start_response: app(environ, start_response)

    public, nobody = Policy("*"), (lambda environ, method: None)
    outer_grants = CORSMiddleware(between(CORSMiddleware(hello, API)), public)
    Response(outer_grants, environ(origin=OTHER))
    Response(CORSMiddleware(between(CORSMiddleware(hello, resolve=nobody)), public), environ())
    assert [record.levelname for record in listening.records] == ["WARNING"]
    both_refuse = CORSMiddleware(between(CORSMiddleware(hello, API)), API)
    Response(both_refuse, environ(origin=OTHER))
    reasons = [getattr(record, "cors_reason", None) for record in listening.records]
    assert reasons == [None, None, "origin-not-allowed"]


def test_a_stack_is_told_of_when_somebody_listens_at_last(caplog):
    inner = CORSMiddleware(hello, API)
    app = CORSMiddleware(lambda environ, start_response: inner(environ, start_response), API)
    caplog.set_level(logging.ERROR, logger="wsgicors")
    Response(app, environ())
    caplog.set_level(logging.WARNING, logger="wsgicors")
    Response(app, environ())
    Response(app, environ())
    assert len(caplog.records) == 1


def test_refusals_are_warnings_while_the_app_is_being_developed(caplog):
    app = CORSMiddleware(hello, resolve=Debugging())
    Response(app, environ(origin=OTHER))
    Response(app, preflight(origin=OTHER))
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


@pytest.mark.parametrize(
    ("level", "options", "status"),
    [
        pytest.param("INFO", {"policy": API}, "403 Forbidden", id="one-policy"),
        pytest.param("INFO", {"resolve": lambda e, m: API}, "403 Forbidden", id="resolver"),
        pytest.param("INFO", {"resolve": lambda e, m: None}, "200 OK", id="no-policy"),
        pytest.param("ERROR", {"resolve": Debugging()}, "403 Forbidden", id="developing"),
    ],
)
def test_nothing_is_worked_out_while_nobody_listens(caplog, monkeypatch, level, options, status):
    def explode(*_):
        raise AssertionError("worked out for nobody")

    caplog.set_level(level, logger="wsgicors")
    for reason in "refused_origin", "no_policy", "objection":
        monkeypatch.setattr(f"wsgicors.telling.{reason}", explode)
    app = CORSMiddleware(hello, **options)
    assert Response(app, environ(origin=OTHER)).status == "200 OK"
    assert Response(app, preflight(origin=OTHER)).status == status


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"HTTP_HOST": "api.example"}, id="default-port-left-out"),
        pytest.param({"HTTP_HOST": "API.example:80"}, id="default-port-named"),
        pytest.param({"HTTP_HOST": "", "SERVER_NAME": "api.example"}, id="no-host-header"),
    ],
)
def test_the_apps_own_pages_are_not_refused(listening, own):
    request = environ("POST", origin="http://api.example") | own
    response = Response(CORSMiddleware(hello, API), request)
    assert response["Access-Control-Allow-Origin"] is None
    assert response["Vary"] == "Origin"
    assert listening.records == []


def test_the_first_method_that_nobody_named_is_a_warning_and_names_the_setting(listening):
    app = CORSMiddleware(hello, allow_origins=[APP])
    for _ in range(2):
        Response(app, preflight(method="DELETE"))
    first, second = listening.records
    assert (first.levelno, second.levelno) == (logging.WARNING, logging.DEBUG)
    assert "allow_methods has to name it" in first.getMessage()
    assert "allow_methods" not in second.getMessage()


def test_a_method_is_not_explained_again_where_nobody_listens():
    app = CORSMiddleware(hello, allow_origins=[APP])
    request = preflight(method="X" * 2**20)
    Response(app, dict(request))
    tracemalloc.start()
    try:
        Response(app, dict(request))
        assert tracemalloc.get_traced_memory()[1] < 2**16
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(preflight(origin=OTHER, method="DELETE"), id="origin-refused"),
        pytest.param(preflight(access_control_request_headers="x-id"), id="header-refused"),
        pytest.param(preflight(method="POST"), id="granted"),
    ],
)
def test_that_warning_is_kept_for_a_request_that_naming_the_method_would_mend(caplog, request_):
    app = CORSMiddleware(hello, allow_origins=[APP])
    Response(app, request_)
    assert caplog.records == []
    Response(app, preflight(method="DELETE"))
    assert len(caplog.records) == 1


def test_no_request_floods_the_log(listening):
    long = "x" * 100_000
    app = CORSMiddleware(hello, allow_origins=[APP], allow_methods=["PUT"])
    Response(app, environ(path=f"/{long}", origin=f"https://{long}"))
    Response(app, preflight(method=long))
    Response(app, preflight(method="PUT", access_control_request_headers=long))
    assert len(listening.messages) == 3
    assert max(map(len, listening.messages)) < 3_000


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(LookupError(), id="the-fault-of-a-converter"),
        pytest.param(SecurityError(), id="the-routers-own-answer"),
    ],
)
def test_nor_does_it_where_routing_raises(listening, error):
    class Raising(BaseConverter):
        def to_python(self, value):
            raise error

    url_map = Map([Rule("/<raising:value>")], converters={"raising": Raising})
    Response(WerkzeugCORS(hello, url_map, {}, API), preflight(f"/{'x' * 100_000}"))
    assert "routing raised" in listening.messages[0]
    assert max(map(len, listening.messages)) < 1_000


def test_nor_does_it_where_a_resolver_raises(listening):
    def resolve(environ, method):
        raise LookupError

    Response(CORSMiddleware(hello, resolve=resolve), preflight(f"/{'x' * 100_000}"))
    assert "raised" in listening.messages[0]
    assert max(map(len, listening.messages)) < 1_000


def test_whatever_a_request_contains_is_quoted(listening):
    forged = "https://x\r\nWARNING forged"
    Response(CORSMiddleware(hello, API), environ(path="/a\nb", origin=forged))
    assert "\n" not in listening.messages[0]
    assert repr(forged) in listening.messages[0]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        pytest.param("GET", {}, id="actual"),
        pytest.param("PUT", {"X-Request-Id": "1"}, id="preflight"),
    ],
)
def test_in_debug_mode_a_refusal_says_what_explain_says_and_where_the_view_is(
    caplog, method, headers
):
    app = Flask("api")
    app.debug = True
    CORS(app)

    @app.route("/items", methods=["GET", "PUT"])
    @cors(allow_origins=[OTHER])
    def items():
        return "ok"

    url = "https://api.example/items"
    explanation = explain(method, url, origin=APP, headers=headers, servers=app)
    assert f"test_telling.py:{items.__code__.co_firstlineno})" in explanation.change.sentence
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().endswith(f"; to let it through, {explanation.change.sentence}")


def test_in_debug_mode_what_no_policy_can_admit_is_logged_without_advice(caplog):
    app = CORSMiddleware(hello, resolve=Debugging())
    Response(app, preflight(method="PUT", access_control_request_headers="cookie"))
    (record,) = caplog.records
    assert record.getMessage().endswith("(header-not-allowed)")


def test_nor_does_the_advice_while_developing_repeat_it_as_it_is(caplog):
    app = Flask("app")
    CORS(app)
    app.add_url_rule("/", "view", cors(API)(lambda: "view"), methods=["GET"])
    app.debug = True
    forged = "PUT\x1b[31m FORGED"
    Response(app, preflight(method=forged))
    Response(app, preflight(method=forged, origin=OTHER))
    assert caplog.messages
    assert all("\x1b" not in message for message in caplog.messages)
