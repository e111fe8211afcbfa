"""nginx as a caching proxy, with all its files in a temporary directory."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.servers.running import ANSWERING, STARTING, stop

PAUSE = 0.01
"""Seconds between two attempts to reach an nginx that is starting."""

CONFIGURATION = """
daemon off;
user root;  # for nginx that root starts: the files below are root's then; ignored otherwise
worker_processes 1;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    proxy_cache_path {directory}/cache keys_zone=all:10m;
    server {{
        listen unix:{directory}/socket;
        location / {{
            proxy_pass http://127.0.0.1:{port};
            proxy_cache all;
            proxy_cache_valid any 1h;
            add_header X-Cache-Status $upstream_cache_status always;
            {extra}
        }}
    }}
}}
"""
"""Caches every response that permits it. A Unix socket cannot be in use already, as a port can."""


class UnixConnection(HTTPConnection):
    """A connection to a server on a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("cached.example", timeout=ANSWERING)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


def find_nginx() -> str:
    """Return the path of nginx, or fail: without a cache the test would prove nothing."""
    # Debian keeps it where only root's PATH looks.
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        raise RuntimeError("this test needs nginx; use `make tools` to install it")
    return path


@contextmanager
def caching(port: int, extra: str = "") -> Iterator[UnixConnection]:
    """Run nginx in front of the server on a port, and yield a connection to it.

    :param extra: more directives for the location.
    """
    with TemporaryDirectory(prefix="nginx-") as directory:
        settings = CONFIGURATION.format(directory=directory, port=port, extra=extra)
        file, log = Path(directory, "nginx.conf"), Path(directory, "error.log")
        file.write_text(settings)
        process = subprocess.Popen(
            [find_nginx(), "-p", directory, "-e", log, "-c", file],
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            with closing(UnixConnection(f"{directory}/socket")) as connection:
                _wait_for(connection, process, log)
                yield connection
        finally:
            stop(process)


def _wait_for(connection: UnixConnection, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + STARTING
    while True:
        try:
            return connection.connect()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx has not started:\n{log.read_text()}") from None
            time.sleep(PAUSE)
