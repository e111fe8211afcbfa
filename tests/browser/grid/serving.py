"""Servers for a whole grid: one for all apps, nginx before some, and four that are broken."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from threading import Thread
from typing import Any, NamedTuple

from tests.browser.asking import serving_hosts
from tests.browser.grid import nginx
from tests.browser.grid.layers import around, build, received, servers_of
from tests.browser.grid.model import App, Cell, Site
from wsgicors.testing.transports import make_environ
from wsgicors.testing.urls import URL


class Served(NamedTuple):
    """Where the servers of a grid listen."""

    apps: dict[str, Any]
    """The apps by origin."""
    port: int
    secure_apps: dict[str, Any]
    secure_port: int
    broken: Mapping[str, str]
    """The origins of broken servers, by what they do."""

    def site(self, number: object) -> Site:
        hosts = (f"a{number}", f"b{number}", f"c{number}")
        origins = [f"http://{host}.localhost:{self.port}" for host in hosts]
        for host in (f"a{number}.localhost", f"a{number}.shop.test"):
            origins.append(f"https://{host}:{self.secure_port}")
        return Site(f"http://page.localhost:{self.port}", *origins, **self.broken)

    def addresses(self, site: Site, nginx_port: int | None) -> dict[str, str]:
        """Return where each origin of a site is reached: no resolver has to know its names."""
        here = (site.api, site.other, site.login, site.secure, site.shop)
        found = dict.fromkeys(here, f"http://127.0.0.1:{self.port}")
        for origin in self.broken.values():
            scheme, _, port = origin.rpartition(":")
            found[origin] = f"{scheme.partition(':')[0]}://127.0.0.1:{port}"
        return found | ({site.api: f"http://127.0.0.1:{nginx_port}"} if nginx_port else {})


@contextmanager
def serving() -> Iterator[Served]:
    """Listen until the block ends."""
    with ExitStack() as stack:
        listening = stack.enter_context(serving_hosts(with_tls=True))
        refusing = stack.enter_context(socket.socket())
        refusing.bind(("127.0.0.1", 0))  # and does not listen
        ports = {"refuses": refusing.getsockname()[1]}
        ports["closes"] = stack.enter_context(answering(b""))
        ports["garbage"] = stack.enter_context(answering(b"220 mail.example ESMTP\r\n"))
        broken = {name: f"http://{name}.localhost:{number}" for name, number in ports.items()}
        broken["plain"] = f"https://plain.localhost:{listening[1]}"
        yield Served(*listening, broken)


@contextmanager
def answering(content: bytes) -> Iterator[int]:
    """Answer every connection with the same bytes, and close it; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                connection, _ = listening.accept()
                with connection:
                    if not connection.recv(65536):
                        return
                    connection.sendall(content)

        thread = Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            socket.create_connection(listening.getsockname()).close()
            thread.join()


@contextmanager
def installed(served: Served, cells: Mapping[Site, Cell]) -> Iterator[tuple[int, dict[Site, Any]]]:
    """Serve the stacks of cells until the block ends; yield the port of nginx, and their apps.

    With each app comes what its settings belong to.
    """
    built: dict[Site, Any] = {}
    behind = {site: cell.stack.nginx for site, cell in cells.items() if cell.has_nginx}
    with nginx.running(served.port, behind) if behind else nullcontext(0) as port:
        for site, cell in cells.items():
            built[site] = build(cell.stack, site)
            app = built[site][0]
            front = nginx.in_front(app, port) if cell.has_nginx else app
            served.apps.update(servers_of(cell.stack, site, front))
            secure = as_secure(around(app, cell.stack.front, site))
            for origin in (site.secure, site.shop):
                served.secure_apps[origin] = secure
                # Asked without TLS, because no certificate of a test can be trusted.
                served.apps[origin.replace("https:", "http:")] = secure
            headers = [("Host", site.api.partition("//")[2])]
            if "proxy_cache" in "".join(map(str, cell.stack.nginx)):
                front = nginx.in_front(app, port)
                received(front, make_environ("GET", URL.parse(f"{site.api}/items"), headers, None))
        yield port, built
    served.apps.clear()
    served.secure_apps.clear()


def as_secure(app: App) -> App:
    return lambda environ, start_response: app(
        {**environ, "wsgi.url_scheme": "https"}, start_response
    )
