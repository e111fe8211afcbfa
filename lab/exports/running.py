"""Starts a web server with exported policies in front of the app, and ends it."""

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lab.exports.application import PATHS
from lab.servers.running import ANSWERING
from lab.web_servers import UnixConnection, find, started

PLAIN = "plain"
"""The name of the place without a policy."""

FILES = "files"
"""The folder of files that a server serves itself, in its directory and in URLs."""


class Place(NamedTuple):
    """What the configuration of a server needs to know."""

    directory: Path
    """Holds ``NAME.conf`` for each policy, the folder ``files``, and all that the server writes."""
    upstream: int
    """The port of the app, on 127.0.0.1."""
    names: tuple[str, ...]
    """The names of the policies. Each has the paths below ``/NAME/``, so has :data:`PLAIN`."""


class Server(NamedTuple):
    """How to run a web server."""

    program: str
    configure: Callable[[Place], tuple[list[str], int | None]]
    """Writes the configuration, and returns the arguments and the port; ``None`` for the socket."""
    version: str = "-v"
    """The argument with which the program prints its version."""
    paths: tuple[str, ...] = PATHS
    """The paths below each policy to which requests are sent."""


def add_files(folder: Path) -> None:
    """Make a folder with the files that a server serves."""
    (folder / "folder").mkdir(parents=True)
    (folder / "hello.txt").write_text("hello")
    (folder / "folder" / "index.html").write_text("hello")


def version(server: Server) -> str:
    """Return the version of a server: numbers with dots."""
    run = subprocess.run(
        [find(server.program), server.version], capture_output=True, text=True, check=True
    )
    found = re.search(r"\d+(\.\d+)+", run.stdout + run.stderr)
    assert found is not None, run
    return found[0]


@contextmanager
def serving(server: Server, upstream: int, exports: Mapping[str, str]) -> Iterator[HTTPConnection]:
    """Run a server, and yield a connection to it.

    :param upstream: the port of the app.
    :param exports: the exported policies, by name.
    """
    with TemporaryDirectory(prefix=f"{server.program}-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # some servers that root starts serve as another user
        add_files(directory / FILES)
        for each, text in {**exports, PLAIN: ""}.items():
            (directory / f"{each}.conf").write_text(text)
        arguments, port = server.configure(Place(directory, upstream, (*exports, PLAIN)))
        connection = _connection(directory, port)
        with (
            closing(connection),
            started([server.program, *arguments], directory, connection.connect),
        ):
            yield connection


def _connection(directory: Path, port: int | None) -> HTTPConnection:
    if port is None:
        return UnixConnection(directory / "socket")
    return HTTPConnection("127.0.0.1", port, timeout=ANSWERING)
