"""Start a server as a process of its own, exchange bytes with it, and end it."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parents[2]

STARTING = 30
"""Seconds that a server has to give its first answer, on a machine with other things to do."""

ANSWERING = 10
"""Seconds without a byte after which an exchange is over."""

STOPPING = 10
"""Seconds that a process has to end when it is asked to."""


@contextmanager
def serving(server: str, app: str) -> Iterator[int]:
    """Serve ``package.module:app`` with one of :data:`.serve.SERVERS`, and give its port."""
    with TemporaryFile("w+") as log:
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
            port: int = listening.getsockname()[1]
            # The socket listens already, so that connections wait for the server to come up.
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    f"{__package__}.serve",
                    server,
                    str(listening.fileno()),
                    app,
                ],
                cwd=ROOT,
                pass_fds=[listening.fileno()],
                stdout=log,
                stderr=log,
            )
        try:
            if not exchange(port, b"GET / HTTP/1.0\r\n\r\n", STARTING):
                log.seek(0)
                raise RuntimeError(f"{server} gave no answer:\n{log.read()}")
            yield port
        finally:
            stop(process)


def exchange(port: int, request: bytes, patience: float = ANSWERING) -> bytes:
    """Send bytes and return all that comes back until the server hangs up."""
    received = b""
    with (
        suppress(ConnectionError, TimeoutError),
        socket.create_connection(("127.0.0.1", port), patience) as connection,
    ):
        with suppress(ConnectionError):  # refused unread; the reason may still be on its way
            connection.sendall(request)
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def stop(process: subprocess.Popen[str]) -> None:
    """End a process that we have started."""
    process.terminate()
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
