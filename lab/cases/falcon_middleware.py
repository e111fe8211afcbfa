"""The cases of Falcon's ``CORSMiddleware``."""

from pathlib import Path

import falcon

import wsgicors.falcon
from lab.cases.facts import APP, DEBUG, JSON, SHOP, STRANGER, Case, Library, may, may_not


class Items:
    """A resource with two methods."""

    def on_get(self, req, resp):
        """Answer each method alike."""
        resp.set_header("X-Total-Count", "1")
        resp.set_header("ETag", '"1"')

    on_delete = on_get


class ByHand:
    """A resource that adds the header of another page itself."""

    @wsgicors.falcon.cors(None)
    def on_delete(self, req, resp):
        """Answer."""
        resp.set_header("Access-Control-Allow-Origin", SHOP)

    on_get = on_delete


@wsgicors.falcon.cors(allow_origins="*", allow_methods=[])
class OnlyOptions:
    """A resource that answers ``OPTIONS`` without naming a method, which fails preflights."""

    def on_options(self, req, resp):
        """Answer."""
        resp.set_header("Content-Length", "0")


def _talkative(req, resp, **params):
    resp.set_header("Allow", "GET")


@wsgicors.falcon.cors(allow_origins="*", allow_methods=[])
def _silent(req, resp, **params):
    resp.text = "read"


def _build(**more):
    app = falcon.App(**more)
    for route, resource in {
        "/items": Items(),
        "/by-hand": ByHand(),
        "/only": OnlyOptions(),
    }.items():
        app.add_route(route, resource)
    app.add_sink(_talkative, "/sets")
    app.add_sink(_silent, "/fails")
    app.add_static_route("/static", Path(__file__).parent)
    return app


def _before(case):
    return _build(middleware=falcon.CORSMiddleware(**case.theirs))


def _after(case):
    return wsgicors.falcon.CORS(_build(), **case.ours)


ALL = {"allow_origins": "*", "allow_headers": ["*", "Authorization"], "max_age": 86400}

CASES = [
    Case(
        {},
        ALL,
        [
            may("Any page reads", STRANGER),
            may("It reads a header that is not exposed", STRANGER, reads="X-Total-Count"),
            may_not("It reads with cookies", credentials=True),
            may("It deletes", STRANGER, "DELETE /items"),
            may("It sends two headers", STRANGER, headers=JSON | DEBUG),
            may("It sends them again after a day", STRANGER, headers=DEBUG, again_after=86300),
            may("A simple method is not served: 405", STRANGER, "POST /items"),
            may("It is not served, and a preflight asks", STRANGER, "POST /items", headers=JSON),
            may("The response to the app's own page", "", "GET /items", "vary", is_cached=True),
            may_not(
                "It sends a header to a resource that fails preflights",
                request="GET /only",
                headers=DEBUG,
            ),
            may("A page reads a static file", STRANGER, "GET /static/facts.py", headers=DEBUG),
            may("It reads from a sink that sets `Allow`", request="GET /sets/1", headers=DEBUG),
            may_not(
                "It sends a header to a sink that fails preflights",
                request="GET /fails/1",
                headers=DEBUG,
            ),
            may_not(
                "A page reads a resource that allows another page by itself",
                STRANGER,
                "GET /by-hand",
            ),
            may("The page that is allowed reads it", SHOP, "GET /by-hand"),
            may("It deletes", SHOP, "DELETE /by-hand", "own-headers"),
        ],
    ),
    Case(
        {"allow_origins": APP},
        {"allow_origins": APP},
        [
            may("The listed page reads"),
            may_not("An unlisted page reads"),
            may_not("A page whose host only starts alike reads", f"{APP}.stranger.example"),
            may("The response to the listed page", why="vary", is_cached=True),
        ],
    ),
    Case(
        {"allow_origins": [APP, SHOP]},
        {"allow_origins": [APP, SHOP]},
        [
            may("A listed page reads"),
            may("The other listed page reads", SHOP),
            may_not("An unlisted page reads"),
        ],
    ),
    Case(
        {"allow_credentials": "*"},
        {"allow_origins": "*", "allow_credentials": True},
        [may_not("Any page reads with cookies", why="everyone", credentials=True)],
    ),
    Case(
        {"allow_credentials": [APP, SHOP]},
        {"allow_origins": "*", "allow_credentials": [APP, SHOP]},
        [
            may("A listed page reads with cookies", credentials=True),
            may_not("An unlisted page reads with cookies", credentials=True),
            may("An unlisted page reads without cookies", STRANGER),
        ],
    ),
    Case(
        {"allow_origins": APP, "allow_credentials": "*"},
        {"allow_origins": APP, "allow_credentials": True},
        [
            may("The listed page reads with cookies", credentials=True),
            may_not("An unlisted page reads with cookies", credentials=True),
            may_not(
                "The page that a resource allows by itself reads with cookies",
                SHOP,
                "GET /by-hand",
                credentials=True,
            ),
        ],
    ),
    *(
        Case(
            {"expose_headers": names},
            {"allow_origins": "*", "expose_headers": names},
            [
                may("Any page reads an exposed header", STRANGER, reads="X-Total-Count"),
                may("It reads the other header", STRANGER, reads="ETag"),
            ],
        )
        for names in ("X-Total-Count", "X-Total-Count, ETag", ["X-Total-Count", "ETag"])
    ),
]

LIBRARY = Library("Falcon's CORSMiddleware", _before, _after, CASES)
