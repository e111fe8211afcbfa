"""Sending requests to misconfigured apps: in this process, or from Chromium."""

import json
from contextlib import ExitStack, contextmanager
from threading import Thread

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.differential.server import PAGES
from tests.browser.ways import Site
from wsgicors.explaining import explain

PARALLEL = 8
"""Number of requests that Chromium sends at the same time."""


def site_of(number, port=1):
    return Site(
        *(f"http://{name}.localhost:{port}" for name in ("page", f"a{number}", f"b{number}"))
    )


def ask(site, request):
    request = {"method": "GET", "path": "/items", "server": "api", **request}
    origin = "null" if request.pop("opaque", False) else site.page
    url = getattr(site, request.pop("server")) + request.pop("path")
    return {"url": url, "origin": origin, **request}


def explained(site, way, change=None):
    servers = way.serve(site, change)
    changed = change is not None and way.repaired is not None
    request = ask(site, way.repaired if changed else way.request)
    return explain(servers=servers, **request), servers, request


class Quiet(WSGIRequestHandler):
    def log(self, *arguments):
        pass


@contextmanager
def serving_hosts(*, with_tls=False):
    """Serve apps on loopback until the block ends; yield a dict of apps by origin, and the port.

    :param with_tls: whether the apps of a second dict and port are served over HTTPS too.
    """
    with ExitStack() as stack:
        apps, port = stack.enter_context(_serving("http"))
        if not with_tls:
            yield apps, port
            return
        yield apps, port, *stack.enter_context(_serving("https"))


@contextmanager
def _serving(scheme):
    apps = {}

    def app(environ, start_response):
        served = apps.get(f"{scheme}://{environ['HTTP_HOST']}")
        if served is not None:
            return served(environ, start_response)
        page = PAGES.get(environ["PATH_INFO"], b"")
        kind = "text/javascript" if environ["PATH_INFO"] == "/script" else "text/html"
        start_response("200 OK", [("Content-Type", kind)])
        return [page]

    server = make_server(
        "127.0.0.1",
        0,
        app,
        threaded=True,
        request_handler=Quiet,
        ssl_context="adhoc" if scheme == "https" else None,
    )
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield apps, server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def scenario(request):
    step = {"headers": {}, "body": None, "credentials": "same-origin", "mode": "cors"}
    step |= {"redirect": "follow", "xhr": False, **request}
    times = step.pop("times", 1)
    return [{**step, "headers": list(step["headers"].items())}] * times


def outcomes(page, requests):
    """Make requests in the page or in its sandboxed frame, and return the outcomes of each.

    A request may be made several ``times``.
    """
    seen = [None] * len(requests)
    for frame, is_opaque in (page.main_frame, False), (page.frames[1], True):
        places = [n for n, r in enumerate(requests) if (r["origin"] == "null") == is_opaque]
        text = json.dumps([scenario(requests[place]) for place in places])
        done = json.loads(frame.evaluate("([t, n]) => play(t, n)", [text, PARALLEL]))
        for place, outcome in zip(places, done, strict=True):
            seen[place] = outcome
    return seen


def play(page, requests):
    """Make requests, each once, and return the type of each response."""
    return [outcome["type"] for (outcome,) in outcomes(page, requests)]
