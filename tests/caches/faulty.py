"""An app that decides by hand, and tells caches of it wrongly in one way for each path.

``/forgets`` never sends Vary; ``/sometimes`` sends it with a permission alone; and ``/twice`` sends
it in two lines, which is right, but of which nginx before 1.23 takes only one into account.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tests.caches.application import ADMIN, APP


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the path says."""
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
