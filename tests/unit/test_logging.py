import logging
import sys
import tracemalloc
from contextlib import suppress
from functools import partial

import pytest
from flask import Flask
from werkzeug.exceptions import SecurityError
from werkzeug.routing import BaseConverter, Map, Rule

from tests.helpers import APP, OTHER, Response, but_coverage, environ, hello, preflight
from wsgicors import CORSMiddleware, Endpoint, Policy
from wsgicors._reporting.log import MAX_REPLACED
from wsgicors._resolver import FunctionResolver
from wsgicors.explaining import explain
from wsgicors.flask import CORS, cors
from wsgicors.paths import by_path
from wsgicors.werkzeug import CORS as WerkzeugCORS  # noqa: N811 - both adapters call it so

API = Policy(allow_origins=[APP], allow_methods=["PUT"])


@pytest.fixture
def debug_log(caplog):
    caplog.set_level(logging.DEBUG, logger="wsgicors")
    return caplog


class Debugging(FunctionResolver):
    """A resolver of an app in debug mode."""

    debug = True

    def __init__(self):
        super().__init__(lambda environ, method: Endpoint(API, ["GET", "PUT"]))


@pytest.mark.parametrize(
    ("request_", "reason", "message"),
    [
        pytest.param(
            environ(origin=OTHER),
            "origin-not-allowed",
            "'GET /' from 'https://other.example': origin 'https://other.example' is not among "
            "allow_origins: https://app.example [origin-not-allowed]",
            id="actual-request",
        ),
        pytest.param(
            preflight(origin=OTHER),
            "origin-not-allowed",
            "'OPTIONS /' from 'https://other.example': origin 'https://other.example' is not among "
            "allow_origins: https://app.example [origin-not-allowed]",
            id="preflight",
        ),
        pytest.param(
            preflight(method="put"),
            "method-not-allowed",
            "'OPTIONS /' from 'https://app.example': method 'put' is not among allow_methods: "
            "PUT (methods are case-sensitive: the page has to use 'PUT') "
            "[method-not-allowed]",
            id="method",
        ),
        pytest.param(
            preflight(method="PUT", access_control_request_headers="x-id"),
            "header-not-allowed",
            "'OPTIONS /' from 'https://app.example': header 'x-id' is not among allow_headers: "
            "Content-Type [header-not-allowed]",
            id="header",
        ),
    ],
)
def test_a_refusal_is_logged_once_with_a_reason_and_a_sentence(
    debug_log, request_, reason, message
):
    Response(CORSMiddleware(hello, API), request_)
    (record,) = debug_log.records
    assert (record.levelno, record.getMessage()) == (logging.DEBUG, message)
    assert (record.cors_reason, record.cors_origin) == (reason, request_["HTTP_ORIGIN"])


def test_an_allowed_request_is_not_logged(debug_log):
    app = CORSMiddleware(hello, API)
    for request in environ(origin=APP), environ(), preflight(method="PUT"):
        Response(app, request)
    assert debug_log.records == []


@pytest.mark.parametrize("make", [environ, preflight], ids=["actual", "preflight"])
def test_a_request_to_an_endpoint_without_a_policy_is_logged(debug_log, make):
    Response(CORSMiddleware(hello, resolve=lambda environ, method: None), make(origin=APP))
    assert [record.cors_reason for record in debug_log.records] == ["no-policy"]


@pytest.mark.parametrize("make", [environ, preflight], ids=["actual", "preflight"])
def test_a_response_with_its_own_cors_headers_is_not_logged(debug_log, make):
    def app(environ, start_response):
        start_response("200 OK", [("access-control-allow-origin", "*")])
        return []

    Response(CORSMiddleware(app, resolve=lambda environ, method: None), make(origin=APP))
    assert debug_log.records == []


@pytest.mark.parametrize("policy", [API, None], ids=["refused", "no-policy"])
def test_a_response_that_starts_twice_is_logged_once(debug_log, policy):
    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            raise LookupError
        except LookupError:
            start_response("500 Oops", [], sys.exc_info())
        return []

    Response(CORSMiddleware(app, resolve=lambda environ, method: policy), environ(origin=OTHER))
    assert len(debug_log.records) == 1


def test_a_response_to_a_preflight_for_the_app_may_start_twice(debug_log):
    def app(environ, start_response):
        start_response("200 OK", [("Access-Control-Allow-Origin", "*")])
        try:
            raise LookupError
        except LookupError:
            start_response("500 Oops", [], sys.exc_info())
        return []

    response = Response(CORSMiddleware(app, resolve=lambda environ, method: None), preflight())
    assert response.started[-1][2][0] is LookupError
    assert len(debug_log.records) == 1


