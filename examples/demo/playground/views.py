"""What the page of the playground talks to, on its own origin."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, request
from werkzeug.exceptions import HTTPException

from wsgicors import PolicyError, Problem
from wsgicors._core.problems import CODES
from wsgicors.explaining.pasted import Unreadable
from wsgicors.testing.profiles import ENGINES, PROFILES

from ..wire import Wire
from .links import for_link
from .pasted import LONGEST_TEXT, fill
from .places import Places
from .prediction import COOKIE, Asked, predict
from .source import source
from .targets import METHODS, PATHS, Targets, make_policy


def create_blueprint(wire: Wire, targets: Targets, page_origin: str, api_origin: str) -> Blueprint:
    """Make the page's views.

    :param wire: the log of what the targets were asked.
    :param api_origin: where the targets are served.
    """
    views = Blueprint("playground", __name__, url_prefix="/playground")
    other = page_origin.replace("localhost", "127.0.0.1")
    places = Places(page_origin, other, api_origin)

    @views.get("/")
    def page() -> Any:
        # The cookie, and the frames, are for one of this machine's two names.
        if request.host_url != f"{page_origin}/":
            return redirect(f"{page_origin}/playground/")
        return current_app.send_static_file("playground/index.html")

    @views.get("/config.json")
    def config() -> dict[str, Any]:
        return {
            "origins": places.choices,
            "api": api_origin,
            "methods": ["GET", "HEAD", *METHODS[1:]],
            "paths": PATHS,
            "risks": [(code, entry.meaning) for code, entry in CODES.items() if entry.is_risk],
        }

    @views.post("/runs")
    def run() -> Any:
        given = request.get_json()
        try:
            asked, path = read_request(given, places)
            link = for_link(given["texts"])
            profile = PROFILES[given["profile"]].name
            policy = make_policy(given["policy"])
        except PolicyError as error:
            problems = [describe(problem) for problem in error.problems]
            return {"problems": problems, "link": link}, 422
        except (AttributeError, KeyError, TypeError, ValueError):
            abort(400)  # not what the form sends
        prefix = targets.add(policy)
        url = f"{api_origin}{prefix}{path}"
        predictions = {
            name: predict(targets, url, asked, at=api_origin, visited=page_origin, profile=name)
            for name in dict.fromkeys([*ENGINES, profile])
        }
        return with_cookie(
            url=url,
            prefix=prefix,
            options=asked.options,
            prediction=predictions[profile],
            engines={name: predictions[name] for name in ENGINES},
            link=link,
            notes=[describe(problem) for problem in policy.problems],
            source=source(policy),
        )

    @views.post("/texts")
    def read_text() -> Any:
        """Return the values of the form that a pasted text names."""
        try:
            filled = fill(str(request.get_json()["text"]), places)
        except Unreadable as error:
            return {"problem": str(error)}, 422
        except (KeyError, TypeError):
            abort(400)  # not what the form sends
        return {"values": filled.values, "notes": filled.notes}

    @views.errorhandler(413)
    def refuse(_: HTTPException) -> Any:
        if request.path.endswith("/texts"):
            problem = f"expected at most {LONGEST_TEXT:,} characters; copy one request"
        else:
            kibibytes = current_app.config["MAX_CONTENT_LENGTH"] // 1024
            problem = f"expected a form of at most {kibibytes} KiB; use shorter values"
        return {"problem": problem}, 413

    @views.get("/wire/<path:prefix>")
    def exchanges(prefix: str) -> list[dict[str, Any]]:
        return wire.exchanges_below(f"/{prefix}/")

    return views


def read_request(given: dict[str, Any], places: Places) -> tuple[Asked, str]:
    """Read the request that the form describes; what the form does not offer is refused."""
    fields, path = given["request"], given["path"]
    headers = [(str(name), str(value)) for name, value in fields["headers"]]
    asked = Asked(**{**fields, "headers": headers})
    if asked.page not in {*places, "null"} or path not in dict(PATHS):
        abort(400)
    return asked, path


def describe(problem: Problem) -> dict[str, str]:
    """Return what the page shows of a problem."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "setting": problem.setting,
        "message": problem.message,
    }


def with_cookie(**answer: Any) -> Response:
    """Answer in JSON, and see that the browser has a cookie for the API."""
    response = jsonify(answer)
    name, _, value = COOKIE.partition("=")
    # A cookie is for every port of its host.
    response.set_cookie(name, value, path="/play", httponly=True, samesite="Lax")
    return response
