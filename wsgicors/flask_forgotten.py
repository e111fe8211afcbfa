"""Saying so where views are marked and ``CORS(app)`` was forgotten."""

from flask import Flask, request

from .marks import find_mark


def complain_of_missing_extension(app: Flask, **_: object) -> None:
    """Raise if a view is marked and nothing will ever look at the mark.

    Connected until the first ``CORS(app)``, so that it costs nothing where all is well.
    """
    if "Origin" not in request.headers or request.endpoint is None:
        return
    method = request.headers.get("Access-Control-Request-Method", request.method)
    mark = find_mark(app.view_functions.get(request.endpoint), method)
    if mark is not None and mark.base is not None:
        raise RuntimeError(
            f"the view {request.endpoint!r} is marked with @cors, but this app has no CORS; "
            f"write CORS(app) right after the app is made"
        )
