"""The page's own origin: static files, the addresses of the others, and the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request, send_from_directory

from .playground.targets import framed_only_by
from .wire import Wire

LARGEST_FORM = 64 * 1024
"""Bytes that a form may send."""


PAGES = Path(__file__).parent / "page"


class Frontend(Flask):
    """An app whose files are never taken from a cache.

    Other programs serve pages on the same port, such as the one of the tutorial. A browser that has
    such a page asks whether it has changed since, and 304 would show it instead of ours.
    """

    def send_static_file(self, filename: str) -> Response:
        """Send a file, also if the browser has a newer one."""
        response = send_from_directory(PAGES, filename, conditional=False, etag=False)
        response.headers["Cache-Control"] = "no-store"
        del response.headers["Last-Modified"]
        return response


def create_app(
    wire: Wire, page_origin: str, api_origin: str, files_origin: str, playground: Blueprint
) -> Flask:
    """Make the application that serves the page.

    :param wire: the log that the page shows beside each scenario.
    :param playground: the views of the other page.
    """
    app = Frontend(__name__, static_folder=PAGES, static_url_path="")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.register_blueprint(playground)
    app.after_request(framed_only_by(page_origin))

    @app.get("/")
    def page() -> Response:
        return app.send_static_file("index.html")

    @app.get("/config.json")
    def config() -> dict[str, str]:
        return {"api": api_origin, "files": files_origin}

    @app.get("/wire")
    def exchanges() -> list[dict[str, Any]]:
        return wire.exchanges(request.args.get("scenario", ""), request.args.get("run", ""))

    return app
