"""How a request reaches a server: a WSGI app in this process, or a live server."""

import io
import sys
import urllib.request
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from http.client import (
    BadStatusLine,
    HTTPConnection,
    HTTPException,
    IncompleteRead,
    RemoteDisconnected,
    UnknownProtocol,
)
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_to_bytes

from .._core.headers import Header
from .connections import Connection, Reply
from .exceptions import NetworkError
from .responses import BodyError, RawResponse, TimeIsUp
from .urls import URL

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

Send = Callable[[str, URL, Sequence[Header], bytes | None], RawResponse]
"""Sends one request and returns the response, whose body may not have been read yet."""

TIMEOUT = 30.0
"""Time limit for an exchange, in seconds: from connecting to a live server to the end of the body.
"""

MAX_TIMEOUT = 86_400.0
"""The longest time limit that can be set, in seconds: a day."""

LONGEST_REASON = 200
"""Characters that are shown of an error; it may contain what a server sent."""

PIECE = 64 * 1024
"""Bytes that are read at once from a live server."""


def get_timeout() -> float:
    """Return the default time limit."""
    return TIMEOUT


class AppBody:
    """What an app writes and yields."""

    def __init__(self, chunks: Iterable[bytes], written: list[bytes]) -> None:
        self._chunks = chunks
        self._rest = iter(chunks)
        self._written = written

    def read(self, until: float) -> bytes:
        """Return the next bytes; none at the end. An app is never interrupted."""
        while not any(self._written):
            with keep_connections():  # a generator calls the app inside it only now
                chunk = next(self._rest, None)
            if chunk is None:
                break
            if chunk:
                self._written.append(chunk)
            elif monotonic() > until:
                raise TimeIsUp
        content = b"".join(self._written)
        self._written.clear()
        return content

    def close(self) -> None:
        """Close what the app returned, as PEP 3333 demands."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            with keep_connections():
                close()


@contextmanager
def keep_connections() -> Generator[None]:
    """Keep Django from checking and closing its database connections, as its test client does.

    Django does so when a request begins and when it ends. The connections belong to the test,
    which may forbid them for views that do not use the database.
    """
    database, signals = map(sys.modules.get, ("django.db", "django.core.signals"))
    if database is None or signals is None:
        yield
        return
    receiver = database.close_old_connections
    both = signals.request_started, signals.request_finished
    disconnected = [signal for signal in both if signal.disconnect(receiver)]
    try:
        yield
    finally:
        for signal in disconnected:
            signal.connect(receiver)


def to_app(app: "WSGIApplication", timeout: Callable[[], float] = get_timeout) -> Send:
    """Return a function that calls a WSGI app; exceptions of the app are not caught.

    As in a server, the response begins with the first chunk that is not empty.

    :param timeout: returns how long an app may yield empty chunks, in seconds.
    """

    def send(method: str, url: URL, headers: Sequence[Header], body: bytes | None) -> RawResponse:
        started: list[tuple[str, list[Header]]] = []
        written: list[bytes] = []

        def start_response(
            status: str, headers: list[Header], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return written.append

        with keep_connections():
            chunks = app(make_environ(method, url, headers, body), start_response)
        rest = AppBody(chunks, written)
        try:
            first = rest.read(monotonic() + timeout())  # an app may call start_response only now
            if not started:
                raise NetworkError(f"{app!r} never called start_response for {method} {url}")
            status, lines = started[0]
            code, _, reason = status.partition(" ")
            lines = [(name, value.strip(" \t")) for name, value in lines]
            response = RawResponse(int(code), reason, lines, first, rest)
        except BaseException as error:
            rest.close()
            if isinstance(error, TimeIsUp):
                what = f"{method} {url}: {app!r} yields only empty chunks"
                raise NetworkError(what) from error
            raise
        if method == "HEAD":  # its response has no body, so that none of it is missing
            rest.close()
            response.body, response.stream = b"", None
        return response

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


class LiveBody:
    """What a live server sends after the headers."""

    def __init__(self, what: str, connection: Connection, reply: Reply) -> None:
        self._what = what
        self._connection = connection
        self._reply = reply

    def read(self, until: float) -> bytes:
        """Return the next bytes; none at the end."""
        self._connection.until = min(self._connection.until, until)
        try:
            content = self._reply.read1(PIECE)
            if not content and self._reply.length and not self._reply.chunked:
                raise IncompleteRead(b"", self._reply.length)
        except TimeoutError:
            raise TimeIsUp from None
        except (OSError, HTTPException, ValueError) as error:
            raise BodyError(network_error(self._what, error)) from error
        return content

    def close(self) -> None:
        """Close the connection."""
        self._reply.close()
        self._connection.disconnect()


def network_error(what: str, error: Exception) -> NetworkError:
    """Return the exception for a server that cannot be reached, or sends no valid response."""
    reason = str(error) or type(error).__name__
    if len(reason) > LONGEST_REASON:
        reason = f"{reason[:LONGEST_REASON]}..."
    is_other = isinstance(error, (BadStatusLine, UnknownProtocol))
    if is_other and not isinstance(error, RemoteDisconnected):
        reason = f"the response is not valid HTTP/1.1; it begins with {reason.strip()!r}"
    made = NetworkError(f"{what}: {reason}")
    made.__cause__ = error
    return made


def to_server(server: URL, timeout: Callable[[], float] = get_timeout) -> Send:
    """Return a function that sends requests to a live server.

    The URLs of the requests may have another origin; only their path and query are sent.

    :param timeout: returns the time limit for an exchange, in seconds.
    """

    def send(method: str, url: URL, headers: Sequence[Header], body: bytes | None) -> RawResponse:
        what = f"{method} {url}"
        try:
            connection = Connection(server, monotonic() + timeout())
            reply = exchange(connection, method, url.target, headers, body)
        except TimeoutError as error:
            raise NetworkError(f"{what}: no response within the time limit") from error
        except (OSError, HTTPException, ValueError) as error:
            raise network_error(what, error) from error
        rest = LiveBody(what, connection, reply)
        return RawResponse(reply.status, reply.reason, reply.lines, b"", rest)

    return send


def exchange(
    connection: Connection, method: str, target: str, headers: Sequence[Header], body: bytes | None
) -> Reply:
    """Send a request, and return the response as soon as its headers have arrived."""
    client = HTTPConnection("")
    client.response_class = Reply
    client.sock = connection
    try:
        client.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            client.putheader(name, value)
        if body is not None:
            client.putheader("Content-Length", str(len(body)))
        client.endheaders(body)
        return cast("Reply", client.getresponse())
    except BaseException:
        connection.disconnect()
        raise


def read_data(url: URL) -> RawResponse:
    """Return the response that a ``data:`` URL contains."""
    with urllib.request.urlopen(str(url)) as reply:
        return RawResponse(200, "OK", reply.headers.items(), reply.read())
