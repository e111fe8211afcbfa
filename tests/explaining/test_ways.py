"""Every way to be blocked is named for what it is, and the change that is named works."""

import json
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.chromium import launched
from tests.differential.server import PAGES
from tests.explaining.ways import WAYS, Site
from wsgicors.explaining import explain

PARALLEL = 8
ROOT = Path(__file__).parents[2]


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


def test_there_are_as_many_as_the_manual_says():
    assert "in more than fifty ways" in (ROOT / "docs" / "explain.md").read_text("utf-8")
    assert len({way.id for way in WAYS}) > 50


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.id)
def test_it_is_named_and_the_change_that_is_named_lets_the_request_through(way, monkeypatch):
    monkeypatch.chdir(ROOT)
    explanation, _, _ = explained(site_of(0), way)
    assert (explanation.verdict, explanation.step) == ("blocked", way.step)
    assert explanation.steps[-1] == f"Blocked by the {way.step}"
    assert explanation.console.startswith("CORS keeps http://")
    change = explanation.change
    assert way.says in change.sentence
    if change.file:
        line = (ROOT / change.file).read_text("utf-8").splitlines()[change.line - 1]
        assert line.strip().startswith(("@", "def ", "app.add_url_rule"))
    assert explained(site_of(0), way, change)[0].verdict == "allowed"


class Quiet(WSGIRequestHandler):
    def log(self, *arguments):
        pass


@pytest.fixture(scope="module")
def hosts():
    """Serve apps on loopback, each under a name of its own; `hosts[""]` is the port."""
    apps = {}

    def app(environ, start_response):
        served = apps.get(f"http://{environ['HTTP_HOST']}")
        if served is not None:
            return served(environ, start_response)
        page = PAGES.get(environ["PATH_INFO"], b"")
        kind = "text/javascript" if environ["PATH_INFO"] == "/script" else "text/html"
        start_response("200 OK", [("Content-Type", kind)])
        return [page]

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
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
    return [{**step, "headers": list(step["headers"].items())}]


def test_chromium_blocks_the_same_and_lets_the_same_through(hosts):
    apps, port = hosts
    asked = []
    for number, way in enumerate(WAYS):
        site = site_of(f"{number}-blocked", port)
        _, servers, request = explained(site, way)
        apps |= servers
        asked.append(request)
        site = site_of(f"{number}-changed", port)
        change = explained(site, way)[0].change
        _, servers, request = explained(site, way, change)
        apps |= servers
        asked.append(request)
    with launched() as browser:
        page = browser.new_page()
        page.goto(f"http://page.localhost:{port}/page")
        seen = [None] * len(asked)
        for frame, opaque in (page.main_frame, False), (page.frames[1], True):
            places = [
                n for n, request in enumerate(asked) if (request["origin"] == "null") == opaque
            ]
            text = json.dumps([scenario(asked[place]) for place in places])
            done = json.loads(frame.evaluate("([t, n]) => play(t, n)", [text, PARALLEL]))
            for place, (outcome,) in zip(places, done, strict=True):
                seen[place] = outcome["type"]
    outcomes = {way.id: (seen[2 * n], seen[2 * n + 1]) for n, way in enumerate(WAYS)}
    assert outcomes == {way.id: ("rejected", "cors") for way in WAYS}
