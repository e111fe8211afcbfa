"""The app behind every server: raw WSGI with policies by path, and the Flask example."""

from collections.abc import Callable, Iterable
from typing import Any

from examples import items
from wsgicors import CORSMiddleware, Policy
from wsgicors._core.origins import Origin
from wsgicors.paths import by_path

APP = "https://web.app.example"
STRANGER = "https://stranger.example"

RAW_HOST = "api.example"
FLASK_HOST = "items.example"

APPLICATION = f"{__name__}:application"
"""The app, as servers import it."""

MARK = ("X-Answered-By", "the app")
"""A header of every response of the app, so that a server's own responses can be told apart."""

FAILED = "599 The App Has Raised"


def is_web_app(origin: Origin) -> bool:
    return origin.scheme == "https" and origin.host == "web.app.example"


POLICIES = {
    "/public": Policy(allow_origins="*", expose_headers=["X-Total-Count"]),
    "/public/keys": None,
    "/one": Policy(allow_origins=[APP], allow_headers=["X-A", "X-B"], max_age=600),
    "/pattern": Policy(allow_origins=["https://*.app.example"], allow_headers="*"),
    "/port": Policy(allow_origins=[f"{APP}:*"], allow_methods=["GET", "PUT"]),
    "/callable": Policy(allow_origins=is_web_app, expose_headers=["X-Total-Count"]),
    # This policy echoes what pages ask for: only validation keeps odd bytes out.
    "/echo": Policy(
        allow_origins=[APP], allow_methods="*", allow_headers="*", allow_credentials=True
    ),
}


def plain(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Send the path of the request back, without reading the body."""
    body = environ["PATH_INFO"].encode("latin-1")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


raw = CORSMiddleware(plain, resolve=by_path(POLICIES))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the Flask app at its host and the raw app at any other; mark every response."""

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, [*headers, MARK], exc_info)

    app = items.app if environ.get("HTTP_HOST") == FLASK_HOST else raw
    try:
        return app(environ, start)
    except Exception as error:
        # A server's own 500 would look like its refusal of the request.
        start(FAILED, [("Content-Type", "text/plain")])
        return [repr(error).encode()]
