"""gunicorn with several workers, and nginx in front of it, on loopback."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from lab import nginx
from lab.servers.running import running

PATIENCE = 60
"""Seconds until a condition that does not come true counts as a fault."""

PAUSE = 0.01
"""Seconds between two looks at a condition."""

CONFIGURATION = """
log_format requests "$request_method $request_uri";
keepalive_requests 1000000;
{outside}
server {{
    listen 127.0.0.1:{port};
    location = /page {{ default_type text/html; return 200 "<title>page</title>"; }}
    {locations}
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
    locations = [
        LOCATION.format(name=name, port=site.workers.port, inside=site.inside)
        for name, site in sites.items()
    ]

    def configure(_: Path, port: int) -> str:
        return CONFIGURATION.format(port=port, outside=outside, locations="".join(locations))

    with nginx.running(configure) as proxy:
        yield Proxy(proxy.port, psutil.Process(proxy.process.pid), proxy.directory)


def wait_until(is_done: Callable[[], bool], otherwise: str) -> None:
    """Wait for a condition, and fail if it does not come true."""
    end = time.monotonic() + PATIENCE
    while not is_done():
        if time.monotonic() > end:
            raise RuntimeError(otherwise)
        time.sleep(PAUSE)
