"""The servers' half: a table of scenarios, answered exactly, over HTTP/1.1 and as a WSGI app."""

import asyncio
import errno
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from tests.browser.differential.model import (
    HOSTS,
    OPAQUE,
    Answer,
    Hop,
    Lines,
    Scenario,
    Sites,
    fill,
)

PAGES = {
    "/page": Path(__file__).with_name("page.html").read_bytes(),
    "/frame": b"<!doctype html><script src=/script></script>",
    "/script": Path(__file__).with_name("page.js").read_bytes(),
}
BODY = b"ok"
NOT_FOUND = Hop("", (Answer(404),), (Answer(404),))
"""Where a simplified scenario leads that has lost its last URL."""

BODILESS = {204, 304}
NO_STORE = ("Cache-Control", "no-store")
"""Keeps the HTTP cache out of it, which may keep even a permanent redirect."""


@dataclass(frozen=True)
class Request:
    """What arrived: header names in lower case, values of repeated names joined."""

    server: str
    method: str
    path: str
    headers: dict[str, str]

    @property
    def is_preflight(self) -> bool:
        """Say whether this is one by section 3.2.2 of Fetch."""
        asked = "access-control-request-method" in self.headers
        return self.method == "OPTIONS" and asked and "origin" in self.headers


@dataclass
class _Entry:
    scenario: Scenario
    received: list[Request] = field(default_factory=list)
    turns: dict[tuple[int, bool], int] = field(default_factory=lambda: defaultdict(int))


T = TypeVar("T", bound="Table")


class Table:
    """The scenarios that are being played, each under a key of its own, and what they received."""

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self._entries: dict[str, _Entry] = {}

    def add(self, scenario: Scenario) -> str:
        """Take a scenario and return its key, which is new: no cache knows its URLs."""
        key = f"k{len(self._entries)}"
        self._entries[key] = _Entry(scenario)
        return key

    def get_received(self, key: str) -> list[Request]:
        """Return the requests that a scenario caused, in order."""
        return self._entries[key].received

    def answer(self, request: Request) -> Answer:
        """Record a request to ``/s/<key>/<hop>``, and say what to answer."""
        key, number = request.path.partition("?")[0].split("/")[2:4]
        entry = self._entries[key]
        entry.received.append(request)
        hops = entry.scenario.hops
        hop = hops[int(number)] if int(number) < len(hops) else NOT_FOUND
        answer = self._take_turn(entry, hop, int(number), request.is_preflight)

        def value_of(name: str) -> str | None:
            return self._value_of(name, entry.scenario, key, request)

        return Answer(answer.status, tuple((n, fill(v, value_of)) for n, v in answer.lines))

    @staticmethod
    def _take_turn(entry: _Entry, hop: Hop, number: int, preflight: bool) -> Answer:
        answers = hop.preflights if preflight else hop.actuals
        turn = entry.turns[number, preflight]
        entry.turns[number, preflight] += 1
        return answers[min(turn, len(answers) - 1)]

    def _value_of(self, name: str, scenario: Scenario, key: str, request: Request) -> str | None:
        match name:
            case "key":
                return key
            case "origin":
                return request.headers.get("origin", OPAQUE)
            case "page":
                return self.sites.get_origin_of_page(scenario)
            case "PAGE":
                return self.sites.get_origin_of_page(scenario).upper()
            case "requested-method":
                return request.headers.get("access-control-request-method", "GET")
            case "requested-headers":
                return request.headers.get("access-control-request-headers", "x-none")
        server, _, host = name.partition("-")
        origin = self.sites.origins.get(server)
        return origin.removeprefix("http://") if origin and host == "host" else origin


def frame(method: str, answer: Answer) -> tuple[Lines, bytes]:
    """Return all header lines of an answer, ``Content-Length`` included, and its body."""
    if answer.status in BODILESS:
        return (NO_STORE, *answer.lines), b""
    body = b"" if answer.status == 205 else BODY
    lines = (NO_STORE, *answer.lines, ("Content-Length", str(len(body))))
    return lines, b"" if method == "HEAD" else body


def make_app(table: Table) -> Callable[..., Iterable[bytes]]:
    """Answer as the HTTP servers do, without a network, for whichever of them is asked."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = _read_environ(environ, table.sites)
        answer = table.answer(request)
        lines, body = frame(request.method, answer)
        start_response(f"{answer.status} {_get_reason(answer.status)}", list(lines))
        return [body] if body else []

    return app


def _read_environ(environ: dict[str, Any], sites: Sites) -> Request:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    }
    query = environ.get("QUERY_STRING")
    path = environ["PATH_INFO"] + (f"?{query}" if query else "")
    return Request(sites.get_name(headers["host"]), environ["REQUEST_METHOD"], path, headers)


def _get_reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Whatever"


class _Connection(asyncio.Protocol):
    """One connection: requests in, answers out, every byte of the header lines as given."""

    def __init__(self, table: Table, open_ones: set[asyncio.Transport]) -> None:
        self._table = table
        self._open = open_ones
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            method, target, headers = _read_head(self._buffer[:end].decode("latin-1"))
            end += 4 + int(headers.get("content-length", 0))
            if len(self._buffer) < end:
                return
            self._buffer = self._buffer[end:]
            self._transport.write(self._respond(method, target, headers))

    def _respond(self, method: str, target: str, headers: dict[str, str]) -> bytes:
        if target.startswith("/s/"):
            server = self._table.sites.get_name(headers["host"])
            answer = self._table.answer(Request(server, method, target, headers))
            lines, body = frame(method, answer)
            return _write(answer.status, lines, body)
        body = PAGES.get(target, b"")
        kind = "text/javascript" if target == "/script" else "text/html"
        lines = (("Content-Type", kind), ("Content-Length", str(len(body))))
        return _write(200 if body else 404, lines, body)


def _read_head(head: str) -> tuple[str, str, dict[str, str]]:
    start, *lines = head.split("\r\n")
    method, target, _version = start.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return method, target, headers


def _write(status: int, lines: Lines, body: bytes) -> bytes:
    head = "".join(f"{name}:{value}\r\n" for name, value in lines)
    start = f"HTTP/1.1 {status} {_get_reason(status)}\r\n"
    return f"{start}{head}\r\n".encode("latin-1") + body


@contextmanager
def serving(make_table: Callable[[Sites], T]) -> Iterator[T]:
    """Serve an empty table on loopback, in a thread, until the block ends."""
    sockets = {name: _bind(host) for name, host in HOSTS.items()}
    table = make_table(Sites({name: pair[0].getsockname()[1] for name, pair in sockets.items()}))
    started = threading.Event()
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        stop.append(lambda: loop.call_soon_threadsafe(stopped.set))
        open_ones: set[asyncio.Transport] = set()
        listening = [
            await loop.create_server(lambda: _Connection(table, open_ones), sock=bound)
            for pair in sockets.values()
            for bound in pair
        ]
        started.set()
        await stopped.wait()
        for server in listening:
            server.close()
        for transport in list(open_ones):
            transport.abort()
        while open_ones:
            await asyncio.sleep(0)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    started.wait()
    try:
        yield table
    finally:
        stop[0]()
        thread.join()


def _bind(host: str) -> list[socket.socket]:
    """Bind a free port of the host; ``localhost`` is both of its addresses, where there are two."""
    while True:
        first = socket.create_server(("127.0.0.1", 0), backlog=512)
        if host != "localhost":
            return [first]
        port = first.getsockname()[1]
        try:
            return [first, socket.create_server(("::1", port), family=socket.AF_INET6, backlog=512)]
        except OSError as error:
            if error.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}:
                return [first]
            first.close()
