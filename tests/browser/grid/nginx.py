"""nginx in front of the APIs of many cells, each with directives of its own."""

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lab.caches.nginx import UnixConnection, find_nginx, wait_for
from lab.servers.running import stop
from tests.browser.grid.model import App, Layer, Site

BEHIND = "HTTP_X_BEHIND"
"""The key in the environ of a request that has passed nginx."""

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}

CONFIGURATION = """
daemon off;
user root;  # for nginx that root starts; ignored otherwise
worker_processes 1;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 128; }}
http {{
    access_log off;
    server_names_hash_bucket_size 128;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    proxy_cache_path {directory}/cache keys_zone=all:1m;
    {servers}
}}
"""

SERVER = """
server {{
    listen unix:{directory}/socket;
    server_name {name};
    location / {{
        proxy_set_header Host $http_host;
        proxy_set_header X-Behind nginx;
        {directives}
    }}
}}
"""


@dataclass(frozen=True)
class Directives(Layer):
    """Directives of a location, and what is left of them after the actions that correct them."""

    text: str
    actions: tuple[tuple[str, str], ...]

    def corrected(self, action: str) -> tuple[Layer, ...] | None:
        left = dict(self.actions).get(action)
        if left is None:
            return None
        rest = tuple(pair for pair in self.actions if pair[0] != action)
        return (Directives(left, rest),) if left else ()


@contextmanager
def running(port: int, sites: Mapping[Site, Iterable[Layer]]) -> Iterator[Callable[[App], App]]:
    """Run nginx in front of the server on a port; yield what puts it in front of an app."""
    with TemporaryDirectory(prefix="nginx-") as directory:

        def server(site: Site, layers: Iterable[Layer]) -> str:
            text = site.fill("\n".join(getattr(layer, "text", "") for layer in layers))
            name = site.api.split("//")[1].split(":")[0]
            if "proxy_pass" not in text:
                text += f"\nproxy_pass http://127.0.0.1:{port};"
            return SERVER.format(directory=directory, name=name, directives=text)

        servers = "\n".join(server(*item) for item in sites.items())
        file, log = Path(directory, "nginx.conf"), Path(directory, "error.log")
        file.write_text(CONFIGURATION.format(directory=directory, servers=servers))
        process = subprocess.Popen(
            [find_nginx(), "-p", directory, "-e", log, "-c", file],
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            with closing(UnixConnection(f"{directory}/socket")) as connection:
                wait_for(connection, process, log)
            yield lambda app: in_front(app, f"{directory}/socket")
        finally:
            stop(process)


def in_front(app: App, path: str) -> App:
    """Return an app that sends requests through nginx to another app."""

    def front(environ: Any, start_response: Any) -> Any:
        if BEHIND in environ:
            return app(environ, start_response)
        headers = {
            key.removeprefix("HTTP_").replace("_", "-"): value
            for key, value in environ.items()
            if key.startswith("HTTP_") or key == "CONTENT_TYPE"
        }
        size = environ.get("CONTENT_LENGTH")
        body = environ["wsgi.input"].read(int(size)) if size else None
        with closing(UnixConnection(path)) as connection:
            connection.request(environ["REQUEST_METHOD"], environ["PATH_INFO"], body, headers)
            response = connection.getresponse()
            content = response.read()
        lines = [line for line in response.getheaders() if line[0].lower() not in HOP_BY_HOP]
        start_response(f"{response.status} {response.reason}", lines)
        return [content]

    return front
