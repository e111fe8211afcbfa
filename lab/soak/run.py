"""A run: gunicorn with one worker and threads, its load, and the growth of its memory."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import psutil

from lab.soak import load, served
from lab.soak.generations import Request
from lab.soak.load import CLIENTS, TIMEOUT, Connection, Seen

GROWTH = 2 * 2**20
"""Bytes by which a worker may grow after the first tenth of the load: 12 for each request."""

PARTS = 10
"""Parts of the load; the size of the worker is measured after each."""


@dataclass
class Run:
    """The outcome of a run."""

    seen: Seen = field(default_factory=Seen)
    sizes: list[int] = field(default_factory=list)
    """Resident bytes of the worker after each part."""
    seconds: float = 0
    log: str = ""
    """The errors that the server logged."""

    @property
    def growth(self) -> int:
        """Bytes by which the worker has grown since the first tenth of the load."""
        return self.sizes[-1] - self.sizes[0]

    @property
    def faults(self) -> list[str]:
        """What is wrong, a sentence for each fault."""
        found = []
        if self.seen.mixed:
            found.append(f"{self.seen.mixed} responses are by no single policy")
        if self.seen.errors or self.log:
            found.append(
                f"{self.seen.errors} requests failed, and the server's log says {self.log!r}"
            )
        if self.growth > GROWTH:
            found.append(f"the worker grew by {self.growth:,} bytes; {GROWTH:,} are allowed")
        return [*found, *self.seen.examples] if found else []


def run(
    app: str,
    requests: int,
    changes: int,
    seed: int = 1,
    report: Callable[[Run], object] = lambda run: None,
) -> Run:
    """Serve an app of :mod:`.served`, and put it under load.

    :param report: called after each part.
    """
    done = Run()
    with tempfile.TemporaryFile("w+") as log:
        with _serving(app, requests, changes, log.fileno()) as (port, worker):
            for part in range(PARTS):
                number = requests * (part + 1) // PARTS - requests * part // PARTS
                began = perf_counter()
                done.seen.add(load.run(port, number, seed * PARTS + part))
                done.seconds += perf_counter() - began
                done.sizes.append(worker.memory_info().rss)
                report(done)
                if done.seen.errors:
                    break
        log.seek(0)
        done.log = log.read()
    return done


@contextmanager
def _serving(
    app: str, requests: int, changes: int, log: int
) -> Iterator[tuple[int, psutil.Process]]:
    """Serve an app, and yield its port and the process of its worker."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        port: int = listening.getsockname()[1]
        # Python's development mode would add memory of its own.
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDEVMODE"}
        environ |= {served.REQUESTS: str(requests), served.CHANGES: str(changes)}
        server = subprocess.Popen(
            _command(app, listening), pass_fds=[listening.fileno()], env=environ, stderr=log
        )
    try:
        with Connection(port) as first:
            first.ask(Request(None, False, "/"))  # after the first response the worker exists
        (worker,) = psutil.Process(server.pid).children()
        yield port, worker
    finally:
        server.terminate()
        try:
            server.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _command(app: str, listening: socket.socket) -> list[str]:
    options = [
        "--workers=1",
        "--worker-class=gthread",
        f"--threads={CLIENTS}",
        "--no-control-socket",
    ]
    options += [f"--bind=fd://{listening.fileno()}", f"--keep-alive={TIMEOUT}"]
    options += ["--log-level=warning", f"{served.__name__}:{app}()"]
    return [sys.executable, "-m", "gunicorn", *options]
