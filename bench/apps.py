"""The apps that are compared, the requests that they get, and the check of their responses."""

from collections.abc import Callable, Iterable, Mapping
from types import MethodType
from typing import Any, NamedTuple
from wsgiref.util import setup_testing_defaults

import flask_cors
from flask import Flask

from wsgicors import CORSMiddleware, Policy
from wsgicors.flask import CORS, cors

from .limit import App
from .measure import Request, again, respond

ALLOWED = "https://app.example"
REFUSED = "https://refused.example"

SETTINGS: Mapping[str, Any] = {
    "allow_origins": [ALLOWED, "https://admin.example"],
    "allow_methods": ["GET", "PUT"],
    "allow_headers": ["Content-Type", "X-Request-Id"],
    "max_age": 600,
}

GET: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "PATH_INFO": "/items",
    "QUERY_STRING": "",
    "RAW_URI": "/items",
    "REMOTE_ADDR": "192.0.2.1",
    "SERVER_SOFTWARE": "gunicorn/23.0.0",
    "HTTP_HOST": "api.example",
    "HTTP_CONNECTION": "keep-alive",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "HTTP_ACCEPT": "*/*",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.5",
    "HTTP_REFERER": "https://app.example/",
}
setup_testing_defaults(GET)
PREFLIGHT: Mapping[str, Any] = {
    **GET,
    "REQUEST_METHOD": "OPTIONS",
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "content-type",
}
HOSTILE = {
    shape: {**PREFLIGHT, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": (text * 65_536)[:65_536]}
    for shape, text in {"many names": "x-a,", "one name": "x", "commas and blanks": ", "}.items()
}
ROUTED: Mapping[str, Mapping[str, Any]] = {
    "GET": {**GET, "PATH_INFO": "/route0/1"},
    "GET, unknown URL": {**GET, "PATH_INFO": "/missing/1"},
    "preflight": {**PREFLIGHT, "PATH_INFO": "/route0/1"},
}


class Scenario(NamedTuple):
    """A request of a page, and the headers that allow the page to read the response."""

    name: str
    environ: Mapping[str, Any]
    origin: str | None
    headers: Mapping[str, str]
    """Parts of their values, in lower case."""

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the apps that are compared."""
        return {**SETTINGS, "allow_credentials": CREDENTIALS in self.headers}

    def request(self, app: App) -> Request:
        """Return this request to an app."""
        if self.origin is None:
            return Request(app, self.environ, again("1"), "HTTP_X_REQUEST_ID")
        return Request(app, self.environ, again(self.origin))


ORIGIN, CREDENTIALS = "access-control-allow-origin", "access-control-allow-credentials"
READABLE = {ORIGIN: ALLOWED, "vary": "origin"}
LISTS = {"access-control-allow-methods": "put", "access-control-allow-headers": "content-type"}
GRANTED = {**READABLE, **LISTS, "access-control-max-age": "600"}
ACTUAL = [
    Scenario("GET without Origin", GET, None, {}),
    Scenario("GET, origin allowed", GET, ALLOWED, READABLE),
    Scenario("GET with credentials", GET, ALLOWED, {**READABLE, CREDENTIALS: "true"}),
    Scenario("GET, origin refused", GET, REFUSED, {}),
]
PREFLIGHTS = [
    Scenario("preflight granted", PREFLIGHT, ALLOWED, GRANTED),
    Scenario("preflight refused", PREFLIGHT, REFUSED, {}),
]
WITH_CREDENTIALS = [
    scenario._replace(headers={**scenario.headers, CREDENTIALS: "true"})
    for scenario in (ACTUAL[1], PREFLIGHTS[0])
]


def check(name: str, app: App, scenario: Scenario) -> tuple[Any, ...]:
    """Return the response of an app, with its header lines in order.

    :raises AssertionError: if the app does not do what all the compared apps have to do.
    """
    status, lines, body = response = respond(app, scenario.environ, scenario.origin)
    found = {header.lower(): value.lower() for header, value in lines}
    is_right = all(part in found.get(header, "") for header, part in scenario.headers.items())
    if scenario.origin is not None:  # without Origin, Flask-CORS names an origin of its list
        is_right &= found.keys() & {ORIGIN, CREDENTIALS} <= scenario.headers.keys()
    if scenario in ACTUAL:
        is_right &= (status, body) == ("200 OK", b"hello")
    if not is_right:
        raise AssertionError(f"{name}, {scenario.name}: unexpected {response}")
    return status, sorted(lines), body


def bare(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Respond with as little as an app can."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def flask_app(decorate: Callable[..., Any] = lambda view: view) -> Flask:
    """Make a Flask app with one view, which may be decorated."""

    def items() -> str:
        return "hello"

    app = Flask("bench")
    app.add_url_rule("/items", "items", decorate(items), methods=["GET", "PUT"])
    return app


def flask_apps(settings: Mapping[str, Any]) -> dict[str, tuple[Flask, Flask]]:
    """Make the Flask apps that are compared: wsgicors, and the same of Flask-CORS."""
    same = {name: settings[name] for name in ("allow_headers", "max_age")}
    same |= {"origins": settings["allow_origins"], "methods": settings["allow_methods"]}
    same["supports_credentials"] = settings.get("allow_credentials", False)
    decorated, default, extended = flask_app(cors(**settings)), flask_app(), flask_app()
    CORS(decorated)
    CORS(default, **settings)
    flask_cors.CORS(extended, **same)
    return {
        "decorator": (decorated, flask_app(flask_cors.cross_origin(**same))),
        "default": (default, extended),
    }


def with_default(*policy: Policy, **options: Any) -> Flask:
    """Make a Flask app with one view, under the default policy of ``CORS(app, ...)``."""
    app = flask_app()
    CORS(app, *policy, **options)
    return app


def without_wrapper(app: Flask) -> App:
    """Return the same Flask app without the wrapper of ``CORS(app)``.

    An app made alike can differ by some percent, which is as much as CORS takes.
    """
    return MethodType(Flask.wsgi_app, app)


def origin(number: int) -> str:
    """Return one of many origins."""
    return f"https://app{number}.example"


def with_origins(size: int, pattern: str = "https://app{}.example") -> App:
    """Make a raw WSGI app with many origins, or with many patterns."""
    origins = [pattern.format(number) for number in range(size)]
    return CORSMiddleware(bare, allow_origins=origins, allow_methods=["GET", "PUT"])


def with_routes(size: int) -> Flask:
    """Make a Flask app with many routes, each with a view and a policy of its own."""
    app = Flask("bench")
    CORS(app)
    for number in range(size):
        policy = Policy(allow_origins=[origin(number)], allow_methods=["GET", "PUT"])
        rule = f"/route{number}/<int:item_id>"
        view = cors(policy)(lambda item_id: "hello")
        app.add_url_rule(rule, f"view{number}", view, methods=["GET", "PUT"])
    return app
