"""How a request reaches a server: a WSGI app in this process, or a live server."""

import http.client
import io
import sys
import urllib.request
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from .._core.headers import Header
from .exceptions import NetworkError
from .responses import RawResponse
from .urls import URL

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

Send = Callable[[str, URL, Sequence[Header], bytes | None], RawResponse]
"""Sends one request and returns the response."""

TIMEOUT = 30
"""Time limit for the response of a live server, in seconds."""


def to_app(app: "WSGIApplication") -> Send:
    """Return a function that calls a WSGI app; exceptions of the app are not caught."""

    def send(method: str, url: URL, headers: Sequence[Header], body: bytes | None) -> RawResponse:
        started: list[tuple[str, list[Header]]] = []
        written: list[bytes] = []

        def start_response(
            status: str, headers: list[Header], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return written.append

        chunks = app(make_environ(method, url, headers, body), start_response)
        try:
            content = b"".join(chunks)  # an app may call start_response only now
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if not started:
            raise NetworkError(f"{app!r} never called start_response for {method} {url}")
        status, lines = started[0]
        code, _, reason = status.partition(" ")
        lines = [(name, value.strip(" \t")) for name, value in lines]
        content = b"" if method == "HEAD" else b"".join(written) + content
        return RawResponse(int(code), reason, lines, content)

    return send


def make_environ(
    method: str, url: URL, headers: Sequence[Header], body: bytes | None
) -> "WSGIEnvironment":
    """Make the environ of a request, as a WSGI server would."""
    path, _, query = url.target.partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": url.host,
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body or b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers:
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def read_data(url: URL) -> RawResponse:
    """Return the response that a ``data:`` URL contains."""
    with urllib.request.urlopen(str(url)) as reply:
        return RawResponse(200, "OK", reply.headers.items(), reply.read())


def to_server(server: URL) -> Send:
    """Return a function that sends requests to a live server.

    The URLs of the requests may have another origin; only their path and query are sent.
    """
    kind = http.client.HTTPSConnection if server.scheme == "https" else http.client.HTTPConnection

    def send(method: str, url: URL, headers: Sequence[Header], body: bytes | None) -> RawResponse:
        connection = kind(server.host.strip("[]"), server.port, timeout=TIMEOUT)
        try:
            connection.putrequest(method, url.target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            lines = [(name, value.strip(" \t")) for name, value in response.getheaders()]
            return RawResponse(response.status, response.reason, lines, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise NetworkError(f"{method} {url}: {error}") from error
        finally:
            connection.close()

    return send
