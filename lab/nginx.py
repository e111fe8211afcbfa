"""nginx, with all its files in a temporary directory."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lab.web_servers import started

CONFIGURATION = """
daemon off;
user root;  # for nginx that root starts: the files below are root's then; ignored otherwise
worker_processes 1;
pid pid;
error_log stderr;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {http}
}}
"""
"""A relative path in it is that of a file in the directory."""


class Nginx(NamedTuple):
    """An nginx that runs."""

    port: int
    """The port on 127.0.0.1."""
    process: subprocess.Popen[str]
    directory: Path


def configure(directory: Path, http: str) -> list[str]:
    """Write a configuration into a directory, and return the arguments for nginx.

    :param http: the directives in its block ``http``.
    """
    (directory / "nginx.conf").write_text(CONFIGURATION.format(http=http))
    return ["-p", str(directory), "-e", "stderr", "-c", "nginx.conf"]


@contextmanager
def running(http: Callable[[Path, int], str]) -> Iterator[Nginx]:
    """Run nginx at a port that no other program can take.

    :param http: returns the directives in the block ``http``, for a directory and a port.
    """
    with (
        TemporaryDirectory(prefix="nginx-") as name,
        socket.create_server(("127.0.0.1", 0), backlog=512) as listening,
    ):
        directory, port = Path(name), listening.getsockname()[1]
        with started(
            ["nginx", *configure(directory, http(directory, port))],
            directory,
            (directory / "pid").read_text,  # nginx writes it when it listens
            # nginx takes over the sockets that this variable names, as in its upgrades.
            environment={"NGINX": f"{listening.fileno()};"},
            descriptors=[listening.fileno()],
        ) as process:
            listening.close()
            yield Nginx(port, process, directory)
