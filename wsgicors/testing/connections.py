"""Connections to live servers: the standard library's HTTP client, bounded in time and size."""

import io
import re
import socket
import ssl
from concurrent.futures import Future
from http.client import HTTPException, HTTPResponse
from threading import Thread
from time import monotonic
from typing import Any

from .._core.headers import Header, is_token
from .._core.origins import DEFAULT_PORTS
from .urls import URL

MAX_HEAD = 256 * 1024
"""Limit for a status line and headers, in bytes; that of Chromium."""

_EMPTY = (b"\r\n", b"\n")

_FOLD = re.compile(r"\r?\n[ \t]+")
"""Where a header continues on the next line."""

_FRAMING = frozenset(
    {"connection", "content-length", "keep-alive", "proxy-connection", "transfer-encoding"}
)
"""Headers that say where a body ends."""

_INTERIM = re.compile(rb"HTTP/1\.\d +1(?!01)\d\d\b")
"""The start of a response that comes before the final one, such as ``103 Early Hints``."""


class Connection(io.RawIOBase):
    """A socket for :mod:`http.client` whose operations all end at a deadline.

    :ivar until: the deadline, on the clock of :func:`time.monotonic`.
    """

    def __init__(self, server: URL, until: float) -> None:
        self.until = until
        self._socket = _connect(server, until)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a file from which responses are read."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Return whether this is a file to read from."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read what has arrived; wait until something has.

        :raises TimeoutError: at the deadline.
        """
        self._socket.settimeout(_left(self.until))
        return self._socket.recv_into(buffer)

    def sendall(self, data: bytes) -> None:
        """Send everything.

        :raises TimeoutError: at the deadline.
        """
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(_left(self.until))
            rest = rest[self._socket.send(rest) :]

    def close(self) -> None:
        """Do nothing: :mod:`http.client` may close a connection before the body is read."""

    def disconnect(self) -> None:
        """Close the socket."""
        self._socket.close()


def _left(until: float) -> float:
    """Return the seconds until the deadline.

    :raises TimeoutError: if it is over.
    """
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _connect(server: URL, until: float) -> socket.socket:
    """Connect to the first address of a server that can be reached."""
    host = server.host.strip("[]")
    port = DEFAULT_PORTS[server.scheme] if server.port is None else server.port
    addresses = _look_up(host, port, until)
    failure = OSError(f"{host} has no address")
    for number, address in enumerate(addresses):
        try:
            share = _left(until) / (len(addresses) - number)
            connected = socket.create_connection(address[:2], share)
            return _secure(connected, host, until) if server.scheme == "https" else connected
        except OSError as error:
            failure = error
    raise failure


def _look_up(host: str, port: int, until: float) -> list[tuple[Any, ...]]:
    """Return the addresses of a host.

    A thread looks them up, because the operating system knows no deadline for it.
    """
    found: Future[list[tuple[Any, ...]]] = Future()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result([address for *_, address in entries])
        except (OSError, ValueError) as error:  # ValueError: a label that is too long
            found.set_exception(error)

    Thread(target=look_up, daemon=True).start()
    return found.result(_left(until))


def _secure(connected: socket.socket, host: str, until: float) -> ssl.SSLSocket:
    """Begin TLS."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    try:
        connected.settimeout(_left(until))
        return context.wrap_socket(connected, server_hostname=host)
    except BaseException:
        connected.close()
        raise


class Reply(HTTPResponse):
    """A response whose head is read as browsers read it, and whose body the library reads.

    Browsers pass over interim responses and malformed header lines, have no limit of 100 headers,
    and take the end of the connection for the end of the headers.

    :ivar lines: the headers.
    """

    lines: list[Header]

    def begin(self) -> None:
        """Read the head."""
        body = self.fp
        status, self.lines = _read_head(body)
        framing = [f"{name}: {value}" for name, value in self.lines if name.lower() in _FRAMING]
        head = "\r\n".join([*framing, "", ""]).encode("latin-1")
        self.fp = io.BufferedReader(io.BytesIO(status and status + head))
        super().begin()
        self.fp = body


def _read_head(file: io.BufferedReader) -> tuple[bytes, list[Header]]:
    """Return the status line and the headers of the final response.

    :raises HTTPException: if they are too long or incomplete, or contain a NUL byte.
    """
    while True:
        status = file.readline(MAX_HEAD)
        while status in _EMPTY:
            status = file.readline(MAX_HEAD)
        if not status.startswith(b"HTTP/"):
            return status, []  # http.client rejects it
        lines = _read_lines(file, status)
        if _INTERIM.match(status) is None:
            return status, _parse(lines)


def _read_lines(file: io.BufferedReader, status: bytes) -> bytes:
    """Read header lines, up to the empty line after them."""
    lines: list[bytes] = []
    size, line = 0, status
    while line.endswith(b"\n"):
        line = file.readline(MAX_HEAD)
        if not line or line in _EMPTY:
            return b"".join(lines)
        lines.append(line)
        size += len(line)
        if size >= MAX_HEAD:
            raise HTTPException(f"the headers are longer than {MAX_HEAD:,} bytes")
    raise HTTPException("the connection was closed in the middle of the headers")


def _parse(lines: bytes) -> list[Header]:
    """Return the headers that browsers understand.

    A name may end in white space. Most browsers take it for another name then.
    """
    if b"\0" in lines:
        raise HTTPException("the headers contain a NUL byte")
    headers: list[Header] = []
    for line in _FOLD.sub(" ", lines.decode("latin-1")).split("\n"):
        name, colon, value = line.partition(":")
        if colon and is_token(name.rstrip(" \t")):
            headers.append((name, value.strip(" \t\r")))
    return headers
