"""nginx in front of the APIs of many cells, each with directives of its own."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from lab import nginx
from lab.servers.running import ANSWERING
from tests.browser.grid.model import App, Layer, Lines, Site

BEHIND = "HTTP_X_BEHIND"
"""The key in the environ of a request that has passed nginx."""

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}

CONFIGURATION = """
absolute_redirect off;
server_names_hash_bucket_size 128;
proxy_cache_path cache keys_zone=all:1m;
{servers}
"""

SERVER = """
server {{
    listen 127.0.0.1:{listening};
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
    """Directives of a location, and what is left of them after the actions that correct them.

    ``{lines}`` stands where ``add_header`` adds header lines to what the directives answer.
    """

    text: str
    actions: tuple[tuple[str, str], ...] = ()
    lines: Lines = ()

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        if action == "add-to-errors" and "{lines}" in self.text:
            return (replace(self, lines=lines),)
        left = dict(self.actions).get(action)
        if left is None:
            return None
        rest = tuple(pair for pair in self.actions if pair[0] != action)
        return (Directives(left, rest, lines or self.lines),) if left else ()

    def __str__(self) -> str:
        added = " ".join(f'add_header {name} "{value}" always;' for name, value in self.lines)
        return self.text.replace("{lines}", added)


@contextmanager
def running(port: int, sites: Mapping[Site, Iterable[Layer]]) -> Iterator[int]:
    """Run nginx in front of the server on a port, and yield its own port."""

    def server(site: Site, layers: Iterable[Layer], own: int) -> str:
        text = site.fill("\n".join(map(str, layers)))
        if "proxy_pass" not in text:
            text += f"\nproxy_pass http://127.0.0.1:{port};"
        name = site.api.split("//")[1].split(":")[0]
        return SERVER.format(listening=own, name=name, directives=text)

    def configure(_: Path, own: int) -> str:
        servers = (server(site, layers, own) for site, layers in sites.items())
        return CONFIGURATION.format(servers="\n".join(servers))

    with nginx.running(configure) as proxy:
        yield proxy.port


def in_front(app: App, port: int) -> App:
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
        with closing(HTTPConnection("127.0.0.1", port, timeout=ANSWERING)) as connection:
            connection.request(environ["REQUEST_METHOD"], environ["PATH_INFO"], body, headers)
            response = connection.getresponse()
            content = response.read()
        lines = [line for line in response.getheaders() if line[0].lower() not in HOP_BY_HOP]
        start_response(f"{response.status} {response.reason}", lines)
        return [content]

    return front
