"""What the scanners scan: careless code, the same code behind a policy, and our examples."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from examples import items
from examples.demo import api
from examples.demo.serve import Listener, serving
from wsgicors import CORSMiddleware, Policy

SHOP = "http://shop.example.com"
"""Where the careless code is served, and the only origin that it means to allow."""

ITEMS = "http://app.example"
"""Where the scanners find ``examples/items.py``."""

MISTAKES: dict[str, Callable[[str], bool]] = {
    "/reflects": lambda origin: True,
    "/trusts-null": lambda origin: origin == "null",
    "/compares-the-beginning": lambda origin: origin.startswith(SHOP),
    "/compares-the-end": lambda origin: origin.endswith("example.com"),
    "/compares-a-part": lambda origin: origin.removeprefix("http://") in SHOP,
    "/escapes-no-dots": lambda origin: re.fullmatch(SHOP, origin) is not None,
    "/stops-at-odd-characters": lambda origin: re.match(rf"{SHOP}[^\w.]", origin) is not None,
    "/trusts-all-subdomains": lambda origin: origin.endswith(".shop.example.com"),
    "/trusts-a-playground": lambda origin: origin == "https://codepen.io",
}
"""Usual mistakes in comparing origins, by path."""


def careless(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Send CORS headers with the mistake that the path names."""
    headers = [("Content-Type", "text/plain")]
    origin = environ.get("HTTP_ORIGIN", "")
    if MISTAKES[environ["PATH_INFO"]](origin):
        headers.append(("Access-Control-Allow-Origin", origin))
        headers.append(("Access-Control-Allow-Credentials", "true"))
    start_response("200 OK", headers)
    return [b"careless"]


guarded = CORSMiddleware(careless, Policy([SHOP, "http://*.partners.example.com"]))
shop = DispatcherMiddleware(careless, {"/guarded": guarded})


def front(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve two hosts, as a proxy does."""
    app = items.app if environ["HTTP_HOST"] == "app.example" else shop
    return app(environ, start_response)


class Targets(NamedTuple):
    """Requests to scan, and the proxy for all hosts but localhost."""

    proxy: str
    requests: list[dict[str, str]]


@contextmanager
def targets() -> Iterator[Targets]:
    """Serve everything on loopback until the block ends."""
    with ExitStack() as stack:
        proxy = stack.enter_context(closing(Listener(0)))
        stack.enter_context(proxy.serving(front))
        demo = stack.enter_context(serving())
        requests = [
            _request("examples", "https://app.example", *view) for view in _views(items.app, ITEMS)
        ]
        for view in _views(api.create_app(demo.page), demo.api):
            requests.append(_request("examples", demo.page, *view))
        for folder in ["open", "closed"]:
            url = f"{demo.files}/{folder}/picture.png"
            requests.append(_request("examples", demo.page, "GET", url))
        for path in MISTAKES:
            requests.append(_request("careless", SHOP, "GET", SHOP + path))
        requests.append(_request("guarded", SHOP, "GET", f"{SHOP}/guarded/reflects"))
        yield Targets(f"http://127.0.0.1:{proxy.port}", requests)


def _request(group: str, origin: str, method: str, url: str) -> dict[str, str]:
    return {"group": group, "origin": origin, "method": method, "url": url}


def _views(app: Flask, at: str) -> Iterator[tuple[str, str]]:
    """List the method and URL of every view."""
    adapter = app.url_map.bind(at.removeprefix("http://"))
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint != "static":
                arguments = dict.fromkeys(rule.arguments, 1)
                yield method, adapter.build(rule.endpoint, arguments, method, force_external=True)
