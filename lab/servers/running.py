"""Start a server in a process, exchange bytes with it, and stop it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parents[2]

STARTING = 30
"""Seconds within which a server has to send its first response, on a busy machine."""

ANSWERING = 10
"""Seconds without a byte after which an exchange is over."""

STOPPING = 10
"""Seconds that a process has to end after SIGTERM."""


def serving(server: str, app: str) -> AbstractContextManager[int]:
    """Serve ``package.module:app`` with one of :data:`.serve.SERVERS`; the context is its port."""
    return running(lambda socket: ["-m", f"{__package__}.serve", server, str(socket), app])


@contextmanager
def running(
    command: Callable[[int], list[str]], environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run Python as a server, and yield its port.

    :param command: returns the arguments of Python, which name the descriptor of a socket.
    :param environment: variables to set beside those of this process.
    """
    with TemporaryFile("w+") as log:
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
            port: int = listening.getsockname()[1]
            arguments = command(listening.fileno())
            # The socket listens already, so that connections wait for the server to come up.
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                pass_fds=[listening.fileno()],
                stdout=log,
                stderr=log,
            )
        try:
            if not exchange(port, b"GET / HTTP/1.0\r\n\r\n", STARTING):
                log.seek(0)
                raise RuntimeError(f"{arguments} sent no response:\n{log.read()}")
            yield port
        finally:
            stop(process)


def exchange(port: int, request: bytes, patience: float = ANSWERING) -> bytes:
    """Send bytes, and return everything that comes back until the server hangs up."""
    received = b""
    with (
        suppress(ConnectionError, TimeoutError),
        socket.create_connection(("127.0.0.1", port), patience) as connection,
    ):
        with suppress(ConnectionError):  # the server refused the rest; its response may still come
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
