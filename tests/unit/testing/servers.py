"""Small servers that respond with exactly the headers that they are given."""

import socket
import socketserver
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from werkzeug.serving import generate_adhoc_ssl_context

from wsgicors.testing import Browser, Page

APP = "https://app.example"
API = "https://api.example"
OTHER = "https://other.example"

ANYBODY = "Access-Control-Allow-Origin: *"
THE_APP = f"Access-Control-Allow-Origin: {APP}"
OPAQUE = "Access-Control-Allow-Origin: null"
CREDENTIALS = "Access-Control-Allow-Credentials: true"


def header(line: str) -> tuple[str, str]:
    """Split a header line at its colon; spaces in the value stay."""
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")


class Server:
    """A WSGI app that always sends the same response, and records the requests.

    :param preflight: the header lines of preflight responses, if they differ.
    """

    def __init__(
        self,
        *lines: str,
        status: str = "200 OK",
        body: bytes = b"hello",
        preflight: Iterable[str] | None = None,
        preflight_status: str = "204 No Content",
    ) -> None:
        self.answer = (status, lines, body)
        self.preflight = (preflight_status, lines if preflight is None else preflight, b"")
        self.paths: dict[str, tuple[str, tuple[str, ...], bytes]] = {}
        self.asked: list[dict[str, Any]] = []

    def at(self, path: str, status: str, *lines: str) -> "Server":
        """Send another response at a path, except to preflights."""
        self.paths[path] = (status, lines, b"")
        return self

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.asked.append({**environ, "body": body})
        if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            status, lines, content = self.preflight
        else:
            status, lines, content = self.paths.get(environ["PATH_INFO"], self.answer)
        start_response(status, [header(line) for line in lines])
        return [content]

    @property
    def methods(self) -> list[str]:
        """The methods of all requests so far."""
        return [environ["REQUEST_METHOD"] for environ in self.asked]

    def received(self, name: str) -> list[str | None]:
        """The values of a header, one for each request so far."""
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        return [environ.get(key) for environ in self.asked]


def page_on(servers: Any, profile: str = "fetch", origin: str = APP) -> Page:
    """Open a page in a browser with a server at ``API``, or with several servers by origin."""
    return Browser(servers, at=API, profile=profile).page(origin)


class QuietHandler(WSGIRequestHandler):
    """Does not print requests."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[str]:
    """Serve an app on loopback; yield its origin."""
    with make_server("127.0.0.1", 0, app, handler_class=QuietHandler) as server:
        yield from _running(server)


@contextmanager
def answering(raw: bytes, *, waiting: bool = True) -> Iterator[str]:
    """Send the same bytes to each connection on loopback, after the head of the request."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while waiting and self.rfile.readline().strip():
                pass
            self.wfile.write(raw)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        yield from _running(server)


class Patient(socketserver.ThreadingTCPServer):
    """Does not wait for connections that are not used."""

    daemon_threads = True


Play = Callable[[socket.socket, Event], object]
"""Plays a server on a connection; the event is set when the test is over."""


@contextmanager
def playing(play: Play, *, waiting: bool = True) -> Iterator[str]:
    """Play a server on each connection on loopback, after the head of the request."""
    over = Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while waiting and self.rfile.readline().strip():
                pass
            with suppress(OSError):  # the client may be gone
                play(self.request, over)

    with Patient(("127.0.0.1", 0), Handler) as server:
        try:
            yield from _running(server)
        finally:
            over.set()


def repeating(part: bytes, before: bytes = b"", pause: float = 0.0) -> Play:
    """Return a server that sends the same part without end."""

    def play(connection: socket.socket, over: Event) -> None:
        connection.sendall(before)
        while not over.wait(pause):
            connection.sendall(part)

    return play


@contextmanager
def resetting() -> Iterator[str]:
    """Reset each connection on loopback, after the head of the request."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            at_once = struct.pack("ii", 1, 0)
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            self.request.close()

    with Patient(("127.0.0.1", 0), Handler) as server:
        yield from _running(server)


@contextmanager
def untrusted() -> Iterator[str]:
    """Show each connection on loopback a certificate that only the server itself has signed."""
    context = generate_adhoc_ssl_context()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), context.wrap_socket(self.request, server_side=True):
                pass

    with Patient(("127.0.0.1", 0), Handler) as server:
        for url in _running(server):
            yield url.replace("http:", "https:")


def _running(server: socketserver.TCPServer) -> Iterator[str]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
