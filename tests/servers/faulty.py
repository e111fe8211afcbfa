"""An app that decides as many do by hand; the corpus has to find it out."""

from collections.abc import Callable, Iterable
from typing import Any

from tests.servers.application import APP, MARK


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Look for an admitted origin somewhere in the header, and send the header back."""
    headers = [("Content-Type", "text/plain"), ("Vary", "Origin"), MARK]
    origin = environ.get("HTTP_ORIGIN", "")
    if APP in origin:
        headers.append(("Access-Control-Allow-Origin", origin))
    start_response("200 OK", headers)
    return []
