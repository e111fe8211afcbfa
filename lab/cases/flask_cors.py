"""The cases of Flask-CORS."""

import re
from datetime import timedelta

import flask_cors
from flask import Blueprint, Flask, abort

import wsgicors.flask
from lab.cases.facts import (
    APP,
    BEARER,
    DEBUG,
    JSON,
    LOOKALIKE,
    SHOP,
    STRANGER,
    SUBDOMAIN,
    Case,
    Library,
    made,
    may,
    may_not,
)


class Handled(Exception):
    """An exception that has an error handler."""


def _items():
    return {}, {"X-Total-Count": "1", "ETag": '"1"', "Vary": "Accept-Encoding"}


def _raise(error):
    raise error


def _build(for_shop, without_preflights, with_options):
    """Make the app without CORS, but for three decorated views."""
    app = Flask(__name__)
    for path, name in {
        "/items": "items",
        "/service+path": "plus",
        "/service path": "space",
    }.items():
        app.add_url_rule(path, name, _items, methods=["GET", "POST", "PUT", "DELETE"])
    app.add_url_rule("/missing", "missing", lambda: abort(404))
    app.add_url_rule(
        "/by-hand", "by_hand", without_preflights(lambda: "read"), methods=["GET", "PUT"]
    )
    app.add_url_rule(
        "/options", "options", with_options(lambda: "read"), methods=["GET", "OPTIONS"]
    )
    app.register_error_handler(Handled, lambda error: ("handled", 200))
    api = Blueprint("api", __name__, url_prefix="/api")
    api.add_url_rule("/items", "items", _items)
    api.add_url_rule("/special", "special", for_shop(lambda: _items()))
    errors = Blueprint("errors", __name__, url_prefix="/errors")
    errors.add_url_rule("/missing", "missing", lambda: abort(404))
    errors.add_url_rule("/broken", "broken", lambda: abort(500))
    errors.add_url_rule("/raises", "raises", lambda: _raise(RuntimeError()))
    errors.add_url_rule("/handled", "handled", lambda: _raise(Handled()))
    return app, api, errors


def _before(case):
    manual = flask_cors.cross_origin(automatic_options=False)
    app, api, errors = _build(flask_cors.cross_origin(origins=SHOP), manual, manual)
    options = dict(case.theirs)
    flask_cors.CORS(api if options.pop("blueprint", False) else app, **options)
    app.register_blueprint(api)
    app.register_blueprint(errors)
    return app


def _after(case):
    cors = wsgicors.flask.cors
    without = cors(allow_origins="*", allow_methods=[])
    app, api, errors = _build(cors(allow_origins=[SHOP]), without, cors(allow_origins="*"))
    wsgicors.flask.CORS(app, **made(case.ours))
    app.register_blueprint(api)
    app.register_blueprint(errors)
    wsgicors.flask.CORS.check(app)
    return app


def is_tenant(origin):
    """Allow tenants, which have numbers."""
    name = origin.host.removesuffix(".app.example").removeprefix("t-")
    return str(origin) == f"https://t-{name}.app.example" and name.isdecimal()


APP_ONLY = {"allow_origins": [APP]}
ALL = {"allow_origins": "*"}
BOTH = [APP, SHOP]

