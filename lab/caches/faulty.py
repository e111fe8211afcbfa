"""An app without wsgicors that sends a wrong ``Vary``, each path in its own way.

``/forgets`` never sends it. ``/sometimes`` sends it only to allowed origins. ``/twice`` sends two
lines, which is correct, but nginx before 1.23 reads only one of them.
"""

from collections.abc import Callable, Iterable
from typing import Any

from lab.caches.application import ADMIN, APP


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Send the response that the path names."""
    path = environ["PATH_INFO"]
    headers = [("Content-Type", "text/plain"), ("Content-Length", "5")]
    origin = environ.get("HTTP_ORIGIN")
    if origin in {APP, ADMIN}:
        headers.append(("Access-Control-Allow-Origin", origin))
        if path == "/sometimes":
            headers.append(("Vary", "Origin"))
    if path == "/twice":
        headers += [("Vary", "Origin"), ("Vary", "Accept-Language")]
    start_response("200 OK", headers)
    return [b"hello"]
