"""An app with a usual mistake, which the corpus has to find."""

from collections.abc import Callable, Iterable
from typing import Any

from lab.servers.application import APP, MARK


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Send the header back if it contains an allowed origin anywhere."""
    headers = [("Content-Type", "text/plain"), ("Vary", "Origin"), MARK]
    origin = environ.get("HTTP_ORIGIN", "")
    if APP in origin:
        headers.append(("Access-Control-Allow-Origin", origin))
    start_response("200 OK", headers)
    return []
