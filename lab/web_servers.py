"""Starts web servers such as nginx and Apache, waits until they listen, and ends them."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from lab.servers.running import ANSWERING, STARTING, stop

PAUSE = 0.01
"""Seconds between two attempts to reach a server that is starting."""


class UnixConnection(HTTPConnection):
    """A connection to a server on a Unix socket, which cannot be in use already, as a port can."""

    def __init__(self, path: Path) -> None:
        super().__init__("socket.example", timeout=ANSWERING)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


def find(program: str) -> str:
    """Return the path of a server, or fail: without the server a test would prove nothing."""
    # Debian keeps some where only root's PATH looks.
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        raise RuntimeError(f"this needs {program}; use `make tools` to install it")
    return path


@contextmanager
def started(
    command: Sequence[str],
    directory: Path,
    reach: Callable[[], object],
    *,
    environment: Mapping[str, str] | None = None,
    descriptors: Sequence[int] = (),
) -> Iterator[subprocess.Popen[str]]:
    """Run a web server in a directory, and wait until it listens.

    :param command: the program and its arguments.
    :param reach: raises an :exc:`OSError` while the server does not listen.
    :param environment: variables to set beside ``PATH`` and the directories of the user.
    :param descriptors: what the server inherits.
    :raises RuntimeError: if it does not start, with what it wrote.
    """
    name, *arguments = command
    log = directory / "log"
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(directory))
    with log.open("w") as output:
        process = subprocess.Popen(
            [find(name), *arguments],
            cwd=directory,
            env={"PATH": os.environ.get("PATH", ""), **homes, **(environment or {})},
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
        )
    try:
        deadline = time.monotonic() + STARTING
        while not _is_reached(reach):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} has not started:\n{log.read_text()}")
            time.sleep(PAUSE)
        yield process
    finally:
        stop(process)


def _is_reached(reach: Callable[[], object]) -> bool:
    try:
        reach()
    except OSError:
        return False
    return True
