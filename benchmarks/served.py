"""Requests per second under gunicorn: one worker and one client, on this machine's loopback."""

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from statistics import median
from time import perf_counter

from flask import Flask

from . import subjects
from .measure import Effort
from .scenarios import ALLOWED
from .subjects import BARE, DECORATOR, EXTENSION, MARK, SETTINGS

TIMEOUT = 30
"""Seconds that a server may take to start, to answer one request, or to stop."""

HEADERS: Mapping[str, str] = {"Origin": ALLOWED, "Accept": "*/*"}


def bare() -> Flask:
    """Make the bare app."""
    return subjects.flask_app(subjects.items)


def mark() -> Flask:
    """Make the app with a marked view."""
    return subjects.flask_marked(SETTINGS)


def extension() -> Flask:
    """Make the app with Flask-CORS as an extension."""
    return subjects.flask_extension(SETTINGS)


def decorator() -> Flask:
    """Make the app with Flask-CORS as a decorator."""
    return subjects.flask_decorated(SETTINGS)


SERVED = {BARE: bare, MARK: mark, EXTENSION: extension, DECORATOR: decorator}


def serve_all(effort: Effort) -> dict[str, float]:
    """Return requests per second, the median of rounds in which all servers take turns."""
    rates: dict[str, list[float]] = {name: [] for name in SERVED}
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(_client(make.__name__)) for name, make in SERVED.items()
        }
        for client in clients.values():
            _request(client, effort.served)  # warms it up
        for _ in range(effort.served_rounds):
            for name, client in clients.items():
                rates[name].append(effort.served / _request(client, effort.served))
    return {name: median(found) for name, found in rates.items()}


@contextmanager
def _client(factory: str) -> Iterator[http.client.HTTPConnection]:
    """Serve an app until the block ends, and give a connection to it that is kept alive."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # Heads and bodies are sent apart: without this the second waits for the first's receipt.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port: int = listening.getsockname()[1]
        server = subprocess.Popen(_command(factory, listening), pass_fds=[listening.fileno()])
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        yield client
    finally:
        client.close()
        server.terminate()
        try:
            server.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _command(factory: str, listening: socket.socket) -> list[str]:
    """Return the command: one thread of its only worker, since no other kind keeps alive."""
    options = ["--workers=1", "--worker-class=gthread", "--threads=1", f"--keep-alive={TIMEOUT}"]
    options += [f"--bind=fd://{listening.fileno()}", "--log-level=error", "--no-control-socket"]
    app = f"{__name__}:{factory}()"
    return [sys.executable, "-m", "gunicorn", *options, app]


def _request(client: http.client.HTTPConnection, number: int) -> float:
    """Return the seconds that it takes to make a number of requests, one after another."""
    began = perf_counter()
    for _ in range(number):
        client.request("GET", subjects.PATH, headers=HEADERS)
        response = client.getresponse()
        response.read()
        if response.status != http.client.OK:
            raise RuntimeError(f"the server answered {response.status}")
    return perf_counter() - began
