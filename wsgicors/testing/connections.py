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

from .._core.headers import is_token
from .._core.origins import DEFAULT_PORTS
from .urls import URL

MAX_HEAD = 256 * 1024
"""Limit for a status line and headers, in bytes; that of Chromium."""

_INTERIM = re.compile(rb"HTTP/1\.\d +1(?!01)\d\d\b")
"""The start of a response that comes before the final one, such as ``103 Early Hints``."""


class Connection(io.RawIOBase):
    """A socket for :mod:`http.client`, of which every operation ends at a deadline.

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
    """A response whose head is read as browsers read it.

    They pass over interim responses, and over header lines that are malformed.
    """

    def begin(self) -> None:
        """Read the head."""
        body = self.fp
        self.fp = io.BufferedReader(io.BytesIO(_read_head(body)))
        super().begin()
        self.fp = body


def _read_head(file: io.BufferedReader) -> bytes:
    """Return the status line and the headers of the final response.

    :raises HTTPException: if they are too long, or end early.
    """
    while True:
        status = file.readline(MAX_HEAD)
        if not status.startswith(b"HTTP/"):
            return status  # http.client rejects it
        lines = _read_lines(file)
        if _INTERIM.match(status) is None:
            return b"".join([status, *_correct(lines), b"\r\n"])


def _read_lines(file: io.BufferedReader) -> list[bytes]:
    """Read header lines, up to the empty line after them."""
    lines: list[bytes] = []
    size = 0
    while (line := file.readline(MAX_HEAD)) not in (b"\r\n", b"\n"):
        size += len(line)
        if size >= MAX_HEAD:
            raise HTTPException(f"the headers are longer than {MAX_HEAD:,} bytes")
        if not line.endswith(b"\n"):
            raise HTTPException("the connection was closed in the middle of the headers")
        lines.append(line)
    return lines


def _correct(lines: list[bytes]) -> list[bytes]:
    """Return the header lines that browsers understand, each in one line."""
    folded = re.sub(rb"\r?\n[ \t]+", b" ", b"".join(lines))
    if b"\0" in folded:
        raise HTTPException("the headers contain a NUL byte")
    good: list[bytes] = []
    for line in folded.splitlines():
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")
        if colon and is_token(name.decode("latin-1")):
            good.append(name + b":" + value + b"\r\n")
    return good
