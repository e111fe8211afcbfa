"""The app behind the cache: raw views with all sorts of policies and responses, and Flask."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Flask, redirect

from wsgicors import CORSMiddleware, Policy
from wsgicors._core.origins import Origin
from wsgicors.flask import CORS, cors
from wsgicors.paths import by_path

APP = "https://app.example"
ADMIN = "https://admin.example"
SUBDOMAIN = "https://a.app.example"
LOCAL = "http://localhost:3000"
OTHER_LOCAL = "http://localhost:3001"
STRANGER = "https://stranger.example"


def is_of_app(origin: Origin) -> bool:
    return origin.host.endswith("app.example")


POLICIES = {
    "/public": Policy(allow_origins="*", expose_headers=["X-Total-Count"]),
    "/one": Policy(allow_origins=[APP]),
    "/several": Policy(allow_origins=[APP, ADMIN]),
    "/pattern": Policy(allow_origins=["https://*.app.example", APP]),
    "/port": Policy(allow_origins=["http://localhost:*"]),
    "/callable": Policy(allow_origins=is_of_app),
    "/credentials": Policy(allow_origins=[APP, ADMIN], allow_credentials=True),
    "/exposing": Policy(allow_origins=[APP, ADMIN], expose_headers=["X-Total-Count", "ETag"]),
    "/none": None,
}

Lines = list[tuple[str, str]]

BEHAVIOURS: dict[str, tuple[str, Lines]] = {
    "": ("200 OK", []),
    "/missing": ("404 Not Found", []),
    "/forbidden-method": ("405 Method Not Allowed", [("Allow", "PUT")]),
    "/moved": ("301 Moved Permanently", [("Location", "/elsewhere")]),
    "/broken": ("500 Internal Server Error", []),
    "/varies": ("200 OK", [("Vary", "Accept-Language"), ("Vary", "accept, ORIGIN")]),
    "/varies-on-all": ("200 OK", [("Vary", "*")]),
    "/kept": ("200 OK", [("Cache-Control", "public, max-age=3600"), ("ETag", '"1"')]),
    "/private": ("200 OK", [("Cache-Control", "private")]),
    "/own-headers": ("200 OK", [("Access-Control-Expose-Headers", "X-Own, *"), ("X-Own", "1")]),
}

FAIL = "X-Fail"
"""A request header that makes a view fail; no cache knows it."""


def views(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    behaviour = environ["PATH_INFO"].removeprefix("/" + environ["PATH_INFO"].split("/")[1])
    status, headers = BEHAVIOURS[behaviour]
    if "HTTP_X_FAIL" in environ:
        status = "503 Service Unavailable"
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "5"), *headers])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"hello"]


raw = CORSMiddleware(views, resolve=by_path(POLICIES))

flask = Flask(__name__)
CORS(flask, allow_origins=[ADMIN])
marked = Blueprint("marked", __name__, url_prefix="/flask")


@marked.get("/public")
@cors(POLICIES["/public"])
def public():
    return "hello"


@marked.get("/one")
@cors(POLICIES["/exposing"])
def one():
    return "hello", {"Vary": "Cookie"}


@marked.put("/one")
@cors(POLICIES["/port"])
def replace_one():
    return "hello"


@marked.get("/by-default")
def by_default():
    return "hello"


@marked.get("/internal")
@cors(None)
def internal():
    return "hello"


@marked.put("/only-put")
@cors(POLICIES["/credentials"])
def only_put():
    return "hello"


@marked.get("/slashed/")
@cors(POLICIES["/pattern"])
def slashed():
    return redirect("/flask/one")


flask.register_blueprint(marked)
FLASK = ["public", "one", "by-default", "internal", "only-put", "slashed", "slashed/", "unknown"]

PATHS = [
    *(policy + behaviour for policy in POLICIES for behaviour in BEHAVIOURS),
    *(f"/flask/{path}" for path in FLASK),
]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    app = flask if environ["PATH_INFO"].startswith("/flask/") else raw
    return app(environ, start_response)
