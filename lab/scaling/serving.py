"""gunicorn with several workers, and nginx in front of it, on loopback."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from lab.caches.nginx import find_nginx
from lab.servers.running import STARTING, exchange, running, stop

PATIENCE = 60
"""Seconds until a condition that does not come true counts as a fault."""

PAUSE = 0.01
"""Seconds between two looks at a condition."""

CONFIGURATION = """
daemon off;
user root;  # for nginx that root starts: the files below are root's then; ignored otherwise
worker_processes 1;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
    log_format requests "$request_method $request_uri";
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_requests 1000000;
    {outside}
    server {{
        listen 127.0.0.1:{port};
        location = /page {{ default_type text/html; return 200 "<title>page</title>"; }}
        {locations}
    }}
}}
"""

LOCATION = """
        location /{name}/ {{
            proxy_pass http://127.0.0.1:{port}/;
            {inside}
        }}
"""


@dataclass(frozen=True)
class Workers:
    """A gunicorn that runs."""

    port: int
    master: psutil.Process

    def processes(self) -> list[psutil.Process]:
        """Return the workers."""
        return self.master.children()


@dataclass(frozen=True)
class Site:
    """What nginx serves below one name."""

    workers: Workers
    inside: str = ""
    """More directives for the location."""


@dataclass(frozen=True)
class Proxy:
    """An nginx that runs."""

    port: int
    master: psutil.Process
    directory: Path

    def processes(self) -> list[psutil.Process]:
        """Return the workers."""
        return self.master.children()


@contextmanager
def workers(
    app: str, number: int, environment: Mapping[str, str] | None = None
) -> Iterator[Workers]:
    """Serve an app of :mod:`.application` with gunicorn's default workers."""

    def command(descriptor: int) -> list[str]:
        arguments = ["-m", "gunicorn", "--no-control-socket", f"--workers={number}"]
        target = f"lab.scaling.application:{app}()"
        return [*arguments, f"--bind=fd://{descriptor}", "--log-level=warning", target]

    before = set(psutil.Process().children())
    with running(command, environment) as port:
        [master] = set(psutil.Process().children()) - before
        served = Workers(port, master)
        wait_until(lambda: len(served.processes()) == number, "a worker has not started")
        yield served


@contextmanager
def proxied(sites: Mapping[str, Site], outside: str = "") -> Iterator[Proxy]:
    """Run nginx in front of sites, each below ``/<name>/``.

    :param outside: more directives for ``http``.
    """
    with TemporaryDirectory(prefix="nginx-") as text:
        directory = Path(text)
        locations = [
            LOCATION.format(name=name, port=site.workers.port, inside=site.inside)
            for name, site in sites.items()
        ]
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
            port: int = listening.getsockname()[1]
            file, log = directory / "nginx.conf", directory / "error.log"
            file.write_text(
                CONFIGURATION.format(
                    directory=directory, port=port, outside=outside, locations="".join(locations)
                )
            )
            process = subprocess.Popen(
                [find_nginx(), "-p", directory, "-e", log, "-c", file],
                pass_fds=[listening.fileno()],
                # nginx takes over listening sockets that this variable names, as in its upgrades.
                env=os.environ | {"NGINX": f"{listening.fileno()};"},
                stderr=subprocess.DEVNULL,
                text=True,
            )
        try:
            if not exchange(port, b"GET / HTTP/1.0\r\n\r\n", STARTING):
                raise RuntimeError(f"nginx has not started:\n{log.read_text()}")
            yield Proxy(port, psutil.Process(process.pid), directory)
        finally:
            stop(process)


def wait_until(is_done: Callable[[], bool], otherwise: str) -> None:
    """Wait for a condition, and fail if it does not come true."""
    end = time.monotonic() + PATIENCE
    while not is_done():
        if time.monotonic() > end:
            raise RuntimeError(otherwise)
        time.sleep(PAUSE)
