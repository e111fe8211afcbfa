"""The API of the demonstration: every view has a policy.

The application names three policies once. Each view then names one of them, refined where the view
needs more. Nothing here handles OPTIONS or writes a header of CORS: the one call of ``CORS`` does.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, jsonify, make_response, request
from werkzeug.exceptions import HTTPException

from wsgicors import Policy
from wsgicors.flask import CORS, cors

COOKIE_PATTERN = "demo_visits=[0-9]+"
"""A regular expression for the cookie that this API sets."""


class DeliberateError(Exception):
    """The exception of the view that fails each time: the page shows its response, not the log."""


def policies(page_origin: str) -> dict[str, Policy]:
    """Return the policies of this API by name."""
    return {
        "public": Policy(allow_origins="*"),
        "page": Policy(allow_origins=[page_origin], allow_credentials=True),
        "elsewhere": Policy(allow_origins=["https://elsewhere.example"]),
    }


def create_app(page_origin: str) -> Flask:
    """Make the API.

    :param page_origin: the origin of the demonstration's page, such as ``http://localhost:8000``.
    """
    # There is no default policy: CORS does not apply to a view without a policy.
    app = Flask(__name__, static_folder=None)
    CORS(app, policies=policies(page_origin))

    add_readable_views(app)
    add_refusing_views(app)
    add_shared_urls(app)
    add_failing_views(app)
    return app


def add_readable_views(app: Flask) -> None:
    """Add the views that the page may use."""

    @app.get("/news")
    @cors("public")
    def news() -> dict[str, str]:
        return {"headline": "Any page may read this"}

    @app.post("/documents")
    @cors("page", allow_headers=["Content-Type", "X-PINGOTHER"])
    def add_document() -> dict[str, Any]:
        return {"bytes": len(request.data), "pingother": request.headers.get("X-PINGOTHER")}

    @app.post("/visits")
    @cors("page")
    def first_visit() -> Response:
        return count_visits(1)

    @app.get("/visits")
    @cors("page")
    def next_visit() -> Response:
        return count_visits(request.cookies.get("demo_visits", 0, type=int) + 1)

    @app.get("/orders")
    @cors("public", expose_headers=["X-Total-Count"])
    def orders() -> Response:
        response = make_response({"orders": ["tea", "bread"]})
        response.headers["X-Total-Count"] = "42"
        response.headers["X-Served-By"] = "machine 7"
        return response

    @app.put("/settings")
    @cors("page", max_age=600)
    def change_settings() -> dict[str, Any]:
        return {"saved": request.get_json()}


def add_refusing_views(app: Flask) -> None:
    """Add the views that have a reason to refuse the page."""

    @app.get("/greeting")
    @cors("public")
    def greeting() -> dict[str, str]:
        return {"greeting": "The same for everybody, so no cookies"}

    @app.get("/partners")
    @cors("elsewhere")
    def partners() -> dict[str, list[str]]:
        return {"partners": ["https://elsewhere.example"]}

    @app.route("/notes", methods=["GET", "POST", "DELETE"])
    @cors("page", allow_methods=["GET", "POST"])
    def notes() -> dict[str, str]:
        return {"method": request.method}


def add_shared_urls(app: Flask) -> None:
    """Add the URLs on which two views have two policies."""

    @app.get("/report")
    @cors("public")
    def report() -> dict[str, str]:
        return {"report": "Everybody reads this report"}

    @app.put("/report")
    @cors("page")
    def replace_report() -> dict[str, Any]:
        return {"saved": request.get_json()}

    @app.get("/ledger")
    @cors("public")
    def ledger() -> dict[str, str]:
        return {"ledger": "Everybody reads this ledger"}

    @app.put("/ledger")
    @cors("elsewhere")
    def replace_ledger() -> dict[str, Any]:
        return {"saved": request.get_json()}

    # The router answers /things itself, with a redirect that belongs to this view.
    @app.put("/things/")
    @cors("page")
    def replace_things() -> dict[str, Any]:
        return {"saved": request.get_json()}


def add_failing_views(app: Flask) -> None:
    """Add the views that answer with an error, and the error pages of the application."""

    @app.get("/reservation")
    @cors("page")
    def reservation() -> dict[str, str]:
        abort(409, "Somebody else holds this reservation.")

    @app.get("/parcels/<int:number>")
    @cors("page")
    def parcel(number: int) -> dict[str, str]:
        abort(404, f"There is no parcel {number}.")

    @app.get("/broken")
    @cors("page")
    def broken() -> dict[str, str]:
        raise DeliberateError

    @app.errorhandler(HTTPException)
    def as_json(error: HTTPException) -> tuple[dict[str, str | None], int]:
        return {"error": error.name, "message": error.description}, error.code or 500


def count_visits(visits: int) -> Response:
    """Answer with the number of visits, and have the browser keep it in a cookie."""
    response = jsonify(visits=visits)
    # Ports of one host are one site, so that SameSite=Lax lets a page on another port send it.
    response.set_cookie("demo_visits", str(visits), httponly=True, samesite="Lax")
    return response
