"""What the page of the playground talks to, on its own origin."""

from __future__ import annotations

import warnings
from threading import Lock
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, request

from wsgicors import Policy, PolicyError, Problem
from wsgicors._core.problems import CODES

from ..wire import Wire
from .prediction import COOKIE, Asked, predict
from .source import source
from .targets import METHODS, PATHS, Targets

_making = Lock()


def create_blueprint(wire: Wire, targets: Targets, page_origin: str, api_origin: str) -> Blueprint:
    """Make the page's views.

    :param wire: the log of what the targets were asked.
    :param api_origin: where the targets are served.
    """
    views = Blueprint("playground", __name__, url_prefix="/playground")
    origins = choices(page_origin, api_origin)

    @views.get("/")
    def page() -> Any:
        # The cookie, and the frames, are for one of this machine's two names.
        if request.host_url != f"{page_origin}/":
            return redirect(f"{page_origin}/playground/")
        return current_app.send_static_file("playground/index.html")

    @views.get("/config.json")
    def config() -> dict[str, Any]:
        return {
            "origins": origins,
            "api": api_origin,
            "methods": ["GET", "HEAD", *METHODS[1:]],
            "paths": PATHS,
            "risks": [(code, entry.meaning) for code, entry in CODES.items() if entry.is_risk],
        }

    @views.post("/runs")
    def run() -> Any:
        given = request.get_json()
        try:
            asked, path = read(given, [choice["origin"] for choice in origins])
            policy = make_policy(given["policy"])
        except PolicyError as error:
            return {"problems": [describe(problem) for problem in error.problems]}, 422
        except (AttributeError, KeyError, TypeError):
            abort(400)  # not what the form sends
        prefix = targets.add(policy)
        url = f"{api_origin}{prefix}{path}"
        prediction = predict(
            targets, url, asked, at=api_origin, visited=page_origin, profile=given["profile"]
        )
        return with_cookie(
            url=url,
            prefix=prefix,
            options=asked.options,
            prediction=prediction,
            notes=[describe(problem) for problem in policy.problems],
            source=source(policy),
        )

    @views.get("/wire/<path:prefix>")
    def exchanges(prefix: str) -> list[dict[str, Any]]:
        return wire.exchanges_below(f"/{prefix}/")

    return views


def choices(page_origin: str, api_origin: str) -> list[dict[str, str]]:
    """Return the origins from which this machine can really ask, and the frame of each."""
    other = page_origin.replace("localhost", "127.0.0.1")
    frames = {
        page_origin: (page_origin, "another port"),
        other: (other, "another site"),
        api_origin: (api_origin, "the API itself"),
        "null": (page_origin, "a sandboxed frame"),
    }
    return [
        {"origin": origin, "frame": f"{served}/playground/ask.html", "says": says}
        for origin, (served, says) in frames.items()
    ]


def read(given: dict[str, Any], origins: list[str]) -> tuple[Asked, str]:
    """Read the request that the form describes; what the form does not offer is refused."""
    asked, path = Asked(**given["request"]), given["path"]
    if asked.page not in origins or path not in dict(PATHS):
        abort(400)
    return asked, path


def make_policy(settings: dict[str, Any]) -> Policy:
    """Make a policy whose warnings are for the page, not for the terminal.

    :raises PolicyError: with all that is wrong.
    """
    # The filters of warnings belong to the whole process.
    with _making, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Policy(**settings)


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