@pytest.mark.parametrize("options", [{"resolve": lambda e, m: API}, {"policy": API}])
def test_an_app_may_remove_the_origin_from_the_environ(debug_log, options):
    def app(environ, start_response):
        del environ["HTTP_ORIGIN"]
        return hello(environ, start_response)

    assert Response(CORSMiddleware(app, **options), environ(origin=OTHER)).status == "200 OK"
    assert "'https://other.example' is not among" in debug_log.text


def test_nested_wrappers_log_one_decision(debug_log):
    def between(app):
        return lambda environ, start_response: app(environ, start_response)

    public, without = Policy("*"), (lambda environ, method: None)
    outer_allows = CORSMiddleware(between(CORSMiddleware(hello, API)), public)
    Response(outer_allows, environ(origin=OTHER))
    Response(CORSMiddleware(between(CORSMiddleware(hello, resolve=without)), public), environ())
    assert [record.levelname for record in debug_log.records] == ["WARNING"]
    both_refuse = CORSMiddleware(between(CORSMiddleware(hello, API)), API)
    Response(both_refuse, environ(origin=OTHER))
    reasons = [getattr(record, "cors_reason", None) for record in debug_log.records]
    assert reasons == [None, None, "origin-not-allowed"]


def test_the_warning_about_nested_wrappers_is_kept_until_warnings_are_logged(caplog):
    inner = CORSMiddleware(hello, API)
    app = CORSMiddleware(lambda environ, start_response: inner(environ, start_response), API)
    caplog.set_level(logging.ERROR, logger="wsgicors")
    Response(app, environ())
    caplog.set_level(logging.WARNING, logger="wsgicors")
    Response(app, environ())
    Response(app, environ())
    assert len(caplog.records) == 1


def test_refusals_are_warnings_in_debug_mode(caplog):
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
        pytest.param("ERROR", {"resolve": Debugging()}, "403 Forbidden", id="debug-mode"),
    ],
)
def test_no_reason_is_computed_unless_it_is_logged(caplog, monkeypatch, level, options, status):
    def explode(*_):
        raise AssertionError("computed without need")

    caplog.set_level(level, logger="wsgicors")
    for reason in "refused_origin", "no_policy", "why_refused":
        monkeypatch.setattr(f"wsgicors._reporting.log.{reason}", explode)
    app = CORSMiddleware(hello, **options)
    assert Response(app, environ(origin=OTHER)).status == "200 OK"
    assert Response(app, preflight(origin=OTHER)).status == status


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"HTTP_HOST": "api.example"}, id="without-the-default-port"),
        pytest.param({"HTTP_HOST": "API.example:80"}, id="with-the-default-port"),
        pytest.param({"HTTP_HOST": "", "SERVER_NAME": "api.example"}, id="without-a-host-header"),
    ],
)
def test_the_apps_own_pages_are_not_refused(debug_log, own):
    request = environ("POST", origin="http://api.example") | own
    response = Response(CORSMiddleware(hello, API), request)
    assert response["Access-Control-Allow-Origin"] is None
    assert response["Vary"] == "Origin"
    assert debug_log.records == []


def test_the_first_unlisted_method_is_a_warning_that_names_the_setting(debug_log):
    app = CORSMiddleware(hello, allow_origins=[APP])
    for _ in range(2):
        Response(app, preflight(method="DELETE"))
    first, second = debug_log.records
    assert (first.levelno, second.levelno) == (logging.WARNING, logging.DEBUG)
    assert "so add it to allow_methods" in first.getMessage()
    assert "allow_methods" not in second.getMessage()


def test_a_second_unlisted_method_is_not_explained_unless_it_is_logged():
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
        pytest.param(preflight(method="POST"), id="allowed"),
    ],
)
def test_that_warning_is_kept_for_a_request_that_listing_the_method_would_allow(caplog, request_):
    app = CORSMiddleware(hello, allow_origins=[APP])
    Response(app, request_)
    assert caplog.records == []
    Response(app, preflight(method="DELETE"))
    assert len(caplog.records) == 1


