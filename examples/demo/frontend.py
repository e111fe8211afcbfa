"""The page's own origin: static files, the addresses of the other two, and the log."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request

from .wire import Wire


def create_app(wire: Wire, api_origin: str, files_origin: str) -> Flask:
    """Make the application that serves the page.

    :param wire: the log that the page shows beside each scenario.
    """
    app = Flask(__name__, static_folder="page", static_url_path="")

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
