"""The clients: threads that send requests and check every response."""

import random
import socket
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread

from lab.soak.generations import EXACT, Request, Response, is_by_one_policy, is_granted

CLIENTS = 4
"""Threads of clients; the server has the same number."""

TIMEOUT = 60
"""Seconds that a response may take."""

KEPT = 5
"""Faults that are described; the others are only counted."""

ORIGINS = (
    *EXACT,
    *(f"https://o{number}.{site}.example" for number in range(1_000) for site in "abc"),
)
"""More than a policy remembers; no policy allows the origins of site c."""

LAST_CHUNK = b"\r\n0\r\n\r\n"
"""The end of a chunked body; no body here contains it."""

RELEVANT = ("access-control-", "vary")


@dataclass
class Seen:
    """What the clients have seen so far."""

    responses: Counter[str] = field(default_factory=Counter)
    """Counted by the sort of request."""
    mixed: int = 0
    """Responses that no single policy gives."""
    errors: int = 0
    newest: int = 0
    """The newest generation that a response named."""
    examples: list[str] = field(default_factory=list)

    @property
    def checked(self) -> int:
        """The number of responses checked."""
        return self.responses.total()

    def add(self, other: "Seen") -> None:
        """Add what a client has seen."""
        self.responses += other.responses
        self.mixed += other.mixed
        self.errors += other.errors
        self.newest = max(self.newest, other.newest)
        self.examples = (self.examples + other.examples)[:KEPT]


def send(port: int, number: int, seed: int, asked: "count[int]", stop: Event) -> Seen:
    """Send requests until all clients together have sent ``number``."""
    chosen, seen = random.Random(seed), Seen()
    with Connection(port) as connection:
        while not stop.is_set() and next(asked) < number:
            request = choose(chosen)
            try:
                response, first, last = connection.ask(request)
            except (OSError, ValueError, KeyError) as error:
                seen.errors += 1
                seen.examples.append(f"{request} failed: {error!r}")
                break
            look_at(request, response, first, last, seen)
    return seen


def look_at(request: Request, response: Response, first: int, last: int, seen: Seen) -> None:
    """Check a response that has to be by one of the generations ``first`` to ``last``."""
    what = "preflight" if request.is_preflight else "GET"
    if request.origin is None:
        seen.responses[f"{what} without an origin"] += 1
    else:
        granted = is_granted(request, last)
        seen.responses[f"{what} {'allowed' if granted else 'refused'}"] += 1
    seen.newest = max(seen.newest, last)
    if not is_by_one_policy(request, response, first, last):
        seen.mixed += 1
        lines = "\n  ".join(f"{name}: {value}" for name, value in sorted(response.lines))
        if len(seen.examples) < KEPT:
            seen.examples.append(
                f"{request}, policies {first}-{last}: {response.status}\n  {lines}"
            )


def choose(chosen: random.Random) -> Request:
    """Choose a request: three in ten are preflights, one in ten has no origin."""
    sort = chosen.random()
    origin = None if sort < 0.1 else chosen.choice(ORIGINS)
    return Request(origin, sort > 0.7, chosen.choice(("/", "/merged")))


def run(port: int, number: int, seed: int) -> Seen:
    """Send ``number`` requests from all clients together, and return what they saw."""
    together, asked = Seen(), count()
    lock, stop = Lock(), Event()

    def work(seed: int) -> None:
        seen = send(port, number, seed, asked, stop)
        with lock:
            together.add(seen)
        if seen.errors:
            stop.set()  # further requests would fail too

    threads = [Thread(target=work, args=[seed * CLIENTS + client]) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return together


class Connection:
    """A persistent connection, five times as fast as ``http.client``."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self._host = f"127.0.0.1:{port}"
        self._buffer = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: Request) -> tuple[Response, int, int]:
        """Send a request; return its response and the generations that can have made it."""
        method = "OPTIONS" if request.is_preflight else "GET"
        lines = [f"{method} {request.path} HTTP/1.1", f"Host: {self._host}"]
        if request.origin is not None:
            lines.append(f"Origin: {request.origin}")
        if request.is_preflight:
            lines.append("Access-Control-Request-Method: PUT")
            lines.append("Access-Control-Request-Headers: content-type")
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        status, *given = self._read_head().split("\r\n")
        named = [
            (name.lower(), value) for name, _, value in (line.partition(": ") for line in given)
        ]
        headers = dict(named)
        self._skip_body(headers)
        relevant = [line for line in named if line[0].startswith(RELEVANT)]
        if len(dict(relevant)) != len(relevant):
            raise ValueError(f"a header came twice: {relevant}")
        response = Response(int(status.split(" ")[1]), frozenset(relevant))
        return response, int(headers["x-first"]), int(headers["x-last"])

    def _read_head(self) -> str:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._receive()
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return head.decode("latin-1")

    def _skip_body(self, headers: dict[str, str]) -> None:
        if headers.get("transfer-encoding") == "chunked":
            while (end := self._buffer.find(LAST_CHUNK)) < 0:
                self._receive()
            length = end + len(LAST_CHUNK)
        else:
            length = int(headers.get("content-length", 0))
            while len(self._buffer) < length:
                self._receive()
        self._buffer = self._buffer[length:]

    def _receive(self) -> None:
        received = self._socket.recv(65_536)
        if not received:
            raise ConnectionError("the server hung up")
        self._buffer += received