def test_no_request_floods_the_log(debug_log):
    long = "x" * 100_000
    app = CORSMiddleware(hello, allow_origins=[APP], allow_methods=["PUT"])
    Response(app, environ(path=f"/{long}", origin=f"https://{long}"))
    Response(app, preflight(method=long))
    Response(app, preflight(method="PUT", access_control_request_headers=long))
    assert len(debug_log.messages) == 3
    assert max(map(len, debug_log.messages)) < 3_000


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(LookupError(), "routing raised an exception", id="exception-of-a-converter"),
        pytest.param(SecurityError(), "routing raised <Sec", id="response-of-the-router"),
    ],
)
def test_no_request_floods_the_log_if_routing_raises(debug_log, error, message):
    class Raising(BaseConverter):
        def to_python(self, value):
            raise error

    url_map = Map([Rule("/<raising:value>")], converters={"raising": Raising})
    Response(WerkzeugCORS(hello, url_map, {}, API), preflight(f"/{'x' * 100_000}"))
    assert message in but_coverage(debug_log.records)[0].getMessage()
    assert max(map(len, debug_log.messages)) < 1_000


def test_no_request_floods_the_log_if_a_resolver_raises(debug_log):
    def resolve(environ, method):
        raise LookupError

    Response(CORSMiddleware(hello, resolve=resolve), preflight(f"/{'x' * 100_000}"))
    assert "raised an exception" in debug_log.messages[0]
    assert max(map(len, debug_log.messages)) < 1_000


def raising(*_):
    raise LookupError


class Unroutable(BaseConverter):
    def to_python(self, value):
        raise LookupError


class Untrusted(BaseConverter):
    def to_python(self, value):
        raise SecurityError


def routed_by(converter):
    url_map = Map([Rule("/<one:value>")], converters={"one": converter})
    return WerkzeugCORS(hello, url_map, {}, API)


@pytest.mark.parametrize(
    ("app", "message"),
    [
        pytest.param(CORSMiddleware(raising, API), "the app raised an exc", id="app-raises"),
        pytest.param(CORSMiddleware(hello, resolve=raising), "the resolver", id="resolver-raises"),
        pytest.param(routed_by(Unroutable), "routing raised an exception", id="routing-raises"),
        pytest.param(routed_by(Untrusted), "routing raised <SecurityErr", id="router-responds"),
    ],
)
def test_every_message_about_a_request_names_the_url_that_was_asked(debug_log, app, message):
    request = environ(path="/items", origin=OTHER) | {"SCRIPT_NAME": "/shop"}
    with suppress(LookupError):
        Response(app, request)
    assert any(line.startswith(f"'/shop/items': {message}") for line in debug_log.messages)


