"""The apps that are compared: the same small answer, with CORS by different hands."""

from collections.abc import Iterable, Mapping
from types import MethodType
from typing import Any

import flask_cors
from flask import Flask

from wsgicors import CORSMiddleware
from wsgicors.flask import CORS, cors

from . import limits
from .limits import App

NOTHING = "nothing"
"""An app that returns at once: what it takes is the harness's own time."""
BARE = "bare app"
PLAIN = "limit, plain"
MERGED = "limit, Vary merged"
RAW = "wsgicors"
DEFAULT = "wsgicors, default"
MARK = "wsgicors, mark per view"
EXTENSION = "Flask-CORS, extension"
DECORATOR = "Flask-CORS, decorator"

PATH = "/items"
RULES = [PATH, f"{PATH}/<int:number>"]
METHODS = ["GET", "PUT"]
SETTINGS: Mapping[str, Any] = {
    "allow_origins": ["https://app.example", "https://admin.example"],
    "allow_methods": METHODS,
    "allow_headers": ["Content-Type", "X-Request-Id"],
    "max_age": 600,
}
CREDENTIALED: Mapping[str, Any] = {**SETTINGS, "allow_credentials": True}


def raw(settings: Mapping[str, Any]) -> dict[str, App]:
    """Make the raw WSGI apps."""
    return {
        NOTHING: nothing,
        BARE: bare,
        PLAIN: limits.plain(bare, **settings),
        MERGED: limits.merged(bare, **settings),
        RAW: raw_wsgicors(settings),
    }


def on_flask(settings: Mapping[str, Any]) -> dict[str, tuple[App, App]]:
    """Make the Flask apps, each with what it is without CORS."""
    marked, default = flask_marked(settings), flask_default(settings)
    return {
        MARK: (without_cors(marked), marked.wsgi_app),
        DEFAULT: (without_cors(default), default.wsgi_app),
        EXTENSION: (flask_app(items).wsgi_app, flask_extension(settings).wsgi_app),
        DECORATOR: (flask_app(items).wsgi_app, flask_decorated(settings).wsgi_app),
    }


def nothing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Return at once; no server would take this for an answer."""
    return []


def bare(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer as little as an app can."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def raw_wsgicors(settings: Mapping[str, Any]) -> App:
    """Make a raw WSGI app with one policy."""
    return CORSMiddleware(bare, **settings)


def items(number: int = 0) -> str:
    """Answer as little as a view can."""
    return "hello"


def flask_app(view: Any) -> Flask:
    """Make an app with this view and no CORS of its own."""
    app = Flask("benchmarks")
    for rule in RULES:
        app.add_url_rule(rule, "items", view, methods=METHODS)
    return app


def flask_default(settings: Mapping[str, Any]) -> Flask:
    """Make an app with one policy for all views."""
    app = flask_app(items)
    CORS(app, **settings)
    return app


def flask_marked(settings: Mapping[str, Any]) -> Flask:
    """Make an app whose view is marked."""

    def marked(number: int = 0) -> str:
        return "hello"

    app = flask_app(cors(**settings)(marked))
    CORS(app)
    return app


def without_cors(app: Flask) -> App:
    """Return the very same app without the wrapper: its marks are attributes, nobody looks at them.

    Two apps made alike differ by some hundredths, because they lie elsewhere in memory, and CORS
    takes no more than that.
    """
    return MethodType(Flask.wsgi_app, app)


def flask_extension(settings: Mapping[str, Any]) -> Flask:
    """Make an app with Flask-CORS for all views."""
    app = flask_app(items)
    flask_cors.CORS(app, **_theirs(settings))
    return app


def flask_decorated(settings: Mapping[str, Any]) -> Flask:
    """Make an app whose view has Flask-CORS's decorator."""
    return flask_app(flask_cors.cross_origin(**_theirs(settings))(items))


def _theirs(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Say the same to Flask-CORS."""
    return {
        "origins": settings["allow_origins"],
        "methods": settings["allow_methods"],
        "allow_headers": settings["allow_headers"],
        "supports_credentials": settings.get("allow_credentials", False),
        "max_age": settings["max_age"],
    }