CASES = [
    Case(
        {},
        {"allow_origins": "*", "allow_headers": ["*", "Authorization"]},
        [
            may("Any page reads", STRANGER),
            may("It sends any header", STRANGER, headers=DEBUG),
            may("It sends `Authorization`", STRANGER, headers=BEARER),
            may("It deletes", STRANGER, "DELETE /items"),
            may_not("It reads with cookies", credentials=True),
            may("It reads a header that is not exposed", STRANGER, reads="X-Total-Count"),
            may("The response to the app's own page", "", is_cached=True),
            may("It deletes again after 6 seconds", STRANGER, "DELETE /items", again_after=6),
        ],
    ),
    Case(
        {"send_wildcard": True},
        ALL,
        [may("Any page reads", STRANGER), may("The response to it", STRANGER, is_cached=True)],
    ),
    Case(
        {"send_wildcard": False, "always_send": False},
        ALL,
        [
            may("Any page reads", STRANGER),
            may("The response to the app's own page", "", "GET /items", "vary", is_cached=True),
        ],
    ),
    Case(
        {"origins": BOTH},
        {"allow_origins": BOTH},
        [
            may("A listed page reads"),
            may("The other listed page reads", SHOP),
            may_not("An unlisted page reads"),
            may("The response to a listed page, whose `Vary` names another header", is_cached=True),
            may_not("The response to an unlisted page", why="vary", is_cached=True),
        ],
    ),
    Case({"origins": {*BOTH}}, {"allow_origins": BOTH}, [may("A listed page reads", SHOP)]),
    Case(
        {"origins": APP},
        {"allow_origins": APP},
        [
            may("The listed page reads"),
            may("The response to the listed page", why="vary", is_cached=True),
        ],
    ),
    Case(
        {"origins": "https://App.example"},
        {"allow_origins": "https://App.example"},
        [may("The listed page reads", why="case")],
    ),
    Case(
        {"origins": r"https://(\w+\.)?app\.example(:\d+)?"},
        {"allow_origins": ["https://app.example:*", "https://*.app.example:*"]},
        [
            may("The domain itself reads"),
            may("A subdomain reads", SUBDOMAIN),
            may("It reads on another port", f"{SUBDOMAIN}:8443"),
            may_not("A lookalike host reads", LOOKALIKE, why="beginning"),
        ],
    ),
    Case(
        {"origins": re.compile(r"https://t-\d+\.app\.example")},
        {"allow_origins": is_tenant},
        [
            may("A tenant reads", "https://t-7.app.example"),
            may_not("A host without a number reads", "https://t-x.app.example"),
        ],
    ),
    Case(
        {"origins": [r".*.app.example", r".*\.shop\.example$"]},
        {"allow_origins": ["https://*.app.example", "https://*.shop.example"]},
        [
            may("A subdomain of the first reads", SUBDOMAIN),
            may("A subdomain of the second reads", "https://www.shop.example"),
            may_not("A host that only ends alike reads", "https://badapp.example", why="dot"),
            may_not("A subdomain without TLS reads", "http://www.shop.example", why="scheme"),
        ],
    ),
    Case(
        {"origins": [SHOP, r"https://.*\.app\.example$"]},
        {"allow_origins": [SHOP, "https://*.app.example"]},
        [may("The literal origin reads", SHOP), may("A subdomain reads", SUBDOMAIN)],
    ),
    Case(
        {"origins": "https?://app.example"},
        {"allow_origins": [APP, "http://app.example"]},
        [
            may("The page reads with TLS"),
            may("The page reads without TLS", "http://app.example"),
            may_not("A lookalike host reads", f"{APP}.stranger.example", why="beginning"),
        ],
    ),
    Case(
        {"allow_headers": ["X-Request-Id", "X-Trace"]},
        {"allow_origins": "*", "allow_headers": ["X-Request-Id", "X-Trace"]},
        [
            may("A page sends a listed header", headers={"X-Request-Id": "1"}),
            may("It spells the header in another case", headers={"x-request-ID": "1"}),
            may_not("It sends an unlisted header", APP, headers=DEBUG),
            may_not(
                "It sends a listed and an unlisted header", APP, headers=DEBUG | {"X-Trace": "1"}
            ),
        ],
    ),
    Case(
        {"allow_headers": r"X-Company-.*"},
        {"allow_origins": "*", "allow_headers": ["X-Company-Id"]},
        [
            may("A page sends the listed header", headers={"X-Company-Id": "1"}),
            may_not("It sends another header", APP, headers=DEBUG),
            may_not(
                "It sends one that the expression matches",
                APP,
                why="header-pattern",
                headers={"X-Company-Name": "1"},
            ),
        ],
    ),
    Case(
        {"supports_credentials": True},
        {"allow_origins": "*", "allow_credentials": True},
        [may_not("Any page reads with cookies", why="any-origin", credentials=True)],
    ),
    Case(
        {"origins": APP, "supports_credentials": True},
        {"allow_origins": APP, "allow_credentials": True},
        [
            may("The listed page reads with cookies", credentials=True),
            may_not("An unlisted page reads with cookies", credentials=True),
        ],
    ),
    Case(
        {"origins": "*", "supports_credentials": True, "send_wildcard": True},
        {"allow_origins": "*", "allow_credentials": True},
    ),
    Case(
        {"origins": APP, "expose_headers": ["X-Total-Count", "ETag"]},
        {"allow_origins": APP, "expose_headers": ["X-Total-Count", "ETag"]},
        [
            may("The listed page reads an exposed header", reads="X-Total-Count"),
            may("It reads the other one", reads="ETag"),
            may("It reads a header that is not exposed", reads="Vary"),
        ],
    ),
    *(
        Case(
            {"max_age": max_age},
            {"allow_origins": "*", "max_age": max_age},
            [
                may(
                    "A page deletes again after 500 seconds", APP, "DELETE /items", again_after=500
                ),
                may("It deletes again after 700 seconds", APP, "DELETE /items", again_after=700),
            ],
        )
        for max_age in (600, timedelta(minutes=10))
    ),
    Case(
        {"methods": ["POST"], "allow_headers": ["Content-Type"]},
        {"allow_origins": "*", "allow_methods": ["POST"]},
        [
            may("A page sends JSON", APP, "POST /items", headers=JSON),
            may_not("It sends JSON by another method", APP, "PUT /items", headers=JSON),
            may("It reads, without a preflight"),
        ],
    ),
    Case(
        {"resources": "/nothing"},
        {"allow_origins": "*", "allow_methods": []},
        [
            may("Any page reads a view whose preflights Flask answers", STRANGER, "GET /by-hand"),
            may_not("It sends `PUT`", request="PUT /by-hand"),
        ],
        there="`@cross_origin(automatic_options=False)`",
        here='`@cors(allow_origins="*", allow_methods=[])`',
    ),
    Case(
        {"resources": "/nothing"},
        ALL,
        [may("Any page sends `OPTIONS`, which the route lists", APP, "OPTIONS /options")],
        there="`@cross_origin(automatic_options=False)`",
        here='`@cors(allow_origins="*")`',
    ),
    *(
        Case(
            {"resources": r"/errors/*", **more},
            {"blueprints": {"errors": ALL}},
            [
                may("The view aborts: 404", STRANGER, "GET /errors/missing"),
                may("The view aborts: 500", STRANGER, "GET /errors/broken"),
                may("The view raises", STRANGER, "GET /errors/raises"),
                may("A handler makes a 200 of it", STRANGER, "GET /errors/handled"),
                may_not("Another view aborts", STRANGER, "GET /missing"),
            ],
        )
        for more in ({}, {"intercept_exceptions": False})
    ),
    Case(
        {"resources": [r"/items", r"/api/items"], "origins": BOTH},
        {"endpoints": {"items": {"allow_origins": BOTH}, "api.items": {"allow_origins": BOTH}}},
        [
            may("A listed page reads"),
            may("The other listed page reads the other view", SHOP, "GET /api/items"),
            may_not("A listed page reads a view that is not listed", APP, "GET /missing"),
        ],
    ),
    Case(
        {"resources": r"/api/*", "origins": APP, "expose_headers": "X-Total-Count"},
        {"blueprints": {"api": {"allow_origins": APP, "expose_headers": "X-Total-Count"}}},
        [
            may("The listed page reads", APP, "GET /api/items", reads="X-Total-Count"),
            may_not("An unlisted page reads", SHOP, "GET /api/items"),
            may_not("The listed page reads a view outside", APP),
            may(
                "A decorated view: its own page reads",
                SHOP,
                "GET /api/special",
                reads="X-Total-Count",
            ),
            may_not("A decorated view: the listed page reads", APP, "GET /api/special"),
        ],
    ),
    Case(
        {"resources": re.compile("/api/.*")},
        {"blueprints": {"api": ALL}},
        [
            may("Any page reads", STRANGER, "GET /api/items"),
            may_not("Any page reads a view outside"),
        ],
    ),
    Case(
        {"blueprint": True, "resources": {r"/api/*": {"origins": APP}}},
        {"blueprints": {"api": APP_ONLY}},
        [
            may("The listed page reads", APP, "GET /api/items"),
            may_not("It reads a view outside", APP),
        ],
        there='`CORS(blueprint, resources={"/api/*": {"origins": "https://app.example"}})`',
    ),
    Case(
        {"resources": {r"/service\+path": {"origins": APP}, r"/service path": {"origins": SHOP}}},
        {"endpoints": {"plus": APP_ONLY, "space": {"allow_origins": [SHOP]}}},
        [
            may("The page of the plus reads it", APP, "GET /service+path"),
            may("The page of the space reads it", SHOP, "GET /service%20path"),
            may_not("The page of the space reads the plus", SHOP, "GET /service+path"),
            may_not("The page of the plus reads the space", APP, "GET /service%20path"),
        ],
    ),
    Case(
        {"resources": "}"},
        {"endpoints": {"}": ALL}},
        [may_not("Any page reads", why="unknown-view")],
    ),
]

LIBRARY = Library("Flask-CORS", _before, _after, CASES)
