"""nginx as a caching proxy."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection

from lab import nginx
from lab.servers.running import ANSWERING

CONFIGURATION = """
proxy_cache_path cache keys_zone=all:10m;
server {{
    listen 127.0.0.1:{listening};
    location / {{
        proxy_pass http://127.0.0.1:{port};
        proxy_cache all;
        proxy_cache_valid any 1h;
        add_header X-Cache-Status $upstream_cache_status always;
        {extra}
    }}
}}
"""
"""Caches every response that permits it."""


@contextmanager
def caching(port: int, extra: str = "") -> Iterator[HTTPConnection]:
    """Run nginx in front of the server on a port, and yield a connection to it.

    :param extra: more directives for the location.
    """
    with (
        nginx.running(
            lambda _, listening: CONFIGURATION.format(listening=listening, port=port, extra=extra)
        ) as cache,
        closing(HTTPConnection("127.0.0.1", cache.port, timeout=ANSWERING)) as connection,
    ):
        yield connection