def test_text_from_a_request_is_quoted(debug_log):
    forged = "https://x\r\nWARNING forged"
    Response(CORSMiddleware(hello, API), environ(path="/a\nb", origin=forged))
    assert "\n" not in debug_log.messages[0]
    assert repr(forged) in debug_log.messages[0]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        pytest.param("GET", {}, id="actual"),
        pytest.param("PUT", {"X-Request-Id": "1"}, id="preflight"),
    ],
)
def test_in_debug_mode_a_refusal_has_the_advice_of_explain_and_the_place_of_the_view(
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
    sentence = explain(method, url, origin=APP, headers=headers, servers=app).change.sentence
    assert f"test_logging.py:{items.__code__.co_firstlineno})" in sentence
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    advice = sentence[0].lower() + sentence[1:].removesuffix(".")
    assert record.getMessage().endswith(f"; to allow it, {advice} [{record.cors_reason}]")


def test_in_debug_mode_a_request_that_no_policy_can_allow_is_logged_without_advice(caplog):
    app = CORSMiddleware(hello, resolve=Debugging())
    Response(app, preflight(method="PUT", access_control_request_headers="cookie"))
    (record,) = caplog.records
    assert record.getMessage().endswith("[header-not-allowed]")


def test_in_debug_mode_a_refusal_is_logged_without_advice_if_the_advice_raises(caplog):
    class Raising(Debugging):
        def route_of(self, *_):
            raise LookupError

        route_answering = route_of

    app = CORSMiddleware(hello, resolve=Raising())
    assert Response(app, environ(origin=OTHER)).status == "200 OK"
    assert Response(app, preflight(origin=OTHER)).status == "403 Forbidden"
    advice = "'/': looking for advice raised an exception"
    assert [message for message in caplog.messages if message != advice] == [
        f"{request} from 'https://other.example': origin 'https://other.example' is not among "
        "allow_origins: https://app.example [origin-not-allowed]"
        for request in ("'GET /'", "'OPTIONS /'")
    ]
    assert caplog.messages.count(advice) == 2


def test_in_debug_mode_text_from_a_request_is_quoted_in_the_advice(caplog):
    app = Flask("app")
    CORS(app)
    app.add_url_rule("/", "view", cors(API)(lambda: "view"), methods=["GET"])
    app.debug = True
    forged = "PUT\x1b[31m FORGED"
    Response(app, preflight(method=forged))
    Response(app, preflight(method=forged, origin=OTHER))
    assert caplog.messages
    assert all("\x1b" not in message for message in caplog.messages)


@pytest.mark.parametrize(
    "given",
    [
        {"access_control_request_headers": ",".join(f"x{number}" for number in range(32_000))},
        {"access_control_request_headers": "x" * 60_000},
        {"access_control_request_headers": "\x1b" * 60_000},
        {"method": "X" * 60_000},
        {"method": "put" * 20_000},
        {"path": "/items" + "y" * 60_000},
        {"origin": "https://" + "y." * 30_000 + "example"},
        {"origin": "\x1b" * 60_000},
    ],
    ids=["names", "name", "not-a-name", "method", "cased", "path", "origin", "not-an-origin"],
)
@pytest.mark.parametrize("marked", [True, False], ids=["decorated", "undecorated"])
def test_a_line_is_short_in_debug_mode_however_long_the_request_is(debug_log, given, marked):
    app = Flask(__name__)
    app.debug = True
    CORS(app)

    @app.put("/items")
    @cors(API if marked else None)
    def items():
        return ""

    Response(app, preflight(**{"path": "/items", "method": "PUT", **given}))
    Response(CORSMiddleware(hello, resolve=Debugging()), preflight(**given))
    assert all(len(record.getMessage()) < 6_000 for record in debug_log.records)
    assert all(len(record.cors_origin) <= 500 for record in but_coverage(debug_log.records))


BY_PATH = "give its path its own policy: resolve=by_path({...})"


class TestOwnHeader:
    """A header of the app that the policy replaces by one that allows another origin."""

    def ask(self, wrap, paths):
        def app(environ, start_response):
            own = f"https://partner{environ['PATH_INFO'].strip('/')}.example"
            start_response("200 OK", [("Access-Control-Allow-Origin", own)])
            return []

        wrapped = wrap(app)
        for path in paths:
            answer = Response(wrapped, environ(path=path, origin=APP))
            assert answer["Access-Control-Allow-Origin"] == APP

    @pytest.mark.parametrize(
        ("wrap", "advice"),
        [
            (partial(CORSMiddleware, policy=API), BY_PATH),
            (partial(CORSMiddleware, resolve=by_path({"/": API})), BY_PATH),
            (
                partial(WerkzeugCORS, url_map=Map(), views={}, policy=API),
                "give the view its own policy: @cors(allow_origins=[...])",
            ),
        ],
        ids=["single", "by_path", "werkzeug"],
    )
    def test_each_header_is_named_once_where_the_endpoint_is_unknown(self, caplog, wrap, advice):
        self.ask(wrap, ["/1", "/2", "/1", "/2"])
        assert caplog.messages == [
            f"'/{number}' sets Access-Control-Allow-Origin to 'https://partner{number}.example', "
            f"but its policy replaces that by 'https://app.example', so pages of other origins "
            f"than it names can read the response; remove the header, and {advice}"
            for number in (1, 2)
        ]

    def test_few_headers_are_remembered(self, caplog):
        self.ask(partial(CORSMiddleware, policy=API), [f"/{number}" for number in range(200)])
        assert len(caplog.messages) == MAX_REPLACED


@pytest.mark.parametrize("request_", [environ(origin=OTHER), preflight(origin=OTHER)])
def test_a_wrapper_without_a_policy_logs_nothing_if_one_further_in_decides(debug_log, request_):
    inner = CORSMiddleware(hello, allow_origins=[APP])
    outer = CORSMiddleware(lambda e, s: inner(e, s), resolve=lambda environ, method: None)
    Response(outer, {**request_})
    assert [record.cors_reason for record in debug_log.records] == ["origin-not-allowed"]


def test_an_app_that_raises_on_a_preflight_is_logged(debug_log):
    def app(environ, start_response):
        raise LookupError

    with pytest.raises(LookupError):
        Response(CORSMiddleware(app, resolve=lambda environ, method: None), preflight("/items"))
    [record] = debug_log.records
    assert record.getMessage().startswith("'/items': the app raised an exception")
