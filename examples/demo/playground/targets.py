"""What the playground's requests reach: one small Flask application for each policy."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, jsonify, send_from_directory
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from wsgicors import Policy
from wsgicors.flask import CORS, cors

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

KEEP = 100
"""Applications that are kept; the oldest makes room for a new one."""

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
"""What the views serve, beside HEAD."""

PATHS = [
    ("/items/", "answers 200"),
    ("/items", "redirects to /items/"),
    ("/taken", "aborts with 409"),
    ("/missing", "404, no policy"),
]
"""The paths that a request can ask for, and the response to each."""

USUAL_PATH = "/items/"
"""Stands for the URLs of other servers."""

PAGES = Path(__file__).parents[1] / "page" / "playground"


_making = Lock()


def make_policy(settings: dict[str, Any]) -> Policy:
    """Make a policy whose warnings are for the page, not for the terminal.

    :raises PolicyError: with all that is wrong.
    """
    # The filters of warnings belong to the whole process.
    with _making, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Policy(**settings)


def create_target(policy: Policy) -> Flask:
    """Make the application that follows a policy."""
    app = Flask(__name__, static_folder=None)
    CORS(app)

    @app.route("/items/", methods=METHODS)
    @cors(policy)
    def items() -> Response:
        response = jsonify(items=["tea", "bread"])
        response.headers["X-Total-Count"] = "2"
        response.headers["X-Served-By"] = "machine 7"
        return response

    @app.route("/taken", methods=METHODS)
    @cors(policy)
    def taken() -> Response:
        abort(409, "Somebody else holds this item.")

    return app


class Targets:
    """A WSGI application: the targets at ``/play/<id>``, and the frame of the API's own origin.

    :param page_origin: the origin of the page that may hold the frame.
    """

    def __init__(self, page_origin: str, keep: int = KEEP) -> None:
        self._keep = keep
        self._lock = Lock()
        self._app = DispatcherMiddleware(create_frame(page_origin))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request to one of the targets."""
        return self._app(environ, start_response)

    def add(self, policy: Policy) -> str:
        """Serve one more target, and return its path."""
        path = f"/play/{secrets.token_hex(6)}"
        with self._lock:
            mounts = dict(self._app.mounts)
            mounts[path] = create_target(policy)
            # Replaced whole, for requests may be reading it. The oldest are the first.
            self._app.mounts = dict(list(mounts.items())[-self._keep :])
        return path


def create_frame(page_origin: str) -> Flask:
    """Make the application that serves the frame through which a page of this origin asks."""
    app = Flask(__name__, static_folder=None)

    @app.get("/playground/<any('ask.html', 'ask.js'):name>")
    def frame(name: str) -> Response:
        return send_from_directory(PAGES, name)

    app.after_request(framed_only_by(page_origin))
    return app


def framed_only_by(page_origin: str) -> Callable[[Response], Response]:
    """Return a hook: pages that make requests for others do so for one page only."""

    def add_header(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = f"frame-ancestors {page_origin}"
        return response

    return add_header
